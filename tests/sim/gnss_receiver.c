/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver in a path test. See gnss_receiver.h. */
#include "gnss_receiver.h"

#include <assert.h>
#include <errno.h>
#include <linux/pps.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/drivers/fake_gpsd.h"

#define OFFSET_S 37
#define ERROR_NS 48
#define FREE_PPB 1000.0
#define QUEUE	 8

/* A second of the receiver's, and what comes of it. */
struct second {
	int64_t tai_s;
	int64_t raw_ns;		/* its pulse */
	int64_t stamp_raw_ns;	/* the kernel's stamp of it */
	int64_t message_raw_ns; /* its message is there */
	bool has_pulse, has_stray;
};

struct gnss_receiver {
	struct gnss_receiver_law law;
	struct path_machine *machine;
	struct fake_gpsd gpsd;
	int64_t leap_tai_s;
	struct second now;
	int64_t pulse_raw_ns, stamp_raw_ns,
		message_raw_ns; /* INT64_MAX: none */
	double free_ns;		/* how far the pulses have run */
	bool has_fault[GNSS_FAULTS];
	struct pps_ops pps_ops;
	struct pps_fdata pps;
	struct extts_ops extts_ops;
	int queued;
	struct ptp_extts_event queue[QUEUE];
};

int64_t gnss_receiver_offset_s(const struct gnss_receiver *r, int64_t tai_s)
{
	return OFFSET_S + (r->leap_tai_s && tai_s >= r->leap_tai_s);
}

/* --- seconds ------------------------------------------------------------ */

static bool is_chosen(struct gnss_receiver *r, enum gnss_fault fault,
		      double part)
{
	return r->has_fault[fault] &&
	       rng_uniform(&r->machine->rng, 0, 1) < part;
}

static double latency_ns(struct gnss_receiver *r)
{
	double ns = r->law.latency_ns;

	if (r->law.latency_more_ns > 0)
		ns += rng_exponential(&r->machine->rng, r->law.latency_more_ns);
	if (is_chosen(r, GNSS_FAULT_TAILS, 1.0 / 3))
		ns += rng_uniform(&r->machine->rng, 50e3, 200e3);
	return ns;
}

static bool has_antenna(const struct gnss_receiver *r)
{
	return !r->has_fault[GNSS_FAULT_CUT] && !r->has_fault[GNSS_FAULT_EARLY];
}

static void plan(struct gnss_receiver *r, int64_t tai_s)
{
	const double free_ppb = FREE_PPB * (r->has_fault[GNSS_FAULT_CUT] -
					    r->has_fault[GNSS_FAULT_EARLY]);
	const double off_ns =
		r->free_ns + rng_uniform(&r->machine->rng, -ERROR_NS, ERROR_NS);
	const int64_t at_ns = tai_s * SECOND_NS + (int64_t)off_ns;

	r->free_ns = has_antenna(r) ? 0 : r->free_ns + free_ppb;
	r->now.tai_s = tai_s;
	r->now.raw_ns = oscillator_raw(&r->machine->oscillator, at_ns);
	r->now.stamp_raw_ns = r->now.raw_ns + (int64_t)latency_ns(r);
	r->now.message_raw_ns =
		r->now.raw_ns +
		(int64_t)(1e9 * rng_uniform(&r->machine->rng,
					    r->law.message_s_min,
					    r->law.message_s_max));
	r->now.has_pulse = !r->has_fault[GNSS_FAULT_PULSES] &&
			   !r->has_fault[GNSS_FAULT_NO_FIX];
	r->now.has_stray = is_chosen(r, GNSS_FAULT_STRAY, 0.1);
	r->pulse_raw_ns = r->now.raw_ns;
	r->message_raw_ns = r->now.message_raw_ns;
}

static void extts_event(struct gnss_receiver *r)
{
	int64_t phc_ns = fake_phc_at(&r->machine->env, r->machine->env.raw_ns);

	phc_ns -= phc_ns % GNSS_RECEIVER_QUANTUM_NS;
	if (r->queued == QUEUE)
		return;
	r->queue[r->queued++] =
		(struct ptp_extts_event){.t = fake_time(phc_ns)};
}

static void pps_event(struct gnss_receiver *r)
{
	const int64_t real_ns =
		fake_real_at(&r->machine->env, r->machine->env.raw_ns);

	r->pps.info.assert_sequence++;
	r->pps.info.assert_tu.sec = real_ns / SECOND_NS;
	r->pps.info.assert_tu.nsec = (int)(real_ns % SECOND_NS);
}

static void pulse(struct gnss_receiver *r)
{
	r->pulse_raw_ns = INT64_MAX;
	if (!r->now.has_pulse)
		return;
	if (r->law.kind == GNSS_PULSE_EXTTS)
		extts_event(r);
	else
		r->stamp_raw_ns = r->now.stamp_raw_ns;
}

/* Another pulse may come some time after it, or instead of it by now. */
static void stamp(struct gnss_receiver *r)
{
	r->stamp_raw_ns = INT64_MAX;
	pps_event(r);
	if (!r->now.has_stray)
		return;
	r->now.has_stray = false;
	r->stamp_raw_ns = r->machine->env.raw_ns +
			  (int64_t)rng_uniform(&r->machine->rng, 1e3, 4e7);
}

/* A leap second is its own second, 23:59:60: gpsd says the 59 and one more. */
static void message(struct gnss_receiver *r)
{
	const int64_t s = r->now.tai_s;
	const bool is_leap = r->leap_tai_s && s == r->leap_tai_s - 1;
	int64_t utc_ns =
		(s - gnss_receiver_offset_s(r, s) - is_leap) * SECOND_NS;

	r->gpsd.leap_s = (int)gnss_receiver_offset_s(r, s) - 19;
	r->gpsd.mode =
		r->has_fault[GNSS_FAULT_NO_FIX] || !has_antenna(r) ? 1 : 3;
	if (r->has_fault[GNSS_FAULT_SECOND])
		utc_ns += SECOND_NS;
	if (!r->has_fault[GNSS_FAULT_GPSD]) {
		fake_gpsd_say_toff(
			&r->gpsd, utc_ns + is_leap * SECOND_NS,
			fake_real_at(&r->machine->env, r->machine->env.raw_ns));
		fake_gpsd_say_tpv(&r->gpsd, "/dev/a", utc_ns, is_leap);
	}
	plan(r, s + 1);
}

/* --- the kernel --------------------------------------------------------- */

static int open_it(void *arg, const char *path)
{
	(void)arg;
	(void)path;
	return 9;
}

static void close_it(void *arg, int fd)
{
	(void)arg;
	(void)fd;
}

static int pps_control(void *arg, int fd, unsigned long request, void *data)
{
	struct gnss_receiver *r = arg;

	(void)fd;
	if (request == PPS_GETCAP)
		*(int *)data = PPS_CAPTUREASSERT;
	if (request == PPS_GETPARAMS)
		((struct pps_kparams *)data)->mode = PPS_CAPTUREASSERT;
	if (request == PPS_FETCH)
		*(struct pps_fdata *)data = r->pps;
	return 0;
}

static int extts_control(void *arg, int fd, unsigned long request, void *data)
{
	(void)arg;
	(void)fd;
	if (request == PTP_CLOCK_GETCAPS)
		((struct ptp_clock_caps *)data)->n_ext_ts = 1;
	return 0;
}

static int extts_read(void *arg, int fd, void *buf, int size)
{
	struct gnss_receiver *r = arg;

	(void)fd;
	if (r->queued == 0)
		return -EAGAIN;
	memcpy(buf, &r->queue[0], sizeof(r->queue[0]));
	r->queued--;
	memmove(r->queue, r->queue + 1,
		(size_t)r->queued * sizeof(r->queue[0]));
	return size;
}

/* --- from outside ------------------------------------------------------- */

int64_t gnss_receiver_next_raw_ns(const struct gnss_receiver *r)
{
	return path_machine_sooner(
		path_machine_sooner(r->pulse_raw_ns, r->stamp_raw_ns),
		r->message_raw_ns);
}

/* Whatever the daemon is busy with. */
void gnss_receiver_stamp(struct gnss_receiver *r)
{
	const int64_t now_ns = r->machine->env.raw_ns;

	if (r->pulse_raw_ns <= now_ns) {
		r->machine->env.raw_ns = r->pulse_raw_ns;
		pulse(r);
	}
	if (r->stamp_raw_ns <= now_ns) {
		r->machine->env.raw_ns = r->stamp_raw_ns;
		stamp(r);
	}
	r->machine->env.raw_ns = now_ns;
}

void gnss_receiver_tell(struct gnss_receiver *r)
{
	if (r->machine->env.raw_ns >= r->message_raw_ns)
		message(r);
}

void gnss_receiver_fault(struct gnss_receiver *r, enum gnss_fault fault,
			 bool is_on)
{
	r->has_fault[fault] = is_on;
	if (fault == GNSS_FAULT_GPSD && is_on)
		fake_gpsd_hang_up(&r->gpsd);
}

int gnss_receiver_port(const struct gnss_receiver *r)
{
	return r->gpsd.port;
}

const struct pps_ops *gnss_receiver_pps(const struct gnss_receiver *r)
{
	return &r->pps_ops;
}

const struct extts_ops *gnss_receiver_extts(const struct gnss_receiver *r)
{
	return &r->extts_ops;
}

struct gnss_receiver *gnss_receiver_new(const struct gnss_receiver_law *law,
					struct path_machine *machine,
					int64_t leap_tai_s, int64_t first_tai_s)
{
	struct gnss_receiver *r = calloc(1, sizeof(*r));

	assert(r);
	r->law = *law;
	r->machine = machine;
	r->leap_tai_s = leap_tai_s;
	r->stamp_raw_ns = INT64_MAX;
	r->pps_ops = (struct pps_ops){open_it, close_it, pps_control, r};
	r->extts_ops = (struct extts_ops){open_it, close_it, extts_control,
					  extts_read, r};
	fake_gpsd_open(&r->gpsd);
	r->gpsd.accuracy_ns = GNSS_RECEIVER_ACCURACY_NS;
	plan(r, first_tai_s);
	return r;
}

void gnss_receiver_free(struct gnss_receiver *r)
{
	fake_gpsd_close(&r->gpsd);
	free(r);
}
