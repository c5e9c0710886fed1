/* SPDX-License-Identifier: Apache-2.0 */
/* The controller of CLOCK_REALTIME. See steer.h. */
#include "timed/steer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>

#include "timed/engine.h"
#include "timed/steer_aim.h"

#define NS_PER_S INT64_C(1000000000)

/*
 * The rest of an offset falls by 1 part in 2^shift a second. By 1 in 4, with
 * the second that the kernel takes until it begins, is critically damped: the
 * roots of z^2 - z + 1/4 are both 1/2. Slower where the estimate is noisy, so
 * that a jump of its sigma moves the frequency by CALM_PPB and no more, as far
 * as a minute allows: beyond that the frequency's own error counts for more.
 */
#define SHIFT_MIN 2
#define SHIFT_MAX 6
#define CALM_PPB  100.0

/* Further off than chance has it: as fast as may be. */
#define FAR_SIGMAS 10.0

/* What a look at both clocks errs by at the least. */
#define LOOK_SIGMA_NS 30.0

/* The kernel's rate is not quite what it says (realtime.h: up to 250 ppb). That
 * is learnt from what remains, in sixteen times the time that takes to fall,
 * and only where the rest is noise, or stays as it is though it should fall, and
 * may be a bias's doing: so it cannot overshoot beyond noise. */
#define BIAS_PPB_MAX  500.0
#define BIAS_TIMES    16.0
#define BIAS_SIGMAS   3.0
#define BIAS_DT_S_MAX 4.0

/* A rate that is known no better than that is worse than what the kernel has
 * from before, where it was ever set. */
#define RATE_SIGMA_PPB 2000.0

/* adjtimex(2) takes no more. */
#define RATE_PPB_MAX 500000.0
#define SLEW_NS_MAX  500000000.0

/* The kernel gives back what it was told to 0.015 ppb, and ns. */
#define SAME_PPB 0.1
#define SAME_NS	 2.0

/* And its clock is where it must be, but for its rounding and what passes
 * between a look and its order. */
#define PLACE_NS  100000.0
#define PLACE_PPB 2000.0

/* By itself the kernel sets STA_UNSYNC when maxerror, to which it adds 500 ppm,
 * comes to 16 s. */
#define ERROR_NS_MAX (8 * NS_PER_S)
#define UNSYNC_NS    (3600 * NS_PER_S)
#define UNKNOWN_NS   (16 * NS_PER_S)

/* Nobody else must have moved the clock for so long: more than phc2sys and
 * timesyncd take from one order to the next; doubled each time up to more than
 * chronyd's longest poll; forgotten after an hour's steering. */
#define QUIET_NS_MIN (64 * NS_PER_S)
#define QUIET_NS_MAX (4096 * NS_PER_S)
#define CALM_NS	     (3600 * NS_PER_S)

const char *steer_state_name(enum steer_state state)
{
	static const char *const names[] = {"waiting", "steering", "holding",
					    "paused", "yielded"};

	return names[state];
}

static double clamp(double v, double limit)
{
	return fmax(-limit, fmin(v, limit));
}

/* ---- who else steers ---- */

/* Which of the kernel's words are not what they must be; NULL: none. */
static const char *other_words(const struct steer *s,
			       const struct steer_look *now)
{
	const struct env_steering *k = &now->kernel, *was = &s->seen.kernel;
	const int ours = STA_PLL | STA_FREQHOLD | STA_NANO;
	const bool is_long = now->raw_ns - s->seen.raw_ns > UNSYNC_NS;

	if (fabs(k->rate_ppb - was->rate_ppb) > SAME_PPB)
		return "the frequency was changed";
	if (k->has_adjtime && (s->is_ordered || !was->has_adjtime))
		return "an adjtime was begun";
	if (fabs(k->slew_ns) > fabs(s->slew_ns) + SAME_NS ||
	    k->slew_ns * s->slew_ns < -SAME_NS * SAME_NS)
		return "an offset was given to the PLL";
	if (!s->is_ordered)
		return NULL;
	if ((k->status & ours) != ours)
		return "the status was changed";
	if ((k->status & STA_UNSYNC) && !(was->status & STA_UNSYNC) && !is_long)
		return "the clock was set, or called unsynchronised";
	return NULL;
}

/* Is the clock elsewhere than its rate and slew have brought it? */
static bool is_moved(const struct steer *s, const struct steer_look *now)
{
	const double d_ns = (double)(now->raw_ns - s->seen.raw_ns);
	const double moved_ns = (double)(now->real_ns - s->seen.real_ns) -
				d_ns * (1 + s->seen.kernel.rate_ppb / 1e9);
	const double slack_ns = PLACE_NS + PLACE_PPB / 1e9 * d_ns +
				(double)(now->err_ns + s->seen.err_ns) +
				fabs(s->slew_ns) + fabs(s->begun_ns);

	return !s->is_at_leap && fabs(moved_ns) > slack_ns;
}

static const char *find_other(const struct steer *s,
			      const struct steer_look *now)
{
	const char *what = other_words(s, now);

	if (!what && is_moved(s, now))
		what = "the clock was set";
	return what;
}

static void see(struct steer *s, const struct steer_look *look)
{
	s->has_seen = true;
	s->is_ordered = false;
	s->is_at_leap = false;
	s->seen = *look;
	s->slew_ns = look->kernel.slew_ns;
	s->begun_ns = ldexp(s->view.order.slew_ns, -SHIFT_MIN);
}

static void yield_to(struct steer *s, const struct steer_look *look,
		     const char *what)
{
	if (look->raw_ns - s->steering_raw_ns >= CALM_NS)
		s->quiet_ns = QUIET_NS_MIN;
	else if (s->view.yields > 0 && s->quiet_ns < QUIET_NS_MAX)
		s->quiet_ns *= 2;
	s->view.yields++;
	s->view.state = STEER_YIELDED;
	snprintf(s->view.reason, sizeof(s->view.reason), "%s", what);
	s->yielded_raw_ns = look->raw_ns;
	s->has_stepped = true;
	see(s, look);
}

/* True: nobody has moved the clock for long enough. */
static bool is_quiet(struct steer *s, const struct steer_look *look)
{
	if (!s->has_seen || find_other(s, look))
		s->yielded_raw_ns = look->raw_ns;
	see(s, look);
	if (look->raw_ns - s->yielded_raw_ns < s->quiet_ns)
		return false;
	s->view.reason[0] = '\0';
	s->view.state = STEER_WAITING;
	s->steering_raw_ns = look->raw_ns;
	s->has_rate = false;
	return true;
}

/* ---- the order ---- */

static int shift_for(double off_ns, double sigma_ns)
{
	int shift = SHIFT_MIN;

	if (fabs(off_ns) > FAR_SIGMAS * sigma_ns)
		return SHIFT_MIN;
	while (shift < SHIFT_MAX && sigma_ns > CALM_PPB * (1 << shift))
		shift++;
	return shift;
}

/* It should have fallen by a tau-th since the last look. */
static bool is_stuck(const struct steer *s, double off_ns, double sigma_ns,
		     double tau_s)
{
	return fabs(off_ns) <= tau_s * BIAS_PPB_MAX &&
	       fabs(off_ns - s->view.offset_ns) <= sigma_ns;
}

static void learn_bias(struct steer *s, double off_ns, double sigma_ns,
		       int shift, double d_s)
{
	const double tau_s = 1 << shift;
	const bool is_noise = fabs(off_ns) <= BIAS_SIGMAS * sigma_ns;

	if (s->view.state != STEER_STEERING ||
	    !(is_noise || is_stuck(s, off_ns, sigma_ns, tau_s)))
		return;
	s->bias_ppb += off_ns / tau_s * fmin(d_s, BIAS_DT_S_MAX) /
		       (BIAS_TIMES * tau_s);
	s->bias_ppb = clamp(s->bias_ppb, BIAS_PPB_MAX);
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What is said of the error: never less than to the bound's far edge. */
static void set_errors(const struct steer_aim *aim,
		       const struct steer_look *look, double off_ns,
		       double sigma_ns, struct env_order *o)
{
	const int64_t real_ns = look->real_ns + (o->has_step ? o->step_ns : 0);
	const int64_t far_ns = larger(larger(aim->hi_unix_ns - real_ns,
					     real_ns - aim->lo_unix_ns),
				      0) +
			       look->err_ns;

	o->is_synchronized = far_ns < ERROR_NS_MAX;
	o->error_ns_max = far_ns;
	if (o->has_step)
		off_ns -= (double)o->step_ns;
	o->error_ns = (int64_t)ceil(fabs(off_ns) + sigma_ns);
}

static void set_rate(struct steer *s, const struct steer_best *best,
		     const struct steer_look *look)
{
	if (s->view.state != STEER_STEERING)
		return;
	if (best->rate_sigma_ppb < RATE_SIGMA_PPB || s->has_rate ||
	    look->kernel.rate_ppb * look->kernel.rate_ppb < 1) {
		s->rate_ppb = steer_aim_rate_ppb(best->slot);
		s->has_rate = true;
	} else {
		s->rate_ppb = look->kernel.rate_ppb;
	}
}

static void make_order(struct steer *s, const struct steer_best *best,
		       const struct steer_look *look,
		       const struct steer_aim *aim, struct env_order *o)
{
	const double off_ns = (double)(aim->unix_ns - look->real_ns);
	const double sigma_ns =
		hypot(s->line_sigma_ns, LOOK_SIGMA_NS + (double)look->err_ns);
	const double d_s = (double)(look->raw_ns - s->seen.raw_ns) / 1e9;
	const int shift = shift_for(off_ns, sigma_ns);
	const double slew_ns_max =
		s->opt.slew_ppb_max / 1e9 * (double)NS_PER_S * (1 << shift);
	const bool is_outside = look->real_ns < aim->lo_unix_ns ||
				look->real_ns > aim->hi_unix_ns;

	*o = (struct env_order){.slew_shift = shift};
	o->has_step = s->wants_step ||
		      (!s->has_stepped && s->opt.step_ns >= 0 && is_outside &&
		       fabs(off_ns) > (double)s->opt.step_ns);
	s->has_stepped = true;
	if (o->has_step)
		o->step_ns = aim->unix_ns - look->real_ns;
	else
		o->slew_ns = clamp(off_ns, fmin(slew_ns_max, SLEW_NS_MAX));
	set_rate(s, best, look);
	if (s->is_ordered)
		learn_bias(s, off_ns, sigma_ns, shift, d_s);
	o->rate_ppb =
		clamp(s->rate_ppb + aim->rate_ppb + s->bias_ppb, RATE_PPB_MAX);
	o->tai_offset_s = aim->tai_offset_s;
	o->leap_s = s->opt.inserts_leap ? aim->leap_s : 0;
	set_errors(aim, look, off_ns, sigma_ns, o);
	s->view.has_offset = true;
	s->view.offset_ns = off_ns;
	s->view.sigma_ns = sigma_ns;
}

/* The frequency stays; only what the kernel says of the error is kept true. */
static void make_pause(const struct steer *s, const struct steer_look *look,
		       const struct steer_aim *aim, bool has_bound,
		       struct env_order *o)
{
	*o = s->view.order;
	o->has_step = false;
	o->slew_ns = 0;
	if (has_bound) {
		set_errors(aim, look, (double)(aim->unix_ns - look->real_ns),
			   s->line_sigma_ns, o);
		return;
	}
	o->is_synchronized = false;
	o->error_ns_max = UNKNOWN_NS;
	o->error_ns = UNKNOWN_NS;
}

/* What the kernel must show from now on. */
static void expect(struct steer *s, const struct steer_look *look,
		   const struct env_order *o)
{
	const int64_t step_ns = o->has_step ? o->step_ns : 0;

	see(s, look);
	s->is_ordered = true;
	s->seen.real_ns += step_ns;
	s->seen.kernel.rate_ppb = o->rate_ppb;
	s->seen.kernel.status = o->is_synchronized ? 0 : STA_UNSYNC;
	s->seen.kernel.has_adjtime = false;
	s->slew_ns = o->slew_ns;
	s->is_at_leap = o->leap_s != 0;
	s->view.has_order = true;
	s->view.order = *o;
	s->view.orders++;
	s->view.steps += o->has_step;
}

/* Where the clock should be, and by which line: the state says. False: there is
 * no bound. */
static bool choose_line(struct steer *s, const struct steer_best *best,
			const struct steer_look *look, struct steer_aim *ret)
{
	enum steer_state state = STEER_PAUSED;
	bool has_bound = false;

	if (best->slot->state == ENGINE_SYNCHRONIZED) {
		s->has_line = true;
		s->line = *best->slot;
		s->line_sigma_ns = best->sigma_ns;
		state = STEER_STEERING;
	} else if (best->slot->state == ENGINE_HOLDOVER && s->has_line) {
		state = STEER_HOLDING;
	}
	if (s->has_line && best->slot->state != ENGINE_UNSYNCHRONIZED)
		has_bound =
			steer_aim(best->slot, &s->line, look->raw_ns, ret) == 0;
	if (!has_bound || ret->is_ambiguous)
		state = STEER_PAUSED;
	s->is_at_leap |= has_bound && ret->is_ambiguous;
	if (s->view.has_order || state == STEER_STEERING)
		s->view.state = state;
	return has_bound;
}

void steer_init(struct steer *s, const struct steer_options *opt)
{
	memset(s, 0, sizeof(*s));
	s->opt = *opt;
	s->quiet_ns = QUIET_NS_MIN;
	if (!opt->is_waiting)
		return;
	s->view.state = STEER_YIELDED;
	snprintf(s->view.reason, sizeof(s->view.reason),
		 "first sees whether anybody steers");
}

void steer_set_options(struct steer *s, const struct steer_options *opt)
{
	s->opt = *opt;
}

void steer_want_step(struct steer *s)
{
	s->wants_step = true;
}

void steer_forget(struct steer *s)
{
	s->has_seen = false;
	s->is_ordered = false;
	s->has_line = false;
}

static bool update(struct steer *s, const struct steer_best *best,
		   const struct steer_look *look, struct env_order *ret)
{
	const char *what = NULL;
	struct steer_aim aim;
	bool has_bound;

	s->view.has_offset = false;
	if (s->view.state == STEER_YIELDED) {
		if (!is_quiet(s, look))
			return false;
	} else if (s->has_seen && s->is_ordered) {
		what = find_other(s, look);
	}
	if (what) {
		yield_to(s, look, what);
		return false;
	}
	has_bound = choose_line(s, best, look, &aim);
	if (has_bound && aim.is_ambiguous)
		return false;
	if (has_bound && s->view.state != STEER_PAUSED)
		make_order(s, best, look, &aim, ret);
	else if (s->view.has_order)
		make_pause(s, look, &aim, has_bound, ret);
	else
		return false;
	expect(s, look, ret);
	return true;
}

bool steer_update(struct steer *s, const struct steer_best *best,
		  const struct steer_look *look, struct env_order *ret)
{
	const bool is_ordered = update(s, best, look, ret);

	s->wants_step = false;
	return is_ordered;
}
