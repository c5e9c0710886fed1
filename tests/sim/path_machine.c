/* SPDX-License-Identifier: Apache-2.0 */
/* The machine in a path test. See path_machine.h. */
#include "path_machine.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* A server NIC's crystal. */
#define WALK_PPB 2.0

/* A timer of 19.2 MHz is what PRECISE latches. */
#define TICK_NS 52

int64_t path_machine_tai_ns(struct path_machine *m, int64_t raw_ns)
{
	return oscillator_tai(&m->oscillator, raw_ns);
}

static int64_t scale_ns(const struct env *env, int64_t raw_ns)
{
	struct path_machine *m = (struct path_machine *)(uintptr_t)env;

	return path_machine_tai_ns(m, raw_ns);
}

static double chance(struct env *env)
{
	struct path_machine *m = (struct path_machine *)env;

	switch (m->latch) {
	case PATH_LATCH_FIRST:
		return 0;
	case PATH_LATCH_LAST:
		return 1;
	case PATH_LATCH_ANYWHERE:
		break;
	}
	return rng_uniform(&m->rng, 0, 1);
}

void path_machine_turn_crystal(struct path_machine *m)
{
	m->crystal_raw_ns += SECOND_NS;
	m->own_ppb += WALK_PPB * rng_normal(&m->rng);
	fake_set_rate(&m->env, m->own_ppb + m->env.named_ppb);
}

int64_t path_machine_between(struct path_machine *m, double lo_ns, double hi_ns)
{
	return (int64_t)rng_uniform(&m->rng, lo_ns, hi_ns);
}

void path_machine_go_on(struct path_machine *m, int64_t raw_ns)
{
	if (raw_ns > m->env.raw_ns)
		m->env.raw_ns = raw_ns;
}

void path_machine_open(struct path_machine *m,
		       const struct path_machine_law *law, int64_t start_tai_ns,
		       uint64_t seed, uint64_t salt)
{
	struct oscillator_law o = {
		.axioms = law->axioms,
		.slow = law->slow,
		.fast = law->fast,
		.grade = law->grade ? oscillator_grade_find(law->grade) : NULL};

	memset(m, 0, sizeof(*m));
	rng_seed(&m->rng, seed ^ salt);
	/* whole: at the limits no rounding may look like a breach */
	o.start_ppb =
		floor(law->axioms.drift_ppb * rng_uniform(&m->rng, -0.9, 0.9));
	oscillator_init(&m->oscillator, &o, start_tai_ns - PATH_START_RAW_NS,
			seed);
	fake_init(&m->env, &m->phc_ops);
	m->latch = law->latch;
	m->env.scale = scale_ns;
	m->env.chance = chance;
	m->env.tick_ns = TICK_NS;
	m->env.precise_err = law->mode == PHC_PRECISE ? 0 : -EOPNOTSUPP;
	m->env.raw_ns = m->env.at_raw_ns = PATH_START_RAW_NS;
	m->env.phc_ns = path_machine_tai_ns(m, PATH_START_RAW_NS);
}
