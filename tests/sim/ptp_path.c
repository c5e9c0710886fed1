/* SPDX-License-Identifier: Apache-2.0 */
/* The whole PTP path in virtual time. See ptp_path.h. */
#include "ptp_path.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/ptp.h"

#define READ_NS	      (SECOND_NS / 10)
#define VOID_AFTER_NS (3600 * SECOND_NS)
#define UTC_OFFSET_NS (37 * SECOND_NS)

struct ptp_path {
	struct ptp_path_law law;
	struct path_machine machine;
	struct ptp4l_model *ptp4l;
	char server[96], monitor[96];
	struct path_daemon daemon;
	bool has_mail; /* for the daemon */
	struct path_judge judge;
	int64_t read_raw_ns; /* the next one */
	struct path_terms terms;
};

/* --- readers ------------------------------------------------------------ */

static void tell_truth(void *arg, int64_t raw_ns,
		       const struct segment_slot *page, struct path_truth *ret)
{
	const int64_t tai_ns = ptp_path_tai_ns(arg, raw_ns);

	(void)page;
	*ret = (struct path_truth){.tai_ns = tai_ns,
				   .unix_ns_min = tai_ns - UTC_OFFSET_NS,
				   .unix_ns_max = tai_ns - UTC_OFFSET_NS};
}

static void read_clock(struct ptp_path *p)
{
	struct tt_interval t;

	p->read_raw_ns = p->machine.env.raw_ns + READ_NS;
	if (path_judge_now(&p->judge, p->machine.env.raw_ns, &t))
		path_judge_width(&p->judge, &t);
}

/* --- the daemon --------------------------------------------------------- */

static void look(void *arg, struct sample *m)
{
	struct ptp_path *p = arg;

	if (p->law.tamper)
		p->law.tamper(m);
	if (m->lo_ns[TERM_DELAY] != SAMPLE_NO_BOUND &&
	    m->hi_ns[TERM_DELAY] != SAMPLE_NO_BOUND)
		path_daemon_note(&p->terms, m);
}

static void publish(struct ptp_path *p)
{
	struct segment_slot slot;

	path_daemon_publish(&p->daemon, p->machine.env.raw_ns, &slot);
}

/* As the daemon's loop: what is due, until nobody has any more to say. ptp4l
 * takes its time over each question. */
static void serve(struct ptp_path *p)
{
	struct path_machine *m = &p->machine;
	struct driver *driver = p->daemon.driver;

	for (int i = 0; i < 64; i++) {
		if (p->has_mail)
			driver->ops->readable(driver);
		p->has_mail = true;
		if (m->env.raw_ns >= driver->ops->next_raw_ns(driver))
			driver->ops->tick(driver);
		if (engine_is_dirty(p->daemon.engine))
			publish(p);
		if (!ptp4l_model_answer(p->ptp4l))
			break;
		m->env.raw_ns += path_machine_between(m, 3e4, 2e5);
	}
	p->has_mail = false;
	if (path_daemon_is_due(&p->daemon, m->env.raw_ns))
		publish(p);
}

/* --- the loop ----------------------------------------------------------- */

static int64_t next_raw_ns(const struct ptp_path *p)
{
	return path_machine_sooner(
		path_machine_sooner(ptp4l_model_next_raw_ns(p->ptp4l),
				    p->machine.crystal_raw_ns),
		p->read_raw_ns);
}

/* What the world does at this moment. */
static void happen(struct ptp_path *p)
{
	const int64_t raw_ns = p->machine.env.raw_ns;

	if (raw_ns >= p->machine.crystal_raw_ns)
		path_machine_turn_crystal(&p->machine);
	if (ptp4l_model_happen(p->ptp4l))
		p->has_mail = true;
	if (raw_ns >= p->read_raw_ns)
		read_clock(p);
}

void ptp_path_run(struct ptp_path *p, double seconds)
{
	struct path_machine *m = &p->machine;
	const int64_t until_ns = m->env.raw_ns + (int64_t)(seconds * 1e9);

	while (m->env.raw_ns < until_ns) {
		/* the daemon wakes a little late */
		const int64_t daemon_ns = path_daemon_wakes(&p->daemon) +
					  path_machine_between(m, 0, 1e5);

		path_machine_go_on(
			m,
			path_machine_sooner(
				path_machine_sooner(next_raw_ns(p), daemon_ns),
				m->env.raw_ns + PATH_WAKE_NS));
		happen(p);
		if (p->has_mail || m->env.raw_ns >= daemon_ns)
			serve(p);
	}
}

void ptp_path_fault(struct ptp_path *p, enum ptp4l_fault fault, bool is_on)
{
	ptp4l_model_fault(p->ptp4l, fault, is_on);
}

void ptp_path_step_phc(struct ptp_path *p, int64_t step_ns)
{
	p->machine.env.phc_ns += step_ns;
}

/* --- opening ------------------------------------------------------------ */

static void open_world(struct ptp_path *p, uint64_t seed, const char *dir)
{
	struct path_machine *m = &p->machine;

	path_machine_open(m, &p->law.machine, PTP4L_MODEL_START_TAI_NS, seed,
			  UINT64_C(0x970));
	/* at worst no time passes that could be spare */
	m->env.read_ns = p->law.ptp4l.is_worst ? 1 : 20;
	p->ptp4l = ptp4l_model_new(&p->law.ptp4l, m, dir);
	snprintf(p->server, sizeof(p->server), "%s/ptp4l", dir);
	snprintf(p->monitor, sizeof(p->monitor), "%s/monitor", dir);
}

static void open_driver(struct ptp_path *p, const struct driver_sink *sink)
{
	const struct ptp4l_model_law *law = &p->law.ptp4l;
	struct ptp_options opt = ptp_defaults;

	opt.name = opt.device.name = "eth0";
	opt.socket = p->server;
	opt.monitor = p->monitor;
	opt.device.stamp_ns = PTP4L_MODEL_QUANTUM_NS;
	opt.device.ops = &p->machine.phc_ops;
	/* both stamps are cut: to the same side they differ by less than one */
	opt.stamp_ns = PTP4L_MODEL_QUANTUM_NS * (law->is_worst ? 2 : 1);
	opt.asymmetry_ns = law->asymmetry_ns;
	assert(driver_ptp_open(&opt, &p->machine.env, sink,
			       &p->daemon.driver) == 0);
}

static void open_daemon(struct ptp_path *p)
{
	struct path_daemon *d = &p->daemon;
	const struct engine_options opt = {.axioms = p->law.machine.axioms,
					   .horizon_ns = SECOND_NS,
					   .void_after_ns = VOID_AFTER_NS,
					   .smear = true};
	const struct engine_sink events = {NULL, NULL};
	struct driver_sink sink;

	path_daemon_open(d);
	d->look = look;
	d->arg = p;
	path_daemon_start(d, &opt, &events, p->machine.env.raw_ns, &sink);
	open_driver(p, &sink);
}

struct ptp_path *ptp_path_open(const struct ptp_path_law *law, uint64_t seed,
			       const char *dir)
{
	struct ptp_path *p = calloc(1, sizeof(*p));

	assert(p);
	p->law = *law;
	open_world(p, seed, dir);
	open_daemon(p);
	path_judge_init(&p->judge, &p->daemon.memory, tell_truth, p);
	p->read_raw_ns = p->machine.env.raw_ns +
			 path_machine_between(&p->machine, 0, READ_NS);
	return p;
}

void ptp_path_close(struct ptp_path *p)
{
	path_daemon_close(&p->daemon);
	ptp4l_model_free(p->ptp4l);
	free(p);
}

void ptp_path_count(struct ptp_path *p)
{
	memset(&p->terms, 0, sizeof(p->terms));
	path_judge_count(&p->judge);
}

const struct path_verdict *ptp_path_verdict(const struct ptp_path *p)
{
	return &p->judge.verdict;
}

const struct path_terms *ptp_path_terms(const struct ptp_path *p)
{
	return &p->terms;
}

int64_t ptp_path_raw_ns(const struct ptp_path *p)
{
	return p->machine.env.raw_ns;
}

int64_t ptp_path_phc_ns(const struct ptp_path *p)
{
	return fake_phc_at(&p->machine.env, p->machine.env.raw_ns);
}

int64_t ptp_path_tai_ns(struct ptp_path *p, int64_t raw_ns)
{
	return path_machine_tai_ns(&p->machine, raw_ns);
}
