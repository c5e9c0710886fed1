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

/* ---- the far clock ---- */

struct far_clock {
	double offset_ns, rate, slope_s; /* at t = 0; per second */
	double noise_ns;
};

static double offset_at(const struct far_clock *f, double t_ns)
{
	const double t_s = t_ns * 1e-9;

	return f->offset_ns + f->rate * t_ns + f->slope_s * t_s * t_ns / 2 +
	       f->noise_ns;
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

#define EPOCH_NS 1e9 /* stamps are above 0 */

struct run {
	const struct precision_world *world;
	struct chance chance;
	struct far_clock far;
	struct precision_window *window;
};

static struct precision_leg leg_of(struct run *r, enum precision_way way,
				   double tx_ns, double rx_ns)
{
	const double far_tx = way == PRECISION_BACK ? offset_at(&r->far, tx_ns)
						    : 0,
		     far_rx = way == PRECISION_OUT ? offset_at(&r->far, rx_ns)
						   : 0;

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
			rx[i] += r->world->asymmetry_ns;
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

static void begin(struct run *r, const struct precision_world *world,
		  uint64_t number, struct precision_window *w)
{
	*r = (struct run){.world = world, .window = w};
	r->chance.state = world->seed;
	r->chance.state = next(&r->chance) ^ number;
	r->chance.state = next(&r->chance);
	r->far.offset_ns = uniform(&r->chance, -1e6, 1e6);
	r->far.rate = uniform(&r->chance, -1, 1) * world->drift_ppb_max * 1e-9;
	r->far.slope_s =
		uniform(&r->chance, -1, 1) * world->wander_ppb_s * 1e-9;
	precision_window_begin(w, &world->rules, PRECISION_HARDWARE);
}

struct moment {
	double t_ns, noise_ns;
};

/* The truth at a moment: noise as it was at the pairs around it. */
static double truth_at(const struct run *r, const struct moment *m, size_t n,
		       double t_ns)
{
	struct far_clock far = r->far;
	size_t i = 0;
	double part;

	while (i + 2 < n && m[i + 1].t_ns < t_ns)
		i++;
	part = (t_ns - m[i].t_ns) / (m[i + 1].t_ns - m[i].t_ns);
	far.noise_ns =
		m[i].noise_ns + part * (m[i + 1].noise_ns - m[i].noise_ns);
	return offset_at(&far, t_ns);
}

static size_t send_all(struct run *r, struct moment *m, size_t room)
{
	const double mean_ns = 1e9 / r->world->rate,
		     end_ns = r->world->window_s * 1e9;
	double t_ns = 0;
	size_t n = 0;

	while (t_ns < end_ns && n < room) {
		const double gap_ns = uniform(&r->chance, 0.5, 1.5) * mean_ns;

		m[n++] = (struct moment){t_ns, r->far.noise_ns};
		one_pair(r, t_ns);
		/* White in frequency: a random walk in phase. */
		r->far.noise_ns += normal(&r->chance) * r->world->white_ppb *
				   sqrt(gap_ns * 1e-9);
		t_ns += gap_ns;
	}
	return n;
}

void precision_sim_window(const struct precision_world *world, uint64_t number,
			  struct precision_window *w,
			  struct precision_trial *ret)
{
	struct moment *m = calloc(w->room, sizeof(*m));
	struct precision_trial t = {.err = -ENOMEM};
	struct run r;
	size_t n;

	if (m) {
		begin(&r, world, number, w);
		n = send_all(&r, m, w->room);
		memcpy(t.count, w->count, sizeof(t.count));
		t.err = precision_window_judge(w, &t.verdict);
		if (!t.err) {
			t.truth_ns = truth_at(&r, m, n,
					      (double)t.verdict.at_local_ns -
						      EPOCH_NS);
			t.is_contained =
				t.truth_ns >= (double)t.verdict.lo_ns &&
				t.truth_ns <= (double)t.verdict.hi_ns;
		}
	}
	free(m);
	*ret = t;
}

/* ---- many ---- */

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double percentile(const double *sorted, size_t n, double part)
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

	qsort(errors, s->estimates, sizeof(*errors), by_value);
	s->pure /= (double)s->windows;
	s->half_width_ns /= judged;
	s->mean_ns /= (double)s->estimates;
	s->p50_ns = percentile(errors, s->estimates, 0.5);
	s->p99_ns = percentile(errors, s->estimates, 0.99);
	s->max_ns = percentile(errors, s->estimates, 1);
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
	for (size_t i = 0; i < windows; i++) {
		precision_sim_window(world, i, &w, &t);
		add(&s, &t, errors);
		if (progress && i % PROGRESS_EVERY == 0)
			progress(i, arg);
	}
	summarise(&s, errors);
	precision_window_close(&w);
	free(errors);
	*ret = s;
	return 0;
}
