/* SPDX-License-Identifier: Apache-2.0 */
/* The whole path of a receiver in virtual time. See gnss_path.h. */
#include "gnss_path.h"

#include <assert.h>
#include <inttypes.h>
#include <linux/pps.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drivers/gnss.h"
#include "libtt/eval.h"
#include "libtt/segment.h"
#include "tests/unit/drivers/fake_gpsd.h"
#include "tests/unit/drivers/fake_phc.h"
#include "timed/engine.h"
#include "timed/others.h"
#include "tt/tt.h"

#define MS_NS	      INT64_C(1000000)
#define PUBLISH_NS    (SECOND_NS / 10)
#define READ_NS	      (SECOND_NS / 10)
#define VOID_AFTER_NS (86400 * SECOND_NS)
#define OFFSET_S      37
#define START_RAW_NS  (1000 * SECOND_NS)
#define START_UTC_S   INT64_C(1795305600)
#define JULY_UTC_S    INT64_C(1846022400) /* 2028-07-01: a leap second may be */

/* The driver is asked again at least so often: daemon.c's WAKE_NS. */
#define WAKE_NS (SECOND_NS / 5)

/* A server NIC: 8 ns of quantum, a crystal, a timer of 19.2 MHz for PRECISE. */
#define QUANTUM_NS 8
#define WALK_PPB   2.0
#define TICK_NS	   52

/* The receiver states 12 ns, and errs by less than four times that. */
#define ACCURACY_NS 12
#define ERROR_NS    48
#define FREE_PPB    1000.0

/* An NTP server is far away. */
#define SERVER_NS      (20 * MS_NS)
#define SERVER_POLL_NS (16 * SECOND_NS)

#define QUEUE 8

/* Nearer to an edge than this part of the width is at it. */
#define AT_EDGE 0.02

/* A second of the receiver's, and what comes of it. */
struct second {
	int64_t tai_s;
	int64_t raw_ns;		/* its pulse */
	int64_t stamp_raw_ns;	/* the kernel's stamp of it */
	int64_t message_raw_ns; /* its message is there */
	bool has_pulse, has_stray;
};

struct gnss_path {
	struct env env; /* first: scale() and chance() go back from it */
	struct phc_ops phc_ops;
	struct pps_ops pps_ops;
	struct extts_ops extts_ops;
	struct gnss_path_law law;
	struct oscillator oscillator;
	struct rng rng;
	struct fake_gpsd gpsd;
	int64_t leap_tai_s; /* the first second after it; 0: none */
	struct second now;
	int64_t pulse_raw_ns, stamp_raw_ns,
		message_raw_ns; /* INT64_MAX: none */
	double free_ns;		/* how far the pulses have run */
	struct pps_fdata pps;
	int queued;
	struct ptp_extts_event queue[QUEUE];
	double own_ppb; /* of the PHC's crystal */
	int64_t crystal_raw_ns;
	int server; /* the engine's number of it */
	int64_t server_raw_ns;
	bool has_fault[GNSS_PATH_FAULTS];
	struct driver *driver;
	struct engine *engine;
	struct leap_table leap;
	struct segment *segment;
	int fd;
	struct tt_clock *clock;
	int64_t publish_raw_ns, read_raw_ns; /* the next ones */
	uint64_t last_epoch;
	int64_t last_earliest_ns;
	struct gnss_path_result result;
};

/* --- truth -------------------------------------------------------------- */

static int64_t tai_ns(struct gnss_path *p, int64_t raw_ns)
{
	return oscillator_tai(&p->oscillator, raw_ns);
}

static int64_t offset_s(const struct gnss_path *p, int64_t tai_s)
{
	return OFFSET_S + (p->leap_tai_s && tai_s >= p->leap_tai_s);
}

static int64_t scale_ns(const struct env *env, int64_t raw_ns)
{
	struct gnss_path *p = (struct gnss_path *)(uintptr_t)env;

	return tai_ns(p, raw_ns);
}

static double chance(struct env *env)
{
	struct gnss_path *p = (struct gnss_path *)env;

	switch (p->law.latch) {
	case GNSS_LATCH_MIDDLE:
		return 0.5;
	case GNSS_LATCH_FIRST:
		return 0;
	case GNSS_LATCH_ANYWHERE:
		break;
	}
	return rng_uniform(&p->rng, 0, 1);
}

static bool is_chosen(struct gnss_path *p, enum gnss_path_fault fault,
		      double part)
{
	return p->has_fault[fault] && rng_uniform(&p->rng, 0, 1) < part;
}

/* --- the receiver ------------------------------------------------------- */

static double latency_ns(struct gnss_path *p)
{
	double ns = p->law.latency_ns;

	if (p->law.latency_more_ns > 0)
		ns += rng_exponential(&p->rng, p->law.latency_more_ns);
	if (is_chosen(p, GNSS_PATH_TAILS, 1.0 / 3))
		ns += rng_uniform(&p->rng, 50e3, 200e3);
	return ns;
}

static void plan(struct gnss_path *p, int64_t tai_s)
{
	const bool is_free = p->has_fault[GNSS_PATH_CUT];
	const double off_ns =
		p->free_ns + rng_uniform(&p->rng, -ERROR_NS, ERROR_NS);
	const int64_t at_ns = tai_s * SECOND_NS + (int64_t)off_ns;

	p->free_ns = is_free ? p->free_ns + FREE_PPB : 0;
	p->now.tai_s = tai_s;
	p->now.raw_ns = oscillator_raw(&p->oscillator, at_ns);
	p->now.stamp_raw_ns = p->now.raw_ns + (int64_t)latency_ns(p);
	p->now.message_raw_ns =
		p->now.raw_ns +
		(int64_t)(1e9 * rng_uniform(&p->rng, p->law.message_s_min,
					    p->law.message_s_max));
	p->now.has_pulse = !p->has_fault[GNSS_PATH_PULSES] &&
			   !p->has_fault[GNSS_PATH_NO_FIX];
	p->now.has_stray = is_chosen(p, GNSS_PATH_STRAY, 0.1);
	p->pulse_raw_ns = p->now.raw_ns;
	p->message_raw_ns = p->now.message_raw_ns;
}

static void extts_event(struct gnss_path *p)
{
	int64_t phc_ns = fake_phc_at(&p->env, p->env.raw_ns);

	phc_ns -= phc_ns % QUANTUM_NS;
	if (p->queued == QUEUE)
		return;
	p->queue[p->queued++] =
		(struct ptp_extts_event){.t = fake_time(phc_ns)};
}

static void pps_event(struct gnss_path *p)
{
	const int64_t real_ns = fake_real_at(&p->env, p->env.raw_ns);

	p->pps.info.assert_sequence++;
	p->pps.info.assert_tu.sec = real_ns / SECOND_NS;
	p->pps.info.assert_tu.nsec = (int)(real_ns % SECOND_NS);
}

static void pulse(struct gnss_path *p)
{
	p->pulse_raw_ns = INT64_MAX;
	if (!p->now.has_pulse)
		return;
	if (p->law.kind == GNSS_PULSE_EXTTS)
		extts_event(p);
	else
		p->stamp_raw_ns = p->now.stamp_raw_ns;
}

/* Another pulse may come some time after it, or instead of it by now. */
static void stamp(struct gnss_path *p)
{
	p->stamp_raw_ns = INT64_MAX;
	pps_event(p);
	if (!p->now.has_stray)
		return;
	p->now.has_stray = false;
	p->stamp_raw_ns =
		p->env.raw_ns + (int64_t)rng_uniform(&p->rng, 1e3, 4e7);
}

/* A leap second is its own second, 23:59:60: gpsd says the 59 and one more. */
static void message(struct gnss_path *p)
{
	const int64_t s = p->now.tai_s;
	const bool is_leap = p->leap_tai_s && s == p->leap_tai_s - 1;
	int64_t utc_ns = (s - offset_s(p, s) - is_leap) * SECOND_NS;

	p->gpsd.leap_s = (int)offset_s(p, s) - 19;
	p->gpsd.mode =
		p->has_fault[GNSS_PATH_NO_FIX] || p->has_fault[GNSS_PATH_CUT]
			? 1
			: 3;
	if (p->has_fault[GNSS_PATH_SECOND])
		utc_ns += SECOND_NS;
	if (!p->has_fault[GNSS_PATH_GPSD]) {
		fake_gpsd_say_toff(&p->gpsd, utc_ns + is_leap * SECOND_NS,
				   fake_real_at(&p->env, p->env.raw_ns));
		fake_gpsd_say_tpv(&p->gpsd, "/dev/a", utc_ns, is_leap);
	}
	plan(p, s + 1);
}

/* Each second the PHC's crystal is another, and CLOCK_REALTIME is steered to
 * true time from wherever it is. */
static void turn_crystals(struct gnss_path *p)
{
	struct env *env = &p->env;
	const int64_t tai = tai_ns(p, env->raw_ns);
	const double off_ns =
		(double)(tai - offset_s(p, tai / SECOND_NS) * SECOND_NS -
			 fake_real_at(env, env->raw_ns));

	p->crystal_raw_ns += SECOND_NS;
	p->own_ppb += WALK_PPB * rng_normal(&p->rng);
	fake_set_rate(env, p->own_ppb);
	env->real_raw_ns = fake_real_at(env, env->raw_ns) - env->raw_ns;
	env->real_at_ns = env->raw_ns;
	env->real_ppb = fmax(-100e3, fmin(100e3, off_ns * 0.1));
}

/* --- the kernel --------------------------------------------------------- */

static int pps_open_it(void *arg, const char *path)
{
	(void)arg;
	(void)path;
	return 9;
}

static void close_it(void *arg, int fd)
{
	(void)arg;
	(void)fd;
}

static int pps_control(void *arg, int fd, unsigned long request, void *data)
{
	struct gnss_path *p = arg;

	(void)fd;
	if (request == PPS_GETCAP)
		*(int *)data = PPS_CAPTUREASSERT;
	if (request == PPS_GETPARAMS)
		((struct pps_kparams *)data)->mode = PPS_CAPTUREASSERT;
	if (request == PPS_FETCH)
		*(struct pps_fdata *)data = p->pps;
	return 0;
}

static int extts_control(void *arg, int fd, unsigned long request, void *data)
{
	(void)arg;
	(void)fd;
	if (request == PTP_CLOCK_GETCAPS)
		((struct ptp_clock_caps *)data)->n_ext_ts = 1;
	return 0;
}

static int extts_read(void *arg, int fd, void *buf, int size)
{
	struct gnss_path *p = arg;

	(void)fd;
	if (p->queued == 0)
		return -EAGAIN;
	memcpy(buf, &p->queue[0], sizeof(p->queue[0]));
	p->queued--;
	memmove(p->queue, p->queue + 1,
		(size_t)p->queued * sizeof(p->queue[0]));
	return size;
}

/* --- readers ------------------------------------------------------------ */

static void miss(struct gnss_path *p, const char *view, int64_t below_ns,
		 int64_t above_ns)
{
	if (p->result.misses++ == 0)
		snprintf(p->result.first_miss, sizeof(p->result.first_miss),
			 "%s, raw %.3f s: truth is %" PRId64 " ns after "
			 "earliest, %" PRId64 " ns before latest",
			 view, (double)p->env.raw_ns / 1e9, below_ns, above_ns);
}

/* Is the best estimate no more than what the edges leave? */
static void judge_best(struct gnss_path *p, const struct segment_slot *slot,
		       int64_t truth_ns, int64_t lo_ns, int64_t hi_ns)
{
	const double d_ns = (double)(p->env.raw_ns - slot->anchor_raw_ns);
	const double off_ns = (double)(slot->best_tai_ns - truth_ns) + d_ns +
			      ldexp((double)slot->best_slope, -40) * d_ns;
	const double least_ns = AT_EDGE * (double)(hi_ns - lo_ns);

	p->result.best_ns += off_ns * off_ns;
	p->result.best_at_edge +=
		(double)(hi_ns - truth_ns) - off_ns < least_ns ||
		off_ns + (double)(truth_ns - lo_ns) < least_ns;
}

/* TAI by the publication itself: what a leap second does not touch. */
static void judge_slot(struct gnss_path *p, struct segment_slot *ret)
{
	const int64_t truth_ns = tai_ns(p, p->env.raw_ns);
	uint64_t sequence;
	int64_t lo_ns, hi_ns;

	if (segment_read(p->segment, ret, &sequence) ||
	    eval_tai(ret, p->env.raw_ns, &lo_ns, &hi_ns))
		return;
	lo_ns -= ret->tai_err_ns;
	hi_ns += ret->tai_err_ns;
	if (truth_ns < lo_ns || truth_ns > hi_ns)
		miss(p, "TAI", truth_ns - lo_ns, hi_ns - truth_ns);
	judge_best(p, ret, truth_ns, lo_ns, hi_ns);
}

static void judge(struct gnss_path *p, const struct tt_interval *t)
{
	struct gnss_path_result *r = &p->result;
	const int64_t truth_ns = tai_ns(p, p->env.raw_ns);
	struct segment_slot slot;
	int64_t min_ns, max_ns;

	judge_slot(p, &slot);
	min_ns = eval_unix_min(&slot, truth_ns);
	max_ns = eval_unix_max(&slot, truth_ns);
	if (t->earliest_ns > max_ns || t->latest_ns < min_ns)
		miss(p, "Unix", max_ns - t->earliest_ns, t->latest_ns - min_ns);
	if (t->epoch == p->last_epoch && t->earliest_ns < p->last_earliest_ns)
		r->went_back++;
	r->epochs += t->epoch != p->last_epoch;
	widths_add(&r->widths, (double)(t->latest_ns - t->earliest_ns) / 2);
	r->seen[t->state] = true;
	p->last_epoch = t->epoch;
	p->last_earliest_ns = t->earliest_ns;
}

static void read_clock(struct gnss_path *p)
{
	struct tt_interval t;

	p->read_raw_ns = p->env.raw_ns + READ_NS;
	p->result.reads++;
	if (tt_at_raw(p->clock, p->env.raw_ns, &t))
		p->result.unanswered++;
	else
		judge(p, &t);
}

/* --- the daemon --------------------------------------------------------- */

static int on_source(void *arg, const struct source_info *info)
{
	struct gnss_path *p = arg;

	return engine_source(p->engine, info);
}

static void on_gone(void *arg, int source)
{
	struct gnss_path *p = arg;

	engine_gone(p->engine, source);
}

static void on_sample(void *arg, int source, const struct sample *m)
{
	struct gnss_path *p = arg;

	engine_sample(p->engine, source, m);
	if (m->hi_ns[TERM_DELAY] != 0 || m->lo_ns[TERM_DELAY] != 0)
		return;
	p->result.samples++;
	p->result.lag_ns += (double)(p->env.raw_ns - m->raw_ns + m->age_ns_max);
	for (int t = 0; t < TERM_COUNT; t++)
		p->result.term_ns[t] += (double)(m->lo_ns[t] + m->hi_ns[t]) / 2;
}

static void on_health(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

/* As the daemon asks. */
static int ask_others(void *arg, int source, int64_t raw_ns,
		      struct gnss_others *ret)
{
	struct gnss_path *p = arg;
	struct others o;
	int err = engine_others(p->engine, source, raw_ns, &o);

	if (!err)
		*ret = (struct gnss_others){o.lo_utc_ns, o.hi_utc_ns, o.groups};
	return err;
}

/* An NTP server, for the second; it keeps silent when a leap second is near. */
static void ask_server(struct gnss_path *p)
{
	const int64_t raw_ns = p->env.raw_ns;
	const int64_t tai = tai_ns(p, raw_ns), s = tai / SECOND_NS;
	const struct sample m = {
		.raw_ns = raw_ns,
		.mid_ns = tai - offset_s(p, s) * SECOND_NS - raw_ns +
			  (int64_t)(rng_uniform(&p->rng, -1, 1) *
				    (SERVER_NS - MS_NS)),
		.lo_ns = {[TERM_DELAY] = SERVER_NS},
		.hi_ns = {[TERM_DELAY] = SERVER_NS},
		.fresh_ns = 64 * SECOND_NS};

	p->server_raw_ns += SERVER_POLL_NS;
	if (offset_s(p, s - 30) == offset_s(p, s + 30))
		engine_sample(p->engine, p->server, &m);
}

static void publish(struct gnss_path *p)
{
	struct segment_slot slot;

	p->publish_raw_ns = p->env.raw_ns + PUBLISH_NS;
	engine_publish(p->engine, p->env.raw_ns, &slot);
	segment_publish(p->segment, &slot);
}

static void serve(struct gnss_path *p)
{
	const struct driver_ops *ops = p->driver->ops;

	if (ops->fd(p->driver) >= 0)
		ops->readable(p->driver);
	if (p->env.raw_ns >= ops->next_raw_ns(p->driver))
		ops->tick(p->driver);
	if (p->env.raw_ns >= p->publish_raw_ns || engine_is_dirty(p->engine))
		publish(p);
}

/* --- the loop ----------------------------------------------------------- */

static int64_t sooner(int64_t a_ns, int64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

static int64_t next_raw_ns(const struct gnss_path *p)
{
	int64_t ns = sooner(p->pulse_raw_ns, p->stamp_raw_ns);

	ns = sooner(ns, p->message_raw_ns);
	ns = sooner(ns, p->crystal_raw_ns);
	ns = sooner(ns, p->server_raw_ns);
	return sooner(ns, p->read_raw_ns);
}

/* What the world does at this moment. */
static void happen(struct gnss_path *p)
{
	const int64_t raw_ns = p->env.raw_ns;

	if (raw_ns >= p->crystal_raw_ns)
		turn_crystals(p);
	if (raw_ns >= p->read_raw_ns)
		read_clock(p);
	if (raw_ns >= p->server_raw_ns)
		ask_server(p);
	if (raw_ns >= p->message_raw_ns)
		message(p);
}

/* A stamp is made at its very instant, whatever the daemon is busy with. */
static void stamp_past(struct gnss_path *p)
{
	const int64_t now_ns = p->env.raw_ns;

	if (p->pulse_raw_ns <= now_ns) {
		p->env.raw_ns = p->pulse_raw_ns;
		pulse(p);
	}
	if (p->stamp_raw_ns <= now_ns) {
		p->env.raw_ns = p->stamp_raw_ns;
		stamp(p);
	}
	p->env.raw_ns = now_ns;
}

void gnss_path_run(struct gnss_path *p, double seconds)
{
	const int64_t until_ns = p->env.raw_ns + (int64_t)(seconds * 1e9);

	while (p->env.raw_ns < until_ns) {
		/* the daemon wakes a little late */
		const int64_t daemon_ns =
			sooner(p->driver->ops->next_raw_ns(p->driver),
			       p->publish_raw_ns) +
			(int64_t)rng_uniform(&p->rng, 0, 1e5);
		const int64_t at_ns = sooner(sooner(next_raw_ns(p), daemon_ns),
					     p->env.raw_ns + WAKE_NS);

		if (at_ns > p->env.raw_ns)
			p->env.raw_ns = at_ns;
		stamp_past(p);
		happen(p);
		serve(p);
	}
}

void gnss_path_fault(struct gnss_path *p, enum gnss_path_fault fault,
		     bool is_on)
{
	p->has_fault[fault] = is_on;
	if (fault == GNSS_PATH_GPSD && is_on)
		fake_gpsd_hang_up(&p->gpsd);
}

/* --- opening ------------------------------------------------------------ */

static void open_segment(struct gnss_path *p)
{
	char path[64];
	uint64_t boot_id[2];

	p->fd = memfd_create("path", MFD_CLOEXEC);
	assert(p->fd >= 0 && ftruncate(p->fd, SEGMENT_SIZE) == 0);
	p->segment = mmap(NULL, SEGMENT_SIZE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, p->fd, 0);
	assert(p->segment != MAP_FAILED);
	assert(segment_boot_id(boot_id) == 0);
	segment_init(p->segment, boot_id, 1, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p->fd);
	assert(tt_open(path, &p->clock) == 0);
}

static void set_leap(struct gnss_path *p)
{
	p->leap = (struct leap_table){.count = 1,
				      .entry = {{0, OFFSET_S}},
				      .expires_unix_s = INT64_C(4000000000)};
	if (!(p->law.leap_s > 0))
		return;
	p->leap.count = 2;
	p->leap.entry[1] = (struct leap_entry){JULY_UTC_S, OFFSET_S + 1};
	p->leap_tai_s = JULY_UTC_S + OFFSET_S + 1;
}

static void open_world(struct gnss_path *p, uint64_t seed)
{
	const struct gnss_path_law *law = &p->law;
	const int64_t start_s = p->leap_tai_s
					? p->leap_tai_s - (int64_t)law->leap_s
					: START_UTC_S + OFFSET_S;
	const struct oscillator_law o = {
		.axioms = law->axioms,
		.slow = law->slow,
		.fast = law->fast,
		.start_ppb = floor(law->axioms.drift_ppb *
				   rng_uniform(&p->rng, -0.9, 0.9)),
		.grade = law->grade ? oscillator_grade_find(law->grade) : NULL};

	oscillator_init(&p->oscillator, &o, start_s * SECOND_NS - START_RAW_NS,
			seed);
	fake_init(&p->env, &p->phc_ops);
	p->env.scale = scale_ns;
	p->env.chance = chance;
	p->env.tick_ns = TICK_NS;
	p->env.window_ns = 1000 - 2 * p->env.read_ns;
	p->env.precise_err = law->mode == PHC_PRECISE ? 0 : -EOPNOTSUPP;
	p->env.raw_ns = p->env.at_raw_ns = p->env.real_at_ns = START_RAW_NS;
	p->env.phc_ns = start_s * SECOND_NS + 12345;
	p->env.real_raw_ns =
		(start_s - OFFSET_S) * SECOND_NS - START_RAW_NS + 100000;
	p->own_ppb = rng_uniform(&p->rng, -20000, 20000);
	p->crystal_raw_ns = START_RAW_NS + SECOND_NS / 2;
	p->stamp_raw_ns = INT64_MAX;
	p->pps_ops = (struct pps_ops){pps_open_it, close_it, pps_control, p};
	p->extts_ops = (struct extts_ops){pps_open_it, close_it, extts_control,
					  extts_read, p};
	fake_gpsd_open(&p->gpsd);
	p->gpsd.accuracy_ns = ACCURACY_NS;
	plan(p, start_s + 1);
}

/* As configured where nothing is said but what the hardware is. */
static void open_driver(struct gnss_path *p)
{
	const struct driver_sink sink = {on_source, on_gone, on_sample,
					 on_health, p};
	struct gnss_options opt = gnss_defaults;

	opt.port = p->gpsd.port;
	opt.others = ask_others;
	opt.others_arg = p;
	opt.pulse.kind = p->law.kind;
	opt.pulse.device = "/dev/pps0";
	opt.pulse.edge.latency_ns_max = p->law.latency_ns_max;
	opt.pulse.edge.best_of = p->law.best_of;
	opt.pulse.stamp_ns = QUANTUM_NS;
	opt.pulse.pps_ops = &p->pps_ops;
	opt.pulse.extts_ops = &p->extts_ops;
	opt.pulse.phc.name = "eth0";
	opt.pulse.phc.batch = 10;
	opt.pulse.phc.stamp_ns = QUANTUM_NS;
	opt.pulse.phc.drift_ppb = 150e3;
	opt.pulse.phc.ops = &p->phc_ops;
	opt.pulse.map.drift_ppb = 150e3;
	opt.pulse.map.jitter_ppb = 400;
	assert(driver_gnss_open(&opt, &p->env, &sink, &p->driver) == 0);
}

static void open_daemon(struct gnss_path *p)
{
	const struct engine_options opt = {.axioms = p->law.axioms,
					   .horizon_ns = SECOND_NS,
					   .void_after_ns = VOID_AFTER_NS,
					   .smear = !p->leap_tai_s};
	const struct engine_sink events = {NULL, NULL};
	const struct source_info server = {.name = "server",
					   .class = SOURCE_NTP,
					   .scale = SCALE_UTC,
					   .reachable = true,
					   .stratum = 1,
					   .poll_ns = SERVER_POLL_NS};

	assert(engine_new(&opt, &p->leap, p->env.raw_ns, &events, &p->engine) ==
	       0);
	p->server = engine_source(p->engine, &server);
	p->server_raw_ns = p->env.raw_ns;
	open_driver(p);
}

struct gnss_path *gnss_path_open(const struct gnss_path_law *law, uint64_t seed)
{
	struct gnss_path *p = calloc(1, sizeof(*p));

	assert(p);
	p->law = *law;
	rng_seed(&p->rng, seed ^ UINT64_C(0x6e55));
	set_leap(p);
	open_world(p, seed);
	open_segment(p);
	open_daemon(p);
	p->publish_raw_ns = p->env.raw_ns;
	p->read_raw_ns =
		p->env.raw_ns + (int64_t)rng_uniform(&p->rng, 0, READ_NS);
	return p;
}

void gnss_path_close(struct gnss_path *p)
{
	p->driver->ops->close(p->driver);
	engine_free(p->engine);
	tt_close(p->clock);
	munmap(p->segment, SEGMENT_SIZE);
	close(p->fd);
	fake_gpsd_close(&p->gpsd);
	free(p);
}

void gnss_path_count(struct gnss_path *p)
{
	memset(&p->result, 0, sizeof(p->result));
}

const struct gnss_path_result *gnss_path_result(const struct gnss_path *p)
{
	return &p->result;
}

void gnss_path_counters(const struct gnss_path *p, struct engine_counters *ret)
{
	static struct engine_view v;

	engine_view(p->engine, &v);
	*ret = v.counters;
}
