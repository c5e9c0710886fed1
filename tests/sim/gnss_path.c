/* SPDX-License-Identifier: Apache-2.0 */
/* The whole path of a receiver in virtual time. See gnss_path.h. */
#include "gnss_path.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/gnss.h"
#include "libtt/eval.h"
#include "timed/others.h"

#define MS_NS	      INT64_C(1000000)
#define READ_NS	      (SECOND_NS / 10)
#define VOID_AFTER_NS (86400 * SECOND_NS)
#define OFFSET_S      37
#define START_UTC_S   INT64_C(1795305600)
#define JULY_UTC_S    INT64_C(1846022400) /* 2028-07-01: a leap second may be */

/* An NTP server is far away. */
#define SERVER_NS      (20 * MS_NS)
#define SERVER_POLL_NS (16 * SECOND_NS)

/* Nearer to an edge than this part of the width is at it. */
#define AT_EDGE 0.02

struct gnss_path {
	struct gnss_path_law law;
	struct path_machine machine;
	struct gnss_receiver *receiver;
	int server; /* the engine's number of it */
	int64_t server_raw_ns;
	struct path_daemon daemon;
	struct path_judge judge;
	int64_t read_raw_ns; /* the next one */
	struct gnss_path_result result;
};

/* --- readers ------------------------------------------------------------ */

static void tell_truth(void *arg, int64_t raw_ns,
		       const struct segment_slot *page, struct path_truth *ret)
{
	struct gnss_path *p = arg;
	const int64_t tai_ns = path_machine_tai_ns(&p->machine, raw_ns);

	*ret = (struct path_truth){.tai_ns = tai_ns,
				   .unix_ns_min = eval_unix_min(page, tai_ns),
				   .unix_ns_max = eval_unix_max(page, tai_ns)};
}

/* Is the best estimate no more than what the edges leave? */
static void judge_best(struct gnss_path *p)
{
	const int64_t raw_ns = p->machine.env.raw_ns;
	const int64_t truth_ns = path_machine_tai_ns(&p->machine, raw_ns);
	struct segment_slot slot;
	int64_t lo_ns, hi_ns;
	double d_ns, off_ns, least_ns;

	if (!path_judge_tai(&p->judge, raw_ns, &slot, &lo_ns, &hi_ns))
		return;
	d_ns = (double)(raw_ns - slot.anchor_raw_ns);
	off_ns = (double)(slot.best_tai_ns - truth_ns) + d_ns +
		 ldexp((double)slot.best_slope, -40) * d_ns;
	least_ns = AT_EDGE * (double)(hi_ns - lo_ns);
	p->result.best_ns += off_ns * off_ns;
	p->result.best_at_edge +=
		(double)(hi_ns - truth_ns) - off_ns < least_ns ||
		off_ns + (double)(truth_ns - lo_ns) < least_ns;
}

static void read_clock(struct gnss_path *p)
{
	struct tt_interval t;

	p->read_raw_ns = p->machine.env.raw_ns + READ_NS;
	if (!path_judge_now(&p->judge, p->machine.env.raw_ns, &t))
		return;
	path_judge_width(&p->judge, &t);
	judge_best(p);
}

/* --- the daemon --------------------------------------------------------- */

static void look(void *arg, struct sample *m)
{
	struct gnss_path *p = arg;

	if (m->hi_ns[TERM_DELAY] != 0 || m->lo_ns[TERM_DELAY] != 0)
		return;
	path_daemon_note(&p->result.terms, m);
	p->result.lag_ns +=
		(double)(p->machine.env.raw_ns - m->raw_ns + m->age_ns_max);
}

/* As the daemon asks. */
static int ask_others(void *arg, int source, int64_t raw_ns,
		      struct gnss_others *ret)
{
	struct gnss_path *p = arg;
	struct others o;
	int err = engine_others(p->daemon.engine, source, raw_ns, &o);

	if (!err)
		*ret = (struct gnss_others){o.lo_utc_ns, o.hi_utc_ns, o.groups};
	return err;
}

/* An NTP server, for the second; it keeps silent when a leap second is near. */
static void ask_server(struct gnss_path *p)
{
	const int64_t raw_ns = p->machine.env.raw_ns;
	const int64_t tai = path_machine_tai_ns(&p->machine, raw_ns),
		      s = tai / SECOND_NS;
	const struct sample m = {
		.raw_ns = raw_ns,
		.mid_ns = tai -
			  gnss_receiver_offset_s(p->receiver, s) * SECOND_NS -
			  raw_ns +
			  (int64_t)(rng_uniform(&p->machine.rng, -1, 1) *
				    (SERVER_NS - MS_NS)),
		.lo_ns = {[TERM_DELAY] = SERVER_NS},
		.hi_ns = {[TERM_DELAY] = SERVER_NS},
		.fresh_ns = 64 * SECOND_NS};

	p->server_raw_ns += SERVER_POLL_NS;
	if (gnss_receiver_offset_s(p->receiver, s - 30) ==
	    gnss_receiver_offset_s(p->receiver, s + 30))
		engine_sample(p->daemon.engine, p->server, &m);
}

static void serve(struct gnss_path *p)
{
	struct path_daemon *d = &p->daemon;
	const struct driver_ops *ops = d->driver->ops;
	struct segment_slot slot;

	if (ops->fd(d->driver) >= 0)
		ops->readable(d->driver);
	if (p->machine.env.raw_ns >= ops->next_raw_ns(d->driver))
		ops->tick(d->driver);
	if (path_daemon_is_due(d, p->machine.env.raw_ns))
		path_daemon_publish(d, p->machine.env.raw_ns, &slot);
}

/* --- the loop ----------------------------------------------------------- */

/* Each second CLOCK_REALTIME is steered to true time from wherever it is. */
static void steer_realtime(struct gnss_path *p)
{
	struct env *env = &p->machine.env;
	const int64_t tai_ns = path_machine_tai_ns(&p->machine, env->raw_ns);
	const int64_t offset_s =
		gnss_receiver_offset_s(p->receiver, tai_ns / SECOND_NS);
	const int64_t real_ns = fake_real_at(env, env->raw_ns);
	const double off_ns = (double)(tai_ns - offset_s * SECOND_NS - real_ns);

	env->real_raw_ns = real_ns - env->raw_ns;
	env->real_at_ns = env->raw_ns;
	env->real_ppb = fmax(-100e3, fmin(100e3, off_ns * 0.1));
}

static int64_t next_raw_ns(const struct gnss_path *p)
{
	int64_t ns = gnss_receiver_next_raw_ns(p->receiver);

	ns = path_machine_sooner(ns, p->machine.crystal_raw_ns);
	ns = path_machine_sooner(ns, p->server_raw_ns);
	return path_machine_sooner(ns, p->read_raw_ns);
}

/* What the world does at this moment. */
static void happen(struct gnss_path *p)
{
	const int64_t raw_ns = p->machine.env.raw_ns;

	if (raw_ns >= p->machine.crystal_raw_ns) {
		path_machine_turn_crystal(&p->machine);
		steer_realtime(p);
	}
	if (raw_ns >= p->read_raw_ns)
		read_clock(p);
	if (raw_ns >= p->server_raw_ns)
		ask_server(p);
	gnss_receiver_tell(p->receiver);
}

void gnss_path_run(struct gnss_path *p, double seconds)
{
	struct path_machine *m = &p->machine;
	const int64_t until_ns = m->env.raw_ns + (int64_t)(seconds * 1e9);

	while (m->env.raw_ns < until_ns) {
		/* the daemon wakes a little late */
		const int64_t daemon_ns = path_daemon_wakes(&p->daemon) +
					  path_machine_between(m, 0, 1e5);

		path_machine_go_on(
			m,
			path_machine_sooner(
				path_machine_sooner(next_raw_ns(p), daemon_ns),
				m->env.raw_ns + PATH_WAKE_NS));
		gnss_receiver_stamp(p->receiver);
		happen(p);
		serve(p);
	}
}

void gnss_path_fault(struct gnss_path *p, enum gnss_fault fault, bool is_on)
{
	gnss_receiver_fault(p->receiver, fault, is_on);
}

/* --- opening ------------------------------------------------------------ */

/* The first second after the leap second; 0: there is none. */
static int64_t leap_tai_s(const struct gnss_path *p)
{
	return p->law.leap_s > 0 ? JULY_UTC_S + OFFSET_S + 1 : 0;
}

static void open_world(struct gnss_path *p, uint64_t seed)
{
	const struct gnss_path_law *law = &p->law;
	struct path_machine *m = &p->machine;
	const int64_t leap_s = leap_tai_s(p);
	const int64_t start_s =
		leap_s ? leap_s - (int64_t)law->leap_s : START_UTC_S + OFFSET_S;

	path_machine_open(m, &law->machine, start_s * SECOND_NS, seed,
			  UINT64_C(0x6e55));
	m->env.window_ns = 1000 - 2 * m->env.read_ns;
	m->env.real_at_ns = PATH_START_RAW_NS;
	m->env.phc_ns = start_s * SECOND_NS + 12345;
	m->env.real_raw_ns =
		(start_s - OFFSET_S) * SECOND_NS - PATH_START_RAW_NS + 100000;
	m->own_ppb = rng_uniform(&m->rng, -20000, 20000);
	m->crystal_raw_ns = PATH_START_RAW_NS + SECOND_NS / 2;
	p->receiver = gnss_receiver_new(&law->receiver, m, leap_s, start_s + 1);
}

/* As configured where nothing is said but what the hardware is. */
static void open_driver(struct gnss_path *p, const struct driver_sink *sink)
{
	struct gnss_options opt = gnss_defaults;

	opt.port = gnss_receiver_port(p->receiver);
	opt.others = ask_others;
	opt.others_arg = p;
	opt.pulse.kind = p->law.receiver.kind;
	opt.pulse.device = "/dev/pps0";
	opt.pulse.edge.latency_ns_max = p->law.latency_ns_max;
	opt.pulse.edge.best_of = p->law.best_of;
	opt.pulse.stamp_ns = GNSS_RECEIVER_QUANTUM_NS;
	opt.pulse.pps_ops = gnss_receiver_pps(p->receiver);
	opt.pulse.extts_ops = gnss_receiver_extts(p->receiver);
	opt.pulse.phc.name = "eth0";
	opt.pulse.phc.batch = 10;
	opt.pulse.phc.stamp_ns = GNSS_RECEIVER_QUANTUM_NS;
	opt.pulse.phc.drift_ppb = 150e3;
	opt.pulse.phc.ops = &p->machine.phc_ops;
	opt.pulse.map.drift_ppb = 150e3;
	opt.pulse.map.jitter_ppb = 400;
	assert(driver_gnss_open(&opt, &p->machine.env, sink,
				&p->daemon.driver) == 0);
}

static void open_daemon(struct gnss_path *p)
{
	struct path_daemon *d = &p->daemon;
	const bool has_leap = p->law.leap_s > 0;
	const struct engine_options opt = {.axioms = p->law.machine.axioms,
					   .horizon_ns = SECOND_NS,
					   .void_after_ns = VOID_AFTER_NS,
					   .smear = !has_leap};
	const struct engine_sink events = {NULL, NULL};
	const struct source_info server = {.name = "server",
					   .class = SOURCE_NTP,
					   .scale = SCALE_UTC,
					   .reachable = true,
					   .stratum = 1,
					   .poll_ns = SERVER_POLL_NS};
	struct driver_sink sink;

	path_daemon_open(d);
	d->look = look;
	d->arg = p;
	if (has_leap)
		d->leap.entry[d->leap.count++] =
			(struct leap_entry){JULY_UTC_S, OFFSET_S + 1};
	path_daemon_start(d, &opt, &events, p->machine.env.raw_ns, &sink);
	p->server = engine_source(d->engine, &server);
	p->server_raw_ns = p->machine.env.raw_ns;
	open_driver(p, &sink);
}

struct gnss_path *gnss_path_open(const struct gnss_path_law *law, uint64_t seed)
{
	struct gnss_path *p = calloc(1, sizeof(*p));

	assert(p);
	p->law = *law;
	open_world(p, seed);
	open_daemon(p);
	path_judge_init(&p->judge, &p->daemon.memory, tell_truth, p);
	p->read_raw_ns = p->machine.env.raw_ns +
			 path_machine_between(&p->machine, 0, READ_NS);
	return p;
}

void gnss_path_close(struct gnss_path *p)
{
	path_daemon_close(&p->daemon);
	gnss_receiver_free(p->receiver);
	free(p);
}

void gnss_path_count(struct gnss_path *p)
{
	memset(&p->result, 0, sizeof(p->result));
	path_judge_count(&p->judge);
}

const struct gnss_path_result *gnss_path_result(const struct gnss_path *p)
{
	return &p->result;
}

const struct path_verdict *gnss_path_verdict(const struct gnss_path *p)
{
	return &p->judge.verdict;
}

void gnss_path_counters(const struct gnss_path *p, struct engine_counters *ret)
{
	path_daemon_counters(&p->daemon, ret);
}
