/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from what ptp4l says of its master. See ptp_master.h. */
#include "drivers/ptp_master.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

/* Beyond this an error says nothing; sums of two do not overflow. */
#define ERROR_NS_MAX (100000 * NS_PER_S)

static bool same_quality(const struct ptp_quality *a,
			 const struct ptp_quality *b)
{
	return a->class == b->class && a->accuracy == b->accuracy;
}

static bool same_place(const struct ptp_view *a, const struct ptp_view *b)
{
	return a->has_place == b->has_place &&
	       a->place.is_software == b->place.is_software &&
	       strcmp(a->place.interface, b->place.interface) == 0;
}

bool ptp_master_same(const struct ptp_view *a, const struct ptp_view *b)
{
	return same_place(a, b) &&
	       ptp_identity_equal(&a->parent.gm, &b->parent.gm) &&
	       ptp_port_equal(&a->parent.port, &b->parent.port) &&
	       same_quality(&a->parent.quality, &b->parent.quality) &&
	       a->current.steps_removed == b->current.steps_removed &&
	       a->properties.flags == b->properties.flags &&
	       a->properties.utc_offset_s == b->properties.utc_offset_s;
}

bool ptp_master_is_self(const struct ptp_view *view)
{
	return ptp_identity_equal(&view->parent.gm, &view->defaults.clock);
}

static int64_t saturated(double ns)
{
	return ns < (double)ERROR_NS_MAX ? (int64_t)ceil(ns) : ERROR_NS_MAX;
}

/* What clockAccuracy states, as axiom A6 scales it. */
static int stated_ns(const struct ptp_options *opt,
		     const struct ptp_quality *quality, int64_t *ret)
{
	int64_t ns;
	const int err = ptpmsg_accuracy_ns(quality->accuracy, &ns);

	if (!err)
		*ret = saturated((double)ns * opt->accuracy_scale);
	return err;
}

/* linuxptp draws when it misses an Announce from announceReceiptTimeout
 * intervals to one more (announce_span; IEEE 1588-2008, 9.2.6.11). */
#define TIMEOUT_SPAN 1
#define TIMEOUT_MIN  2 /* IEEE 1588-2008, 7.7.3.1 */

/*
 * It was locked when it sent the last Announce that said so. So long ago that
 * may be: until ptp4l misses the next ones; and each boundary clock on the way
 * goes on telling what it heard last for as long.
 */
static int64_t announce_ns(const struct ptp_view *view)
{
	const int log = view->port.log_announce;
	const int64_t one_ns = NS_PER_S << (log < 0 ? 0 : log > 10 ? 10 : log);
	const int timeout = view->port.announce_timeout;
	const int steps = view->current.steps_removed;

	return one_ns * (steps > 1 ? steps : 1) *
	       ((timeout > TIMEOUT_MIN ? timeout : TIMEOUT_MIN) + TIMEOUT_SPAN);
}

void ptp_master_note(struct ptp_lock *lock, const struct ptp_options *opt,
		     const struct ptp_view *view, int64_t raw_ns)
{
	int64_t error_ns;

	if (view->parent.quality.class != PTP_CLASS_LOCKED ||
	    stated_ns(opt, &view->parent.quality, &error_ns))
		return;
	*lock = (struct ptp_lock){.was_locked = true,
				  .raw_ns = raw_ns - announce_ns(view),
				  .error_ns = error_ns};
}

/* Of class 7: as good as it was, less what it has run off since; or what it
 * admits itself, where that is worse. */
static int64_t holdover_ns(const struct ptp_options *opt,
			   const struct ptp_view *view,
			   const struct ptp_lock *lock, int64_t raw_ns)
{
	const double since_ns = (double)(raw_ns - lock->raw_ns);
	const int64_t grown_ns = saturated((double)lock->error_ns +
					   opt->holdover_ppb * 1e-9 * since_ns);
	int64_t admitted_ns;

	if (stated_ns(opt, &view->parent.quality, &admitted_ns))
		return grown_ns;
	return admitted_ns > grown_ns ? admitted_ns : grown_ns;
}

static int judge_error(const struct ptp_options *opt,
		       const struct ptp_view *view, const struct ptp_lock *lock,
		       int64_t raw_ns, struct ptp_standing *ret,
		       char ret_why[SOURCE_NOTE_SIZE])
{
	const struct ptp_quality *q = &view->parent.quality;

	ret->is_declared = false;
	if (q->class == PTP_CLASS_LOCKED &&
	    stated_ns(opt, q, &ret->error_ns) == 0)
		return 0;
	if (q->class == PTP_CLASS_HOLDOVER && lock->was_locked) {
		ret->error_ns = holdover_ns(opt, view, lock, raw_ns);
		return 0;
	}
	if (opt->accuracy_ns >= 0) {
		ret->error_ns = opt->accuracy_ns;
		ret->is_declared = true;
		return 0;
	}
	if (q->class == PTP_CLASS_LOCKED)
		snprintf(ret_why, SOURCE_NOTE_SIZE,
			 "the grandmaster states no accuracy (0x%02x)",
			 q->accuracy);
	else if (q->class == PTP_CLASS_HOLDOVER)
		snprintf(ret_why, SOURCE_NOTE_SIZE,
			 "clockClass 7: in holdover since before it was known");
	else
		snprintf(ret_why, SOURCE_NOTE_SIZE,
			 "clockClass %d: not locked to a reference", q->class);
	return -EPERM;
}

static int judge_scale(const struct ptp_options *opt,
		       const struct ptp_view *view, struct ptp_standing *ret,
		       char ret_why[SOURCE_NOTE_SIZE])
{
	if (view->properties.flags & PTP_TIMESCALE) {
		ret->scale = SCALE_TAI;
		return 0;
	}
	switch (opt->arbitrary) {
	case PTP_ARBITRARY_UTC:
		ret->scale = SCALE_UTC;
		return 0;
	case PTP_ARBITRARY_TAI:
		ret->scale = SCALE_TAI;
		return 0;
	case PTP_ARBITRARY_REFUSED:
		break;
	}
	snprintf(ret_why, SOURCE_NOTE_SIZE,
		 "its timescale is arbitrary (ptpTimescale 0), and none is "
		 "declared");
	return -EPERM;
}

void ptp_master_utc(const struct ptp_view *view, struct utc_word *ret)
{
	const uint8_t valid = PTP_TIMESCALE | PTP_UTC_OFFSET_VALID;
	const uint8_t flags = view ? view->properties.flags : 0;

	ret->has_offset = ret->has_leap = (flags & valid) == valid;
	ret->offset_s = ret->has_offset ? view->properties.utc_offset_s : 0;
	ret->leap_s = 0;
	if (ret->has_leap)
		ret->leap_s = flags & PTP_LEAP_61   ? 1
			      : flags & PTP_LEAP_59 ? -1
						    : 0;
}

/* Each boundary clock on the way has an error of its own; the first step is
 * the grandmaster's. */
static int64_t boundaries_ns(const struct ptp_options *opt,
			     const struct ptp_view *view)
{
	const int steps = view->current.steps_removed;

	return steps > 1 ? saturated((double)opt->boundary_ns * (steps - 1))
			 : 0;
}

int ptp_master_judge(const struct ptp_options *opt, const struct ptp_view *view,
		     const struct ptp_lock *lock, int64_t raw_ns,
		     struct ptp_standing *ret, char ret_why[SOURCE_NOTE_SIZE])
{
	struct ptp_standing s = {.scale = SCALE_TAI};
	int err;

	if (ptp_master_is_self(view)) {
		snprintf(ret_why, SOURCE_NOTE_SIZE,
			 "ptp4l is itself the grandmaster");
		return -EPERM;
	}
	err = judge_scale(opt, view, &s, ret_why);
	if (!err)
		err = judge_error(opt, view, lock, raw_ns, &s, ret_why);
	if (err)
		return err;
	s.error_ns += boundaries_ns(opt, view);
	*ret = s;
	return 0;
}
