/* SPDX-License-Identifier: Apache-2.0 */
/* A PHC read against the raw counter. See phc_device.h. */
#include "drivers/phc_device.h"

#include <errno.h>
#include <linux/ptp_clock.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "drivers/phc_name.h"
#include "drivers/realtime.h"

#define NS_PER_S INT64_C(1000000000)

/* Times beyond these are no times: 2^62 ns, the year 2116. */
#define SECONDS_MAX INT64_C(4611686018)

/* Stamps of the system are whole nanoseconds, rounded down. */
#define READ_NS 1

/*
 * What PRECISE latches of the system is its always running timer: one tick of
 * it, rounded down. The slowest one in use is of 19.2 MHz.
 */
#define ART_TICK_NS 53

/* PRECISE takes a call for each: on some NICs a hundred microseconds. */
#define PRECISE_MAX 3

/* Where the kernel does not tell the frequency: ptp4l's and ts2phc's servos go
 * up to 900 ppm (max_frequency of ptp4l(8)). */
#define UNKNOWN_PPB 1e6

/*
 * Since Linux 6.12 the first reserved word of a request for EXTENDED names the
 * clock that is wanted; before, it must be 0, and the call is refused.
 */
_Static_assert(sizeof(clockid_t) == sizeof(unsigned int),
	       "it takes the place of one reserved word");

/* One cross-timestamp: the raw counter was in [raw_ns_min, raw_ns_max] when
 * the PHC showed phc_ns. */
struct window {
	int64_t raw_ns_min;
	int64_t raw_ns_max;
	int64_t phc_ns;
};

struct batch {
	int count;
	struct window window[PHC_BATCH_MAX];
};

/* What the kernel has filled in, in system time. */
union answer {
	struct ptp_sys_offset_precise precise;
	struct ptp_sys_offset_extended extended;
	struct ptp_sys_offset basic;
};

struct phc {
	struct phc_device_options opt;
	struct phc_identity identity;
	struct env *env;
	const struct phc_ops *ops;
	int fd;
	enum phc_mode mode;
	char fallback[PHC_ERROR_SIZE];
	struct realtime realtime;
	struct batch batch;
	union answer answer;
};

/* --- what the kernel answers -------------------------------------------- */

static int ns_of(const struct ptp_clock_time *t, int64_t *ret)
{
	if (t->sec < -SECONDS_MAX || t->sec > SECONDS_MAX ||
	    t->nsec >= NS_PER_S)
		return -ERANGE;
	*ret = t->sec * NS_PER_S + t->nsec;
	return 0;
}

static int add_window(struct batch *b, const struct ptp_clock_time *before,
		      const struct ptp_clock_time *phc,
		      const struct ptp_clock_time *after)
{
	struct window *w = &b->window[b->count];

	if (ns_of(before, &w->raw_ns_min) || ns_of(phc, &w->phc_ns) ||
	    ns_of(after, &w->raw_ns_max))
		return -ERANGE;
	if (w->raw_ns_max < w->raw_ns_min)
		return 0; /* the system clock was set back meanwhile */
	w->raw_ns_min -= READ_NS;
	w->raw_ns_max += READ_NS;
	b->count++;
	return 0;
}

static int control(struct phc *p, unsigned long request)
{
	return p->ops->control(p->ops->arg, p->fd, request, &p->answer);
}

static int read_precise(struct phc *p)
{
	const struct ptp_sys_offset_precise *a = &p->answer.precise;
	const int n = p->opt.batch < PRECISE_MAX ? p->opt.batch : PRECISE_MAX;

	for (int i = 0; i < n; i++) {
		int err;

		memset(&p->answer, 0, sizeof(p->answer));
		err = control(p, PTP_SYS_OFFSET_PRECISE);
		if (!err)
			err = add_window(&p->batch, &a->sys_monoraw, &a->device,
					 &a->sys_monoraw);
		if (err)
			return err;
		p->batch.window[p->batch.count - 1].raw_ns_max += ART_TICK_NS;
	}
	return 0;
}

static int read_extended(struct phc *p, clockid_t clock)
{
	struct ptp_sys_offset_extended *a = &p->answer.extended;
	int err;

	memset(&p->answer, 0, sizeof(p->answer));
	a->n_samples = (unsigned int)p->opt.batch;
	/* by bytes: headers differ in what they call it */
	memcpy((char *)a + sizeof(a->n_samples), &clock, sizeof(clock));
	err = control(p, PTP_SYS_OFFSET_EXTENDED);
	for (int i = 0; !err && i < p->opt.batch; i++)
		err = add_window(&p->batch, &a->ts[i][0], &a->ts[i][1],
				 &a->ts[i][2]);
	return err;
}

static int read_basic(struct phc *p)
{
	struct ptp_sys_offset *a = &p->answer.basic;
	int err;

	memset(&p->answer, 0, sizeof(p->answer));
	a->n_samples = (unsigned int)p->opt.batch;
	err = control(p, PTP_SYS_OFFSET);
	for (int i = 0; !err && i < p->opt.batch; i++)
		err = add_window(&p->batch, &a->ts[2 * i], &a->ts[2 * i + 1],
				 &a->ts[2 * i + 2]);
	return err;
}

/* --- from CLOCK_REALTIME to raw ------------------------------------------ */

static bool is_of_realtime(enum phc_mode mode)
{
	return mode == PHC_EXTENDED || mode == PHC_BASIC;
}

/* False: somebody stepped it since the last look, or nobody could look. */
static bool look_at_realtime(struct phc *p)
{
	struct env_pair pair;
	struct env_steering steering;

	return env_pair(p->env, &pair) == 0 &&
	       env_steering(p->env, &steering) == 0 &&
	       realtime_add(&p->realtime, &pair, &steering);
}

/* Its stamps lie between the last two looks. */
static int to_raw(struct phc *p)
{
	struct realtime_entry span;

	if (realtime_span(&p->realtime, &span))
		return -EAGAIN;
	for (int i = 0; i < p->batch.count; i++) {
		struct window *w = &p->batch.window[i];

		w->raw_ns_min -= span.hi_ns;
		w->raw_ns_max -= span.lo_ns;
	}
	return 0;
}

static int ask(struct phc *p, enum phc_mode mode)
{
	switch (mode) {
	case PHC_PRECISE:
		return read_precise(p);
	case PHC_EXTENDED_RAW:
		return read_extended(p, CLOCK_MONOTONIC_RAW);
	case PHC_EXTENDED:
		return read_extended(p, CLOCK_REALTIME);
	case PHC_BASIC:
		return read_basic(p);
	case PHC_AUTO:
		break;
	}
	return -EINVAL;
}

/* A batch of windows on the raw counter, in p->batch. */
static int read_batch(struct phc *p, enum phc_mode mode)
{
	int err;

	p->batch.count = 0;
	if (is_of_realtime(mode))
		look_at_realtime(p); /* what was before it does not matter */
	err = ask(p, mode);
	if (err)
		return err;
	if (!is_of_realtime(mode))
		return 0;
	return look_at_realtime(p) ? to_raw(p) : -EAGAIN;
}

/* --- the intersection ---------------------------------------------------- */

static int64_t floor_ns(double ns)
{
	return (int64_t)floor(ns);
}

/* How far phc - raw moves within d, at a rate of at least r (least of all). */
static int64_t moves_ns_min(double rate_ppb, int64_t d_ns_min, int64_t d_ns_max)
{
	const int64_t d_ns = rate_ppb < 0 ? d_ns_max : d_ns_min;

	return floor_ns(rate_ppb * 1e-9 * (double)d_ns);
}

static bool is_narrow(const struct phc *p, const struct window *w)
{
	return p->opt.window_ns_max == 0 ||
	       w->raw_ns_max - w->raw_ns_min <= p->opt.window_ns_max;
}

static const struct window *last_narrow(const struct phc *p)
{
	for (int i = p->batch.count - 1; i >= 0; i--) {
		if (is_narrow(p, &p->batch.window[i]))
			return &p->batch.window[i];
	}
	return NULL;
}

/* All windows as of the end of the last one, within the rates given. */
static int intersect(const struct phc *p, double slow_ppb, double fast_ppb,
		     struct phc_reading *ret)
{
	const struct window *last = last_narrow(p);
	int64_t lo_ns = INT64_MIN, hi_ns = INT64_MAX;

	if (!last)
		return -EAGAIN;
	for (const struct window *w = p->batch.window; w <= last; w++) {
		const int64_t d_ns_min = last->raw_ns_max - w->raw_ns_max;
		const int64_t d_ns_max = last->raw_ns_max - w->raw_ns_min;
		int64_t lo, hi;

		if (!is_narrow(p, w) || d_ns_min < 0)
			continue;
		lo = w->phc_ns - w->raw_ns_max +
		     moves_ns_min(slow_ppb, d_ns_min, d_ns_max);
		hi = w->phc_ns - w->raw_ns_min -
		     moves_ns_min(-fast_ppb, d_ns_min, d_ns_max);
		lo_ns = lo > lo_ns ? lo : lo_ns;
		hi_ns = hi < hi_ns ? hi : hi_ns;
	}
	/* a quantum and latch on each side, in every one of them */
	ret->lo_ns = lo_ns - p->opt.stamp_ns;
	ret->hi_ns = hi_ns + p->opt.stamp_ns;
	ret->stamp_ns = p->opt.stamp_ns;
	ret->raw_ns = last->raw_ns_max;
	if (ret->lo_ns > ret->hi_ns)
		return -EAGAIN;
	ret->phc_ns = ret->raw_ns + ret->lo_ns + (ret->hi_ns - ret->lo_ns) / 2;
	return 0;
}

static bool read_rate(struct phc *p, double *ret_ppb)
{
	return p->ops->rate(p->ops->arg, p->fd, ret_ppb) == 0 &&
	       isfinite(*ret_ppb);
}

static double unknown_ppb(const struct phc *p)
{
	const double most_ppb = p->identity.rate_ppb_max;

	return most_ppb > 0 && most_ppb < UNKNOWN_PPB ? most_ppb : UNKNOWN_PPB;
}

static int read_in_mode(struct phc *p, enum phc_mode mode,
			struct phc_reading *ret)
{
	struct phc_reading r = {.mode = mode};
	double before_ppb = 0, after_ppb = 0, slow_ppb, fast_ppb;
	int err;

	r.has_rate = read_rate(p, &before_ppb);
	err = read_batch(p, mode);
	if (err)
		return err;
	r.has_rate = read_rate(p, &after_ppb) && r.has_rate;
	slow_ppb = fmin(before_ppb, after_ppb) - p->opt.drift_ppb;
	fast_ppb = fmax(before_ppb, after_ppb) + p->opt.drift_ppb;
	if (!r.has_rate) {
		slow_ppb = -p->opt.drift_ppb - unknown_ppb(p);
		fast_ppb = -slow_ppb;
	}
	r.rate_ppb = r.has_rate ? after_ppb : 0;
	err = intersect(p, slow_ppb, fast_ppb, &r);
	if (!err)
		*ret = r;
	return err;
}

int phc_read(struct phc *phc, struct phc_reading *ret)
{
	int err = read_in_mode(phc, phc->mode, ret);

	return err == -EINTR ? -EAGAIN : err;
}

/* --- opening ------------------------------------------------------------- */

static bool is_asked_for(enum phc_mode asked, enum phc_mode mode)
{
	return asked == PHC_AUTO || asked == mode ||
	       (asked == PHC_EXTENDED && mode == PHC_EXTENDED_RAW);
}

/* A mode works when it answers, even if this once with nothing useful. */
static bool works(int err)
{
	return err == 0 || err == -EAGAIN || err == -EINTR || err == -ERANGE;
}

static void note_missing(struct phc *p, enum phc_mode mode, int err)
{
	const size_t n = strlen(p->fallback);

	snprintf(p->fallback + n, sizeof(p->fallback) - n, "%sno %s (%s)",
		 n ? ", " : "", phc_mode_name(mode), strerror(-err));
}

static int probe(struct phc *p, char *ret_error)
{
	struct phc_reading r;
	int err = -EOPNOTSUPP;

	for (int m = PHC_PRECISE; m <= PHC_BASIC; m++) {
		const enum phc_mode mode = (enum phc_mode)m;

		if (!is_asked_for(p->opt.mode, mode))
			continue;
		err = read_in_mode(p, mode, &r);
		if (works(err)) {
			p->mode = mode;
			return 0;
		}
		if (err == -ENODEV)
			break;
		note_missing(p, mode, err);
	}
	snprintf(ret_error, PHC_ERROR_SIZE, "%s: %.90s", p->identity.device,
		 err == -ENODEV ? strerror(-err) : p->fallback);
	return err == -ENODEV ? err : -EOPNOTSUPP;
}

static int read_capabilities(struct phc *p, char *ret_error)
{
	struct ptp_clock_caps caps;
	int err;

	memset(&caps, 0, sizeof(caps));
	err = p->ops->control(p->ops->arg, p->fd, PTP_CLOCK_GETCAPS, &caps);
	if (err)
		snprintf(ret_error, PHC_ERROR_SIZE, "%s is no PTP clock: %s",
			 p->identity.device, strerror(-err));
	p->identity.rate_ppb_max = caps.max_adj > 0 ? caps.max_adj : 0;
	return err == -ENOTTY ? -ENOENT : err;
}

static int open_device(struct phc *p, char *ret_error)
{
	int err = phc_name_find(p->ops, p->opt.name, &p->identity, ret_error);

	if (err)
		return err;
	p->fd = p->ops->open(p->ops->arg, p->identity.device);
	if (p->fd < 0) {
		snprintf(ret_error, PHC_ERROR_SIZE, "%s: %s",
			 p->identity.device, strerror(-p->fd));
		return p->fd;
	}
	err = read_capabilities(p, ret_error);
	return err ? err : probe(p, ret_error);
}

static bool is_sane(const struct phc_device_options *opt)
{
	return opt->name && *opt->name && opt->mode >= PHC_AUTO &&
	       opt->mode <= PHC_BASIC && opt->batch >= 1 &&
	       opt->batch <= PHC_BATCH_MAX && opt->stamp_ns >= 0 &&
	       opt->window_ns_max >= 0 && opt->drift_ppb >= 0;
}

int phc_open(const struct phc_device_options *opt, struct env *env,
	     struct phc **ret, char ret_error[PHC_ERROR_SIZE])
{
	struct phc *p;
	int err;

	snprintf(ret_error, PHC_ERROR_SIZE, "%s", strerror(EINVAL));
	if (!is_sane(opt))
		return -EINVAL;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->opt = *opt;
	p->env = env;
	p->ops = opt->ops ? opt->ops : &phc_linux;
	p->fd = -1;
	realtime_init(&p->realtime);
	err = open_device(p, ret_error);
	p->opt.name = NULL; /* the caller's, and of no more use */
	if (err) {
		phc_close(p);
		return err;
	}
	*ret = p;
	return 0;
}

void phc_close(struct phc *phc)
{
	if (!phc)
		return;
	if (phc->fd >= 0)
		phc->ops->close(phc->ops->arg, phc->fd);
	free(phc);
}

const struct phc_identity *phc_identity(const struct phc *phc)
{
	return &phc->identity;
}

enum phc_mode phc_mode(const struct phc *phc)
{
	return phc->mode;
}

const char *phc_fallback(const struct phc *phc)
{
	return phc->fallback;
}

const char *phc_mode_name(enum phc_mode mode)
{
	switch (mode) {
	case PHC_AUTO:
		return "auto";
	case PHC_PRECISE:
		return "precise";
	case PHC_EXTENDED_RAW:
		return "extended-raw";
	case PHC_EXTENDED:
		return "extended";
	case PHC_BASIC:
		return "basic";
	}
	return "?";
}
