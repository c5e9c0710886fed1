/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What chronyd's SOCK refclock takes: one datagram a measurement (chrony's
 * refclock_sock.c; integers and doubles of the machine). And whether, of what is
 * published, there is one to give. Pure.
 */
#ifndef SOCK_SAMPLE_H
#define SOCK_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

#include "libtt/segment.h"
#include "timed/look.h"

#define SOCK_SAMPLE_MAGIC 0x534f434b

struct sock_sample {
	struct timeval tv; /* CLOCK_REALTIME at the measurement */
	double offset;	   /* s; true time - CLOCK_REALTIME */
	int pulse;	   /* 0: the second is known */
	int leap;	   /* at the end of this UTC day: 0 none, 1 inserted,
	                      2 left out */
	int pad;
	int magic;
};

_Static_assert(sizeof(struct sock_sample) == sizeof(struct timeval) + 24,
	       "chrony's layout");

/* What a sample would say, and what it is worth. */
struct sock_aim {
	int64_t offset_ns; /* best estimate - CLOCK_REALTIME, Unix view */
	int64_t error_ns;  /* the estimate is within this of true time */
	int leap_s;	   /* 1, -1; 0 none */
};

/*
 * NULL: a sample is to be given; else why not: "no bound", ... `has_aim` tells
 * whether `ret` was filled in at all.
 */
const char *sock_sample_aim(const struct segment_slot *slot,
			    const struct look *look, int64_t error_ns_max,
			    struct sock_aim *ret, bool *ret_has_aim);

void sock_sample_make(const struct look *look, const struct sock_aim *aim,
		      struct sock_sample *ret);

#endif
