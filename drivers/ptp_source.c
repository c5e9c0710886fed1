/* SPDX-License-Identifier: Apache-2.0 */
/* A grandmaster as a source. See ptp_source.h. */
#include "drivers/ptp_source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

/* ptp4l has a monitor where a leg came from it within so long; where it has
 * none, the data sets are read instead. */
#define MONITOR_NS (10 * NS_PER_S)
#define FIRST_NS   (2 * NS_PER_S)

/* A source is fresh for four intervals of Sync, and so long at least. */
#define FRESH_NS_MIN (2 * NS_PER_S)
#define SYNC_NS_MAX  (16 * NS_PER_S)

/* Legs of one exchange lie no further apart, in intervals of Sync: a Delay_Req
 * follows the last Sync that came. */
#define EXCHANGE_SYNCS 2

/* From a stamp to the leg that tells it: a Delay_Resp takes no longer, and ptp4l
 * reads its sockets between two Syncs. */
#define LEG_NS NS_PER_S

/* --- what is told ------------------------------------------------------- */

static void announce(struct ptp_source *s)
{
	s->source = s->sink.source(s->sink.arg, &s->info);
}

/* PTP's intervals are powers of two of a second: the one that is meant. */
static int64_t even_interval_ns(int64_t ns)
{
	int64_t even_ns = NS_PER_S / 128;

	if (ns <= 0)
		return 0;
	while (even_ns < SYNC_NS_MAX && 3 * ns > 4 * even_ns)
		even_ns *= 2;
	return even_ns;
}

/* The clock that ptp4l's stamps are of. */
static void set_via(const struct ptp_clock *clock, char ret[SOURCE_VIA_SIZE])
{
	memset(ret, 0, SOURCE_VIA_SIZE);
	if (clock->is_realtime)
		snprintf(ret, SOURCE_VIA_SIZE, "CLOCK_REALTIME");
	else if (clock->phc)
		snprintf(ret, SOURCE_VIA_SIZE, "%s (%s)",
			 phc_identity(clock->phc)->device,
			 phc_mode_name(phc_mode(clock->phc)));
}

__attribute__((format(printf, 3, 4))) static void
set_state(struct ptp_source *s, bool reachable, const char *format, ...)
{
	struct source_info info = s->info;
	va_list args;

	info.reachable = reachable;
	info.poll_ns = even_interval_ns(s->sync_ns);
	set_via(s->clock, info.via);
	ptp_master_utc(s->has_view ? &s->view : NULL, &info.utc);
	memset(info.note, 0, sizeof(info.note));
	va_start(args, format);
	vsnprintf(info.note, sizeof(info.note), format, args);
	va_end(args);
	if (memcmp(&info, &s->info, sizeof(info)) == 0)
		return;
	s->info = info;
	announce(s);
}

static void name_source(struct ptp_source *s, const struct ptp_identity *gm)
{
	char text[PTP_IDENTITY_SIZE];

	memset(s->info.name, 0, sizeof(s->info.name));
	if (!gm) {
		snprintf(s->info.name, SOURCE_NAME_SIZE, "%s", s->opt->name);
		return;
	}
	ptp_identity_print(gm, text);
	snprintf(s->info.name, SOURCE_NAME_SIZE, "%.40s/%s", s->opt->name,
		 text);
}

/* Another grandmaster is another source, with a belief of its own; the one of
 * before stays until this one has something to say. */
static void become(struct ptp_source *s, const struct ptp_standing *standing)
{
	const struct ptp_identity *gm = &s->view.parent.gm;

	if (s->has_gm && ptp_identity_equal(&s->gm, gm) &&
	    s->info.scale == standing->scale)
		return;
	if (s->source >= 0)
		s->sink.gone(s->sink.arg, s->source);
	s->gm = *gm;
	s->has_gm = true;
	s->info.scale = standing->scale;
	s->info.reachable = true;
	memset(s->info.note, 0, sizeof(s->info.note));
	name_source(s, gm);
	announce(s);
}

/* --- samples ------------------------------------------------------------ */

static int64_t clamped(int64_t ns, int64_t min, int64_t max)
{
	return ns < min ? min : ns > max ? max : ns;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t interval_ns(int8_t log)
{
	return log >= 4 ? SYNC_NS_MAX : log >= 0 ? NS_PER_S << log : NS_PER_S;
}

/* As it comes, or as the port has it, while none has come twice. */
static int64_t sync_interval_ns(const struct ptp_source *s)
{
	return s->sync_ns > 0 ? s->sync_ns : interval_ns(s->view.port.log_sync);
}

static int64_t fresh_ns(const struct ptp_source *s)
{
	return clamped(4 * sync_interval_ns(s), FRESH_NS_MIN, 4 * SYNC_NS_MAX);
}

static struct ptp_context context_of(const struct ptp_source *s,
				     const struct ptp_standing *standing,
				     int64_t raw_ns)
{
	return (struct ptp_context){.opt = s->opt,
				    .standing = *standing,
				    .raw_ns = raw_ns,
				    .fresh_ns = fresh_ns(s),
				    .is_peer = s->view.port.delay_mechanism ==
					       PTP_PEER_TO_PEER,
				    .ruler_ppb = ptp_rate_ppb(&s->rate)};
}

/* It has something to say: from now on it is the source. */
static void give(struct ptp_source *s, const struct ptp_context *c,
		 const struct sample *m)
{
	become(s, &c->standing);
	if (s->source >= 0)
		s->sink.sample(s->sink.arg, s->source, m);
}

static void give_leg(struct ptp_source *s, const struct ptp_context *c,
		     const struct ptp_event *event)
{
	struct sample m;

	if (ptp_sample_leg(c, event, s->delay_ns, &m) == 0)
		give(s, c, &m);
}

/* Do the two belong to one exchange? */
static bool is_exchange(const struct ptp_source *s)
{
	const int64_t span_ns =
		s->request.place.raw_ns_min - s->sync.place.raw_ns_min;
	const int64_t most_ns = EXCHANGE_SYNCS * sync_interval_ns(s);

	return s->has_sync && s->has_request && span_ns <= most_ns &&
	       span_ns >= -most_ns &&
	       ptp_port_equal(&s->sync.leg.master, &s->request.leg.master);
}

static void give_exchange(struct ptp_source *s, const struct ptp_context *c)
{
	struct sample m;
	int err;

	if (!is_exchange(s))
		return;
	err = ptp_sample_exchange(c, &s->sync, &s->request, &m, &s->delay_ns);
	if (err && err != -EDOM)
		return;
	s->is_short = err != 0;
	give(s, c, &m);
}

static void take_sync(struct ptp_source *s, const struct ptp_event *event)
{
	const int64_t raw_ns = event->place.raw_ns_max;

	if (s->sync_raw_ns == INT64_MIN)
		s->request_raw_ns = raw_ns;
	else if (raw_ns > s->sync_raw_ns)
		s->sync_ns = clamped(raw_ns - s->sync_raw_ns, 1, SYNC_NS_MAX);
	s->sync_raw_ns = raw_ns;
	s->sync = *event;
	s->has_sync = true;
}

static void take_request(struct ptp_source *s, const struct ptp_event *event)
{
	s->request_raw_ns = event->place.raw_ns_max;
	s->request = *event;
	s->has_request = true;
	if (is_exchange(s))
		ptp_rate_add(&s->rate, &s->sync, &s->request);
}

/*
 * An event that came to its place on the raw counter. A Delay_Req makes an
 * exchange with the Sync before it and with each one after it that is not far:
 * ptp4l draws the time to the next Delay_Req from twice its interval, and though
 * a pair is the wider the further the two lie apart, the last pair, which ages,
 * grows faster.
 */
static void take_event(struct ptp_source *s, const struct ptp_context *c,
		       const struct ptp_event *event)
{
	if (event->leg.is_forward)
		take_sync(s, event);
	else
		take_request(s, event);
	give_exchange(s, c);
	give_leg(s, c, event);
}

/* Told of no sooner than came_raw_ns, it was stamped by the clock as it runs
 * now, and not before a step. */
static bool is_of_this_clock(const struct ptp_source *s, int64_t came_raw_ns)
{
	return came_raw_ns - LEG_NS >= ptp_clock_since_raw_ns(s->clock);
}

static void take_leg(struct ptp_source *s, const struct ptp_context *c,
		     const struct ptp_leg *leg, int64_t came_raw_ns)
{
	struct ptp_event event = {.leg = *leg};

	if (!is_of_this_clock(s, came_raw_ns) ||
	    !ptp_port_equal(&leg->master, &s->view.parent.port) ||
	    ptp_clock_place(s->clock, ptp_leg_stamp_ns(leg), &event.place))
		return;
	take_event(s, c, &event);
}

/* What came before the round began is vouched for by it, and what came after the
 * one before had ended by that: while it was being answered it is the one before
 * that. */
static void take_legs(struct ptp_source *s, const struct ptp_standing *standing,
		      int64_t began_raw_ns, int64_t raw_ns)
{
	const struct ptp_context c = context_of(s, standing, raw_ns);

	for (int i = 0; i < s->legs; i++)
		if (s->leg[i].came_raw_ns <= began_raw_ns &&
		    (s->was_steady || s->leg[i].came_raw_ns > s->ended_raw_ns))
			take_leg(s, &c, &s->leg[i].leg,
				 s->leg[i].came_raw_ns);
}

static void drop_legs(struct ptp_source *s, int64_t began_raw_ns)
{
	int kept = 0;

	for (int i = 0; i < s->legs; i++)
		if (s->leg[i].came_raw_ns > began_raw_ns)
			s->leg[kept++] = s->leg[i];
	s->legs = kept;
}

bool ptp_source_has_monitor(const struct ptp_source *s, int64_t raw_ns)
{
	if (s->monitor_raw_ns == INT64_MIN)
		return raw_ns - s->opened_raw_ns < FIRST_NS;
	return raw_ns - s->monitor_raw_ns < MONITOR_NS;
}

/*
 * Of a server without a monitor: its offset is t2 - t1 - c - delay of the last
 * Sync, and the delay that it took away, which it has filtered, is shown
 * beside it as of now. The largest of now and of the two rounds before gives the
 * earliest t1, which is the safe side.
 */
static bool leg_of_status(const struct ptp_source *s, struct ptp_leg *ret)
{
	const struct ptp_time_status *t = &s->view.status;
	const uint8_t valid = PTP_UTC_OFFSET_VALID | PTP_TIME_TRACEABLE;
	int64_t utc_ns = 0;

	if (t->ingress_ns == 0 || t->ingress_ns == s->ingress_ns)
		return false;
	/* a clock in UTC that follows a master in TAI: ptp4l has taken the
	 * difference away, and is sure of it only then */
	if (s->clock->is_realtime &&
	    (s->view.properties.flags & PTP_TIMESCALE)) {
		if ((s->view.properties.flags & valid) != valid)
			return false;
		utc_ns = s->view.properties.utc_offset_s * NS_PER_S;
	}
	*ret = (struct ptp_leg){.is_forward = true,
				.master = s->view.parent.port,
				.received_ns = t->ingress_ns,
				.sent_ns = t->ingress_ns - t->offset_ns -
					   s->path_delay_ns + utc_ns};
	return true;
}

/* Its Sync came after the round before was asked for it, which may be before that
 * one was told what the master is: the one before that says it too. */
static void take_status(struct ptp_source *s,
			const struct ptp_standing *standing, int64_t raw_ns)
{
	struct ptp_context c;
	struct ptp_leg leg;

	if (!s->was_steady || ptp_source_has_monitor(s, raw_ns) ||
	    !leg_of_status(s, &leg))
		return;
	c = context_of(s, standing, raw_ns);
	s->delay_ns = clamped(s->path_delay_ns, 0, NS_PER_S);
	/* the round before did not know of it */
	take_leg(s, &c, &leg, s->began_raw_ns);
}

/* --- rounds ------------------------------------------------------------- */

static bool follows_master(const struct ptp_source *s)
{
	return s->view.port.state == PTP_SLAVE ||
	       s->view.port.state == PTP_UNCALIBRATED;
}

/* Delay_Req goes unanswered, or there is none (peer-to-peer delays). */
static bool lacks_requests(const struct ptp_source *s, int64_t raw_ns)
{
	const int64_t quiet_ns = 4 * interval_ns(s->view.port.log_delay_req);

	return raw_ns - s->request_raw_ns > larger(quiet_ns, MONITOR_NS);
}

/* What there is to say of a source that is heard. */
static const char *remark(const struct ptp_source *s, int64_t raw_ns)
{
	const bool is_declared = s->opt->delay_ns_max >= 0;

	if (!is_declared && !ptp_source_has_monitor(s, raw_ns))
		return "no slave_event_monitor, and no delay_max is declared: "
		       "one side only";
	if (!is_declared && lacks_requests(s, raw_ns))
		return "no Delay_Req is answered, and no delay_max is "
		       "declared: one side only";
	if (s->is_short)
		return "its round trip is shorter than the declared delay_min "
		       "allows";
	return "";
}

/* Whether there is anything new of it: by the age of what was stamped last, not
 * by what it says of itself. */
static void say_freshness(struct ptp_source *s, int64_t raw_ns)
{
	const char *state = ptpmsg_port_state_name(s->view.port.state);

	if (!follows_master(s))
		set_state(s, false, "its port is %s", state);
	else if (s->sync_raw_ns == INT64_MIN)
		set_state(s, false, "no Sync yet, port %s", state);
	else if (raw_ns - s->sync_raw_ns > fresh_ns(s))
		set_state(s, false, "no Sync any more, port still %s", state);
	else
		set_state(s, true, "%s", remark(s, raw_ns));
}

/* By a wrong clock every stamp would be placed wrongly. */
static bool has_the_clock(struct ptp_source *s)
{
	char why[PHC_ERROR_SIZE];

	if (!s->view.has_place ||
	    ptp_clock_is_of(s->clock, s->view.place.is_software,
			    s->view.place.interface, why))
		return true;
	set_state(s, false, "%.90s", why);
	return false;
}

static void judge_round(struct ptp_source *s, int64_t began_raw_ns,
			int64_t raw_ns)
{
	struct ptp_standing standing;
	char why[SOURCE_NOTE_SIZE];

	if (!has_the_clock(s))
		return;
	if (ptp_master_judge(s->opt, &s->view, &s->lock, raw_ns, &standing,
			     why)) {
		set_state(s, false, "%s", why);
		return;
	}
	if (follows_master(s)) {
		take_legs(s, &standing, began_raw_ns, raw_ns);
		take_status(s, &standing, raw_ns);
	}
	say_freshness(s, raw_ns);
}

/* A master that is another than before has no past with us. */
static void mind_master(struct ptp_source *s, const struct ptp_view *view)
{
	const bool is_same =
		s->has_view &&
		ptp_identity_equal(&s->view.parent.gm, &view->parent.gm);

	if (is_same)
		return;
	memset(&s->lock, 0, sizeof(s->lock));
	memset(&s->rate, 0, sizeof(s->rate));
	s->has_sync = s->has_request = s->is_short = false;
	s->sync_raw_ns = INT64_MIN;
	s->sync_ns = 0;
}

/* --- what the driver calls ---------------------------------------------- */

void ptp_source_init(struct ptp_source *s, const struct ptp_options *opt,
		     const struct driver_sink *sink,
		     const struct ptp_clock *clock, int64_t raw_ns)
{
	memset(s, 0, sizeof(*s));
	s->opt = opt;
	s->sink = *sink;
	s->clock = clock;
	s->opened_raw_ns = raw_ns;
	s->monitor_raw_ns = s->sync_raw_ns = INT64_MIN;
	s->info.class = SOURCE_PTP;
	s->info.scale = SCALE_TAI;
	snprintf(s->info.note, SOURCE_NOTE_SIZE, "no grandmaster yet");
	name_source(s, NULL);
	announce(s);
}

void ptp_source_legs(struct ptp_source *s, const struct ptpmsg *m,
		     int64_t raw_ns)
{
	s->monitor_raw_ns = raw_ns;
	for (int i = 0; i < m->legs.count && s->legs < PTP_LEGS_MAX; i++)
		s->leg[s->legs++] =
			(struct ptp_waiting){m->legs.leg[i], raw_ns};
}

void ptp_source_round(struct ptp_source *s, const struct ptp_view *view,
		      int64_t began_raw_ns, int64_t raw_ns)
{
	const int64_t delay_ns = view->current.path_delay_ns;

	s->was_steady = s->is_steady;
	s->is_steady = s->has_view && ptp_master_same(&s->view, view);
	s->path_delay_ns = delay_ns;
	for (int i = 0; s->has_view && i < 2; i++)
		s->path_delay_ns = larger(s->path_delay_ns, s->delays_ns[i]);
	s->delays_ns[1] = s->has_view ? s->delays_ns[0] : delay_ns;
	s->delays_ns[0] = delay_ns;
	mind_master(s, view);
	s->view = *view;
	s->has_view = true;
	ptp_master_note(&s->lock, s->opt, view, raw_ns);
	/* between two rounds that say the same it was as they say */
	if (s->is_steady)
		judge_round(s, began_raw_ns, raw_ns);
	s->ingress_ns = view->status.ingress_ns;
	s->began_raw_ns = began_raw_ns;
	s->ended_raw_ns = raw_ns;
	drop_legs(s, began_raw_ns);
}

void ptp_source_reroute(struct ptp_source *s)
{
	memset(&s->rate, 0, sizeof(s->rate));
	s->has_sync = s->has_request = s->is_short = false;
	s->has_view = s->is_steady = false;
	s->delay_ns = 0;
	s->legs = 0;
}

void ptp_source_lose(struct ptp_source *s)
{
	s->has_view = s->is_steady = false;
	set_state(s, false, "%s", "ptp4l does not answer");
	s->has_sync = s->has_request = false;
	s->legs = 0;
}
