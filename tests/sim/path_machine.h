/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine in a path test that has a NIC: its oscillator owns true time, its
 * PHC has a crystal of its own, and fake_phc.h is the kernel in front of it.
 */
#ifndef PATH_MACHINE_H
#define PATH_MACHINE_H

#include <stdint.h>

#include "drivers/phc_device.h"
#include "sim/oscillator.h"
#include "sim/rng.h"
#include "tests/unit/drivers/fake_phc.h"

#define PATH_START_RAW_NS (1000 * SECOND_NS)

/* Where within its window a read latches the PHC. */
enum path_latch { PATH_LATCH_ANYWHERE, PATH_LATCH_FIRST, PATH_LATCH_LAST };

struct path_machine_law {
	struct axioms axioms;
	enum slow_motion slow;
	enum fast_motion fast;
	const char *grade;  /* SLOW_PHYSICAL */
	enum phc_mode mode; /* PHC_PRECISE, PHC_EXTENDED_RAW */
	enum path_latch latch;
};

struct path_machine {
	struct env env; /* first: its scale() and chance() go back from it */
	struct phc_ops phc_ops;
	struct oscillator oscillator;
	struct rng rng;
	enum path_latch latch;
	double own_ppb;		/* of the PHC's crystal */
	int64_t crystal_raw_ns; /* it is another then */
};

/* It is PATH_START_RAW_NS, about start_tai_ns, and the PHC shows the true one.
 * The seed of what is drawn is `seed` with `salt`. */
void path_machine_open(struct path_machine *m,
		       const struct path_machine_law *law, int64_t start_tai_ns,
		       uint64_t seed, uint64_t salt);

int64_t path_machine_tai_ns(struct path_machine *m, int64_t raw_ns);

/* Once a second the crystal is another. */
void path_machine_turn_crystal(struct path_machine *m);

/* Drawn, evenly. */
int64_t path_machine_between(struct path_machine *m, double lo_ns,
			     double hi_ns);

/* Time goes on to then, unless it has. */
void path_machine_go_on(struct path_machine *m, int64_t raw_ns);

static inline int64_t path_machine_sooner(int64_t a_ns, int64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

#endif
