/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks of the modelled chronyd, and its updates of them. See
 * chronyd_private.h. */
#include "sim/chronyd_private.h"

#include <math.h>

/* How much S has run since the mark that chronyd's books count from. */
static double real_since(const struct env *w)
{
	return (double)(w->raw_ns - w->since_raw_ns) +
	       (w->real_ns - w->since_real_ns);
}

double chronyd_clock_correction_ns(const struct env *w)
{
	if (w->is_free)
		return -w->freq * real_since(w) - w->register_ns;
	return w->slew_freq * real_since(w) - w->register_ns;
}

double model_cooked_ns(const struct env *w)
{
	return w->real_ns + chronyd_clock_correction_ns(w);
}

int64_t chronyd_clock_abs_ns(const struct env *w)
{
	return w->raw_ns + MODEL_EPOCH_NS + (int64_t)floor(model_cooked_ns(w));
}

void chronyd_clock_mark(struct env *w)
{
	w->since_raw_ns = w->raw_ns;
	w->since_real_ns = w->real_ns;
}

/* As update_slew of chronyd's generic driver. */
void chronyd_clock_update_slew(struct env *w)
{
	double corr, total;

	w->register_ns -= w->slew_freq * real_since(w);
	chronyd_clock_mark(w);
	corr = w->register_ns / (1.0 * NS_PER_S);
	if (corr > w->slew_rate_max)
		corr = w->slew_rate_max;
	if (corr < -w->slew_rate_max)
		corr = -w->slew_rate_max;
	total = w->freq + corr * (1 - w->freq);
	w->rate = -total;
	w->slew_freq = (total - w->freq) / (1 - total);
	w->slew_end_raw_ns = INT64_MAX;
	if (w->slew_freq > 0 || w->slew_freq < 0)
		w->slew_end_raw_ns =
			w->raw_ns + (int64_t)(w->register_ns / w->slew_freq);
}

static void adjust_samples(struct env *w, double dfreq, double doffset_ns)
{
	const double now_ns = model_cooked_ns(w);

	for (int i = 0; i < w->count; i++) {
		struct model_sample *s[3] = {&w->source[i].latest,
					     &w->source[i].pending,
					     &w->source[i].held};

		for (int k = 0; k < 3; k++) {
			const double elapsed_ns =
				(double)(w->raw_ns - s[k]->raw_ns) + now_ns -
				s[k]->cooked_ns;
			const double delta_ns = elapsed_ns * dfreq - doffset_ns;

			s[k]->cooked_ns += delta_ns;
			s[k]->meas_ns += delta_ns;
		}
	}
}

void chronyd_clock_update(struct env *w)
{
	const double off_ns =
		model_cooked_ns(w) - w->ref_ns - w->misled_ns;
	const double drift = w->is_free ? w->rate - w->ref_rate : -w->ref_rate;
	const double freq = drift + model_random(w, -w->freq_err, w->freq_err);
	const double dfreq = (freq - w->freq) / (1 - w->freq);
	const double doffset_ns = off_ns * model_random(w, 0.3, 1.2);

	adjust_samples(w, dfreq, doffset_ns);
	if (w->is_free) {
		w->register_ns += w->freq * real_since(w);
		chronyd_clock_mark(w);
		w->freq = freq;
		w->register_ns += doffset_ns;
	} else {
		w->register_ns -= w->slew_freq * real_since(w);
		chronyd_clock_mark(w);
		w->slew_freq = 0;
		w->freq = freq;
		if (w->makestep_ns > 0 && fabs(doffset_ns) > w->makestep_ns) {
			w->real_ns -= doffset_ns;
			w->since_real_ns = w->real_ns;
		} else {
			w->register_ns += doffset_ns;
		}
		chronyd_clock_update_slew(w);
	}
	w->update_interval_s = w->synced ? model_random(w, 0.1, 64) : 0;
	w->synced = true;
	w->ref_time.s = chronyd_clock_abs_ns(w) / NS_PER_S;
	w->ref_time.ns = (int32_t)model_random(w, 0, 999999999);
}

void model_step(struct env *w, double ns)
{
	w->real_ns += ns;
	/* chronyd's mark is a stamp of S, which it now takes to be so much
	 * longer ago */
}

double model_line_ns(const struct env *w, const struct model_source *s)
{
	const double span_ns = (double)(w->pair_raw_ns - s->served_raw_ns);
	const double real_ns = span_ns + (w->pair_real_ns - s->served_real_ns);

	/* the line is C's own: S without the slew, or S itself */
	if (w->is_free)
		return s->served_cooked_ns - span_ns +
		       real_ns * (1 - s->served_freq);
	return s->served_cooked_ns - span_ns +
	       span_ns * (1 - s->served_freq) * (1 + w->rate_bias);
}
