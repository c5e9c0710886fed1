/* SPDX-License-Identifier: Apache-2.0 */
/* The modelled chronyd from inside: for chronyd_*.c only. */
#ifndef CHRONYD_PRIVATE_H
#define CHRONYD_PRIVATE_H

#include "drivers/env.h"
#include "sim/chronyd_model.h"

#define NS_PER_S 1000000000

uint64_t chronyd_random(struct env *w);

/* The model cannot go on: say why, and abort. */
__attribute__((noreturn)) void chronyd_die(const char *what);

/* --- chronyd_clock.c: the books of its cooked clock ---------------------- */

double chronyd_clock_correction_ns(const struct env *w);
int64_t chronyd_clock_abs_ns(const struct env *w); /* C, as a time of day */

/* From here on S is counted. */
void chronyd_clock_mark(struct env *w);

/* The kernel's rate anew: the slew has ended, or begins. */
void chronyd_clock_update_slew(struct env *w);

/* A measurement has led to an update. */
void chronyd_clock_update(struct env *w);

#endif
