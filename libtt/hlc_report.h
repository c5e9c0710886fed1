/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a hybrid logical clock tells timed(8) of remotes that prove a broken
 * bound: one datagram to the socket beside the segment, now and then. For hlc.c,
 * and for the daemon, who takes it apart.
 *
 * The datagram is HLC_REPORT_WORDS little-endian 64-bit words. It says nothing
 * that must be believed: any local user can send one.
 */
#ifndef TT_HLC_REPORT_H
#define TT_HLC_REPORT_H

#include <stdatomic.h>
#include <stdint.h>

#include "tt/tt.h"

#define HLC_REPORT_SOCKET "report.sock" /* in the segment's directory */
#define HLC_REPORT_MAGIC  UINT64_C(0x3130524c48545454) /* "TTTHLR01" */

enum hlc_report_word {
	HLC_REPORT_MAGIC_WORD,
	HLC_REPORT_REJECTED,	  /* since this handle told last, this one
	                             included; >= 1 */
	HLC_REPORT_EXCESS_NS,	  /* wall_ns - latest_ns, > 0, saturated */
	HLC_REPORT_EXCESS_NS_MAX, /* the greatest that this handle has met */
	HLC_REPORT_WALL_NS,	  /* the remote's */
	HLC_REPORT_LATEST_NS,	  /* ours then, Unix time */
	HLC_REPORT_WORDS
};

/* A handle tells once in so long; what it rejects meanwhile is told with the
 * next. */
#define HLC_REPORT_INTERVAL_NS INT64_C(1000000000)

struct hlc_report {
	_Atomic uint64_t untold;
	_Atomic int64_t next_raw_ns; /* 0: at once */
};

/*
 * A remote was rejected, by excess_ns. Tells it if it is time; never blocks, and
 * fails in silence: it is told with the next. Async-signal-safe, keeps errno.
 * segment_path "": a manual clock, of which nobody is told.
 */
void hlc_report_rejected(struct hlc_report *r, const char *segment_path,
			 const struct tt_interval *now, int64_t wall_ns,
			 int64_t excess_ns, int64_t excess_ns_max);

#endif
