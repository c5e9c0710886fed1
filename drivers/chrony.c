/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chrony driver: rounds of questions to chronyd, a few a second, each
 * between two tracking reports, and what they say of its sources. One request
 * is in flight at a time; what is slow, silent or absurd ends the round.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/chrony_link.h"
#include "drivers/chrony_sample.h"
#include "drivers/cooked.h"
#include "drivers/driver.h"
#include "drivers/realtime.h"

#define SOURCES_MAX 64

/* chronyd answers within microseconds, but it does DNS and NTS set-up in the
 * same thread. */
#define TIMEOUT_NS INT64_C(200000000)
#define ATTEMPTS   3

/* While chronyd is silent: often enough to vouch for CLOCK_REALTIME. */
#define SILENT_POLL_NS INT64_C(1000000000)

/* A source is gone after this much of answered time without it. */
#define GONE_NS INT64_C(30000000000)

/* A measurement is told again when what the rate leaves open over its age has
 * come down to this share, and by this much. */
#define REPEAT_SHARE   0.6
#define REPEAT_GAIN_NS 50.0

/* One and the same reference time, each known to a second or two. */
#define REF_S_SAME 2.5

/* From a packet's receive stamp to the measurement in chronyd's books, when it
 * answers us in between: it may wait for a late transmit stamp. */
#define BOOKING_NS INT64_C(100000000)

/* ntpdata that does not match is asked for this many times. */
#define NTP_DATA_TRIES 3

/* Rounds that an update of chronyd cut through are begun again at once. */
#define MOVED_MAX 3

/* Datagrams taken in one call: a flood must not hold the loop. */
#define DATAGRAMS_MAX 32

/* Wider than any rate a clock has: to find out how far back to look. */
#define ANY_RATE_PPB 1e8

#define HEALTH_SIZE 128

enum phase {
	PHASE_IDLE,
	PHASE_BEGIN,   /* tracking */
	PHASE_COUNT,   /* n_sources */
	PHASE_SOURCE,  /* source_data of `at` */
	PHASE_DETAILS, /* ntpdata of `at` */
	PHASE_END      /* tracking again */
};

struct chrony_source {
	bool used;
	bool seen; /* in this round */
	bool announced;
	int number;	    /* the sink's; negative: it has no room */
	int64_t missing_ns; /* answered time without it */
	struct source_info info;
	/* the latest measurement */
	bool has_latest;
	double orig_s;		/* these two name it: as it was measured, */
	double ref_s;		/*   and the reference's time then */
	int64_t seen_raw_ns;	/* it was the latest when asked then */
	int64_t before_raw_ns;	/* it was not yet when asked then, */
	int64_t earlier_raw_ns; /*   nor the one before it then */
	bool has_ntp;
	int ntp_tries;
	struct cmdmon_ntp_data ntp;
	/* as it was told last */
	bool told;
	bool told_ntp;
	double told_open_ns;
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
	struct chrony_reading reading[SOURCES_MAX];
	struct chrony_source source[SOURCES_MAX];
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

static void announce(struct chrony *c, struct chrony_source *s,
		     const struct source_info *info)
{
	if (s->announced && memcmp(&s->info, info, sizeof(*info)) == 0)
		return;
	s->info = *info;
	s->number = c->sink.source(c->sink.arg, info);
	s->announced = true;
}

static void drop_source(struct chrony *c, struct chrony_source *s)
{
	if (s->announced && s->number >= 0)
		c->sink.gone(c->sink.arg, s->number);
	memset(s, 0, sizeof(*s));
}

static void silence(struct chrony *c, struct chrony_source *s, const char *why)
{
	struct source_info info = s->info;

	info.reachable = false;
	memset(info.note, 0, sizeof(info.note));
	snprintf(info.note, sizeof(info.note), "%s", why);
	announce(c, s, &info);
}

/* --- sources ------------------------------------------------------------ */

static struct chrony_source *find_source(struct chrony *c, const char *name)
{
	struct chrony_source *empty = NULL;

	for (int i = 0; i < SOURCES_MAX; i++) {
		struct chrony_source *s = &c->source[i];

		if (s->used && strcmp(s->info.name, name) == 0)
			return s;
		if (!s->used && !empty)
			empty = s;
	}
	return empty;
}

static void name_of(const struct cmdmon_source *source,
		    char ret[SOURCE_NAME_SIZE])
{
	const uint8_t *id = source->address.bytes;

	memset(ret, 0, SOURCE_NAME_SIZE);
	if (source->mode == CMDMON_REFCLOCK)
		cmdmon_ref_id_print((uint32_t)id[0] << 24 |
					    (uint32_t)id[1] << 16 |
					    (uint32_t)id[2] << 8 | id[3],
				    ret);
	else
		cmdmon_address_print(&source->address, ret);
}

/* Not by its age alone: a sample that a step has put a second into the future
 * has that age as well. */
static bool is_never(const struct cmdmon_source *source)
{
	return source->since_sample_s == CMDMON_NEVER &&
	       !(source->latest_meas_err_s.value > 0);
}

static bool is_measured(const struct cmdmon_source *source)
{
	return source->mode != CMDMON_REFCLOCK &&
	       (source->address.family == CMDMON_INET4 ||
		source->address.family == CMDMON_INET6) &&
	       !is_never(source) && source->stratum < 16;
}

static int64_t poll_ns_of(int poll)
{
	if (poll < -7 || poll > 24)
		return 0;
	return (int64_t)ldexp(1e9, poll);
}

static struct source_info info_of(const struct chrony *c,
				  const struct cmdmon_source *source)
{
	struct source_info info;
	const char *note = "";

	memset(&info, 0, sizeof(info)); /* padding too: it is compared */
	name_of(source, info.name);
	info.class = SOURCE_NTP;
	info.scale = c->opt.smeared ? SCALE_UTC_SMEARED : SCALE_UTC;
	info.reachable = source->reach != 0;
	info.uncounted = source->mode == CMDMON_REFCLOCK;
	info.stratum = source->stratum;
	info.poll_ns = poll_ns_of(source->poll);
	if (source->mode == CMDMON_REFCLOCK)
		note = "reference clock: chronyd knows nothing of its health";
	else if (source->address.family == CMDMON_ID)
		note = "address not resolved";
	else if (is_never(source))
		note = "no measurement yet";
	else if (source->stratum >= 16)
		note = "not synchronised";
	if (note[0] != '\0')
		info.reachable = false;
	snprintf(info.note, sizeof(info.note), "%s", note);
	return info;
}

/*
 * Which measurement is the latest: its figure as measured, and the reference's
 * time at its event, sample time - latest_meas, which no update of chronyd's
 * changes; of the former whole seconds are known, and while a step leaves it
 * in the future one less.
 */
static void note_latest(struct chrony_source *s,
			const struct chrony_reading *reading, int64_t cooked_s)
{
	const struct cmdmon_source *source = &reading->source;
	const double orig_s = source->orig_latest_meas_s.value;
	const double ref_s = (double)cooked_s - source->latest_meas_s.value;

	if (!s->has_latest || orig_s < s->orig_s || orig_s > s->orig_s ||
	    fabs(ref_s - s->ref_s) > REF_S_SAME) {
		s->has_latest = true;
		s->has_ntp = false;
		s->ntp_tries = 0;
		s->told = false;
		s->orig_s = orig_s;
		s->ref_s = ref_s;
		s->earlier_raw_ns = s->before_raw_ns;
		s->before_raw_ns = s->seen_raw_ns;
	}
	s->seen_raw_ns = reading->asked_raw_ns;
}

/*
 * Whether the event lies after the clock was last disturbed. Its age cannot
 * tell: it is counted in that very clock. What can is when the measurement was
 * not there yet. In interleaved mode, or where that is not known, the event
 * lies a whole measurement further back.
 */
static bool is_undisturbed(const struct chrony *c,
			   const struct chrony_source *s,
			   const struct chrony_reading *reading)
{
	const struct cmdmon_ntp_data *ntp = &reading->ntp;
	int64_t since_raw_ns = s->earlier_raw_ns;
	double exchange_s = 2 * reading->source.latest_meas_err_s.value;

	if (reading->has_ntp && !(ntp->flags & CMDMON_INTERLEAVED)) {
		since_raw_ns = s->before_raw_ns;
		exchange_s =
			ntp->peer_delay_s.value + ntp->response_time_s.value;
	}
	return since_raw_ns != INT64_MIN &&
	       since_raw_ns - BOOKING_NS - (int64_t)ceil(exchange_s * 1e9) >
		       c->cooked.disturbed_raw_ns;
}

static double open_ns(const struct sample *m)
{
	return (m->ruler_ppb_max - m->ruler_ppb_min) * 1e-9 *
	       (double)m->age_ns_max;
}

static bool is_worth_telling(const struct chrony_source *s,
			     const struct sample *m)
{
	if (!s->told || (s->has_ntp && !s->told_ntp))
		return true;
	return open_ns(m) <= REPEAT_SHARE * s->told_open_ns &&
	       open_ns(m) <= s->told_open_ns - REPEAT_GAIN_NS;
}

static void tell(struct chrony *c, struct chrony_source *s, struct sample *m)
{
	if (!is_worth_telling(s, m) || s->number < 0)
		return;
	m->repeat = s->told;
	s->told = true;
	s->told_ntp = s->has_ntp;
	s->told_open_ns = open_ns(m);
	c->sink.sample(c->sink.arg, s->number, m);
}

/* ntpdata is of the last valid packet: kept while that is the latest. */
static void keep_ntp_data(struct chrony_source *s,
			  struct chrony_reading *reading)
{
	if (reading->has_ntp &&
	    chrony_sample_matches(&reading->source, &reading->ntp)) {
		s->ntp = reading->ntp;
		s->has_ntp = true;
	}
	reading->has_ntp = s->has_ntp;
	reading->ntp = s->ntp;
}

/* The age at any rate; then the rate over that age, and with it the age. */
static int find_line(struct chrony *c, struct chrony_source *s,
		     struct chrony_reading *reading, struct chrony_line *line,
		     struct chrony_window *window)
{
	const int64_t raw_ns = line->end.raw_ns_max;
	int err;

	line->rate_ppb_min = -ANY_RATE_PPB;
	line->rate_ppb_max = ANY_RATE_PPB;
	err = chrony_sample_window(reading, line, raw_ns, window);
	if (err)
		return err;
	note_latest(s, reading, window->cooked_s);
	keep_ntp_data(s, reading);
	err = cooked_rate(&c->cooked, &c->realtime, raw_ns - window->age_ns_max,
			  raw_ns, &line->rate_ppb_min, &line->rate_ppb_max);
	if (err)
		return err;
	return chrony_sample_window(reading, line, raw_ns, window);
}

/* Why there is no sample of this measurement, or what to know of it. */
static const char *measure(struct chrony *c, struct chrony_source *s,
			   struct chrony_reading *reading,
			   struct chrony_line *line)
{
	struct chrony_window window;
	struct sample m;
	int err = find_line(c, s, reading, line, &window);

	if (err == -ENODATA)
		return "measured longer ago than the clock was watched";
	if (err == -EAGAIN)
		return "the clock does not run as chronyd says";
	if (err)
		return "an age that cannot be";
	if (!is_undisturbed(c, s, reading))
		return "waiting for the next measurement";
	err = chrony_sample_make(&c->opt, reading, line, line->end.raw_ns_max,
				 &window, &m);
	if (err && err != -EDOM)
		return "figures that bound nothing";
	tell(c, s, &m);
	if (err == -EDOM)
		return "round trip shorter than the declared least delay";
	return s->has_ntp ? "" : "no ntpdata: last hop counted as the server's";
}

static void begin_source(struct chrony_source *s)
{
	s->used = true;
	s->seen_raw_ns = s->before_raw_ns = s->earlier_raw_ns = INT64_MIN;
}

static void take_reading(struct chrony *c, struct chrony_reading *reading,
			 struct chrony_line *line)
{
	struct source_info info = info_of(c, &reading->source);
	struct chrony_source *s = find_source(c, info.name);
	const char *note;

	if (!s)
		return;
	if (!s->used)
		begin_source(s);
	s->seen = true;
	s->missing_ns = 0;
	if (!is_measured(&reading->source)) {
		s->has_latest = false;
		s->seen_raw_ns = reading->asked_raw_ns;
		announce(c, s, &info);
		return;
	}
	if (!s->announced)
		announce(c, s, &info);
	note = measure(c, s, reading, line);
	snprintf(info.note, sizeof(info.note), "%s", note);
	if (s->has_ntp)
		info.stratum = s->ntp.stratum;
	announce(c, s, &info);
}

static void sweep(struct chrony *c, int64_t answered_ns)
{
	for (int i = 0; i < SOURCES_MAX; i++) {
		struct chrony_source *s = &c->source[i];

		if (!s->used || s->seen)
			continue;
		s->missing_ns += answered_ns;
		/* a name became an address, or was given up */
		if (strncmp(s->info.name, "ID#", 3) == 0 ||
		    s->missing_ns >= GONE_NS)
			drop_source(c, s);
		else
			silence(c, s, "chronyd has it no more");
	}
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
	for (int i = 0; i < SOURCES_MAX; i++)
		if (c->source[i].used)
			silence(c, &c->source[i], "chronyd does not answer");
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

	if (c->at < c->n_sources && c->at < SOURCES_MAX)
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
	if (c->n_sources > SOURCES_MAX)
		set_health(c, "chronyd has %u sources, %d are watched",
			   c->n_sources, SOURCES_MAX);
	else if (c->cooked.is_doubted)
		set_health(c, "%s",
			   "the clock does not run as chronyd says: stepped, "
			   "steered by another, or tempcomp");
	else
		set_health(c, "%s", "");
}

/* A source that had been measured has not been: chronyd was restarted, or told
 * to forget. */
static bool has_forgotten(struct chrony *c, uint32_t n)
{
	char name[SOURCE_NAME_SIZE];

	for (uint32_t i = 0; i < n; i++) {
		const struct cmdmon_source *source = &c->reading[i].source;
		const struct chrony_source *s;

		name_of(source, name);
		s = find_source(c, name);
		if (s && s->has_latest && is_never(source))
			return true;
	}
	return false;
}

static void end_round(struct chrony *c, const struct cmdmon_tracking *end,
		      const struct cooked_point *point)
{
	struct chrony_line line = {.begin = c->begin_point, .end = *point};
	const uint32_t n =
		c->n_sources < SOURCES_MAX ? c->n_sources : SOURCES_MAX;
	const int64_t now_ns = point->raw_ns_max;

	if (c->is_lost || has_forgotten(c, n)) {
		cooked_forget(&c->cooked);
		cooked_disturb(&c->cooked, now_ns);
	}
	if (is_leap_close(end, point))
		cooked_disturb(&c->cooked, now_ns);
	cooked_add(&c->cooked, end, point, &c->realtime);
	for (int i = 0; i < SOURCES_MAX; i++)
		c->source[i].seen = false;
	for (uint32_t i = 0; i < n; i++)
		take_reading(c, &c->reading[i], &line);
	sweep(c, c->is_lost ? 0 : now_ns - c->answered_raw_ns);
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
	struct chrony_source *s;
	char name[SOURCE_NAME_SIZE];

	if (!is_measured(&reading->source) || !chrony_link_has_unix(&c->link))
		return false;
	name_of(&reading->source, name);
	s = find_source(c, name);
	if (!s)
		return false;
	if (!s->has_latest ||
	    s->orig_s < reading->source.orig_latest_meas_s.value ||
	    s->orig_s > reading->source.orig_latest_meas_s.value)
		return true;
	return !s->has_ntp && s->ntp_tries++ < NTP_DATA_TRIES;
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
