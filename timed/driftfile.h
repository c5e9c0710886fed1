/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The drift file: what an earlier life of the daemon had proved and measured of
 * the raw counter's rate. Proofs are good only within one boot and for one
 * clocksource.
 */
#ifndef DRIFTFILE_H
#define DRIFTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timed/axioms.h"

#define DRIFTFILE_SIZE_MAX   2048
#define DRIFTFILE_LEVELS     4 /* 1, 10, 100, 1000 s */
#define DRIFTFILE_NAME_SIZE  64
#define DRIFTFILE_CLOCKSOURCE \
	"/sys/devices/system/clocksource/clocksource0/current_clocksource"

extern const int driftfile_tau_s[DRIFTFILE_LEVELS];

struct driftfile {
	uint64_t boot_id[2];
	char clocksource[DRIFTFILE_NAME_SIZE];
	int64_t raw_ns;          /* when the rates held */
	int64_t written_unix_ns; /* the same by CLOCK_REALTIME, for people */
	bool has_rate;           /* rate_ppb is known */
	double rate_ppb;         /* best estimate, TAI against raw */
	double rate_ppb_min;     /* proved range */
	double rate_ppb_max;
	/* Axiom A2 as it was widened to: 0, it was not. */
	double wander_ppb_s, jitter_ppb;
	int64_t widened_raw_ns, beyond_raw_ns; /* since, and last proved */
	double temperature_c;    /* NAN: unknown */
	/* Allan deviation, and what may be the sources' of it; NAN: unknown. */
	double deviation_ppb[DRIFTFILE_LEVELS];
	double error_ppb[DRIFTFILE_LEVELS];
	/* A1 and A2 as configured (of `axioms` nothing else is kept): what the
	 * proved range rests on, and what was published. */
	bool has_axioms;
	struct axioms axioms;
};

/* Strict: each line once, in order, nothing else. 0 or -EINVAL. A file of
 * version 1, which has the rates alone, or 2, without axioms, is read as well. */
int driftfile_parse(const char *text, size_t size, struct driftfile *ret);

/* The file's text; the length. `buf` has DRIFTFILE_SIZE_MAX bytes. */
size_t driftfile_format(const struct driftfile *d, char *buf);

/* 0; -EINVAL: it is no drift file; or what open and read say. */
int driftfile_load(const char *path, struct driftfile *ret);

/* Atomically: after a crash the file is the old one or the new one, whole. */
int driftfile_save(const char *path, const struct driftfile *d);

/* Move a file that cannot be read out of the way: PATH.bad, .bad1 ... 0 or
 * negative errno, -EEXIST when there are ten. */
int driftfile_set_aside(const char *path);

/* Does it speak of this boot, this clocksource and the past? NULL: yes; else
 * why not. */
const char *driftfile_refusal(const struct driftfile *d,
			      const uint64_t boot_id[2],
			      const char *clocksource, int64_t raw_ns);

/* Does what an earlier life had proved hold under the A1 and A2 of now: are
 * they no wider in anything than its own? NULL: yes; else why not. */
const char *driftfile_doubt(const struct driftfile *d,
			    const struct axioms *now);

/* Make its axioms no wider in anything than those of now, which what comes from
 * here on rests on. True: they were. Unknown ones stay so. */
bool driftfile_narrow(struct driftfile *d, const struct axioms *now);

/* The kernel's clocksource, its newline removed. `ret` has
 * DRIFTFILE_NAME_SIZE bytes. 0 or negative errno. */
int driftfile_clocksource(const char *path, char *ret);

#endif
