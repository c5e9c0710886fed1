/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chrony driver: rounds of questions to chronyd, a few a second, each
 * between two tracking reports, and what they say of its sources. One request
 * is in flight at a time; what is slow, silent or absurd ends the round.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/chrony_link.h"
#include "drivers/chrony_sample.h"
#include "drivers/chrony_table.h"
#include "drivers/cooked.h"
#include "drivers/driver.h"
#include "drivers/realtime.h"

/* chronyd answers within microseconds, but it does DNS and NTS set-up in the
 * same thread. */
#define TIMEOUT_NS INT64_C(200000000)
#define ATTEMPTS   3

/* While chronyd is silent: often enough to vouch for CLOCK_REALTIME. */
#define SILENT_POLL_NS INT64_C(1000000000)

/* Rounds that an update of chronyd cut through are begun again at once. */
#define MOVED_MAX 3

/* Datagrams taken in one call: a flood must not hold the loop. */
#define DATAGRAMS_MAX 32

#define HEALTH_SIZE 128

enum phase {
	PHASE_IDLE,
	PHASE_BEGIN,   /* tracking */
	PHASE_COUNT,   /* n_sources */
	PHASE_SOURCE,  /* source_data of `at` */
	PHASE_DETAILS, /* ntpdata of `at` */
	PHASE_END      /* tracking again */
};

struct chrony {
	struct driver driver;
	struct chrony_options opt;
	struct env *env;
	struct driver_sink sink;
	struct chrony_link link;
	struct realtime realtime;
	struct cooked cooked;
	enum phase phase;
	int64_t next_round_raw_ns;
	int64_t answered_raw_ns; /* last round that came to its end */
	bool is_lost;		 /* no round has come to its end since */
	int trouble;		 /* last error of this request, negative */
	int moved;
	bool has_clock;
	uint32_t n_sources; /* as chronyd has it */
	uint32_t at;
	struct cmdmon_tracking begin;
	struct cooked_point begin_point;
	bool has_begin_point;
	struct chrony_reading reading[CHRONY_TABLE_SIZE];
	struct chrony_table table;
	char health[HEALTH_SIZE];
};

static struct chrony *chrony_of(struct driver *driver)
{
	return (struct chrony *)driver;
}

static const struct chrony *chrony_of_const(const struct driver *driver)
{
	return (const struct chrony *)driver;
}

/* --- what is told ------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void
set_health(struct chrony *c, const char *format, ...)
{
	char text[HEALTH_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (strcmp(text, c->health) == 0)
		return;
	memcpy(c->health, text, sizeof(text));
	c->sink.health(c->sink.arg, c->health);
}

/* --- rounds ------------------------------------------------------------- */

static void idle(struct chrony *c, int64_t wait_ns)
{
	c->phase = PHASE_IDLE;
	c->link.is_waiting = false;
	c->next_round_raw_ns = env_raw_ns(c->env) + wait_ns;
}

static int64_t silent_poll_ns(const struct chrony *c)
{
	return c->opt.poll_ns > SILENT_POLL_NS ? c->opt.poll_ns
					       : SILENT_POLL_NS;
}

static void say_trouble(struct chrony *c, int err)
{
	const char *host = c->opt.host;
	const int port = c->opt.port;

	switch (err) {
	case -EPROTONOSUPPORT:
		set_health(c, "chronyd at %s port %d speaks another version",
			   host, port);
		break;
	case -EACCES:
	case -EPERM:
		set_health(c, "chronyd at %s port %d refuses to answer", host,
			   port);
		break;
	case -ECONNREFUSED:
		set_health(c, "no chronyd at %s port %d", host, port);
		break;
	case -ETIMEDOUT:
		set_health(c, "chronyd at %s port %d does not answer", host,
			   port);
		break;
	case -EPROTO:
	case -EBADMSG:
	case -ERANGE:
	case -EREMOTEIO:
	case -EOPNOTSUPP:
		set_health(c, "what answers at %s port %d is no chronyd", host,
			   port);
		break;
	default:
		set_health(c, "chronyd at %s port %d: %s", host, port,
			   strerror(-err));
	}
}

/* The round cannot be brought to its end: what chronyd is doing, and whether
 * it still is the same, is unknown from here on. */
static void lose(struct chrony *c, int err)
{
	say_trouble(c, err);
	c->is_lost = true;
	chrony_table_silence(&c->table);
	idle(c, silent_poll_ns(c));
}

static void read_clock(struct chrony *c)
{
	struct env_pair pair;
	struct env_steering steering;

	c->has_clock = env_pair(c->env, &pair) == 0 &&
		       env_steering(c->env, &steering) == 0;
	if (!c->has_clock)
		return;
	/* at the end of a slew S falls back to the rate chronyd tells */
	if (c->cooked.has_line)
		realtime_allow(&c->realtime, -c->cooked.freq_ppm * 1e3);
	if (!realtime_add(&c->realtime, &pair, &steering))
		cooked_disturb(&c->cooked, pair.raw_ns_after);
}

static void ask(struct chrony *c, enum phase phase,
		const struct cmdmon_request *request)
{
	int err;

	c->phase = phase;
	c->trouble = -ETIMEDOUT;
	err = chrony_link_ask(&c->link, request, false, TIMEOUT_NS);
	if (err)
		lose(c, err);
}

static void ask_tracking(struct chrony *c, enum phase phase)
{
	const struct cmdmon_request request = {.command = CMDMON_TRACKING};

	read_clock(c);
	if (!c->has_clock) {
		lose(c, -ENODATA);
		return;
	}
	ask(c, phase, &request);
}

static void ask_next_source(struct chrony *c)
{
	const struct cmdmon_request request = {.command = CMDMON_SOURCE_DATA,
					       .index = c->at};

	if (c->at < c->n_sources && c->at < CHRONY_TABLE_SIZE)
		ask(c, PHASE_SOURCE, &request);
	else
		ask_tracking(c, PHASE_END);
}

static void begin_round(struct chrony *c)
{
	c->has_begin_point = false;
	ask_tracking(c, PHASE_BEGIN);
}

/* Where C - raw was when chronyd made up this tracking report. */
static int locate(struct chrony *c, const struct cmdmon_tracking *tracking,
		  struct cooked_point *ret)
{
	struct realtime_entry span;

	realtime_allow(&c->realtime, -tracking->freq_ppm.value * 1e3);
	read_clock(c);
	if (!c->has_clock || realtime_span(&c->realtime, &span))
		return -ENODATA;
	*ret = cooked_point_of(&span, tracking);
	return 0;
}

static bool is_same_line(const struct cmdmon_tracking *a,
			 const struct cmdmon_tracking *b)
{
	return a->ref_time.s == b->ref_time.s &&
	       a->ref_time.ns == b->ref_time.ns &&
	       !(a->freq_ppm.value < b->freq_ppm.value) &&
	       !(a->freq_ppm.value > b->freq_ppm.value);
}

/* Around a leap second labels and clocks jump by one, each at its own time. */
static bool is_leap_close(const struct cmdmon_tracking *tracking,
			  const struct cooked_point *point)
{
	const int64_t now_s =
		(point->raw_ns_max + point->hi_ns) / INT64_C(1000000000);
	const int64_t of_day_s = now_s % 86400;

	return (tracking->leap == 1 || tracking->leap == 2) &&
	       (of_day_s < 5 || of_day_s >= 86400 - 5);
}

static void say_well(struct chrony *c)
{
	if (c->n_sources > CHRONY_TABLE_SIZE)
		set_health(c, "chronyd has %u sources, %d are watched",
			   c->n_sources, CHRONY_TABLE_SIZE);
	else if (c->cooked.is_doubted)
		set_health(c, "%s",
			   "the clock does not run as chronyd says: stepped, "
			   "steered by another, or tempcomp");
	else
		set_health(c, "%s", "");
}

static void end_round(struct chrony *c, const struct cmdmon_tracking *end,
		      const struct cooked_point *point)
{
	struct chrony_line line = {.begin = c->begin_point, .end = *point};
	const uint32_t n = c->n_sources < CHRONY_TABLE_SIZE ? c->n_sources
							    : CHRONY_TABLE_SIZE;
	const int64_t now_ns = point->raw_ns_max;

	if (c->is_lost ||
	    chrony_table_has_forgotten(&c->table, c->reading, n)) {
		cooked_forget(&c->cooked);
		cooked_disturb(&c->cooked, now_ns);
	}
	if (is_leap_close(end, point))
		cooked_disturb(&c->cooked, now_ns);
	cooked_add(&c->cooked, end, point, &c->realtime);
	chrony_table_take(&c->table, c->reading, n, &line,
			  c->is_lost ? 0 : now_ns - c->answered_raw_ns);
	say_well(c);
	c->is_lost = false;
	c->answered_raw_ns = now_ns;
	c->moved = 0;
	idle(c, c->opt.poll_ns);
}

/* chronyd made an update, or a source went, while we asked: what was read is
 * of two clocks. */
static void move_round(struct chrony *c)
{
	c->moved++;
	if (c->moved <= MOVED_MAX) {
		begin_round(c);
		return;
	}
	c->moved = 0;
	idle(c, c->opt.poll_ns);
}

/* --- replies ------------------------------------------------------------ */

static int on_tracking(struct chrony *c, const uint8_t *buf, size_t len)
{
	const struct cmdmon_request request = {.command = CMDMON_N_SOURCES};
	struct cmdmon_tracking tracking;
	struct cooked_point point;
	int err = cmdmon_parse_tracking(&c->link.request, buf, len, &tracking);

	if (err)
		return err;
	err = locate(c, &tracking, &point);
	if (c->phase == PHASE_BEGIN) {
		c->begin = tracking;
		c->begin_point = point;
		c->has_begin_point = !err;
		ask(c, PHASE_COUNT, &request);
	} else if (err || !c->has_begin_point ||
		   !is_same_line(&c->begin, &tracking)) {
		move_round(c);
	} else {
		end_round(c, &tracking, &point);
	}
	return 0;
}

static int on_n_sources(struct chrony *c, const uint8_t *buf, size_t len)
{
	const int err = cmdmon_parse_n_sources(&c->link.request, buf, len,
					       &c->n_sources);

	if (err)
		return err;
	c->at = 0;
	ask_next_source(c);
	return 0;
}

static bool wants_details(struct chrony *c,
			  const struct chrony_reading *reading)
{
	return chrony_link_has_unix(&c->link) &&
	       chrony_table_wants_ntp_data(&c->table, reading);
}

static void skip_details(struct chrony *c)
{
	c->at++;
	ask_next_source(c);
}

/* False: nobody is behind the Unix socket any more. Whoever answers over UDP
 * may be another chronyd than the one we knew. */
static bool ask_details(struct chrony *c, const struct chrony_reading *reading)
{
	const struct cmdmon_request request = {
		.command = CMDMON_NTP_DATA, .address = reading->source.address};

	c->phase = PHASE_DETAILS;
	if (chrony_link_ask(&c->link, &request, true, TIMEOUT_NS) == 0)
		return true;
	chrony_link_drop_unix(&c->link);
	c->is_lost = true;
	return false;
}

static int on_source(struct chrony *c, const uint8_t *buf, size_t len)
{
	struct chrony_reading *reading = &c->reading[c->at];
	const int err = cmdmon_parse_source(&c->link.request, buf, len,
					    &reading->source);

	if (err == -ENOENT) {
		move_round(c);
		return 0;
	}
	if (err)
		return err;
	reading->asked_raw_ns = c->link.asked_raw_ns;
	reading->answered_raw_ns = env_raw_ns(c->env);
	reading->has_ntp = false;
	if (!wants_details(c, reading) || !ask_details(c, reading))
		skip_details(c);
	return 0;
}

static int on_details(struct chrony *c, const uint8_t *buf, size_t len)
{
	struct chrony_reading *reading = &c->reading[c->at];
	const int err = cmdmon_parse_ntp_data(&c->link.request, buf, len,
					      &reading->ntp);

	if (err == -EAGAIN)
		return err;
	reading->has_ntp = !err;
	skip_details(c);
	return 0;
}

static int on_datagram(struct chrony *c, const uint8_t *buf, size_t len)
{
	switch (c->phase) {
	case PHASE_BEGIN:
	case PHASE_END:
		return on_tracking(c, buf, len);
	case PHASE_COUNT:
		return on_n_sources(c, buf, len);
	case PHASE_SOURCE:
		return on_source(c, buf, len);
	case PHASE_DETAILS:
		return on_details(c, buf, len);
	case PHASE_IDLE:
		break;
	}
	return 0;
}

/* Whether chronyd itself said no: asking again will not help. */
static bool is_final(int err)
{
	return err == -EPROTONOSUPPORT || err == -EACCES ||
	       err == -EOPNOTSUPP || err == -EREMOTEIO || err == -ENOENT;
}

/* The Unix socket is a help, not a need: without it, on with the round. */
static void lose_details(struct chrony *c)
{
	chrony_link_drop_unix(&c->link);
	c->link.is_waiting = false;
	skip_details(c);
}

static void on_error(struct chrony *c, int err)
{
	if (c->phase == PHASE_IDLE)
		return;
	if (c->phase == PHASE_DETAILS)
		lose_details(c);
	else
		lose(c, err);
}

/* True: there may be more to read. */
static bool read_one(struct chrony *c)
{
	uint8_t buf[CMDMON_REPLY_SIZE];
	const int n = chrony_link_receive(&c->link, buf);
	int err;

	if (n == -EAGAIN || n == -EINTR)
		return false;
	if (n < 0) {
		on_error(c, n);
		return false;
	}
	if (c->phase == PHASE_IDLE)
		return true;
	err = on_datagram(c, buf, (size_t)n);
	if (is_final(err))
		lose(c, err);
	else if (err && err != -EAGAIN)
		c->trouble = err; /* go on waiting for a better one */
	return true;
}

static void on_timeout(struct chrony *c)
{
	int err;

	if (c->phase == PHASE_DETAILS) {
		lose_details(c);
		return;
	}
	if (c->link.request.attempt + 1 >= ATTEMPTS) {
		lose(c, c->trouble);
		return;
	}
	if (c->phase == PHASE_BEGIN || c->phase == PHASE_END)
		read_clock(c); /* brackets the new question, not the old */
	err = chrony_link_ask_again(&c->link, TIMEOUT_NS);
	if (err)
		lose(c, err);
}

/* --- the driver --------------------------------------------------------- */

static int chrony_fd(const struct driver *driver)
{
	return chrony_link_fd(&chrony_of_const(driver)->link);
}

static int64_t chrony_next_raw_ns(const struct driver *driver)
{
	const struct chrony *c = chrony_of_const(driver);

	return c->phase == PHASE_IDLE ? c->next_round_raw_ns
				      : c->link.deadline_raw_ns;
}

static void chrony_readable(struct driver *driver)
{
	struct chrony *c = chrony_of(driver);

	for (int i = 0; i < DATAGRAMS_MAX; i++)
		if (!read_one(c))
			return;
}

static void chrony_tick(struct driver *driver)
{
	struct chrony *c = chrony_of(driver);

	if (env_raw_ns(c->env) < chrony_next_raw_ns(driver))
		return;
	if (c->phase == PHASE_IDLE)
		begin_round(c);
	else
		on_timeout(c);
}

static void chrony_close(struct driver *driver)
{
	struct chrony *c;

	if (!driver)
		return;
	c = chrony_of(driver);
	chrony_link_close(&c->link);
	free((void *)(uintptr_t)c->opt.host);
	free((void *)(uintptr_t)c->opt.socket);
	free(c);
}

static const struct driver_ops driver_chrony = {.name = "chrony",
						.fd = chrony_fd,
						.next_raw_ns =
							chrony_next_raw_ns,
						.readable = chrony_readable,
						.tick = chrony_tick,
						.close = chrony_close};

static bool is_sane(const struct chrony_options *opt)
{
	return opt->host && opt->socket && opt->poll_ns > 0 &&
	       opt->delay_ns_min >= 0 && opt->server_scale >= 1;
}

int driver_chrony_open(const struct chrony_options *opt, struct env *env,
		       const struct driver_sink *sink, struct driver **ret)
{
	struct chrony *c;
	int err;

	if (!is_sane(opt))
		return -EINVAL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->driver.ops = &driver_chrony;
	c->opt = *opt;
	c->opt.host = strdup(opt->host);
	c->opt.socket = strdup(opt->socket);
	c->env = env;
	c->sink = *sink;
	c->is_lost = true;
	c->link.udp_fd = c->link.unix_fd = -1;
	c->table = (struct chrony_table){.opt = &c->opt,
					 .sink = &c->sink,
					 .cooked = &c->cooked,
					 .realtime = &c->realtime};
	realtime_init(&c->realtime);
	cooked_init(&c->cooked);
	err = c->opt.host && c->opt.socket ? 0 : -ENOMEM;
	if (!err)
		err = chrony_link_open(&c->link, env, opt->host, opt->port,
				       opt->socket);
	if (err) {
		chrony_close(&c->driver);
		return err;
	}
	c->next_round_raw_ns = env_raw_ns(env);
	*ret = &c->driver;
	return 0;
}
