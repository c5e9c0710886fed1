/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated path and its clocks. See precision_sim.h. */
#include "tools/skew/precision_sim.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bits on the line with preamble and gap: a short packet, a full one, ours. */
#define SHORT_BITS (84 * 8.0)
#define FULL_BITS  (1538 * 8.0)
#define PROBE_BITS ((PRECISION_PACKET_SIZE + 66) * 8.0)

#define HOP_NS	       500.0 /* a switch and its cable, without its queue */
#define TURN_NS	       5000.0 /* a responder's own time, at least; and up to ... */
#define TURN_MORE_NS   20000.0 /* ... this much more */
#define SIGMAS	       6.0 /* noise is cut there: the axioms hold for sure */
#define PROGRESS_EVERY 16

struct chance {
	uint64_t state;
};

/* splitmix64. */
static uint64_t next(struct chance *c)
{
	uint64_t z = c->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static double uniform(struct chance *c, double lo, double hi)
{
	return lo + (hi - lo) * ((double)(next(c) >> 11) * 0x1p-53);
}

static double exponential(struct chance *c, double mean)
{
	return -mean * log(1 - uniform(c, 0, 1));
}

static double normal(struct chance *c)
{
	const double r = sqrt(-2 * log(1 - uniform(c, 0, 1))) *
			 cos(uniform(c, 0, 2 * M_PI));

	return fmax(-SIGMAS, fmin(r, SIGMAS));
}

void precision_world_default(struct precision_world *ret)
{
	*ret = (struct precision_world){
		.load = 0.4,
		.hops = 5, /* up and down three tiers of switches */
		.line_gbps = 10,
		.quantum_ns = 8,
		.drift_ppb_max = 50000,
		.wander_ppb_s = 20,
		.white_ppb = 5,
		.rate = 1000,
		.window_s = 1,
		.spacing_ns = 1000,
		.glitch_ns = 2000,
		.seed = 1,
		.rules = {{.rate_ppb_max = 500000,
			   .wander_ppb_max = 500000,
			   .stamp_err_ns = 4},
			  .epsilon_ns = 16}};
}

/* ---- a way ---- */

/* What is queued at a port at any moment: as many packets as come before one
 * that does not, each with what is left of it. */
static double backlog_ns(const struct precision_world *world, struct chance *c)
{
	double ns = 0;

	while (uniform(c, 0, 1) < world->load) {
		const double bits =
			uniform(c, 0, SHORT_BITS + FULL_BITS) < SHORT_BITS
				? SHORT_BITS
				: FULL_BITS;

		ns += uniform(c, 0, bits) / world->line_gbps;
	}
	return ns;
}

/* What is left of it after a while in which more has come. */
static double backlog_after(const struct precision_world *world,
			    struct chance *c, double backlog, double ns)
{
	const double mean = (SHORT_BITS + FULL_BITS) / 2 / world->line_gbps;
	double gap;

	if (world->load <= 0)
		return fmax(0, backlog - ns);
	while ((gap = exponential(c, mean / world->load)) < ns) {
		const double bits =
			uniform(c, 0, 1) < 0.5 ? SHORT_BITS : FULL_BITS;

		backlog = fmax(0, backlog - gap) + bits / world->line_gbps;
		ns -= gap;
	}
	return fmax(0, backlog - ns);
}

/* When the two packets that leave at at_ns[] have come through. */
static void travel(const struct precision_world *world, struct chance *c,
		   double at_ns[2])
{
	const double own = PROBE_BITS / world->line_gbps;

	for (int hop = 0; hop < world->hops; hop++) {
		const double first = backlog_ns(world, c);
		const double second = backlog_after(world, c, first + own,
						    at_ns[1] - at_ns[0]);

		at_ns[0] += first + own + HOP_NS;
		at_ns[1] += second + own + HOP_NS;
	}
}

/* ---- clocks ---- */

#define EPOCH_NS 1e9 /* stamps are above 0 */
#define STEP_NS	 1e6 /* between two values of the noise */

static struct chance chance_of(uint64_t seed, uint64_t number)
{
	struct chance c = {seed};

	c.state = next(&c) ^ number;
	c.state = next(&c);
	return c;
}

int precision_clock_make(const struct precision_world *world, uint64_t number,
			 struct precision_clock *ret)
{
	const size_t steps = (size_t)(world->window_s * 1e9 / STEP_NS) + 100;
	struct chance c = chance_of(world->seed, ~number);
	double noise_ns = 0;

	*ret = (struct precision_clock){
		.offset_ns = uniform(&c, -1e6, 1e6),
		.rate = uniform(&c, -1, 1) * world->drift_ppb_max * 1e-9,
		.slope_s = uniform(&c, -1, 1) * world->wander_ppb_s * 1e-9,
		.steps = steps,
		.noise_ns = calloc(steps, sizeof(double))};
	if (!ret->noise_ns)
		return -ENOMEM;
	/* White in frequency: a random walk in phase. */
	for (size_t i = 0; i < steps; i++) {
		ret->noise_ns[i] = noise_ns;
		noise_ns +=
			normal(&c) * world->white_ppb * sqrt(STEP_NS * 1e-9);
	}
	return 0;
}

void precision_clock_drop(struct precision_clock *c)
{
	free(c->noise_ns);
	c->noise_ns = NULL;
}

static double noise_at(const struct precision_clock *c, double t_ns)
{
	const double at = fmax(0, t_ns / STEP_NS);
	const size_t i = (size_t)at;

	if (c->steps < 2 || i + 1 >= c->steps)
		return c->steps > 0 ? c->noise_ns[c->steps - 1] : 0;
	return c->noise_ns[i] +
	       (at - (double)i) * (c->noise_ns[i + 1] - c->noise_ns[i]);
}

double precision_clock_offset(const struct precision_clock *c, double t_ns)
{
	return c->offset_ns + c->rate * t_ns +
	       c->slope_s * 1e-9 * t_ns * t_ns / 2 + noise_at(c, t_ns);
}

/* A stamp, off or not. */
static int64_t stamp(const struct precision_world *world, struct chance *c,
		     double t_ns)
{
	const double quantum_ns = world->quantum_ns;

	if (world->glitch > 0 && uniform(c, 0, 1) < world->glitch)
		t_ns += uniform(c, -1, 1) * world->glitch_ns;
	return (int64_t)(floor(t_ns / quantum_ns) * quantum_ns);
}

/* ---- a window ---- */

struct run {
	const struct precision_world *world;
	const struct precision_clock *near, *far;
	double asymmetry_ns;
	struct chance chance;
	struct precision_window *window;
};

static double offset_at(const struct run *r, double t_ns)
{
	return precision_clock_offset(r->far, t_ns) -
	       precision_clock_offset(r->near, t_ns);
}

static struct precision_leg leg_of(struct run *r, enum precision_way way,
				   double tx_ns, double rx_ns)
{
	const double far_tx = way == PRECISION_BACK ? offset_at(r, tx_ns) : 0,
		     far_rx = way == PRECISION_OUT ? offset_at(r, rx_ns) : 0;

	return (struct precision_leg){
		.tx_ns = stamp(r->world, &r->chance, EPOCH_NS + tx_ns + far_tx),
		.rx_ns = stamp(r->world, &r->chance, EPOCH_NS + rx_ns + far_rx),
		.tx_kind = PRECISION_HARDWARE,
		.rx_kind = PRECISION_HARDWARE};
}

static void one_way(struct run *r, enum precision_way way, const double tx[2],
		    double ret_rx[2])
{
	struct precision_leg leg[2];
	double rx[2] = {tx[0], tx[1]};

	travel(r->world, &r->chance, rx);
	for (int i = 0; i < 2; i++) {
		if (way == PRECISION_OUT)
			rx[i] += r->asymmetry_ns;
		leg[i] = leg_of(r, way, tx[i], rx[i]);
		ret_rx[i] = rx[i];
	}
	precision_window_take(r->window, way, leg);
}

/* There and back: each packet is answered when it has come and one has got
 * round to it, in order. */
static void one_pair(struct run *r, double at_ns)
{
	double tx[2] = {at_ns, at_ns + r->world->spacing_ns}, rx[2];

	one_way(r, PRECISION_OUT, tx, rx);
	tx[0] = rx[0] + uniform(&r->chance, TURN_NS, TURN_NS + TURN_MORE_NS);
	tx[1] = fmax(rx[1], tx[0]) + TURN_NS / 2 +
		exponential(&r->chance, TURN_NS / 10);
	one_way(r, PRECISION_BACK, tx, rx);
}

static void send_all(struct run *r)
{
	const double mean_ns = 1e9 / r->world->rate,
		     end_ns = r->world->window_s * 1e9;

	for (double t_ns = 0; t_ns < end_ns;
	     t_ns += uniform(&r->chance, 0.5, 1.5) * mean_ns)
		one_pair(r, t_ns);
}

void precision_sim_link(const struct precision_world *world,
			const struct precision_clock *near,
			const struct precision_clock *far, double asymmetry_ns,
			uint64_t number, struct precision_window *w,
			struct precision_trial *ret)
{
	struct run r = {.world = world,
			.near = near,
			.far = far,
			.asymmetry_ns = asymmetry_ns,
			.chance = chance_of(world->seed, number),
			.window = w};
	struct precision_trial t = {.err = 0};

	precision_window_begin(w, &world->rules, PRECISION_HARDWARE);
	send_all(&r);
	memcpy(t.count, w->count, sizeof(t.count));
	t.err = precision_window_judge(w, &t.verdict);
	if (!t.err) {
		t.truth_ns =
			offset_at(&r, (double)t.verdict.at_local_ns - EPOCH_NS);
		t.is_contained = t.truth_ns >= (double)t.verdict.lo_ns &&
				 t.truth_ns <= (double)t.verdict.hi_ns;
	}
	*ret = t;
}

/* Window `number`: a clock that is true, and one of its own. */
static int one_window(const struct precision_world *world, uint64_t number,
		      struct precision_window *w, struct precision_trial *ret)
{
	const struct precision_clock near = {.offset_ns = 0};
	struct precision_clock far;
	const int err = precision_clock_make(world, number, &far);

	if (err)
		return err;
	precision_sim_link(world, &near, &far, world->asymmetry_ns, number, w,
			   ret);
	precision_clock_drop(&far);
	return 0;
}

/* ---- many ---- */

int precision_by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double precision_percentile(const double *sorted, size_t n, double part)
{
	const double at = ceil(part * (double)n);

	return n == 0 ? NAN : sorted[at < 1 ? 0 : (size_t)at - 1];
}

static void add(struct precision_score *s, const struct precision_trial *t,
		double *errors)
{
	double error;

	for (int i = 0; i < 2; i++)
		s->pure += (double)t->count[i].pure /
			   (2 * fmax(1, (double)t->count[i].pairs));
	s->windows++;
	if (t->err) {
		s->contradictions++;
		return;
	}
	s->misses += !t->is_contained;
	s->half_width_ns += (double)(t->verdict.hi_ns - t->verdict.lo_ns) / 2;
	if (!t->verdict.has_estimate)
		return;
	error = (double)t->verdict.estimate_ns - t->truth_ns;
	s->mean_ns += error;
	errors[s->estimates++] = fabs(error);
}

static void summarise(struct precision_score *s, double *errors)
{
	const double judged = (double)(s->windows - s->contradictions);

	qsort(errors, s->estimates, sizeof(*errors), precision_by_value);
	s->pure /= (double)s->windows;
	s->half_width_ns /= judged;
	s->mean_ns /= (double)s->estimates;
	s->p50_ns = precision_percentile(errors, s->estimates, 0.5);
	s->p99_ns = precision_percentile(errors, s->estimates, 0.99);
	s->max_ns = precision_percentile(errors, s->estimates, 1);
}

int precision_sim_run(const struct precision_world *world, size_t windows,
		      void (*progress)(size_t done, void *arg), void *arg,
		      struct precision_score *ret)
{
	const double legs = world->window_s * world->rate * 4 + 64;
	double *errors = calloc(windows, sizeof(*errors));
	struct precision_score s = {0};
	struct precision_window w;
	struct precision_trial t;
	int err = -EINVAL;

	if (errors && legs <= PRECISION_LEGS_MAX)
		err = precision_window_open(&w, (size_t)legs);
	if (!errors || err) {
		free(errors);
		return errors ? err : -ENOMEM;
	}
	for (size_t i = 0; i < windows && !err; i++) {
		err = one_window(world, i, &w, &t);
		if (!err)
			add(&s, &t, errors);
		if (progress && i % PROGRESS_EVERY == 0)
			progress(i, arg);
	}
	summarise(&s, errors);
	precision_window_close(&w);
	free(errors);
	if (!err)
		*ret = s;
	return err;
}
