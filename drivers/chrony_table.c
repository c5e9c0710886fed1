/* SPDX-License-Identifier: Apache-2.0 */
/* The table of chronyd's sources. See chrony_table.h. */
#include "drivers/chrony_table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

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

/* Wider than any rate a clock has: to find out how far back to look. */
#define ANY_RATE_PPB 1e8

static void announce(struct chrony_table *t, struct chrony_source *s,
		     const struct source_info *info)
{
	if (s->announced && memcmp(&s->info, info, sizeof(*info)) == 0)
		return;
	s->info = *info;
	s->number = t->sink->source(t->sink->arg, info);
	s->announced = true;
}

static void drop_source(struct chrony_table *t, struct chrony_source *s)
{
	if (s->announced && s->number >= 0)
		t->sink->gone(t->sink->arg, s->number);
	memset(s, 0, sizeof(*s));
}

static void silence(struct chrony_table *t, struct chrony_source *s,
		    const char *why)
{
	struct source_info info = s->info;

	info.reachable = false;
	memset(info.note, 0, sizeof(info.note));
	snprintf(info.note, sizeof(info.note), "%s", why);
	announce(t, s, &info);
}

static struct chrony_source *find_source(struct chrony_table *t,
					 const char *name)
{
	struct chrony_source *empty = NULL;

	for (int i = 0; i < CHRONY_TABLE_SIZE; i++) {
		struct chrony_source *s = &t->source[i];

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

static struct source_info info_of(const struct chrony_table *t,
				  const struct cmdmon_source *source)
{
	struct source_info info;
	const char *note = "";

	memset(&info, 0, sizeof(info)); /* padding too: it is compared */
	name_of(source, info.name);
	info.class = SOURCE_NTP;
	info.scale = t->opt->smeared ? SCALE_UTC_SMEARED : SCALE_UTC;
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
static bool is_undisturbed(const struct chrony_table *t,
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
		       t->cooked->disturbed_raw_ns;
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

static void tell(struct chrony_table *t, struct chrony_source *s,
		 struct sample *m)
{
	if (!is_worth_telling(s, m) || s->number < 0)
		return;
	m->repeat = s->told;
	s->told = true;
	s->told_ntp = s->has_ntp;
	s->told_open_ns = open_ns(m);
	t->sink->sample(t->sink->arg, s->number, m);
}

/* ntpdata is of the last valid packet: kept while that is the latest. What the
 * server is does not change with each. */
static void keep_ntp_data(struct chrony_source *s,
			  struct chrony_reading *reading)
{
	if (reading->has_ntp &&
	    cmdmon_address_equal(&reading->source.address,
				 &reading->ntp.remote))
		s->disowned = chrony_sample_disowned(&reading->ntp);
	if (reading->has_ntp &&
	    chrony_sample_matches(&reading->source, &reading->ntp)) {
		s->ntp = reading->ntp;
		s->has_ntp = true;
	}
	reading->has_ntp = s->has_ntp;
	reading->ntp = s->ntp;
}

/* The age at any rate; then the rate over that age, and with it the age. */
static int find_line(struct chrony_table *t, struct chrony_source *s,
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
	err = cooked_rate(t->cooked, t->realtime, raw_ns - window->age_ns_max,
			  raw_ns, &line->rate_ppb_min, &line->rate_ppb_max);
	if (err)
		return err;
	return chrony_sample_window(reading, line, raw_ns, window);
}

/* Why there is no sample of this measurement, or what to know of it. */
static const char *measure(struct chrony_table *t, struct chrony_source *s,
			   struct chrony_reading *reading,
			   struct chrony_line *line)
{
	struct chrony_window window;
	struct sample m;
	int err = find_line(t, s, reading, line, &window);

	if (err == -ENODATA)
		return "measured longer ago than the clock was watched";
	if (err == -EAGAIN)
		return "the clock does not run as chronyd says";
	if (err)
		return "an age that cannot be";
	if (s->disowned[0])
		return s->disowned;
	if (!is_undisturbed(t, s, reading))
		return "waiting for the next measurement";
	err = chrony_sample_make(t->opt, reading, line, line->end.raw_ns_max,
				 &window, &m);
	if (err && err != -EDOM)
		return "figures that bound nothing";
	tell(t, s, &m);
	if (err == -EDOM)
		return "round trip shorter than the declared least delay";
	return s->has_ntp ? "" : "no ntpdata: last hop counted as the server's";
}

static void begin_source(struct chrony_source *s)
{
	s->used = true;
	s->disowned = "";
	s->seen_raw_ns = s->before_raw_ns = s->earlier_raw_ns = INT64_MIN;
}

/* RFC 5905, figure 9: the leap indicator. */
static void take_ntp(const struct cmdmon_ntp_data *ntp,
		     struct source_info *info)
{
	info->stratum = ntp->stratum;
	info->utc.has_leap = ntp->leap <= 2;
	if (info->utc.has_leap)
		info->utc.leap_s = ntp->leap == 1 ? 1 : ntp->leap == 2 ? -1 : 0;
}

static void take_reading(struct chrony_table *t, struct chrony_reading *reading,
			 struct chrony_line *line)
{
	struct source_info info = info_of(t, &reading->source);
	struct chrony_source *s = find_source(t, info.name);
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
		announce(t, s, &info);
		return;
	}
	if (!s->announced)
		announce(t, s, &info);
	note = measure(t, s, reading, line);
	snprintf(info.note, sizeof(info.note), "%s", note);
	if (s->disowned[0])
		info.reachable = false;
	if (s->has_ntp)
		take_ntp(&s->ntp, &info);
	announce(t, s, &info);
}

static void sweep(struct chrony_table *t, int64_t answered_ns)
{
	for (int i = 0; i < CHRONY_TABLE_SIZE; i++) {
		struct chrony_source *s = &t->source[i];

		if (!s->used || s->seen)
			continue;
		s->missing_ns += answered_ns;
		/* a name became an address, or was given up */
		if (strncmp(s->info.name, "ID#", 3) == 0 ||
		    s->missing_ns >= GONE_NS)
			drop_source(t, s);
		else
			silence(t, s, "chronyd has it no more");
	}
}

bool chrony_table_wants_ntp_data(struct chrony_table *t,
				 const struct chrony_reading *reading)
{
	struct chrony_source *s;
	char name[SOURCE_NAME_SIZE];

	if (!is_measured(&reading->source))
		return false;
	name_of(&reading->source, name);
	s = find_source(t, name);
	if (!s)
		return false;
	if (!s->has_latest ||
	    s->orig_s < reading->source.orig_latest_meas_s.value ||
	    s->orig_s > reading->source.orig_latest_meas_s.value)
		return true;
	return !s->has_ntp && s->ntp_tries++ < NTP_DATA_TRIES;
}

bool chrony_table_has_forgotten(struct chrony_table *t,
				const struct chrony_reading *reading,
				uint32_t n)
{
	char name[SOURCE_NAME_SIZE];

	for (uint32_t i = 0; i < n; i++) {
		const struct cmdmon_source *source = &reading[i].source;
		const struct chrony_source *s;

		name_of(source, name);
		s = find_source(t, name);
		if (s && s->has_latest && is_never(source))
			return true;
	}
	return false;
}

void chrony_table_take(struct chrony_table *t, struct chrony_reading *reading,
		       uint32_t n, struct chrony_line *line,
		       int64_t answered_ns)
{
	for (int i = 0; i < CHRONY_TABLE_SIZE; i++)
		t->source[i].seen = false;
	for (uint32_t i = 0; i < n; i++)
		take_reading(t, &reading[i], line);
	sweep(t, answered_ns);
}

void chrony_table_silence(struct chrony_table *t)
{
	for (int i = 0; i < CHRONY_TABLE_SIZE; i++)
		if (t->source[i].used)
			silence(t, &t->source[i], "chronyd does not answer");
}
