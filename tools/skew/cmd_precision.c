/* SPDX-License-Identifier: Apache-2.0 */
/* tt-skew precision: measure, serve, or simulate. */
#include "tools/skew/cmd.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/skew/precision_options.h"
#include "tools/skew/precision_print.h"
#include "tools/skew/precision_responder.h"

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static void stop_on_signals(void)
{
	const struct sigaction act = {.sa_handler = on_signal};

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
}

static int complain(const char *what, int err)
{
	fprintf(stderr, "tt-skew precision: %s: %s%s\n", what, strerror(-err),
		err == -EADDRINUSE ? ": another --serve? (--bind HOST:PORT)"
		: err == -ENOTSUP  ? ": this kernel has no SO_TIMESTAMPING"
				   : "");
	return CMD_UNREADABLE;
}

/* ---- serve ---- */

/* All addresses: of both protocols where there are both. */
static int serve_socket(const struct precision_options *o, char *why)
{
	static const char *const any[] = {"[::]", "0.0.0.0"};
	struct precision_address at;
	char name[EDGE_NAME_SIZE];
	int fd = -EINVAL;

	*why = '\0';
	if (o->bind && precision_address_parse(o->bind, true, name, &at, why))
		return -EINVAL;
	if (o->bind)
		return precision_socket_open(&at, NULL);
	for (size_t i = 0; i < 2; i++) {
		if (precision_address_parse(any[i], true, name, &at, why))
			continue;
		fd = precision_socket_open(&at, NULL);
		if (fd != -EAFNOSUPPORT && fd != -EADDRNOTAVAIL)
			return fd;
	}
	return fd;
}

static int serve(const struct precision_options *o)
{
	struct precision_responder *r = malloc(sizeof(*r));
	char why[PRECISION_WHY_SIZE];
	int fd, err;

	if (!r)
		return complain("--serve", -ENOMEM);
	fd = serve_socket(o, why);
	if (fd < 0) {
		free(r);
		if (*why)
			fprintf(stderr, "tt-skew precision: --bind: %s\n", why);
		return *why ? CMD_USAGE : complain("--serve", fd);
	}
	stop_on_signals();
	precision_responder_init(r, o->client_rate, o->all_rate);
	fprintf(stderr, "tt-skew precision: serving on %s\n",
		o->bind ? o->bind : "all addresses");
	err = precision_responder_run(r, fd, &stop);
	precision_print_served(stderr, &r->count);
	close(fd);
	free(r);
	return err ? complain("--serve", err) : CMD_OK;
}

/* ---- measure ---- */

struct measuring {
	const struct precision_options *options;
	struct precision_peer *peer[PRECISION_PEERS_MAX];
	size_t peers;
	bool has_answer, is_contradicted, is_unwritten;
};

static void say_what_fell(const struct precision_report *r)
{
	fprintf(stderr,
		"tt-skew precision: %s: no %s stamps at one end or both: %s "
		"stamps from now on%s\n",
		r->peer->name, precision_stamp_name(r->stamping),
		precision_stamp_name(r->peer->wanted),
		r->stamping == PRECISION_HARDWARE
			? ", of CLOCK_REALTIME (hardware stamps are switched "
			  "on by who owns the card: ptp4l, or chronyd's "
			  "hwtimestamp)"
			: "");
}

static void take_report(const struct precision_report *r, void *arg)
{
	struct measuring *m = arg;

	m->has_answer |= r->err == 0;
	m->is_contradicted |= r->err == -EDOM;
	precision_print_report(stdout, m->options, r);
	if (r->err && m->options->format == PRECISION_CSV)
		fprintf(stderr, "tt-skew precision: %s: %s\n", r->peer->name,
			r->err == -EDOM ? "contradiction" : "no answer");
	if (r->has_fallen)
		say_what_fell(r);
	m->is_unwritten |= ferror(stdout) != 0;
	if (m->is_unwritten)
		stop = 1;
}

static int open_peers(struct measuring *m)
{
	const struct precision_options *o = m->options;
	char why[PRECISION_WHY_SIZE];
	int err;

	for (size_t i = 0; i < o->peers; i++) {
		struct precision_peer *p = calloc(1, sizeof(*p));

		if (!p)
			return complain(o->peer[i], -ENOMEM);
		p->fd = -1;
		m->peer[m->peers++] = p;
		if (precision_address_parse(o->peer[i], false, p->name,
					    &p->address, why)) {
			fprintf(stderr, "tt-skew precision: %s\n", why);
			return CMD_UNREADABLE;
		}
		if (!strcmp(p->name, o->name)) {
			fprintf(stderr,
				"tt-skew precision: '%s' is this node's own "
				"name: NAME=HOST gives the peer another, "
				"--name this node\n",
				p->name);
			return CMD_USAGE;
		}
		err = precision_peer_open(p, &o->plan);
		if (err)
			return complain(o->peer[i], err);
	}
	return CMD_OK;
}

static int measure(const struct precision_options *o)
{
	struct measuring m = {.options = o};
	int code = open_peers(&m), err = 0;

	if (code == CMD_OK) {
		stop_on_signals();
		precision_print_head(stdout, o);
		err = precision_prober_run(m.peer, m.peers, &o->plan, &stop,
					   take_report, &m);
		code = err		   ? complain("poll", err)
		       : m.is_unwritten	   ? complain("output", -EIO)
		       : m.is_contradicted ? CMD_FOUND
		       : m.has_answer	   ? CMD_OK
					   : CMD_UNREADABLE;
	}
	for (size_t i = 0; i < m.peers; i++) {
		precision_peer_close(m.peer[i]);
		free(m.peer[i]);
	}
	return code;
}

/* ---- simulate ---- */

struct progress {
	size_t before, all;
};

static void tell(size_t done, void *arg)
{
	const struct progress *p = arg;

	fprintf(stderr, "\r%zu of %zu windows ", p->before + done, p->all);
}

/* One line of the table. */
static int simulate_one(const struct precision_options *o,
			const struct precision_world *world, struct progress *p,
			size_t *misses)
{
	const size_t windows = (size_t)o->plan.windows;
	const bool is_shown = isatty(STDERR_FILENO);
	struct precision_group_score group;
	struct precision_score pair;
	int err;

	if (o->nodes)
		err = precision_group_run(world, o->nodes, windows,
					  is_shown ? tell : NULL, p, &group);
	else
		err = precision_sim_run(world, windows, is_shown ? tell : NULL,
					p, &pair);
	if (err)
		return err;
	p->before += windows;
	if (is_shown)
		fputs("\r                              \r", stderr);
	if (o->nodes)
		precision_print_group(stdout, o, world, &group);
	else
		precision_print_score(stdout, o, world, &pair);
	*misses += o->nodes ? group.misses : pair.misses + pair.contradictions;
	return 0;
}

static int simulate(const struct precision_options *o)
{
	struct progress p = {0, o->plan.windows * (o->has_load ? 1 : 9)};
	struct precision_world world = o->world;
	size_t misses = 0;

	precision_print_score_head(stdout, o);
	for (int percent = 10; percent <= 90; percent += 10) {
		int err;

		if (!o->has_load)
			world.load = percent / 100.0;
		err = simulate_one(o, &world, &p, &misses);
		if (err)
			return complain("--sim", err);
		if (o->has_load)
			break;
	}
	return ferror(stdout) ? complain("output", -EIO)
	       : misses	      ? CMD_FOUND
			      : CMD_OK;
}

static int run(int argc, char **argv)
{
	struct precision_options o;
	const int code = precision_options_parse(argc, argv, &o);

	if (code >= 0)
		return code;
	switch (o.mode) {
	case PRECISION_SERVE:
		return serve(&o);
	case PRECISION_SIM:
		return simulate(&o);
	default:
		return measure(&o);
	}
}

const struct cmd cmd_precision = {"precision", run, precision_usage};
