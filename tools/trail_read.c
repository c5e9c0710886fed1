/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a history log. See trail_read.h. */
#include "tools/trail_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Lines that are looked at for the first number in a file. */
#define FIRST_LINES 16

/* What has so much without the end of a line, or so many lines and none of a
 * history log among them, is something else, and may be without end. */
#define UNENDED_MAX (INT64_C(16) << 20)
#define FOREIGN_MAX 100000

struct file {
	const char *path;
	int64_t first; /* number; INT64_MAX: none was found */
	int place;     /* among the arguments */
	FILE *in;      /* what can be read only once; else NULL */
	char *head;    /* and what has been read of it */
	size_t head_size;
	const char *why; /* it is not read; NULL: it is, if ... */
	int err;	 /* ... this is 0 too */
};

/* Bytes: first those of `head`, then those of `in`; to `copy` too. */
struct source {
	FILE *in, *copy;
	const char *head;
	size_t left;
	const char *why; /* it ends before its end */
};

static int next_byte(struct source *s)
{
	int c;

	if (s->left > 0) {
		s->left--;
		return (unsigned char)*s->head++;
	}
	c = getc_unlocked(s->in);
	if (s->copy && c != EOF)
		putc_unlocked(c, s->copy);
	return c;
}

/* The next line into `buf`: its size without \n; -1: there is none. A longer one
 * is cut, to be no line. */
static ssize_t next_line(struct source *s, char *buf, bool *ret_has_end)
{
	int64_t all = 0;
	size_t n = 0;
	int c;

	while ((c = next_byte(s)) != EOF && c != '\n' && all < UNENDED_MAX) {
		all++;
		if (n < TRAIL_LINE_MAX)
			buf[n++] = (char)c;
	}
	if (all == UNENDED_MAX)
		s->why = "no history log: 16 MiB without the end of a line; "
			 "the rest is not read";
	*ret_has_end = c == '\n';
	if (all > (int64_t)n)
		n = 0;
	return c == EOF && all == 0 ? -1 : (ssize_t)n;
}

static int read_lines(struct trail *t, struct source *s, char *buf)
{
	const int64_t before = t->sum.lines;
	bool has_end;
	ssize_t n;

	for (int64_t i = 0; !s->why; i++) {
		n = next_line(s, buf, &has_end);
		if (n < 0)
			break;
		trail_take(t, buf, (size_t)n, has_end);
		if (i == FOREIGN_MAX && t->sum.lines == before)
			s->why = "no history log: none of its first 100000 "
				 "lines is one; the rest is not read";
	}
	return ferror(s->in) ? -EIO : 0;
}

int trail_read_stream(struct trail *t, const char *name, FILE *in)
{
	char *buf = malloc(TRAIL_LINE_MAX);
	struct source s = {.in = in};
	int err;

	if (!buf)
		return -ENOMEM;
	trail_file(t, name);
	err = read_lines(t, &s, buf);
	free(buf);
	return err;
}

static void refuse(struct trail *t, const char *path, const char *why)
{
	struct trail_note note = {.kind = NOTE_UNREADABLE, .file = path};

	snprintf(note.text, sizeof(note.text), "%s", why);
	t->sum.unreadable++;
	if (t->hear)
		t->hear(t->arg, &note);
}

static int64_t first_number(struct source *s, char *buf)
{
	int64_t first = INT64_MAX;
	char why[TRAIL_WHY_SIZE];
	struct trail_line l;
	bool has_end;

	for (int i = 0; i < FIRST_LINES && first == INT64_MAX; i++) {
		const ssize_t n = next_line(s, buf, &has_end);

		if (n < 0)
			break;
		if (trail_line_parse(buf, (size_t)n, &l, why))
			continue;
		first = l.sequence;
		trail_line_drop(&l);
	}
	return first;
}

/* A pipe can be read once: its first lines are kept for the reading. */
static void look_at_pipe(struct file *f, FILE *in, char *buf)
{
	struct source s = {.in = in};

	s.copy = open_memstream(&f->head, &f->head_size);
	if (!s.copy) {
		f->err = errno;
		fclose(in);
		return;
	}
	f->first = first_number(&s, buf);
	f->why = s.why;
	f->in = in;
	fclose(s.copy);
}

static struct file look_at(const char *path, int place, char *buf)
{
	struct file f = {.path = path, .first = INT64_MAX, .place = place};
	FILE *in =
		strcmp(path, "-")
			? fopen(path, "re")
			: fdopen(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0), "r");
	struct source s = {.in = in};
	struct stat st;

	if (!in || fstat(fileno(in), &st)) {
		f.err = errno;
	} else if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ||
		   !strcmp(path, "-")) {
		look_at_pipe(&f, in, buf);
		return f;
	} else if (S_ISDIR(st.st_mode)) {
		f.err = EISDIR;
	} else if (!S_ISREG(st.st_mode)) {
		f.why = "neither a file nor a pipe; name a history log, as "
			"/var/log/timed/history.log";
	} else {
		f.first = first_number(&s, buf);
	}
	if (in)
		fclose(in);
	return f;
}

static int by_number(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->place - y->place;
}

static void read_file(struct trail *t, struct file *f, char *buf)
{
	struct source s = {f->in, NULL, f->head, f->head_size, NULL};

	errno = f->err;
	if (!f->why && !f->err && !s.in)
		s.in = fopen(f->path, "re");
	if (!s.in || f->why || f->err) {
		refuse(t, f->path, f->why ? f->why : strerror(errno));
		return;
	}
	f->in = s.in;
	trail_file(t, f->path);
	errno = 0;
	if (read_lines(t, &s, buf))
		refuse(t, f->path, strerror(errno ? errno : EIO));
	else if (s.why)
		refuse(t, f->path, s.why);
}

static void drop(struct file *f)
{
	if (f->in)
		fclose(f->in);
	free(f->head);
}

int trail_read(struct trail *t, char *const path[], int count)
{
	struct file *file = calloc((size_t)count, sizeof(*file));
	char *buf = malloc(TRAIL_LINE_MAX);

	if (!file || !buf) {
		free(file);
		free(buf);
		return -ENOMEM;
	}
	for (int i = 0; i < count; i++)
		file[i] = look_at(path[i], i, buf);
	qsort(file, (size_t)count, sizeof(*file), by_number);
	for (int i = 0; i < count; i++) {
		read_file(t, &file[i], buf);
		drop(&file[i]);
	}
	trail_finish(t);
	free(file);
	free(buf);
	return 0;
}
