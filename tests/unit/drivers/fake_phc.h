/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine with PTP clocks, behind env.h and struct phc_ops: its raw counter,
 * its CLOCK_REALTIME, and one PHC whose true reading at every raw instant is
 * known here. Reads take time, and latch the PHC anywhere within it. A world
 * with an oscillator of its own says by `scale` what the PHC's rate is against,
 * and by `chance` where it latches.
 */
#ifndef FAKE_PHC_H
#define FAKE_PHC_H

#include <linux/ptp_clock.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/phc_device.h"

#define FAKE_S INT64_C(1000000000)

struct env {
	/* the machine */
	int64_t raw_ns;
	int64_t real_raw_ns; /* CLOCK_REALTIME - raw, where raw is real_at_ns */
	int64_t real_at_ns;
	double real_ppb;     /* it is steered so, and the kernel says so */
	int64_t read_ns;     /* what reading a system clock takes */
	int pair_err;
	/* the PHC: phc(r) = phc_ns + (r - at_raw_ns) (1 + rate) */
	int64_t at_raw_ns;
	int64_t phc_ns;
	double rate_ppb;    /* against raw (or scale), all in all */
	double named_ppb;   /* what the kernel says of it */
	int64_t quantum_ns; /* it shows multiples of this */
	int64_t window_ns;  /* a read takes this long ... */
	double latch;	    /* ... and latches after this part of it */
	int64_t wide_every; /* each so manyth read takes 50 times as long */
	int64_t reads;
	int64_t reads_told; /* at the last look at a file */
	bool frozen;
	int64_t (*scale)(const struct env *env, int64_t raw_ns); /* or NULL */
	double (*chance)(struct env *env);	/* 0 to 1; NULL: latch */
	int64_t tick_ns; /* of the raw counter, as PRECISE latches it */
	int64_t apart_ns; /* any other than ptp0 shows so much more */
	bool is_other;	  /* the one that was opened last */
	/* what happens within the next batch, once */
	int64_t step_real_ns;
	/* the kernel */
	int open_err, caps_err, rate_err;
	int precise_err, raw_err, extended_err, basic_err;
	int opened, closed;
	unsigned long asked[64]; /* requests */
	int ask_count;
	const char *clock[8]; /* clock_name of ptp0 ... */
	const char *interface[4];
	int interface_index[4]; /* -1: without a clock */
	const char *line;	/* what any other file says ... */
	const char *line_after; /* ... once the PHC has been read since */
};

/* A server NIC's: 1 us windows, 8 ns quantum, true time in TAI. */
void fake_init(struct env *env, struct phc_ops *ops);

/* CLOCK_REALTIME, and the PHC's true time, at a raw instant. */
int64_t fake_real_at(const struct env *env, int64_t raw_ns);
int64_t fake_phc_at(const struct env *env, int64_t raw_ns);

/* From now on, at another rate. */
void fake_set_rate(struct env *env, double rate_ppb);

/* What ops->open and ops->close do, for other devices of the machine's. */
int fake_open(void *arg, const char *path);
void fake_close(void *arg, int fd);

/* As the kernel tells it. */
struct ptp_clock_time fake_time(int64_t ns);

#endif
