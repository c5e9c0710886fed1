/* SPDX-License-Identifier: Apache-2.0 */
/* The whole path in virtual time. See chronyd_path.h. */
#include "chronyd_path.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define VOID_AFTER_NS (3600 * SECOND_NS)
#define WARM_UP_NS    (300 * SECOND_NS)
#define UTC_OFFSET_NS (37 * SECOND_NS)
#define PAST_NS_MAX   (20 * SECOND_NS)

bool chronyd_path_is_loud;

/* --- readers ------------------------------------------------------------ */

static void tell_truth(void *arg, int64_t raw_ns,
		       const struct segment_slot *page, struct path_truth *ret)
{
	struct chronyd_path *p = arg;
	const int64_t unix_ns = model_unix_ns(&p->world, raw_ns);

	(void)page;
	*ret = (struct path_truth){.tai_ns = unix_ns + UTC_OFFSET_NS,
				   .unix_ns_min = unix_ns,
				   .unix_ns_max = unix_ns};
}

static bool is_excused(const void *arg)
{
	const struct chronyd_path *p = arg;

	return p->law->breaks && p->law->is_excused(p);
}

/* Some moment since the last publication, and now, by what it says. */
static void read_between(struct chronyd_path *p, int64_t raw_ns)
{
	const int64_t last_raw_ns = p->judge.last_raw_ns;
	struct tt_interval t;

	if (raw_ns > last_raw_ns + 2)
		path_judge_now(&p->judge,
			       (int64_t)rng_uniform(&p->rng,
						    (double)last_raw_ns + 1,
						    (double)raw_ns - 1),
			       &t);
	path_judge_now(&p->judge, raw_ns, &t);
}

/* A moment of this epoch, before the publication that is asked about it. */
static void read_past(struct chronyd_path *p, int64_t raw_ns)
{
	const int64_t oldest_ns = raw_ns - p->epoch_raw_ns < PAST_NS_MAX
					  ? p->epoch_raw_ns
					  : raw_ns - PAST_NS_MAX;
	struct tt_interval t;

	if (rng_next(&p->rng) % 4 == 0 && oldest_ns < raw_ns)
		path_judge_at(&p->judge,
			      (int64_t)rng_uniform(&p->rng, (double)oldest_ns,
						   (double)raw_ns),
			      &t);
}

/* --- the daemon --------------------------------------------------------- */

static void on_event(void *arg, enum engine_event event, const char *text)
{
	struct chronyd_path *p = arg;

	if (chronyd_path_is_loud)
		printf("%.3f: %s\n", (double)p->world.raw_ns / 1e9, text);
	if (event != EVENT_VIOLATION && event != EVENT_CONTRADICTION)
		return;
	p->complaints++;
	snprintf(p->last_complaint, sizeof(p->last_complaint), "%.3f: %s",
		 (double)p->world.raw_ns / 1e9, text);
}

static void on_health(void *arg, const char *text)
{
	const struct chronyd_path *p = arg;

	if (chronyd_path_is_loud)
		printf("%.3f: chronyd: %s\n", (double)p->world.raw_ns / 1e9,
		       text);
}

static void start_engine(struct chronyd_path *p, struct driver_sink *ret)
{
	const struct engine_options opt = {.axioms = p->axioms,
					   .horizon_ns = SECOND_NS,
					   .void_after_ns = VOID_AFTER_NS,
					   .smear = true,
					   .breaks = p->breaks};
	const struct engine_sink events = {on_event, p};
	const int64_t raw_ns = env_raw_ns(&p->world);
	struct path_daemon *d = &p->daemon;
	struct segment_slot slot;
	uint64_t sequence;

	path_daemon_start(d, &opt, &events, raw_ns, ret);
	if (p->has_rate)
		engine_seed_rate(d->engine, p->rate_raw_ns, p->rate_ppb_min,
				 p->rate_ppb_max);
	if (segment_read(d->memory.segment, &slot, &sequence) == 0)
		engine_resume(d->engine, &slot, raw_ns);
}

void chronyd_path_start(struct chronyd_path *p)
{
	struct driver_sink sink;

	start_engine(p, &sink);
	p->chrony.host = "127.0.0.1";
	p->chrony.port = p->world.port;
	assert(driver_chrony_open(&p->chrony, &p->world, &sink,
				  &p->daemon.driver) == 0);
	p->daemon.publish_raw_ns = p->world.raw_ns;
}

static void add_counters(struct engine_counters *sum,
			 const struct engine_counters *c)
{
	sum->samples += c->samples;
	sum->contradictions += c->contradictions;
	sum->bound_violations += c->bound_violations;
	sum->excursions += c->excursions;
	sum->disputes += c->disputes;
	sum->samples_refused += c->samples_refused;
}

void chronyd_path_counters(struct chronyd_path *p, struct engine_counters *ret)
{
	struct engine_counters now;

	*ret = p->before;
	if (!p->daemon.engine)
		return;
	path_daemon_counters(&p->daemon, &now);
	add_counters(ret, &now);
}

void chronyd_path_kill(struct chronyd_path *p)
{
	if (!p->daemon.engine)
		return;
	chronyd_path_counters(p, &p->before);
	p->has_rate = engine_rate(p->daemon.engine, &p->rate_ppb_min,
				  &p->rate_ppb_max);
	p->rate_raw_ns = p->published_raw_ns;
	path_daemon_stop(&p->daemon);
}

static void publish(struct chronyd_path *p)
{
	const int64_t raw_ns = env_raw_ns(&p->world);
	struct segment_slot slot;
	struct tt_interval t;
	bool has;

	read_between(p, raw_ns);
	path_daemon_publish(&p->daemon, raw_ns, &slot);
	p->publications++;
	p->published_raw_ns = raw_ns;
	p->epoch_raw_ns = slot.epoch_raw_ns;
	has = path_judge_now(&p->judge, raw_ns, &t);
	read_past(p, raw_ns);
	if (has && raw_ns >= 1000 * SECOND_NS + WARM_UP_NS)
		path_judge_width(&p->judge, &t);
}

/* As the daemon's step(). */
static void step(struct chronyd_path *p)
{
	struct driver *driver = p->daemon.driver;

	if (env_raw_ns(&p->world) >= driver->ops->next_raw_ns(driver))
		driver->ops->tick(driver);
	if (path_daemon_is_due(&p->daemon, env_raw_ns(&p->world)))
		publish(p);
}

static void wait(struct chronyd_path *p, int64_t until_raw_ns)
{
	const int64_t due_ns = path_daemon_wakes(&p->daemon);
	int64_t wake_ns = p->world.raw_ns + PATH_WAKE_NS;

	wake_ns = wake_ns < due_ns ? wake_ns : due_ns;
	wake_ns = wake_ns < until_raw_ns ? wake_ns : until_raw_ns;
	/* it wakes a little late */
	if (wake_ns > p->world.raw_ns)
		model_advance(&p->world,
			      wake_ns - p->world.raw_ns +
				      (int64_t)rng_uniform(&p->rng, 0, 3e5));
}

/* No daemon, or none that runs: chronyd answers what it was asked before. */
static void idle(struct chronyd_path *p, int64_t until_raw_ns)
{
	while (p->world.raw_ns < until_raw_ns) {
		model_answer(&p->world);
		model_advance(&p->world, PATH_PUBLISH_NS);
		read_between(p, p->world.raw_ns);
	}
}

void chronyd_path_pause(struct chronyd_path *p, double seconds)
{
	idle(p, p->world.raw_ns + (int64_t)(seconds * 1e9));
}

void chronyd_path_run(struct chronyd_path *p, double seconds)
{
	const int64_t until_ns = p->world.raw_ns + (int64_t)(seconds * 1e9);

	while (p->daemon.driver && p->world.raw_ns < until_ns) {
		if (!model_answer(&p->world))
			wait(p, until_ns);
		p->daemon.driver->ops->readable(p->daemon.driver);
		step(p);
	}
	idle(p, until_ns);
}

void chronyd_path_play(struct chronyd_path *p)
{
	const int64_t end_ns =
		p->world.raw_ns + (int64_t)(p->law->hours * 3600e9);

	while (p->world.raw_ns < end_ns) {
		const double left_s = (double)(end_ns - p->world.raw_ns) / 1e9;
		const double next_s =
			p->law->act ? rng_exponential(&p->rng, p->law->act_s)
				    : left_s;

		chronyd_path_run(p, next_s < left_s ? next_s : left_s);
		if (!p->law->act || p->world.raw_ns >= end_ns)
			continue;
		p->acts++;
		snprintf(p->judge.place, sizeof(p->judge.place),
			 "act %d at %.3f s", p->acts,
			 (double)p->world.raw_ns / 1e9);
		p->law->act(p);
	}
}

/* --- opening ------------------------------------------------------------ */

/* Always at the limits of A1 and A2, or wandering, by the seed. */
static void set_oscillator(struct chronyd_path *p, uint64_t seed)
{
	static const enum slow_motion slow[] = {SLOW_BANG, SLOW_WALK, SLOW_BANG,
						SLOW_SINE};
	static const enum fast_motion fast[] = {FAST_RANDOM, FAST_LONG,
						FAST_NONE};
	const struct oscillator_law law = {
		.axioms = p->axioms,
		.slow = p->law->is_steady ? SLOW_STILL : slow[seed % 4],
		.fast = p->law->is_steady ? FAST_RANDOM : fast[seed % 3],
		/* whole: at the limits no rounding may look like a breach */
		.start_ppb = floor(p->axioms.drift_ppb *
				   rng_uniform(&p->rng, -0.98, 0.98))};

	oscillator_init(&p->oscillator, &law, 0, seed);
	model_follow(&p->world, &p->oscillator);
}

static void open_daemon(struct chronyd_path *p)
{
	path_daemon_open(&p->daemon);
	p->daemon.health = on_health;
	p->daemon.arg = p;
	path_judge_init(&p->judge, &p->daemon.memory, tell_truth, p);
	p->judge.is_excused = is_excused;
	p->judge.last_raw_ns = p->world.raw_ns;
}

void chronyd_path_open(struct chronyd_path *p,
		       const struct chronyd_path_law *law, uint64_t seed,
		       uint64_t breaks)
{
	memset(p, 0, sizeof(*p));
	p->law = law;
	p->breaks = breaks;
	/* the preset "server" */
	p->axioms = (struct axioms){.drift_ppb = 50000,
				    .wander_ppb_s = 20,
				    .jitter_ppb = 200,
				    .swing_ppb = -1,
				    .memory_ns = 1024 * SECOND_NS,
				    .liars = -1};
	if (law->is_steady) { /* "ocxo" */
		p->axioms.drift_ppb = 500;
		p->axioms.wander_ppb_s = 0.01;
		p->axioms.jitter_ppb = 1;
	}
	rng_seed(&p->rng, seed ^ UINT64_C(0x5eed));
	model_open(&p->world, seed, law->is_free);
	set_oscillator(p, seed);
	p->chrony = (struct chrony_options){.poll_ns = 250000000,
					    .asymmetry_ns = -1,
					    .server_scale = 2,
					    .socket = p->world.socket};
	law->set(p);
	open_daemon(p);
	chronyd_path_start(p);
}

void chronyd_path_close(struct chronyd_path *p)
{
	chronyd_path_counters(p, &p->counters);
	chronyd_path_kill(p);
	path_daemon_close(&p->daemon);
	model_close(&p->world);
}
