/* SPDX-License-Identifier: Apache-2.0 */
/* Where a receiver's pulses come from. See gnss_pulse.h. */
#include "drivers/gnss_pulse.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

/* How often a device that cannot be opened is tried. */
#define RETRY_NS INT64_C(5000000000)

/*
 * Looks are so far from the pulse: a daemon that wakes late by a millisecond,
 * and a clock that takes as long to read (on MDIO), still have one on its near
 * side; and at 0.8 ppm of a servo's and a crystal's freedom, the 4 ms between
 * the two leave 1 ns to guess.
 */
#define NEAR_NS INT64_C(2000000)

/* So long after the last one the next is still where it is looked for. */
#define TRAIN_NS INT64_C(10000000000)

void gnss_pulse_init(struct gnss_pulse *p, const struct gnss_pulse_options *opt,
		     struct env *env, struct ptp_clock *real)
{
	memset(p, 0, sizeof(*p));
	p->opt = *opt;
	p->env = env;
	p->real = real;
	p->pps.fd = p->extts.fd = -1;
	p->retry_raw_ns = INT64_MIN;
	p->seen_raw_ns = INT64_MIN;
	pps_edge_init(&p->edge, &opt->edge);
	ptp_clock_init(&p->phc, env, &p->opt.phc, &p->opt.map);
}

/* What comes after this is another device, for all we know. */
static void close_device(struct gnss_pulse *p)
{
	if (p->pps.fd >= 0)
		pps_close(&p->pps);
	if (p->extts.fd >= 0)
		extts_close(&p->extts);
	p->is_open = false;
	p->has_sequence = false;
	p->has_new = false;
	p->queued = 0;
	p->retry_raw_ns = env_raw_ns(p->env) + RETRY_NS;
	pps_edge_forget(&p->edge);
}

void gnss_pulse_close(struct gnss_pulse *p)
{
	close_device(p);
	ptp_clock_close(&p->phc);
}

/* The PHC must be open for its device's path to be known. */
static int open_extts(struct gnss_pulse *p)
{
	const struct extts_options opt = {.pin = p->opt.pin,
					  .channel = p->opt.channel,
					  .is_clear = p->opt.is_clear,
					  .ops = p->opt.extts_ops};

	if (!ptp_clock_look(&p->phc) && !p->phc.phc) {
		snprintf(p->error, sizeof(p->error), "%s", p->phc.error);
		return -ENODEV;
	}
	return extts_open(&p->extts, phc_identity(p->phc.phc)->device, &opt,
			  p->error);
}

static void open_device(struct gnss_pulse *p)
{
	int err = 0;

	if (p->is_open || env_raw_ns(p->env) < p->retry_raw_ns)
		return;
	p->retry_raw_ns = env_raw_ns(p->env) + RETRY_NS;
	if (p->opt.kind == GNSS_PULSE_PPS)
		err = pps_open(&p->pps, p->opt.device, p->opt.is_clear,
			       p->opt.pps_ops, p->error);
	else if (p->opt.kind == GNSS_PULSE_EXTTS)
		err = open_extts(p);
	p->is_open = !err;
	if (!err)
		p->error[0] = '\0';
}

static void lose(struct gnss_pulse *p, int err)
{
	snprintf(p->error, sizeof(p->error), "%.64s: %s",
		 p->opt.kind == GNSS_PULSE_PPS ? p->opt.device
					       : p->opt.phc.name,
		 strerror(-err));
	close_device(p);
}

/* Where they come faster than they can be placed, the oldest goes. */
static void enqueue(struct gnss_pulse *p, const struct pps_pulse *pulse)
{
	if (p->has_sequence && pulse->sequence == p->sequence)
		return;
	if (p->queued == GNSS_PULSE_QUEUE) {
		memmove(p->queue, p->queue + 1,
			(GNSS_PULSE_QUEUE - 1) * sizeof(p->queue[0]));
		p->queued--;
		p->lost++;
	}
	p->has_sequence = true;
	p->sequence = pulse->sequence;
	p->queue[p->queued++] = *pulse;
}

static void fetch_pps(struct gnss_pulse *p)
{
	struct pps_pulse pulse;
	const int err = pps_fetch(&p->pps, &pulse);

	if (!err)
		enqueue(p, &pulse);
	else if (err != -EAGAIN)
		lose(p, err);
}

static void fetch_extts(struct gnss_pulse *p)
{
	struct extts_pulse pulse;

	for (int i = 0; i < GNSS_PULSE_QUEUE; i++) {
		const int err = extts_next(&p->extts, &pulse);

		if (err && err != -EAGAIN)
			lose(p, err);
		if (err)
			return;
		enqueue(p, &(struct pps_pulse){pulse.sequence, pulse.phc_ns});
	}
}

static struct ptp_clock *clock_of(struct gnss_pulse *p)
{
	return p->opt.kind == GNSS_PULSE_EXTTS ? &p->phc : p->real;
}

static void take(struct gnss_pulse *p, const struct pps_pulse *pulse,
		 const struct ptp_place *place)
{
	const struct pps_stamp stamp = {.sequence = pulse->sequence,
					.raw_ns_min = place->raw_ns_min,
					.raw_ns_max = place->raw_ns_max,
					.stamp_ns = place->stamp_ns +
						    p->opt.stamp_ns};
	const enum pps_verdict verdict = pps_edge_take(&p->edge, &stamp);

	if (verdict == PPS_OLD)
		return;
	p->verdict = verdict;
	p->seen_raw_ns = env_raw_ns(p->env);
	p->has_new = verdict == PPS_GOOD;
}

/* `has_looked`: the clock was read after they were fetched. One that shows less
 * than a stamp of its own was set back since, and another when it shows that
 * again. */
static void place_all(struct gnss_pulse *p, bool has_looked)
{
	int done = 0;

	for (; done < p->queued; done++) {
		struct ptp_place place;
		const int err = ptp_clock_place(clock_of(p),
						p->queue[done].real_ns, &place);

		if (err == -EAGAIN && !has_looked)
			break;
		if (err)
			p->lost++;
		else
			take(p, &p->queue[done], &place);
	}
	p->queued -= done;
	memmove(p->queue, p->queue + done,
		(size_t)p->queued * sizeof(p->queue[0]));
}

void gnss_pulse_look(struct gnss_pulse *p)
{
	bool has_looked;

	if (p->opt.kind == GNSS_PULSE_NONE)
		return;
	open_device(p);
	if (!p->is_open)
		return;
	if (p->opt.kind == GNSS_PULSE_PPS)
		fetch_pps(p);
	else if (p->opt.kind == GNSS_PULSE_EXTTS)
		fetch_extts(p);
	/* after the pulse was there: a reading on its far side */
	has_looked = ptp_clock_look(clock_of(p));
	if (!has_looked && clock_of(p)->error[0])
		snprintf(p->error, sizeof(p->error), "%s", clock_of(p)->error);
	else
		p->error[0] = '\0';
	if (p->opt.kind == GNSS_PULSE_EXTTS && !p->phc.phc)
		close_device(p); /* it stamps by the clock that was lost */
	place_all(p, has_looked);
}

int64_t gnss_pulse_due_raw_ns(const struct gnss_pulse *p, int64_t now_ns)
{
	int64_t last_ns, phase_ns;

	if (!p->is_open || p->edge.count == 0)
		return INT64_MAX;
	last_ns = pps_edge_raw_ns(&p->edge) + p->opt.edge.delay_ns;
	if (now_ns < last_ns || now_ns - last_ns > TRAIN_NS)
		return INT64_MAX;
	phase_ns = (now_ns - last_ns) % NS_PER_S;
	if (phase_ns < NEAR_NS)
		return now_ns - phase_ns + NEAR_NS;
	if (phase_ns < NS_PER_S - NEAR_NS)
		return now_ns - phase_ns + NS_PER_S - NEAR_NS;
	return now_ns - phase_ns + NS_PER_S + NEAR_NS;
}

void gnss_pulse_tell(struct gnss_pulse *p, int64_t real_ns)
{
	const struct pps_pulse pulse = {p->sequence + 1, real_ns};

	if (p->opt.kind == GNSS_PULSE_GPSD)
		enqueue(p, &pulse);
}
