/* SPDX-License-Identifier: Apache-2.0 */
/* One run, what is measured from outside of it, and its verdict. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/tt_sim.h"
#include "tt/tt.h"

#define WARM_UP_S     1000.0
#define WIDE_AGAIN    1.5

/* Watches for the return to what was usual before the first fault. */
struct watch {
	double from_s, to_s;     /* first fault's begin, last one's end */
	double half_ns_max;      /* widest before */
	double bad_s;            /* last moment after that was not as before */
	const struct run_observer *next;
};

static void watch_begin(struct watch *w, const struct scenario *sc,
			const struct run_observer *next)
{
	memset(w, 0, sizeof(*w));
	w->next = next;
	w->from_s = HUGE_VAL;
	for (int i = 0; i < sc->fault_count; i++) {
		const struct fault *f = &sc->fault[i];

		w->from_s = fmin(w->from_s, f->from_s);
		w->to_s = fmax(w->to_s, fmax(f->from_s, f->to_s));
	}
}

static void watch_tick(void *arg, int64_t raw_ns, int64_t unix_ns,
		       const struct tt_interval *interval)
{
	struct watch *w = arg;
	const double now_s = (double)raw_ns / 1e9;
	const double half_ns =
		interval ? (double)(interval->latest_ns -
				    interval->earliest_ns) / 2
			 : HUGE_VAL;

	if (w->next && w->next->tick)
		w->next->tick(w->next->arg, raw_ns, unix_ns, interval);
	if (now_s >= WARM_UP_S && now_s < w->from_s && interval)
		w->half_ns_max = fmax(w->half_ns_max, half_ns);
	if (now_s >= w->to_s &&
	    (!interval || interval->state != TT_SYNCHRONIZED ||
	     half_ns > WIDE_AGAIN * w->half_ns_max))
		w->bad_s = now_s;
}

static void watch_measurement(void *arg, int feed,
			      const struct feed_measurement *m, int64_t raw_ns)
{
	const struct watch *w = arg;

	if (w->next && w->next->measurement)
		w->next->measurement(w->next->arg, feed, m, raw_ns);
}

/* Is there a before and an after? */
static double watch_recover_s(const struct watch *w, double hours)
{
	if (w->to_s <= 0 || w->to_s >= hours * 3600 || !(w->half_ns_max > 0))
		return -1;
	return fmax(w->bad_s - w->to_s, 0);
}

int trial_run(const struct scenario *sc, uint64_t seed, double hours,
	      const struct run_observer *observer, struct trial *ret)
{
	struct watch w;
	const struct run_observer mine = {
		.tick = watch_tick, .measurement = watch_measurement, .arg = &w};
	int err;

	watch_begin(&w, sc, observer);
	memset(ret, 0, sizeof(*ret));
	ret->seed = seed;
	ret->hours = hours;
	err = run_scenario(sc, seed, hours, 0, &mine, &ret->outcome);
	ret->recover_s = watch_recover_s(&w, hours);
	return err;
}

const char *trial_verdict(const struct scenario *sc, const struct trial *t)
{
	const struct outcome *o = &t->outcome;

	if (o->misses > 0)
		return "TRUTH WAS OUTSIDE";
	if (o->went_back > 0)
		return "earliest went back within an epoch";
	if (!sc->breaks && o->unfit_seconds > 0)
		return "the oscillator left its own preset";
	if (t->hours < sc->hours)
		return NULL; /* the rest claims something about all of it */
	if (sc->must_see && !o->seen[sc->must_see])
		return "a state that must occur did not";
	if (sc->violations_min > 0 &&
	    o->counters.bound_violations < (uint64_t)sc->violations_min)
		return "the audit did not notice";
	if (sc->violations_min == 0 && o->counters.bound_violations > 0)
		return "false alarm";
	if (sc->notice_s > 0 && !(o->detected_s <= sc->notice_s))
		return "the audit noticed too late";
	if (o->counters.utc_disagreements < (uint64_t)sc->disagreements_min)
		return "a false word on UTC was not noticed";
	if (sc->disagreements_min == 0 && o->counters.utc_disagreements > 0)
		return "a true word on UTC was not believed";
	if (sc->epochs_max > 0 && o->epochs > (uint64_t)sc->epochs_max)
		return "an epoch too many";
	if (o->first_bound_s <= 0)
		return "never a bound";
	return NULL;
}

void trial_print_header(FILE *out)
{
	fprintf(out, "%-20s %10s %5s %9s %10s %10s %10s %6s %9s %5s %6s %5s %4s\n",
		"scenario", "seed", "hours", "reads", "mean us", "p99 us",
		"max us", "ratio", "best us", "norm", "1st s", "contr",
		"viol");
}

void trial_print(const struct scenario *sc, const struct trial *t,
		 const char *why, FILE *out)
{
	const struct outcome *o = &t->outcome;
	const double mean_ns = widths_mean_ns(&o->width);
	const double optimum_ns = widths_mean_ns(&o->optimum);

	fprintf(out,
		"%-20s %10" PRIu64 " %5.4g %9" PRIu64
		" %10.2f %10.2f %10.2f %6.2f %9.3f %5.2f %6.1f %5" PRIu64
		" %4" PRIu64,
		sc->name, t->seed, t->hours, o->reads, mean_ns / 1e3,
		widths_percentile_ns(&o->width, 0.99) / 1e3,
		o->width.max_ns / 1e3,
		optimum_ns > 0 ? mean_ns / optimum_ns : 0,
		o->best_rms_ns / 1e3, o->best_normalised, o->first_bound_s,
		o->counters.contradictions, o->counters.bound_violations);
	if (sc->breaks && o->detected_s >= 0)
		fprintf(out, "  %s noticed after %.0f s", sc->breaks,
			o->detected_s);
	fprintf(out, "  %s\n", why ? why : "ok");
	if (o->misses > 0)
		fprintf(out, "    %" PRIu64 " misses, the first: %s\n",
			o->misses, o->first_miss);
}
