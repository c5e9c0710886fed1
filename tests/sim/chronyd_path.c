/* SPDX-License-Identifier: Apache-2.0 */
/* The whole path in virtual time. See chronyd_path.h. */
#include "chronyd_path.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libtt/eval.h"
#include "libtt/segment.h"

#define PUBLISH_NS    (SECOND_NS / 10)
#define VOID_AFTER_NS (3600 * SECOND_NS)
#define WARM_UP_NS    (300 * SECOND_NS)
#define UTC_OFFSET_NS (37 * SECOND_NS)
#define PAST_NS_MAX   (20 * SECOND_NS)

/* The driver is asked again at least so often: daemon.c's WAKE_NS. */
#define WAKE_NS (SECOND_NS / 5)

bool path_is_loud;

/* --- readers ------------------------------------------------------------ */

static bool is_excused(const struct path *p)
{
	return p->law->breaks && p->law->is_excused(p);
}

static void miss(struct path *p, int64_t raw_ns, const char *view,
		 int64_t below_ns, int64_t above_ns)
{
	if (is_excused(p)) {
		p->excused++;
		return;
	}
	if (p->misses++ == 0)
		snprintf(p->first_miss, sizeof(p->first_miss),
			 "%s at raw %.9f s, %.3f s after act %d: truth is "
			 "%" PRId64 " ns after earliest, %" PRId64
			 " ns before latest",
			 view, (double)raw_ns / 1e9,
			 (double)(raw_ns - p->act_raw_ns) / 1e9, p->acts,
			 below_ns, above_ns);
}

static void judge(struct path *p, int64_t raw_ns, const char *view,
		  int64_t lo_ns, int64_t truth_ns, int64_t hi_ns)
{
	const int64_t below_ns = truth_ns - lo_ns, above_ns = hi_ns - truth_ns;

	if (below_ns < 0 || above_ns < 0)
		miss(p, raw_ns, view, below_ns, above_ns);
	if (is_excused(p))
		return;
	if (below_ns < p->slack_ns_min)
		p->slack_ns_min = below_ns;
	if (above_ns < p->slack_ns_min)
		p->slack_ns_min = above_ns;
}

static void judge_tai(struct path *p, int64_t raw_ns, int64_t tai_ns)
{
	struct segment_slot s;
	uint64_t sequence;
	int64_t lo_ns, hi_ns;

	if (segment_read(p->segment, &s, &sequence) == 0 &&
	    eval_tai(&s, raw_ns, &lo_ns, &hi_ns) == 0)
		judge(p, raw_ns, "TAI", lo_ns - s.tai_err_ns, tai_ns,
		      hi_ns + s.tai_err_ns);
}

/* False: no bound was had. */
static bool read_at(struct path *p, int64_t raw_ns, struct tt_interval *ret)
{
	const int64_t unix_ns = model_unix_ns(&p->world, raw_ns);

	p->reads++;
	if (tt_at_raw(p->clock, raw_ns, ret) != 0) {
		p->errors++;
		return false;
	}
	p->seen[ret->state] = true;
	p->state = ret->state;
	judge(p, raw_ns, "Unix", ret->earliest_ns, unix_ns, ret->latest_ns);
	judge_tai(p, raw_ns, unix_ns + UTC_OFFSET_NS);
	return true;
}

/* A reader of the present: these come in the order of time. */
static void read_now(struct path *p, int64_t raw_ns, struct tt_interval *ret)
{
	assert(raw_ns >= p->last_raw_ns);
	p->last_raw_ns = raw_ns;
	if (!read_at(p, raw_ns, ret))
		return;
	if (ret->epoch == p->last_epoch &&
	    ret->earliest_ns < p->last_earliest_ns && p->went_back++ == 0)
		snprintf(p->first_miss, sizeof(p->first_miss),
			 "raw %.9f s: earliest went back by %" PRId64 " ns",
			 (double)raw_ns / 1e9,
			 p->last_earliest_ns - ret->earliest_ns);
	p->epochs += ret->epoch != p->last_epoch;
	p->last_epoch = ret->epoch;
	p->last_earliest_ns = ret->earliest_ns;
}

/* Some moment since the last publication, and now, by what it says. */
static void read_between(struct path *p, int64_t raw_ns)
{
	struct tt_interval t;

	if (raw_ns > p->last_raw_ns + 2)
		read_now(p,
			 (int64_t)rng_uniform(&p->rng,
					      (double)p->last_raw_ns + 1,
					      (double)raw_ns - 1),
			 &t);
	read_now(p, raw_ns, &t);
}

/* A moment of this epoch, before the publication that is asked about it. */
static void read_past(struct path *p, int64_t raw_ns)
{
	const int64_t oldest_ns = raw_ns - p->epoch_raw_ns < PAST_NS_MAX
					  ? p->epoch_raw_ns
					  : raw_ns - PAST_NS_MAX;
	struct tt_interval t;

	if (rng_next(&p->rng) % 4 == 0 && oldest_ns < raw_ns)
		read_at(p,
			(int64_t)rng_uniform(&p->rng, (double)oldest_ns,
					     (double)raw_ns),
			&t);
}

/* --- the daemon --------------------------------------------------------- */

static void on_event(void *arg, enum engine_event event, const char *text)
{
	struct path *p = arg;

	if (path_is_loud)
		printf("%.3f: %s\n", (double)p->world.raw_ns / 1e9, text);
	if (event != EVENT_VIOLATION && event != EVENT_CONTRADICTION)
		return;
	p->complaints++;
	snprintf(p->last_complaint, sizeof(p->last_complaint), "%.3f: %s",
		 (double)p->world.raw_ns / 1e9, text);
}

static int on_source(void *arg, const struct source_info *info)
{
	struct path *p = arg;

	return engine_source(p->engine, info);
}

static void on_gone(void *arg, int source)
{
	struct path *p = arg;

	engine_gone(p->engine, source);
}

static void on_sample(void *arg, int source, const struct sample *sample)
{
	struct path *p = arg;

	engine_sample(p->engine, source, sample);
}

static void on_health(void *arg, const char *text)
{
	const struct path *p = arg;

	if (path_is_loud)
		printf("%.3f: chronyd: %s\n", (double)p->world.raw_ns / 1e9,
		       text);
}

static void start_engine(struct path *p, int64_t raw_ns)
{
	const struct engine_options opt = {.axioms = p->axioms,
					   .horizon_ns = SECOND_NS,
					   .void_after_ns = VOID_AFTER_NS,
					   .smear = true,
					   .breaks = p->breaks};
	const struct engine_sink sink = {on_event, p};
	struct segment_slot slot;
	uint64_t sequence;

	assert(engine_new(&opt, &p->leap, raw_ns, &sink, &p->engine) == 0);
	if (p->has_rate)
		engine_seed_rate(p->engine, p->rate_raw_ns, p->rate_ppb_min,
				 p->rate_ppb_max);
	if (segment_read(p->segment, &slot, &sequence) == 0)
		engine_resume(p->engine, &slot, raw_ns);
}

void path_start(struct path *p)
{
	const struct driver_sink sink = {.source = on_source,
					 .gone = on_gone,
					 .sample = on_sample,
					 .health = on_health,
					 .arg = p};

	start_engine(p, env_raw_ns(&p->world));
	p->chrony.host = "127.0.0.1";
	p->chrony.port = p->world.port;
	assert(driver_chrony_open(&p->chrony, &p->world, &sink, &p->driver) ==
	       0);
	p->next_publish_raw_ns = p->world.raw_ns;
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

void path_counters(struct path *p, struct engine_counters *ret)
{
	static struct engine_view v;

	*ret = p->before;
	if (!p->engine)
		return;
	engine_view(p->engine, &v);
	add_counters(ret, &v.counters);
}

void path_kill(struct path *p)
{
	if (!p->engine)
		return;
	path_counters(p, &p->before);
	p->has_rate = engine_rate(p->engine, &p->rate_ppb_min,
				  &p->rate_ppb_max);
	p->rate_raw_ns = p->published_raw_ns;
	p->driver->ops->close(p->driver);
	engine_free(p->engine);
	p->driver = NULL;
	p->engine = NULL;
}

static void publish(struct path *p)
{
	const int64_t raw_ns = env_raw_ns(&p->world);
	struct segment_slot slot;
	struct tt_interval t = {.latest_ns = 0};

	read_between(p, raw_ns);
	engine_publish(p->engine, raw_ns, &slot);
	segment_publish(p->segment, &slot);
	p->publications++;
	p->published_raw_ns = raw_ns;
	p->epoch_raw_ns = slot.epoch_raw_ns;
	p->next_publish_raw_ns = raw_ns + PUBLISH_NS;
	read_now(p, raw_ns, &t);
	read_past(p, raw_ns);
	if (t.latest_ns == 0 || raw_ns < 1000 * SECOND_NS + WARM_UP_NS)
		return;
	p->width_ns += (double)(t.latest_ns - t.earliest_ns) / 2;
	p->widths++;
}

/* As the daemon's step(). */
static void step(struct path *p)
{
	const struct driver_ops *ops = p->driver->ops;

	if (env_raw_ns(&p->world) >= ops->next_raw_ns(p->driver))
		ops->tick(p->driver);
	if (env_raw_ns(&p->world) >= p->next_publish_raw_ns ||
	    engine_is_dirty(p->engine))
		publish(p);
}

static void wait(struct path *p, int64_t until_raw_ns)
{
	int64_t wake_ns = p->world.raw_ns + WAKE_NS;
	const int64_t due_ns = p->driver->ops->next_raw_ns(p->driver);

	wake_ns = wake_ns < due_ns ? wake_ns : due_ns;
	wake_ns = wake_ns < p->next_publish_raw_ns ? wake_ns
						   : p->next_publish_raw_ns;
	wake_ns = wake_ns < until_raw_ns ? wake_ns : until_raw_ns;
	/* it wakes a little late */
	if (wake_ns > p->world.raw_ns)
		model_advance(&p->world,
			      wake_ns - p->world.raw_ns +
				      (int64_t)rng_uniform(&p->rng, 0, 3e5));
}

/* No daemon, or none that runs: chronyd answers what it was asked before. */
static void idle(struct path *p, int64_t until_raw_ns)
{
	while (p->world.raw_ns < until_raw_ns) {
		model_answer(&p->world);
		model_advance(&p->world, PUBLISH_NS);
		read_between(p, p->world.raw_ns);
	}
}

void path_pause(struct path *p, double seconds)
{
	idle(p, p->world.raw_ns + (int64_t)(seconds * 1e9));
}

void path_run(struct path *p, double seconds)
{
	const int64_t until_ns = p->world.raw_ns + (int64_t)(seconds * 1e9);

	while (p->driver && p->world.raw_ns < until_ns) {
		if (!model_answer(&p->world))
			wait(p, until_ns);
		p->driver->ops->readable(p->driver);
		step(p);
	}
	idle(p, until_ns);
}

void path_play(struct path *p)
{
	const int64_t end_ns =
		p->world.raw_ns + (int64_t)(p->law->hours * 3600e9);

	while (p->world.raw_ns < end_ns) {
		const double left_s =
			(double)(end_ns - p->world.raw_ns) / 1e9;
		const double next_s =
			p->law->act ? rng_exponential(&p->rng, p->law->act_s)
				    : left_s;

		path_run(p, next_s < left_s ? next_s : left_s);
		if (!p->law->act || p->world.raw_ns >= end_ns)
			continue;
		p->acts++;
		p->act_raw_ns = p->world.raw_ns;
		p->law->act(p);
	}
}

/* --- opening ------------------------------------------------------------ */

static void open_segment(struct path *p)
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

/* Always at the limits of A1 and A2, or wandering, by the seed. */
static void set_oscillator(struct path *p, uint64_t seed)
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

void path_open(struct path *p, const struct path_law *law, uint64_t seed,
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
	p->slack_ns_min = INT64_MAX;
	rng_seed(&p->rng, seed ^ UINT64_C(0x5eed));
	model_open(&p->world, seed, law->is_free);
	set_oscillator(p, seed);
	p->chrony = (struct chrony_options){.poll_ns = 250000000,
					    .asymmetry_ns = -1,
					    .server_scale = 2,
					    .socket = p->world.socket};
	leap_builtin(&p->leap);
	p->leap.expires_unix_s = INT64_C(4000000000);
	law->set(p);
	open_segment(p);
	p->last_raw_ns = p->world.raw_ns;
	path_start(p);
}

void path_close(struct path *p)
{
	path_counters(p, &p->counters);
	path_kill(p);
	tt_close(p->clock);
	munmap(p->segment, SEGMENT_SIZE);
	close(p->fd);
	model_close(&p->world);
}
