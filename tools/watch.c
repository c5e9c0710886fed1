/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --watch on a terminal: its loop, and the terminal's life. Whatever ends it,
 * signals included, the terminal is given back as it was.
 */
#define NCURSES_NOMACROS
#include "tools/watch.h"

#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/watch_draw.h"

#define LOOK_MS	 100	/* the segment is looked at as often as it is written */
#define ASK_NS	 INT64_C(1000000000) /* and the daemon asked, at most */
#define NS_PER_S INT64_C(1000000000)

static volatile sig_atomic_t ended_by; /* a signal, or 0 */

static void on_signal(int signal)
{
	ended_by = signal;
}

static int64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* What was ignored (nohup) stays so. */
static void catch_signals(void)
{
	static const int which[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction ours = {.sa_handler = on_signal}, old;

	sigemptyset(&ours.sa_mask);
	for (size_t i = 0; i < sizeof(which) / sizeof(*which); i++) {
		if (!sigaction(which[i], NULL, &old) &&
		    old.sa_handler != SIG_IGN)
			sigaction(which[i], &ours, NULL);
	}
}

static void start_colours(void)
{
	const char *no = getenv("NO_COLOR");

	if ((no && *no) || !has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(PAIR_GOOD, COLOR_GREEN, -1);
	init_pair(PAIR_WARN, COLOR_YELLOW, -1);
	init_pair(PAIR_BAD, COLOR_RED, -1);
	init_pair(PAIR_TERM, COLOR_CYAN, -1);
}

/* 0, or -1: this terminal cannot be drawn on. */
static int open_screen(SCREEN **ret)
{
	*ret = newterm(NULL, stdout, stdin);
	if (!*ret)
		return -1;
	catch_signals(); /* after curses has set its own */
	start_colours();
	cbreak();
	noecho();
	keypad(stdscr, true);
	curs_set(0);
	timeout(LOOK_MS);
	return 0;
}

struct watch {
	struct watch_history history;
	struct watch_view view;
	struct status s;
	int64_t asked_ns, column_ns; /* CLOCK_MONOTONIC, when they began */
};

static char state_mark(const struct status *s)
{
	switch (status_judge(s)) {
	case STATUS_UNSYNCHRONIZED:
		return 'U';
	case STATUS_OK:
	case STATUS_DEGRADED:
		return s->now.state == TT_SYNCHRONIZED ? '='
		       : s->now.state == TT_HOLDOVER   ? 'h'
						       : 'D';
	default:
		return '?';
	}
}

static void look(struct watch *w)
{
	int64_t now_ns = monotonic_ns();
	struct status *s = &w->s;

	if (now_ns - w->column_ns >= w->view.interval_ns) {
		w->column_ns = now_ns;
		watch_history_next(&w->history);
	}
	if (*s->socket_path && now_ns - w->asked_ns >= ASK_NS) {
		status_drop(s);
		s->socket_err = status_fetch(s->socket_path, &s->doc,
					     s->socket_why);
		w->asked_ns = monotonic_ns();
	}
	status_read_segment(s);
	watch_history_add(&w->history, state_mark(s),
			  s->segment_err ? -1 : status_half_width_ns(s));
}

static void run(struct watch *w)
{
	int key = 0;

	while (!ended_by && key != 'q' && key != 'Q' && isatty(STDIN_FILENO)) {
		look(w);
		getmaxyx(stdscr, w->view.rows, w->view.columns);
		watch_draw(&w->view);
		key = getch();
		if (key == KEY_RESIZE)
			clear();
	}
}

int watch_terminal(const struct status_options *o)
{
	static struct watch w;
	SCREEN *screen;

	setlocale(LC_ALL, "");
	w.view = (struct watch_view){
		.s = &w.s,
		.limits = &o->limits,
		.history = &w.history,
		.interval_ns = o->interval_ns < 0 ? WATCH_INTERVAL_NS
						  : o->interval_ns,
		.is_utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8")};
	status_begin(o->segment, o->socket, &w.s);
	w.asked_ns = w.column_ns = monotonic_ns() - ASK_NS;
	if (open_screen(&screen)) {
		fprintf(stderr,
			"%s: this terminal (TERM) cannot be drawn on: a line "
			"at a time\n",
			o->program);
		return watch_lines(o);
	}
	run(&w);
	endwin();
	delscreen(screen);
	status_drop(&w.s);
	if (!ended_by)
		return EXIT_SUCCESS;
	/* The shell is to see what ended it. */
	signal(ended_by, SIG_DFL);
	raise(ended_by);
	return 128 + ended_by;
}
