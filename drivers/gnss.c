/* SPDX-License-Identifier: Apache-2.0 */
/* The gnss driver: gpsd's messages and a receiver's pulses, brought together.
 * See gnss.h. */
#include "drivers/gnss.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/gnss_label.h"
#include "drivers/gnss_link.h"
#include "drivers/gnss_report.h"
#include "drivers/ptp.h"

#define NS_PER_S INT64_C(1000000000)

/* GPS time is so far behind TAI, for ever (IS-GPS-200, 3.3.4: both were 19 s
 * from each other when it began). */
#define GPS_TAI_S 19

/* Least error of any receiver: its own estimate leaves out what it cannot see,
 * cable and antenna delays and the constellation's UTC among it. */
#define ACCURACY_NS_MIN 50

/* A message's arrival as gpsd told it must lie so near to ours. */
#define TOFF_AGE_NS (3 * NS_PER_S)

/* While such reports come, those without are not waited by. */
#define TOFF_ALIVE_NS (5 * NS_PER_S)

/* A pulse whose second no message names by then goes unnamed. */
#define PULSE_AGE_NS (2 * NS_PER_S)

/* And one that comes no more is worth a word. */
#define PULSE_SILENT_NS (5 * NS_PER_S)

/* No more messages than one a second are samples. */
#define MESSAGE_APART_NS (NS_PER_S * 9 / 10)

/* Carried over seconds, at axiom A1's default and as much again. */
#define RATE_SHARE 10000

/* Reads in one call: a flood must not hold the loop. */
#define READS_MAX 16

#define HEALTH_SIZE 192

/* A message of the second utc_ns arrived in [raw_ns_min, raw_ns_max]. */
struct message {
	int64_t utc_ns;
	int64_t raw_ns_min;
	int64_t raw_ns_max;
};

struct gnss {
	struct driver driver;
	struct gnss_options opt;
	char host[64], device[GNSS_DEVICE_SIZE], pps_path[128], phc_name[128];
	struct env *env;
	struct driver_sink sink;
	struct gnss_link link;
	struct gnss_watch watch;
	struct gnss_leap_watch leap;
	struct gnss_pulse pulse;
	struct gnss_label label;
	enum gnss_label_verdict label_verdict;
	struct ptp_clock real;
	struct source_info info;
	struct source_info told; /* as it was announced last */
	int source;		 /* the sink's; negative: not announced */
	int64_t next_raw_ns;
	int64_t accuracy_ns;
	char heard[GNSS_DEVICE_SIZE]; /* the device that reports */
	bool has_fix;		      /* the newest report with a time */
	int64_t fix_utc_ns;
	int64_t toff_raw_ns;	/* the last one that was of use */
	struct message toff;	/* and what it was */
	int64_t message_raw_ns; /* the last one used */
	int64_t message_utc_ns;
	int64_t given_raw_ns; /* of the newest sample */
	char health[HEALTH_SIZE];
};

static struct gnss *gnss_of(struct driver *driver)
{
	return (struct gnss *)driver;
}

static const struct gnss *gnss_of_const(const struct driver *driver)
{
	return (const struct gnss *)driver;
}

static bool has_gpsd(const struct gnss *g)
{
	return g->opt.host[0] != '\0';
}

static bool has_pulse(const struct gnss *g)
{
	return g->opt.pulse.kind != GNSS_PULSE_NONE;
}

/* --- what is told ------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void
set_health(struct gnss *g, const char *format, ...)
{
	char text[HEALTH_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (strcmp(text, g->health) == 0)
		return;
	memcpy(g->health, text, sizeof(text));
	g->sink.health(g->sink.arg, g->health);
}

static void say_health(struct gnss *g)
{
	if (has_gpsd(g) && !g->link.is_ready && g->link.error)
		set_health(g, "gpsd at %s port %d: %s", g->opt.host,
			   g->opt.port, strerror(-g->link.error));
	else if (has_pulse(g) && g->pulse.error[0])
		set_health(g, "%s", g->pulse.error);
	else
		set_health(g, "%s", "");
}

static void note_label(const struct gnss *g, char ret[SOURCE_NOTE_SIZE])
{
	const char *text = "";

	switch (g->label_verdict) {
	case GNSS_LABEL_AGREED:
		break;
	case GNSS_LABEL_NONE:
		text = "nobody tells the pulse's second";
		break;
	case GNSS_LABEL_ALONE:
		text = "nobody confirms the pulse's second";
		break;
	case GNSS_LABEL_DIFFERENT:
		text = "the labels name different seconds for its pulse";
		break;
	case GNSS_LABEL_OFF:
		text = "its pulse is not at a second";
		break;
	}
	snprintf(ret, SOURCE_NOTE_SIZE, "%s", text);
}

static void note_pulse(const struct gnss *g, int64_t now_ns,
		       char ret[SOURCE_NOTE_SIZE])
{
	const struct gnss_pulse *p = &g->pulse;

	if (p->seen_raw_ns == INT64_MIN)
		snprintf(ret, SOURCE_NOTE_SIZE, "no pulse yet");
	else if (now_ns - p->seen_raw_ns > PULSE_SILENT_NS)
		snprintf(ret, SOURCE_NOTE_SIZE, "no pulse any more");
	else if (p->verdict == PPS_WAITING)
		snprintf(ret, SOURCE_NOTE_SIZE, "pulses, but no train yet");
	else if (p->verdict != PPS_GOOD)
		snprintf(ret, SOURCE_NOTE_SIZE, "its last pulse was %s",
			 pps_verdict_name(p->verdict));
	else
		note_label(g, ret);
}

static void make_note(const struct gnss *g, int64_t now_ns,
		      char ret[SOURCE_NOTE_SIZE])
{
	ret[0] = '\0';
	if (has_gpsd(g) && !g->link.is_ready)
		snprintf(ret, SOURCE_NOTE_SIZE, "gpsd is not there");
	else if (has_gpsd(g))
		gnss_watch_note(&g->watch, ret);
	if (!ret[0] && has_pulse(g))
		note_pulse(g, now_ns, ret);
}

static bool is_reachable(const struct gnss *g, int64_t now_ns)
{
	if (has_gpsd(g))
		return g->link.is_ready &&
		       gnss_verdict_has_time(g->watch.verdict);
	return g->pulse.seen_raw_ns != INT64_MIN &&
	       now_ns - g->pulse.seen_raw_ns <= PULSE_SILENT_NS;
}

static void announce(struct gnss *g)
{
	const int64_t now_ns = env_raw_ns(g->env);

	g->info.reachable = is_reachable(g, now_ns);
	g->info.receiver.jitter_ns =
		has_pulse(g) ? pps_edge_jitter_ns(&g->pulse.edge) : -1;
	g->info.receiver.labels[0] = '\0';
	if (has_pulse(g) && g->label_verdict == GNSS_LABEL_AGREED)
		gnss_label_who(g->label.who, g->info.receiver.labels);
	memset(g->info.note, 0, sizeof(g->info.note));
	make_note(g, now_ns, g->info.note);
	if (g->source >= 0 && memcmp(&g->info, &g->told, sizeof(g->told)) == 0)
		return;
	g->told = g->info;
	g->source = g->sink.source(g->sink.arg, &g->info);
}

static void give(struct gnss *g, const struct sample *m)
{
	if (g->source < 0 || m->raw_ns < g->given_raw_ns)
		return;
	g->given_raw_ns = m->raw_ns;
	g->sink.sample(g->sink.arg, g->source, m);
}

/* --- pulses ------------------------------------------------------------- */

/* Where an instant was at raw_ns, by one who knows where it is at now_ns. */
static struct gnss_window carried(int64_t lo_ns, int64_t hi_ns, int64_t now_ns,
				  int64_t raw_ns)
{
	const int64_t ago_ns = now_ns - raw_ns;
	const int64_t slack_ns = llabs(ago_ns) / RATE_SHARE + 1;

	return (struct gnss_window){.is_known = true,
				    .lo_ns = lo_ns - ago_ns - slack_ns,
				    .hi_ns = hi_ns - ago_ns + slack_ns};
}

/* The message left after its second, and came within the declared time. */
static struct gnss_window window_of(const struct gnss *g,
				    const struct message *m, int64_t raw_ns)
{
	const int64_t wide_ns = m->raw_ns_max - m->raw_ns_min;

	return carried(m->utc_ns, m->utc_ns + g->opt.message_ns_max + wide_ns,
		       m->raw_ns_max, raw_ns);
}

static void ask_others(struct gnss *g, int64_t raw_ns, struct gnss_labels *ret)
{
	const int64_t now_ns = env_raw_ns(g->env);
	struct gnss_others others;

	if (!g->opt.others || g->source < 0 ||
	    g->opt.others(g->opt.others_arg, g->source, now_ns, &others))
		return;
	ret->others = carried(others.lo_ns, others.hi_ns, now_ns, raw_ns);
	ret->others_groups = others.groups;
}

/* True: what was given bounds the time from both sides. */
static bool give_pulse(struct gnss *g, int64_t second_ns)
{
	struct pps_edge *edge = &g->pulse.edge;
	struct sample m;
	bool both;

	pps_edge_vouch(edge, g->accuracy_ns);
	both = pps_edge_sample(edge, second_ns, &m);
	if (both)
		give(g, &m);
	if (both && !m.declared)
		return true; /* no latency: the leg would say the same */
	pps_edge_leg(edge, second_ns, &m);
	give(g, &m);
	return both;
}

/*
 * The newest pulse, if nobody has used it yet; `m` is gpsd's word, NULL
 * without. True: it gave a sample of two sides.
 */
static bool use_pulse(struct gnss *g, const struct message *m)
{
	const int64_t raw_ns = pps_edge_raw_ns(&g->pulse.edge);
	struct gnss_labels labels;
	int64_t second_ns;

	g->pulse.has_new = false;
	if (env_raw_ns(g->env) - raw_ns > PULSE_AGE_NS)
		return false;
	memset(&labels, 0, sizeof(labels));
	if (m)
		labels.gpsd = window_of(g, m, raw_ns);
	ask_others(g, raw_ns, &labels);
	g->label_verdict =
		gnss_label_judge(&g->label, raw_ns, &labels, &second_ns);
	if (g->label_verdict != GNSS_LABEL_AGREED)
		return false;
	return give_pulse(g, second_ns);
}

/* --- messages ----------------------------------------------------------- */

/* A sample of what a message alone says. */
static void give_message(struct gnss *g, const struct message *m)
{
	struct sample s = {.raw_ns = m->raw_ns_max,
			   .age_ns_max = m->raw_ns_max - m->raw_ns_min,
			   .fresh_ns = 4 * NS_PER_S,
			   .declared = true};
	const int64_t half_ns = (g->opt.message_ns_max + s.age_ns_max) / 2 + 1;

	/* the message arrived at some raw instant of the two, and its second
	 * had begun then, but message_ns_max before at most */
	s.mid_ns = m->utc_ns - m->raw_ns_max + half_ns;
	s.lo_ns[TERM_SERVER] = s.hi_ns[TERM_SERVER] = g->accuracy_ns;
	s.lo_ns[TERM_DELAY] = s.hi_ns[TERM_DELAY] = half_ns;
	give(g, &s);
}

/* Before a pulse is used it is looked for again: the message may have been
 * quicker than our looks. */
static void on_message(struct gnss *g, const struct message *m)
{
	bool both = false;

	if (!gnss_verdict_has_time(g->watch.verdict))
		return;
	g->message_raw_ns = m->raw_ns_max;
	g->message_utc_ns = m->utc_ns;
	gnss_pulse_look(&g->pulse);
	if (g->pulse.has_new && gnss_verdict_has_pulse(g->watch.verdict))
		both = use_pulse(g, m);
	if (!both)
		give_message(g, m);
}

static bool is_same_second(int64_t a_ns, int64_t b_ns)
{
	return a_ns / NS_PER_S == b_ns / NS_PER_S;
}

/* gpsd's stamp of the arrival is the better one: ours is late by what we were
 * busy with. It may come before the report or after it. */
static void pair_up(struct gnss *g, const struct message *ours)
{
	const int64_t now_ns = ours->raw_ns_max;
	struct message m = *ours;
	const bool has_toff = g->toff_raw_ns != INT64_MIN &&
			      now_ns - g->toff_raw_ns < TOFF_ALIVE_NS;

	if (!g->has_fix || g->message_utc_ns == g->fix_utc_ns ||
	    (g->message_raw_ns != INT64_MIN &&
	     now_ns - g->message_raw_ns < MESSAGE_APART_NS))
		return;
	if (has_toff && !is_same_second(g->toff.utc_ns, g->fix_utc_ns))
		return;
	if (has_toff)
		m = g->toff;
	m.utc_ns = g->fix_utc_ns;
	on_message(g, &m);
}

static void on_toff(struct gnss *g, const struct gnss_report *r,
		    const struct message *now)
{
	struct ptp_place place;

	if (!g->link.peer.is_local || !ptp_clock_look(&g->real) ||
	    ptp_clock_place(&g->real, r->toff_real_ns, &place))
		return;
	if (place.raw_ns_min > now->raw_ns_max ||
	    place.raw_ns_max < now->raw_ns_max - TOFF_AGE_NS)
		return;
	g->toff_raw_ns = now->raw_ns_max;
	g->toff = (struct message){r->toff_utc_ns, place.raw_ns_min,
				   place.raw_ns_max};
}

/* A receiver's own estimate is one sigma, and blind to much. */
static void take_accuracy(struct gnss *g, const struct gnss_report *r)
{
	const double ns = g->opt.accuracy_scale * (double)r->accuracy_ns;

	g->accuracy_ns = r->has_accuracy ? (int64_t)ns + 1 : g->opt.accuracy_ns;
	if (g->accuracy_ns < ACCURACY_NS_MIN)
		g->accuracy_ns = ACCURACY_NS_MIN;
}

/* What it says of UTC, by a time that is good. */
static void take_utc(struct gnss *g, const struct gnss_report *r,
		     enum gnss_verdict verdict)
{
	struct utc_word *w = &g->info.utc;

	w->has_offset = r->has_leap;
	w->offset_s = r->has_leap ? r->leap_s + GPS_TAI_S : 0;
	w->has_leap =
		g->leap.has_word && r->has_time && verdict == GNSS_GOOD;
	w->leap_s = w->has_leap
			    ? gnss_leap_this_month(&g->leap.word, r->utc_ns)
			    : 0;
}

static void on_fix(struct gnss *g, const struct gnss_report *r,
		   const struct message *now)
{
	struct env_pair pair;
	int64_t real_ns = r->utc_ns;

	if (env_pair(g->env, &pair) == 0)
		real_ns = pair.real_ns;
	take_utc(g, r,
		 gnss_watch_take(&g->watch, r, now->raw_ns_min,
				 now->raw_ns_max, real_ns));
	g->has_fix = r->has_time;
	g->fix_utc_ns = r->utc_ns;
	take_accuracy(g, r);
	g->info.receiver.is_known = true;
	g->info.receiver.fix = r->mode;
	/* before what rests on it */
	if (memcmp(&g->info.utc, &g->told.utc, sizeof(g->told.utc)) != 0)
		announce(g);
}

/* One gpsd may have several receivers: this source is one of them. */
static bool is_ours(struct gnss *g, const struct gnss_report *r)
{
	if (g->opt.device[0])
		return strcmp(r->device, g->opt.device) == 0;
	if (!g->heard[0] && r->has_mode && r->has_time)
		memcpy(g->heard, r->device, sizeof(g->heard));
	return !g->heard[0] || strcmp(r->device, g->heard) == 0;
}

static void on_report(struct gnss *g, const struct gnss_report *r,
		      const struct message *now)
{
	if (!is_ours(g, r))
		return;
	if (r->has_sky) {
		g->info.receiver.used = r->used;
		g->info.receiver.visible = r->visible;
	}
	if (r->has_pps && g->link.peer.is_local)
		gnss_pulse_tell(&g->pulse, r->pps_real_ns);
	if (r->has_notice)
		gnss_leap_watch_take(&g->leap, &r->notice);
	if (r->has_mode)
		on_fix(g, r, now);
	if (r->has_toff)
		on_toff(g, r, now);
	if (r->has_mode || r->has_toff)
		pair_up(g, now);
}

static void read_lines(struct gnss *g, int64_t drained_raw_ns)
{
	struct gnss_report report;
	const char *line;

	while ((line = gnss_lines_next(&g->link.lines))) {
		const struct message now = {.raw_ns_min = drained_raw_ns,
					    .raw_ns_max = env_raw_ns(g->env)};

		if (gnss_unpack(line, &report) == 0)
			on_report(g, &report, &now);
	}
}

/* The connection ended: another gpsd may be there next, with other receivers,
 * and what came in its time is no pair to what comes in this one's. */
static void forget_gpsd(struct gnss *g)
{
	g->heard[0] = '\0';
	g->has_fix = false;
	g->toff_raw_ns = INT64_MIN;
	gnss_watch_init(&g->watch);
	g->leap = (struct gnss_leap_watch){0};
}

static void read_gpsd(struct gnss *g)
{
	const bool was_ready = g->link.is_ready;

	for (int i = 0; i < READS_MAX; i++) {
		const int64_t drained_raw_ns = g->link.drained_raw_ns;

		if (!gnss_link_read(&g->link))
			break;
		read_lines(g, drained_raw_ns);
	}
	if (was_ready && !g->link.is_ready)
		forget_gpsd(g);
}

/* --- the driver --------------------------------------------------------- */

static int gnss_fd(const struct driver *driver)
{
	const struct gnss *g = gnss_of_const(driver);

	return g->link.is_ready ? g->link.fd : -1;
}

static int64_t gnss_next_raw_ns(const struct driver *driver)
{
	return gnss_of_const(driver)->next_raw_ns;
}

static void gnss_readable(struct driver *driver)
{
	struct gnss *g = gnss_of(driver);

	read_gpsd(g);
	announce(g);
	say_health(g);
}

static void look(struct gnss *g)
{
	if (g->opt.pulse.kind == GNSS_PULSE_NONE ||
	    g->opt.pulse.kind == GNSS_PULSE_EXTTS)
		ptp_clock_look(&g->real); /* else the pulses' look does */
	gnss_pulse_look(&g->pulse);
	if (!has_gpsd(g) && g->pulse.has_new)
		use_pulse(g, NULL);
}

static int64_t next_look_raw_ns(const struct gnss *g)
{
	const int64_t now_ns = env_raw_ns(g->env);
	const int64_t due_ns = gnss_pulse_due_raw_ns(&g->pulse, now_ns);
	const int64_t poll_ns = now_ns + g->opt.poll_ns;

	return due_ns < poll_ns ? due_ns : poll_ns;
}

static void gnss_tick(struct driver *driver)
{
	struct gnss *g = gnss_of(driver);
	const int64_t now_ns = env_raw_ns(g->env);

	if (now_ns < g->next_raw_ns)
		return;
	if (has_gpsd(g)) {
		gnss_link_look(&g->link);
		read_gpsd(g);
		gnss_watch_look(&g->watch, env_raw_ns(g->env));
	}
	look(g);
	g->next_raw_ns = next_look_raw_ns(g);
	announce(g);
	say_health(g);
}

static void gnss_close(struct driver *driver)
{
	struct gnss *g;

	if (!driver)
		return;
	g = gnss_of(driver);
	gnss_link_close(&g->link);
	gnss_pulse_close(&g->pulse);
	ptp_clock_close(&g->real);
	free(g);
}

static const struct driver_ops driver_gnss = {.name = "gnss",
					      .fd = gnss_fd,
					      .next_raw_ns = gnss_next_raw_ns,
					      .readable = gnss_readable,
					      .tick = gnss_tick,
					      .close = gnss_close};

const struct gnss_options gnss_defaults = {
	.name = "gnss",
	.host = "127.0.0.1",
	.port = 2947,
	.device = "",
	.poll_ns = NS_PER_S / 4,
	.message_ns_max = NS_PER_S,
	.accuracy_ns = 1000,
	.accuracy_scale = 4,
	.pulse = {.kind = GNSS_PULSE_NONE,
		  .device = "",
		  .edge = {.latency_ns_max = -1, .best_of = 16},
		  .pin = -1,
		  .phc = {.name = "",
			  .mode = PHC_AUTO,
			  .batch = 5,
			  .stamp_ns = 10,
			  .drift_ppb = 100e3},
		  .map = {.drift_ppb = 100e3,
			  .jitter_ppb = 200,
			  .steer_ppb = -1,
			  .apart_ns_max = 2 * NS_PER_S}}};

static bool is_sane_pulse(const struct gnss_pulse_options *p)
{
	return p->edge.latency_ns_max >= -1 && p->edge.best_of >= 1 &&
	       p->edge.best_of <= PPS_EDGE_BEST_OF_MAX && p->stamp_ns >= 0 &&
	       (p->kind != GNSS_PULSE_PPS || p->device[0]) &&
	       (p->kind != GNSS_PULSE_EXTTS || p->phc.name[0]);
}

static bool is_sane(const struct gnss_options *opt)
{
	if (!opt->host[0] && (opt->pulse.kind == GNSS_PULSE_NONE ||
			      opt->pulse.kind == GNSS_PULSE_GPSD))
		return false;
	return opt->name[0] && strlen(opt->name) < SOURCE_NAME_SIZE &&
	       opt->poll_ns > 0 && opt->message_ns_max > 0 &&
	       opt->message_ns_max <= NS_PER_S && opt->accuracy_ns >= 0 &&
	       opt->accuracy_scale >= 1 && is_sane_pulse(&opt->pulse);
}

/* The texts that it keeps. 0 or -ENAMETOOLONG. */
static int copy_texts(struct gnss *g, const struct gnss_options *opt)
{
	if (strlen(opt->host) >= sizeof(g->host) ||
	    strlen(opt->device) >= sizeof(g->device) ||
	    strlen(opt->pulse.device) >= sizeof(g->pps_path) ||
	    strlen(opt->pulse.phc.name) >= sizeof(g->phc_name))
		return -ENAMETOOLONG;
	strcpy(g->host, opt->host);
	strcpy(g->device, opt->device);
	strcpy(g->pps_path, opt->pulse.device);
	strcpy(g->phc_name, opt->pulse.phc.name);
	g->opt.host = g->host;
	g->opt.device = g->device;
	g->opt.pulse.device = g->pps_path;
	g->opt.pulse.phc.name = g->phc_name;
	return 0;
}

static const struct phc_device_options realtime = {.name = PTP_DEVICE_REALTIME};

static void set_up(struct gnss *g, const struct gnss_options *opt)
{
	g->source = -1;
	g->accuracy_ns = opt->accuracy_ns;
	g->label_verdict = GNSS_LABEL_NONE;
	g->toff_raw_ns = g->message_raw_ns = g->given_raw_ns = INT64_MIN;
	g->info.class = SOURCE_GNSS;
	g->info.scale = SCALE_UTC;
	g->info.poll_ns = NS_PER_S;
	g->info.receiver.used = g->info.receiver.visible = -1;
	g->info.receiver.jitter_ns = -1;
	strcpy(g->info.name, opt->name);
	/* a PHC stamps at the pulse itself */
	if (g->opt.pulse.kind == GNSS_PULSE_EXTTS) {
		g->opt.pulse.edge.latency_ns_max = 0;
		g->opt.pulse.edge.best_of = 1;
	}
	ptp_clock_init(&g->real, g->env, &realtime, &g->opt.pulse.map);
	gnss_pulse_init(&g->pulse, &g->opt.pulse, g->env, &g->real);
	gnss_watch_init(&g->watch);
	gnss_label_init(&g->label);
}

int driver_gnss_open(const struct gnss_options *opt, struct env *env,
		     const struct driver_sink *sink, struct driver **ret)
{
	struct gnss *g;
	int err;

	if (!is_sane(opt))
		return -EINVAL;
	g = calloc(1, sizeof(*g));
	if (!g)
		return -ENOMEM;
	g->driver.ops = &driver_gnss;
	g->opt = *opt;
	g->env = env;
	g->sink = *sink;
	g->link.fd = -1;
	g->pulse.pps.fd = g->pulse.extts.fd = -1;
	err = copy_texts(g, opt);
	if (!err && has_gpsd(g))
		err = gnss_link_open(&g->link, env, opt->host, opt->port);
	if (err) {
		free(g);
		return err;
	}
	set_up(g, opt);
	g->next_raw_ns = env_raw_ns(env);
	announce(g);
	*ret = &g->driver;
	return 0;
}
