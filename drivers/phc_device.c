/* SPDX-License-Identifier: Apache-2.0 */
/* A PHC read against the raw counter. See phc_device.h. */
#include "drivers/phc_device.h"

#include <errno.h>
#include <linux/ptp_clock.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/phc_batch.h"
#include "drivers/phc_name.h"
#include "drivers/realtime.h"

/* Where the kernel does not tell the frequency: ptp4l's and ts2phc's servos go
 * up to 900 ppm (max_frequency of ptp4l(8)). */
#define UNKNOWN_PPB 1e6

struct phc {
	struct phc_device_options opt;
	struct phc_identity identity;
	struct env *env;
	const struct phc_ops *ops;
	int fd;
	enum phc_mode mode;
	char fallback[PHC_ERROR_SIZE];
	struct realtime realtime;
	struct phc_batch batch;
};

/* --- from CLOCK_REALTIME to raw ------------------------------------------ */

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
		struct phc_window *w = &p->batch.window[i];

		w->ns_min -= span.hi_ns;
		w->ns_max -= span.lo_ns;
	}
	return 0;
}

/* A batch of windows on the raw counter, in p->batch. */
static int read_batch(struct phc *p, enum phc_mode mode)
{
	int err;

	if (phc_batch_is_of_realtime(mode))
		look_at_realtime(p); /* what was before it does not matter */
	err = phc_batch_ask(p->ops, p->fd, mode, p->opt.batch, &p->batch);
	if (err)
		return err;
	if (!phc_batch_is_of_realtime(mode))
		return 0;
	return look_at_realtime(p) ? to_raw(p) : -EAGAIN;
}

/* --- readings -------------------------------------------------------------- */

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
	double before_ppb = 0, after_ppb = 0;
	struct phc_rates rates;
	int err;

	r.has_rate = read_rate(p, &before_ppb);
	err = read_batch(p, mode);
	if (err)
		return err;
	r.has_rate = read_rate(p, &after_ppb) && r.has_rate;
	rates.slow_ppb = fmin(before_ppb, after_ppb) - p->opt.drift_ppb;
	rates.fast_ppb = fmax(before_ppb, after_ppb) + p->opt.drift_ppb;
	if (!r.has_rate) {
		rates.slow_ppb = -p->opt.drift_ppb - unknown_ppb(p);
		rates.fast_ppb = -rates.slow_ppb;
	}
	r.rate_ppb = r.has_rate ? after_ppb : 0;
	err = phc_batch_intersect(&p->batch, &rates, p->opt.window_ns_max,
				  p->opt.stamp_ns, &r);
	if (!err)
		*ret = r;
	return err;
}

/* The active member of a bond may be another than when it was opened. */
static int look_at_interface(const struct phc *p)
{
	const struct phc_identity *id = &p->identity;
	int index, err;

	if (!id->interface[0])
		return 0;
	err = p->ops->interface(p->ops->arg, id->interface, &index);
	if (err)
		return err;
	return index == id->index ? 0 : -ESTALE;
}

int phc_read(struct phc *phc, struct phc_reading *ret)
{
	int err = look_at_interface(phc);

	if (!err)
		err = read_in_mode(phc, phc->mode, ret);
	return err == -EINTR ? -EAGAIN : err;
}

const char *phc_trouble(int err)
{
	return err == -ESTALE	 ? "the interface has another PTP clock now"
	       : err == -ENODATA ? "the interface has no PTP clock now"
				 : strerror(-err);
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
