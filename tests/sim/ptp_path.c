/* SPDX-License-Identifier: Apache-2.0 */
/* The whole PTP path in virtual time. See ptp_path.h. */
#include "ptp_path.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libtt/segment.h"
#include "tests/unit/drivers/fake_phc.h"
#include "tests/unit/drivers/fake_ptp4l.h"

#define MS_NS         INT64_C(1000000)
#define PUBLISH_NS    (SECOND_NS / 10)
#define READ_NS       (SECOND_NS / 10)
#define VOID_AFTER_NS (3600 * SECOND_NS)
#define UTC_OFFSET_NS (37 * SECOND_NS)
#define START_RAW_NS  (1000 * SECOND_NS)
#define START_TAI_NS  (INT64_C(1795305600) * SECOND_NS)

/* The driver is asked again at least so often: daemon.c's WAKE_NS. */
#define WAKE_NS (SECOND_NS / 5)

/* The link: 0.8 us of cable and PHYs, and a little queueing; where an asymmetry
 * is declared it is reached. */
#define DELAY_NS    500
#define QUEUE_NS    20
#define QUANTUM_NS  8
#define BOUNDARY_NS 200

/* A server NIC's crystal. */
#define WALK_PPB 2.0

/* A timer of 19.2 MHz is what PRECISE latches. */
#define TICK_NS 52

/* ptp4l(8): pi_proportional_const and pi_integral_const of hardware stamps, and
 * delay_filter_length. */
#define PROPORTIONAL 0.7
#define INTEGRAL     0.3
#define DELAYS       10

/* A message that is on its way from the wire to the monitor. */
struct message {
	bool is_there;
	int64_t raw_ns; /* it arrives */
	int64_t sent_ns, received_ns;
};

struct ptp4l {
	struct fake_ptp4l fake;
	struct message sync, request;
	int64_t sync_raw_ns, request_raw_ns; /* the next ones */
	int64_t delay_ns[DELAYS];
	int delays;
	int64_t forward_ns; /* t2 - t1 of the last Sync */
	double integral_ppb;
};

struct ptp_path {
	struct env env; /* first: scale() and chance() go back from it */
	struct phc_ops ops;
	struct ptp_path_law law;
	struct oscillator oscillator;
	struct rng rng;
	struct ptp4l ptp4l;
	char dir[64], server[96], monitor[96];
	double own_ppb; /* of the PHC's crystal */
	int64_t crystal_raw_ns;
	double gm_limit_ns, gm_phase;
	bool has_fault[PTP_PATH_FAULTS];
	int64_t fault_raw_ns[PTP_PATH_FAULTS];
	struct driver *driver;
	struct engine *engine;
	struct leap_table leap;
	struct segment *segment;
	int fd;
	struct tt_clock *clock;
	int64_t publish_raw_ns, read_raw_ns; /* the next ones */
	bool has_mail; /* for the daemon */
	uint64_t last_epoch;
	int64_t last_earliest_ns;
	bool is_counted;
	struct ptp_path_result result;
};

/* --- truth -------------------------------------------------------------- */

int64_t ptp_path_tai_ns(struct ptp_path *p, int64_t raw_ns)
{
	return oscillator_tai(&p->oscillator, raw_ns);
}

static int64_t scale_ns(const struct env *env, int64_t raw_ns)
{
	struct ptp_path *p = (struct ptp_path *)(uintptr_t)env;

	return ptp_path_tai_ns(p, raw_ns);
}

static double chance(struct env *env)
{
	struct ptp_path *p = (struct ptp_path *)env;

	switch (p->law.latch) {
	case LATCH_FIRST:
		return 0;
	case LATCH_LAST:
		return 1;
	case LATCH_ANYWHERE:
		break;
	}
	return rng_uniform(&p->rng, 0, 1);
}

/* The grandmaster's clock, at a true time. */
static int64_t gm_ns(struct ptp_path *p, int64_t tai_ns)
{
	const double t_s = (double)(tai_ns - START_TAI_NS) / 1e9;
	const double since_s =
		(double)(p->env.raw_ns - p->fault_raw_ns[PTP_PATH_CLASS_7]) /
		1e9;
	double off_ns = p->gm_limit_ns;

	if (!p->law.is_worst)
		off_ns *= sin(t_s / 150 + p->gm_phase) / 2;
	if (p->has_fault[PTP_PATH_CLASS_7])
		off_ns += 900 * since_s;
	if (p->has_fault[PTP_PATH_CLASS_248])
		off_ns += 50e3;
	if (p->has_fault[PTP_PATH_WORSE])
		off_ns += 800;
	if (p->has_fault[PTP_PATH_BOUNDARY])
		off_ns += BOUNDARY_NS;
	if (p->has_fault[PTP_PATH_LIE])
		off_ns += 5e3;
	return tai_ns + (int64_t)off_ns;
}

static int64_t stamp(int64_t ns)
{
	return ns - ns % QUANTUM_NS;
}

/* The grandmaster's stamps: cut, too; at worst, to the other side. */
static int64_t gm_stamp(const struct ptp_path *p, int64_t ns)
{
	return stamp(ns) + (p->law.is_worst ? QUANTUM_NS : 0);
}

static int64_t between(struct ptp_path *p, double lo_ns, double hi_ns)
{
	return (int64_t)rng_uniform(&p->rng, lo_ns, hi_ns);
}

/* One way; where A is declared the two differ by nearly 2 A. */
static int64_t delay_ns(struct ptp_path *p, bool is_forward)
{
	const int64_t a_ns = p->law.asymmetry_ns;
	const int64_t worst_ns = a_ns >= 0 ? a_ns : DELAY_NS;
	const int64_t skew_ns = a_ns > QUEUE_NS ? a_ns - QUEUE_NS / 2 : 0;

	if (p->law.is_worst)
		return DELAY_NS + (is_forward ? -worst_ns : worst_ns);
	return DELAY_NS + (is_forward ? skew_ns : -skew_ns) +
	       between(p, 0, QUEUE_NS);
}

/* --- ptp4l -------------------------------------------------------------- */

static bool has_sync(const struct ptp_path *p)
{
	return !p->has_fault[PTP_PATH_SYNC_LOST] &&
	       !p->has_fault[PTP_PATH_SILENT];
}

static void sync_arrives(struct ptp_path *p)
{
	const int64_t raw_ns = p->env.raw_ns;
	const int64_t sent_ns =
		ptp_path_tai_ns(p, raw_ns) - delay_ns(p, true);

	p->ptp4l.sync_raw_ns += SECOND_NS + between(p, -5e6, 5e6);
	if (!has_sync(p))
		return;
	/* and its follow-up comes some time after it */
	p->ptp4l.sync = (struct message){
		true, raw_ns + between(p, 1e5, 1e6),
		gm_stamp(p, gm_ns(p, sent_ns)),
		stamp(fake_phc_at(&p->env, raw_ns))};
}

/* ptp4l draws the time to the next from twice the interval. */
static void request_leaves(struct ptp_path *p)
{
	const int64_t raw_ns = p->env.raw_ns;
	const int64_t came_ns =
		ptp_path_tai_ns(p, raw_ns) + delay_ns(p, false);

	p->ptp4l.request_raw_ns +=
		between(p, 1e6, ldexp(2e9, p->law.log_request));
	if (!has_sync(p))
		return;
	p->ptp4l.request = (struct message){
		true, raw_ns + between(p, 1e5, 1e6),
		stamp(fake_phc_at(&p->env, raw_ns)),
		gm_stamp(p, gm_ns(p, came_ns))};
}

static int by_size(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t path_delay_ns(const struct ptp4l *e)
{
	const int n = e->delays < DELAYS ? e->delays : DELAYS;
	int64_t sorted[DELAYS];

	memcpy(sorted, e->delay_ns, sizeof(sorted));
	qsort(sorted, (size_t)n, sizeof(sorted[0]), by_size);
	return n == 0 ? DELAY_NS : sorted[n / 2];
}

/* The servo, once a Sync: over one second 1 ns is 1 ppb. */
static void steer(struct ptp_path *p, int64_t offset_ns)
{
	struct ptp4l *e = &p->ptp4l;

	e->integral_ppb -= INTEGRAL * (double)offset_ns;
	p->env.named_ppb = e->integral_ppb - PROPORTIONAL * (double)offset_ns;
	fake_set_rate(&p->env, p->own_ppb + p->env.named_ppb);
}

static void take_sync(struct ptp_path *p)
{
	struct ptp4l *e = &p->ptp4l;
	const struct message *m = &e->sync;

	e->sync.is_there = false;
	e->forward_ns = m->received_ns - m->sent_ns;
	e->fake.path_delay_ns = path_delay_ns(e);
	e->fake.offset_ns = e->forward_ns - e->fake.path_delay_ns;
	e->fake.ingress_ns = m->received_ns;
	fake_leg(&e->fake, true, m->sent_ns, m->received_ns);
	steer(p, e->fake.offset_ns);
	p->has_mail = true;
}

static void take_request(struct ptp_path *p)
{
	struct ptp4l *e = &p->ptp4l;
	const struct message *m = &e->request;

	e->request.is_there = false;
	e->delay_ns[e->delays++ % DELAYS] =
		(e->forward_ns + m->received_ns - m->sent_ns) / 2;
	fake_leg(&e->fake, false, m->sent_ns, m->received_ns);
	p->has_mail = true;
}

static void turn_crystal(struct ptp_path *p)
{
	p->crystal_raw_ns += SECOND_NS;
	p->own_ppb += WALK_PPB * rng_normal(&p->rng);
	fake_set_rate(&p->env, p->own_ppb + p->env.named_ppb);
}

/* --- readers ------------------------------------------------------------ */

static void miss(struct ptp_path *p, int64_t below_ns, int64_t above_ns)
{
	if (p->result.misses++ == 0)
		snprintf(p->result.first_miss, sizeof(p->result.first_miss),
			 "raw %.3f s: truth is %" PRId64 " ns after earliest, "
			 "%" PRId64 " ns before latest",
			 (double)p->env.raw_ns / 1e9, below_ns, above_ns);
}

static void judge(struct ptp_path *p, const struct tt_interval *t)
{
	struct ptp_path_result *r = &p->result;
	const int64_t unix_ns =
		ptp_path_tai_ns(p, p->env.raw_ns) - UTC_OFFSET_NS;
	const int64_t below_ns = unix_ns - t->earliest_ns;
	const int64_t above_ns = t->latest_ns - unix_ns;

	if (below_ns < 0 || above_ns < 0)
		miss(p, below_ns, above_ns);
	if (below_ns < r->slack_ns_min)
		r->slack_ns_min = below_ns;
	if (above_ns < r->slack_ns_min)
		r->slack_ns_min = above_ns;
	if (t->epoch == p->last_epoch && t->earliest_ns < p->last_earliest_ns)
		r->went_back++;
	r->epochs += t->epoch != p->last_epoch;
	widths_add(&r->widths, (double)(t->latest_ns - t->earliest_ns) / 2);
	r->seen[t->state] = true;
}

static void read_clock(struct ptp_path *p)
{
	struct tt_interval t;
	const int err = tt_at_raw(p->clock, p->env.raw_ns, &t);

	p->read_raw_ns = p->env.raw_ns + READ_NS;
	if (!p->is_counted)
		return;
	p->result.reads++;
	if (err) {
		p->result.unanswered++;
		return;
	}
	judge(p, &t);
	p->last_epoch = t.epoch;
	p->last_earliest_ns = t.earliest_ns;
}

/* --- the daemon --------------------------------------------------------- */

static int on_source(void *arg, const struct source_info *info)
{
	struct ptp_path *p = arg;

	return engine_source(p->engine, info);
}

static void on_gone(void *arg, int source)
{
	struct ptp_path *p = arg;

	engine_gone(p->engine, source);
}

static void on_sample(void *arg, int source, const struct sample *sample)
{
	struct ptp_path *p = arg;
	struct sample m = *sample;

	if (p->law.tamper)
		p->law.tamper(&m);
	engine_sample(p->engine, source, &m);
	if (!p->is_counted || m.lo_ns[TERM_DELAY] == SAMPLE_NO_BOUND ||
	    m.hi_ns[TERM_DELAY] == SAMPLE_NO_BOUND)
		return;
	p->result.samples++;
	for (int t = 0; t < TERM_COUNT; t++)
		p->result.term_ns[t] +=
			(double)(m.lo_ns[t] + m.hi_ns[t]) / 2;
}

static void on_health(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

static void publish(struct ptp_path *p)
{
	struct segment_slot slot;

	p->publish_raw_ns = p->env.raw_ns + PUBLISH_NS;
	engine_publish(p->engine, p->env.raw_ns, &slot);
	segment_publish(p->segment, &slot);
}

/* As the daemon's loop: what is due, until nobody has any more to say. ptp4l
 * takes its time over each question. */
static void serve(struct ptp_path *p)
{
	const struct driver_ops *ops = p->driver->ops;

	for (int i = 0; i < 64; i++) {
		if (p->has_mail)
			ops->readable(p->driver);
		p->has_mail = true;
		if (p->env.raw_ns >= ops->next_raw_ns(p->driver))
			ops->tick(p->driver);
		if (engine_is_dirty(p->engine))
			publish(p);
		if (!fake_serve(&p->ptp4l.fake))
			break;
		p->env.raw_ns += between(p, 3e4, 2e5);
	}
	p->has_mail = false;
	if (p->env.raw_ns >= p->publish_raw_ns || engine_is_dirty(p->engine))
		publish(p);
}

/* --- the loop ----------------------------------------------------------- */

static int64_t sooner(int64_t a_ns, int64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

static int64_t next_raw_ns(const struct ptp_path *p)
{
	const struct ptp4l *e = &p->ptp4l;
	int64_t ns = sooner(e->sync_raw_ns, e->request_raw_ns);

	if (e->sync.is_there)
		ns = sooner(ns, e->sync.raw_ns);
	if (e->request.is_there)
		ns = sooner(ns, e->request.raw_ns);
	ns = sooner(ns, p->crystal_raw_ns);
	return sooner(ns, p->read_raw_ns);
}

/* What the world does at this moment. */
static void happen(struct ptp_path *p)
{
	struct ptp4l *e = &p->ptp4l;
	const int64_t raw_ns = p->env.raw_ns;

	if (raw_ns >= p->crystal_raw_ns)
		turn_crystal(p);
	if (raw_ns >= e->sync_raw_ns)
		sync_arrives(p);
	if (raw_ns >= e->request_raw_ns)
		request_leaves(p);
	if (e->sync.is_there && raw_ns >= e->sync.raw_ns)
		take_sync(p);
	if (e->request.is_there && raw_ns >= e->request.raw_ns)
		take_request(p);
	if (raw_ns >= p->read_raw_ns)
		read_clock(p);
}

void ptp_path_run(struct ptp_path *p, double seconds)
{
	const int64_t until_ns = p->env.raw_ns + (int64_t)(seconds * 1e9);

	while (p->env.raw_ns < until_ns) {
		const int64_t world_ns = next_raw_ns(p);
		/* the daemon wakes a little late */
		const int64_t daemon_ns =
			sooner(p->driver->ops->next_raw_ns(p->driver),
			       p->publish_raw_ns) + between(p, 0, 1e5);
		const int64_t at_ns = sooner(
			sooner(world_ns, daemon_ns), p->env.raw_ns + WAKE_NS);

		if (at_ns > p->env.raw_ns)
			p->env.raw_ns = at_ns;
		happen(p);
		if (p->has_mail || p->env.raw_ns >= daemon_ns)
			serve(p);
	}
}

/* --- faults ------------------------------------------------------------- */

void ptp_path_fault(struct ptp_path *p, enum ptp_path_fault fault, bool is_on)
{
	struct fake_ptp4l *f = &p->ptp4l.fake;

	p->has_fault[fault] = is_on;
	p->fault_raw_ns[fault] = p->env.raw_ns;
	f->is_deaf = p->has_fault[PTP_PATH_SILENT];
	f->class = p->has_fault[PTP_PATH_CLASS_7]     ? 7
		   : p->has_fault[PTP_PATH_CLASS_248] ? 248
						      : PTP_CLASS_LOCKED;
	f->accuracy = p->has_fault[PTP_PATH_WORSE] ? 0x23 : p->law.accuracy;
	f->steps = p->has_fault[PTP_PATH_BOUNDARY] ? 2 : 1;
}

void ptp_path_step_phc(struct ptp_path *p, int64_t step_ns)
{
	p->env.phc_ns += step_ns;
}

/* --- opening ------------------------------------------------------------ */

static void open_segment(struct ptp_path *p)
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

static void open_world(struct ptp_path *p, uint64_t seed)
{
	const struct ptp_path_law *law = &p->law;
	const struct oscillator_law o = {
		.axioms = law->axioms,
		.slow = law->slow,
		.fast = law->fast,
		.start_ppb = floor(law->axioms.drift_ppb *
				   rng_uniform(&p->rng, -0.9, 0.9)),
		.grade = law->grade ? oscillator_grade_find(law->grade) : NULL};

	oscillator_init(&p->oscillator, &o, START_TAI_NS - START_RAW_NS, seed);
	fake_init(&p->env, &p->ops);
	p->env.scale = scale_ns;
	p->env.chance = chance;
	p->env.tick_ns = TICK_NS;
	/* at worst no time passes that could be spare */
	p->env.read_ns = law->is_worst ? 1 : 20;
	p->env.precise_err = law->mode == PHC_PRECISE ? 0 : -EOPNOTSUPP;
	p->env.raw_ns = p->env.at_raw_ns = START_RAW_NS;
	p->env.phc_ns = ptp_path_tai_ns(p, START_RAW_NS);
	/* twice what it states, as A6 allows */
	p->gm_limit_ns = law->accuracy == 0x20 ? 50 : 200;
	p->gm_phase = rng_uniform(&p->rng, 0, 6);
}

static void open_ptp4l(struct ptp_path *p)
{
	struct ptp4l *e = &p->ptp4l;

	fake_ptp4l_open(&e->fake, p->dir);
	e->fake.accuracy = p->law.accuracy;
	/* it has been kept for long */
	p->own_ppb = rng_uniform(&p->rng, -20000, 20000);
	e->integral_ppb = p->env.named_ppb = -p->own_ppb;
	e->sync_raw_ns = START_RAW_NS + between(p, 0, 1e9);
	e->request_raw_ns = START_RAW_NS + between(p, 0, 2e9);
	p->crystal_raw_ns = START_RAW_NS + between(p, 0, 1e9);
}

static void open_daemon(struct ptp_path *p)
{
	const struct engine_options opt = {.axioms = p->law.axioms,
					   .horizon_ns = SECOND_NS,
					   .void_after_ns = VOID_AFTER_NS,
					   .smear = true};
	const struct engine_sink events = {NULL, NULL};
	const struct driver_sink sink = {on_source, on_gone, on_sample,
					 on_health, p};
	struct ptp_options ptp = ptp_defaults;

	leap_builtin(&p->leap);
	p->leap.expires_unix_s = INT64_C(4000000000);
	assert(engine_new(&opt, &p->leap, p->env.raw_ns, &events,
			  &p->engine) == 0);
	snprintf(p->server, sizeof(p->server), "%s/ptp4l", p->dir);
	snprintf(p->monitor, sizeof(p->monitor), "%s/monitor", p->dir);
	ptp.name = ptp.device.name = "eth0";
	ptp.socket = p->server;
	ptp.monitor = p->monitor;
	ptp.device.stamp_ns = QUANTUM_NS;
	ptp.device.ops = &p->ops;
	/* both stamps are cut: to the same side they differ by less than one */
	ptp.stamp_ns = p->law.is_worst ? 2 * QUANTUM_NS : QUANTUM_NS;
	ptp.asymmetry_ns = p->law.asymmetry_ns;
	assert(driver_ptp_open(&ptp, &p->env, &sink, &p->driver) == 0);
}

struct ptp_path *ptp_path_open(const struct ptp_path_law *law, uint64_t seed,
			       const char *dir)
{
	struct ptp_path *p = calloc(1, sizeof(*p));

	assert(p);
	p->law = *law;
	snprintf(p->dir, sizeof(p->dir), "%s", dir);
	rng_seed(&p->rng, seed ^ UINT64_C(0x970));
	open_world(p, seed);
	open_ptp4l(p);
	open_segment(p);
	open_daemon(p);
	p->publish_raw_ns = p->env.raw_ns;
	p->read_raw_ns = p->env.raw_ns + between(p, 0, 1e8);
	return p;
}

void ptp_path_close(struct ptp_path *p)
{
	p->driver->ops->close(p->driver);
	engine_free(p->engine);
	tt_close(p->clock);
	munmap(p->segment, SEGMENT_SIZE);
	close(p->fd);
	fake_ptp4l_close(&p->ptp4l.fake, p->dir);
	free(p);
}

void ptp_path_count(struct ptp_path *p)
{
	memset(&p->result, 0, sizeof(p->result));
	p->result.slack_ns_min = INT64_MAX;
	p->last_epoch = 0;
	p->is_counted = true;
}

const struct ptp_path_result *ptp_path_result(const struct ptp_path *p)
{
	return &p->result;
}

int64_t ptp_path_raw_ns(const struct ptp_path *p)
{
	return p->env.raw_ns;
}

int64_t ptp_path_phc_ns(const struct ptp_path *p)
{
	return fake_phc_at(&p->env, p->env.raw_ns);
}
