/* SPDX-License-Identifier: Apache-2.0 */
/* A world for the chrony driver: its time, its measurements, its begin and end.
 * See chronyd_model.h. */
#include "sim/chronyd_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint64_t chronyd_random(struct env *w)
{
	/* xorshift64* */
	w->rng ^= w->rng >> 12;
	w->rng ^= w->rng << 25;
	w->rng ^= w->rng >> 27;
	return w->rng * UINT64_C(0x2545f4914f6cdd1d);
}

double model_random(struct env *w, double min, double max)
{
	return min +
	       (max - min) * ldexp((double)(chronyd_random(w) >> 11), -53);
}

/* --- measuring ---------------------------------------------------------- */

/* One packet there and one back: the round trip, and how much later the event
 * seems by what the ways differ. */
static void travel(struct env *w, const struct model_source *s,
		   struct model_sample *m, double *ret_err_s)
{
	/* the worst that the figures allow, often */
	const double u = model_random(w, -1.3, 1.3);
	const double worst = u > 1 ? 1 : u < -1 ? -1 : u;
	double out_s, back_s;

	m->disp_s = model_random(w, 50e-9, 2e-6);
	if (s->queue_s > 0) {
		out_s = s->base_s - s->queue_s * log(model_random(w, 1e-9, 1));
		back_s = s->base_s - s->queue_s * log(model_random(w, 1e-9, 1));
		m->delay_s = out_s + back_s;
		*ret_err_s = (out_s - back_s) / 2 + worst * m->disp_s;
		return;
	}
	m->delay_s = exp(model_random(w, log(s->delay_s_min),
				      log(s->delay_s_max)));
	out_s = 0.5 * m->delay_s - s->base_s;
	if (out_s < 0)
		m->delay_s = 2 * s->base_s;
	out_s = out_s < 0 ? 0 : out_s < s->ways_s ? out_s : s->ways_s;
	*ret_err_s = worst * (out_s + m->disp_s);
}

static void measure(struct env *w, struct model_source *s)
{
	struct model_sample m = {.exists = true,
				 .raw_ns = w->raw_ns,
				 .ref_ns = w->ref_ns,
				 .cooked_ns = model_cooked_ns(w)};
	double err_s;

	travel(w, s, &m, &err_s);
	m.stratum = s->wire.stratum;
	m.server_s = m.stratum > 1 ? model_random(w, 1e-6, s->root_s) : 30e-9;
	err_s += (err_s < 0 ? -1 : 1) * model_random(w, 0.7, 1) * m.server_s *
		 (m.stratum > 1 ? s->stretch : 1);
	m.orig_ns = m.cooked_ns - m.ref_ns + err_s * 1e9 + s->lie_ns;
	m.meas_ns = m.orig_ns;
	s->next_raw_ns = w->raw_ns +
			 (int64_t)(s->poll_s * 1e9 * model_random(w, 0.9, 1.1));
	if (model_random(w, 0, 1) < s->loss)
		return;
	s->pending = s->is_interleaved ? s->held : m;
	s->held = m;
	if (s->pending.exists)
		s->arrival_raw_ns =
			w->raw_ns + (int64_t)(m.delay_s * 0.5e9);
}

static void arrive(struct env *w, struct model_source *s)
{
	s->latest = s->pending;
	/* its stamps were brought forward with the clock, on their way */
	s->latest.orig_ns = s->latest.meas_ns;
	s->arrival_raw_ns = INT64_MAX;
	s->wire.reach = (uint8_t)(s->wire.reach << 1 | 1);
	if (!w->keeps_off && w->raw_ns >= w->quiet_raw_ns &&
	    model_random(w, 0, 1) < w->update_share)
		chronyd_clock_update(w);
}

/* --- time --------------------------------------------------------------- */

static int64_t next_event(const struct env *w)
{
	int64_t next = w->wander_raw_ns;

	if (!w->is_free && w->slew_end_raw_ns < next)
		next = w->slew_end_raw_ns;
	if (w->is_free && w->foreign_raw_ns < next)
		next = w->foreign_raw_ns;
	for (int i = 0; i < w->count; i++) {
		if (w->source[i].next_raw_ns < next)
			next = w->source[i].next_raw_ns;
		if (w->source[i].arrival_raw_ns < next)
			next = w->source[i].arrival_raw_ns;
	}
	return next;
}

/* Reference - raw, less MODEL_EPOCH_NS. */
static double reference_ns(struct env *w, int64_t raw_ns)
{
	return (double)(oscillator_tai(w->oscillator, raw_ns) - raw_ns) +
	       w->oscillator_ns;
}

void model_follow(struct env *w, struct oscillator *o)
{
	w->oscillator = o;
	w->oscillator_ns = 0;
	w->oscillator_ns = floor(w->ref_ns - reference_ns(w, w->raw_ns));
	w->ref_ns = w->wander_ref_ns = reference_ns(w, w->raw_ns);
	w->wander_raw_ns = w->raw_ns;
}

int64_t model_unix_ns(struct env *w, int64_t raw_ns)
{
	return raw_ns + MODEL_EPOCH_NS + (int64_t)reference_ns(w, raw_ns);
}

/* What chronyd may have learnt of the rate by now. */
static void wander(struct env *w)
{
	if (!w->oscillator)
		w->ref_rate += model_random(w, -20e-9, 20e-9);
	else
		w->ref_rate = (w->ref_ns - w->wander_ref_ns) / NS_PER_S;
	w->wander_ref_ns = w->ref_ns;
	w->wander_raw_ns = w->raw_ns + NS_PER_S;
}

static void flow(struct env *w, int64_t to_raw_ns)
{
	const double span_ns = (double)(to_raw_ns - w->raw_ns);

	w->real_ns += (w->rate + w->rate_bias) * span_ns;
	w->raw_ns = to_raw_ns;
	if (w->oscillator)
		w->ref_ns = reference_ns(w, to_raw_ns);
	else
		w->ref_ns += w->ref_rate * span_ns;
}

static void happen(struct env *w)
{
	if (w->raw_ns >= w->wander_raw_ns)
		wander(w);
	if (!w->is_free && w->raw_ns >= w->slew_end_raw_ns)
		chronyd_clock_update_slew(w);
	if (w->is_free && w->raw_ns >= w->foreign_raw_ns) {
		w->rate = model_random(w, -w->foreign_rate, w->foreign_rate);
		/* not twice between two rounds: of that nothing is seen */
		w->foreign_raw_ns =
			w->raw_ns + (int64_t)model_random(w, 4e8, 2e10);
	}
	for (int i = 0; i < w->count; i++) {
		struct model_source *s = &w->source[i];

		if (w->raw_ns >= s->arrival_raw_ns)
			arrive(w, s);
		if (w->raw_ns >= s->next_raw_ns)
			measure(w, s);
	}
}

void model_advance(struct env *w, int64_t ns)
{
	const int64_t until_ns = w->raw_ns + ns;

	while (w->raw_ns < until_ns) {
		const int64_t next_ns = next_event(w);

		if (next_ns > until_ns) {
			flow(w, until_ns);
			return;
		}
		if (next_ns > w->raw_ns)
			flow(w, next_ns);
		happen(w);
	}
}

/* --- env.h -------------------------------------------------------------- */

int64_t env_raw_ns(struct env *w)
{
	model_advance(w, 20);
	return w->raw_ns;
}

int env_pair(struct env *w, struct env_pair *ret)
{
	ret->raw_ns_before = w->raw_ns;
	model_advance(w, (int64_t)model_random(w, 20, 80));
	ret->real_ns = w->raw_ns + MODEL_EPOCH_NS + (int64_t)floor(w->real_ns);
	model_advance(w, (int64_t)model_random(w, 20, 80));
	ret->raw_ns_after = w->raw_ns;
	w->pair_raw_ns = w->raw_ns;
	w->pair_real_ns = w->real_ns;
	return 0;
}

int env_steering(struct env *w, struct env_steering *ret)
{
	memset(ret, 0, sizeof(*ret));
	model_advance(w, (int64_t)model_random(w, 20, 500));
	ret->rate_ppb = w->rate * 1e9;
	return 0;
}

/* --- the loop ----------------------------------------------------------- */

void model_run(struct env *w, struct driver *driver, double seconds)
{
	const int64_t until_ns = w->raw_ns + (int64_t)(seconds * 1e9);

	while (w->raw_ns < until_ns) {
		int64_t wait_ns;

		if (model_answer(w)) {
			driver->ops->readable(driver);
			continue;
		}
		driver->ops->readable(driver);
		wait_ns = driver->ops->next_raw_ns(driver) - w->raw_ns;
		if (wait_ns > until_ns - w->raw_ns)
			wait_ns = until_ns - w->raw_ns;
		/* the loop wakes a little late */
		if (wait_ns > 0)
			model_advance(
				w, wait_ns + (int64_t)model_random(w, 0, 3e5));
		driver->ops->tick(driver);
	}
}

/* --- opening ------------------------------------------------------------ */

void chronyd_die(const char *what)
{
	perror(what);
	abort();
}

static void start_chronyd(struct env *w, bool is_free)
{
	w->is_free = is_free;
	w->register_ns = 0;
	w->slew_freq = 0;
	w->slew_end_raw_ns = INT64_MAX;
	w->synced = false;
	w->update_interval_s = 0;
	w->quiet_raw_ns = w->raw_ns + NS_PER_S;
	chronyd_clock_mark(w);
	if (!is_free)
		chronyd_clock_update_slew(w);
}

void model_restart_reloading(struct env *w, bool is_free)
{
	start_chronyd(w, is_free);
	if (w->udp_fd >= 0) {
		model_hang_up(w);
		model_listen(w);
	}
	for (int i = 0; i < w->count; i++) {
		w->source[i].held.exists = false;
		w->source[i].wire.reach = 0;
		w->source[i].arrival_raw_ns = INT64_MAX;
	}
}

void model_restart(struct env *w, bool is_free)
{
	model_restart_reloading(w, is_free);
	for (int i = 0; i < w->count; i++)
		w->source[i].latest.exists = false;
}

void model_open(struct env *w, uint64_t seed, bool is_free)
{
	memset(w, 0, sizeof(*w));
	w->rng = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	for (int i = 0; i < 8; i++)
		chronyd_random(w);
	w->raw_ns = INT64_C(1000000000000) + (int64_t)model_random(w, 0, 1e9);
	w->real_ns = model_random(w, -2e6, 2e6);
	w->ref_ns = model_random(w, -1e6, 1e6);
	w->ref_rate = model_random(w, -40e-6, 40e-6);
	w->freq = model_random(w, -60e-6, 60e-6);
	w->rate = is_free ? model_random(w, -50e-6, 50e-6) : -w->freq;
	w->rate_bias = model_random(w, -150e-9, 150e-9);
	w->slew_rate_max = 500e-6;
	w->foreign_rate = 50e-6;
	w->foreign_raw_ns = INT64_MAX;
	w->wander_raw_ns = w->raw_ns + NS_PER_S;
	w->update_share = 0.7;
	w->freq_err = 1e-6;
	w->late_ns = 2e5;
	start_chronyd(w, is_free);
	snprintf(w->dir, sizeof(w->dir), "/tmp/model.XXXXXX");
	if (!mkdtemp(w->dir))
		chronyd_die("mkdtemp");
	snprintf(w->socket, sizeof(w->socket), "%s/chronyd.sock", w->dir);
	model_listen(w);
}

void model_close(struct env *w)
{
	if (w->udp_fd >= 0)
		model_hang_up(w);
	if (rmdir(w->dir) < 0)
		chronyd_die(w->dir); /* the driver must have left nothing */
}

struct model_source *model_add(struct env *w, const uint8_t ip[4],
			       double poll_s)
{
	struct model_source *s = &w->source[w->count++];

	memset(s, 0, sizeof(*s));
	s->wire.address.family = CMDMON_INET4;
	memcpy(s->wire.address.bytes, ip, 4);
	s->wire.stratum = 1 + (int)model_random(w, 0, 3);
	s->wire.poll = (int)floor(log2(poll_s));
	s->wire.mode = CMDMON_CLIENT;
	s->poll_s = poll_s;
	s->delay_s_min = 20e-6;
	s->delay_s_max = 20e-3;
	s->ways_s = HUGE_VAL;
	s->stretch = 1;
	s->root_s = 5e-3;
	s->next_raw_ns = w->raw_ns + (int64_t)model_random(w, 0, 2e9);
	s->arrival_raw_ns = INT64_MAX;
	return s;
}
