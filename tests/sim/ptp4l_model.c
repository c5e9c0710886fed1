/* SPDX-License-Identifier: Apache-2.0 */
/* A ptp4l in a path test. See ptp4l_model.h. */
#include "ptp4l_model.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/drivers/fake_ptp4l.h"

/* The link: 0.8 us of cable and PHYs, and a little queueing; where an asymmetry
 * is declared it is reached. */
#define DELAY_NS    500
#define QUEUE_NS    20
#define BOUNDARY_NS 200

/* ptp4l(8): pi_proportional_const and pi_integral_const of hardware stamps, and
 * delay_filter_length. */
#define PROPORTIONAL 0.7
#define INTEGRAL     0.3
#define DELAYS	     10

/* A message that is on its way from the wire to the monitor. */
struct message {
	bool is_there;
	int64_t raw_ns; /* it arrives */
	int64_t sent_ns, received_ns;
};

struct ptp4l_model {
	struct ptp4l_model_law law;
	struct path_machine *machine;
	char dir[64];
	struct fake_ptp4l fake;
	struct message sync, request;
	int64_t sync_raw_ns, request_raw_ns; /* the next ones */
	int64_t delay_ns[DELAYS];
	int delays;
	int64_t forward_ns; /* t2 - t1 of the last Sync */
	double integral_ppb;
	double gm_limit_ns, gm_phase;
	bool has_fault[PTP4L_FAULTS];
	int64_t fault_raw_ns[PTP4L_FAULTS];
};

/* --- the grandmaster and the link ----------------------------------------- */

/* The grandmaster's clock, at a true time. */
static int64_t gm_ns(struct ptp4l_model *e, int64_t tai_ns)
{
	const double t_s = (double)(tai_ns - PTP4L_MODEL_START_TAI_NS) / 1e9;
	const double since_s = (double)(e->machine->env.raw_ns -
					e->fault_raw_ns[PTP4L_FAULT_CLASS_7]) /
			       1e9;
	double off_ns = e->gm_limit_ns;

	if (!e->law.is_worst)
		off_ns *= sin(t_s / 150 + e->gm_phase) / 2;
	if (e->has_fault[PTP4L_FAULT_CLASS_7])
		off_ns += 900 * since_s;
	if (e->has_fault[PTP4L_FAULT_CLASS_248])
		off_ns += 50e3;
	if (e->has_fault[PTP4L_FAULT_WORSE])
		off_ns += 800;
	if (e->has_fault[PTP4L_FAULT_BOUNDARY])
		off_ns += BOUNDARY_NS;
	if (e->has_fault[PTP4L_FAULT_LIE])
		off_ns += 5e3;
	return tai_ns + (int64_t)off_ns;
}

static int64_t stamp(int64_t ns)
{
	return ns - ns % PTP4L_MODEL_QUANTUM_NS;
}

/* The grandmaster's stamps: cut, too; at worst, to the other side. */
static int64_t gm_stamp(const struct ptp4l_model *e, int64_t ns)
{
	return stamp(ns) + (e->law.is_worst ? PTP4L_MODEL_QUANTUM_NS : 0);
}

/* One way; where A is declared the two differ by nearly 2 A. */
static int64_t delay_ns(struct ptp4l_model *e, bool is_forward)
{
	const int64_t a_ns = e->law.asymmetry_ns;
	const int64_t worst_ns = a_ns >= 0 ? a_ns : DELAY_NS;
	const int64_t skew_ns = a_ns > QUEUE_NS ? a_ns - QUEUE_NS / 2 : 0;

	if (e->law.is_worst)
		return DELAY_NS + (is_forward ? -worst_ns : worst_ns);
	return DELAY_NS + (is_forward ? skew_ns : -skew_ns) +
	       path_machine_between(e->machine, 0, QUEUE_NS);
}

/* --- ptp4l -------------------------------------------------------------- */

static bool has_sync(const struct ptp4l_model *e)
{
	return !e->has_fault[PTP4L_FAULT_SYNC_LOST] &&
	       !e->has_fault[PTP4L_FAULT_SILENT];
}

static void sync_arrives(struct ptp4l_model *e)
{
	const int64_t raw_ns = e->machine->env.raw_ns;
	const int64_t sent_ns =
		path_machine_tai_ns(e->machine, raw_ns) - delay_ns(e, true);

	e->sync_raw_ns +=
		SECOND_NS + path_machine_between(e->machine, -5e6, 5e6);
	if (!has_sync(e))
		return;
	/* and its follow-up comes some time after it */
	e->sync = (struct message){
		true, raw_ns + path_machine_between(e->machine, 1e5, 1e6),
		gm_stamp(e, gm_ns(e, sent_ns)),
		stamp(fake_phc_at(&e->machine->env, raw_ns))};
}

/* ptp4l draws the time to the next from twice the interval. */
static void request_leaves(struct ptp4l_model *e)
{
	const int64_t raw_ns = e->machine->env.raw_ns;
	const int64_t came_ns =
		path_machine_tai_ns(e->machine, raw_ns) + delay_ns(e, false);

	e->request_raw_ns += path_machine_between(
		e->machine, 1e6, ldexp(2e9, e->law.log_request));
	if (!has_sync(e))
		return;
	e->request = (struct message){
		true, raw_ns + path_machine_between(e->machine, 1e5, 1e6),
		stamp(fake_phc_at(&e->machine->env, raw_ns)),
		gm_stamp(e, gm_ns(e, came_ns))};
}

static int by_size(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t path_delay_ns(const struct ptp4l_model *e)
{
	const int n = e->delays < DELAYS ? e->delays : DELAYS;
	int64_t sorted[DELAYS];

	memcpy(sorted, e->delay_ns, sizeof(sorted));
	qsort(sorted, (size_t)n, sizeof(sorted[0]), by_size);
	return n == 0 ? DELAY_NS : sorted[n / 2];
}

/* The servo, once a Sync: over one second 1 ns is 1 ppb. */
static void steer(struct ptp4l_model *e, int64_t offset_ns)
{
	e->integral_ppb -= INTEGRAL * (double)offset_ns;
	e->machine->env.named_ppb =
		e->integral_ppb - PROPORTIONAL * (double)offset_ns;
	fake_set_rate(&e->machine->env,
		      e->machine->own_ppb + e->machine->env.named_ppb);
}

static void take_sync(struct ptp4l_model *e)
{
	const struct message *m = &e->sync;

	e->sync.is_there = false;
	e->forward_ns = m->received_ns - m->sent_ns;
	e->fake.path_delay_ns = path_delay_ns(e);
	e->fake.offset_ns = e->forward_ns - e->fake.path_delay_ns;
	e->fake.ingress_ns = m->received_ns;
	fake_leg(&e->fake, true, m->sent_ns, m->received_ns);
	steer(e, e->fake.offset_ns);
}

static void take_request(struct ptp4l_model *e)
{
	const struct message *m = &e->request;

	e->request.is_there = false;
	e->delay_ns[e->delays++ % DELAYS] =
		(e->forward_ns + m->received_ns - m->sent_ns) / 2;
	fake_leg(&e->fake, false, m->sent_ns, m->received_ns);
}

/* --- from outside ------------------------------------------------------- */

int64_t ptp4l_model_next_raw_ns(const struct ptp4l_model *e)
{
	int64_t ns = path_machine_sooner(e->sync_raw_ns, e->request_raw_ns);

	if (e->sync.is_there)
		ns = path_machine_sooner(ns, e->sync.raw_ns);
	if (e->request.is_there)
		ns = path_machine_sooner(ns, e->request.raw_ns);
	return ns;
}

bool ptp4l_model_happen(struct ptp4l_model *e)
{
	const int64_t raw_ns = e->machine->env.raw_ns;
	bool has_told = false;

	if (raw_ns >= e->sync_raw_ns)
		sync_arrives(e);
	if (raw_ns >= e->request_raw_ns)
		request_leaves(e);
	if (e->sync.is_there && raw_ns >= e->sync.raw_ns) {
		take_sync(e);
		has_told = true;
	}
	if (e->request.is_there && raw_ns >= e->request.raw_ns) {
		take_request(e);
		has_told = true;
	}
	return has_told;
}

bool ptp4l_model_answer(struct ptp4l_model *e)
{
	return fake_serve(&e->fake);
}

void ptp4l_model_fault(struct ptp4l_model *e, enum ptp4l_fault fault,
		       bool is_on)
{
	struct fake_ptp4l *f = &e->fake;

	e->has_fault[fault] = is_on;
	e->fault_raw_ns[fault] = e->machine->env.raw_ns;
	f->is_deaf = e->has_fault[PTP4L_FAULT_SILENT];
	f->class = e->has_fault[PTP4L_FAULT_CLASS_7]	 ? 7
		   : e->has_fault[PTP4L_FAULT_CLASS_248] ? 248
							 : PTP_CLASS_LOCKED;
	f->accuracy = e->has_fault[PTP4L_FAULT_WORSE] ? 0x23 : e->law.accuracy;
	f->steps = e->has_fault[PTP4L_FAULT_BOUNDARY] ? 2 : 1;
}

struct ptp4l_model *ptp4l_model_new(const struct ptp4l_model_law *law,
				    struct path_machine *machine,
				    const char *dir)
{
	struct ptp4l_model *e = calloc(1, sizeof(*e));
	const int64_t raw_ns = machine->env.raw_ns;

	assert(e);
	e->law = *law;
	e->machine = machine;
	snprintf(e->dir, sizeof(e->dir), "%s", dir);
	fake_ptp4l_open(&e->fake, e->dir);
	e->fake.is_hardware = true;
	e->fake.accuracy = law->accuracy;
	/* twice what it states, as A6 allows */
	e->gm_limit_ns = law->accuracy == 0x20 ? 50 : 200;
	e->gm_phase = rng_uniform(&machine->rng, 0, 6);
	/* it has been kept for long */
	machine->own_ppb = rng_uniform(&machine->rng, -20000, 20000);
	e->integral_ppb = machine->env.named_ppb = -machine->own_ppb;
	e->sync_raw_ns = raw_ns + path_machine_between(machine, 0, 1e9);
	e->request_raw_ns = raw_ns + path_machine_between(machine, 0, 2e9);
	machine->crystal_raw_ns =
		raw_ns + path_machine_between(machine, 0, 1e9);
	return e;
}

void ptp4l_model_free(struct ptp4l_model *e)
{
	fake_ptp4l_close(&e->fake, e->dir);
	free(e);
}
