/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What precision probes say on the wire: UDP, 64 bytes whichever way, so that an
 * answer is never larger than what asked for it, and both take equally long to
 * send. Big-endian:
 *
 *   0  magic "ttpp"       24  rx_ns: when this very probe came in
 *   4  version, 1         32  earlier: a pair before this one
 *   5  type               36  phase of the clock
 *   6  index in its pair  40  tx_ns[2]: when its two answers went out
 *   7  stamps wanted;     56  rx kind, tx kind[2], zero
 *      zero in answers    60  its width
 *   8  session
 *  16  pair
 *  20  zero
 *
 * From byte 24 on, a probe is zero. When an answer went out is known only when
 * it has gone: so the answers to one pair carry the stamps of those to a pair
 * before (as NTP's interleaved mode has it). Kind none: the stamp is not there.
 * The phase is CLOCK_REALTIME - CLOCK_MONOTONIC_RAW when the answer was made,
 * modulo 2^32 ns, to half its width (precision_audit.h); all ones: not known.
 */
#ifndef PRECISION_PACKET_H
#define PRECISION_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "tools/skew/precision_audit.h"

#define PRECISION_PACKET_SIZE 64
#define PRECISION_PORT	      7179 /* not registered with anyone */

enum precision_type { PRECISION_PROBE = 1, PRECISION_ANSWER = 2 };

/* Who took a stamp, the better the greater. The first two are of
 * CLOCK_REALTIME, the last of the network card's own clock. */
enum precision_stamp {
	PRECISION_NONE,
	PRECISION_USER,	  /* the program, before sending or after receiving */
	PRECISION_KERNEL, /* the kernel, beside the driver */
	PRECISION_HARDWARE
};

const char *precision_stamp_name(enum precision_stamp stamp);

struct precision_packet {
	enum precision_type type;
	unsigned index; /* 0 or 1 */
	enum precision_stamp wanted; /* of a probe: _KERNEL or _HARDWARE */
	uint64_t session;
	uint32_t pair;
	/* Of an answer. */
	int64_t rx_ns;
	enum precision_stamp rx_kind;
	uint32_t earlier;
	int64_t tx_ns[2];
	enum precision_stamp tx_kind[2];
	struct precision_phase phase;
};

void precision_packet_write(const struct precision_packet *p,
			    uint8_t ret[PRECISION_PACKET_SIZE]);

/* 0; -EPROTO: none of ours, or none that one of ours would have sent. */
int precision_packet_read(const uint8_t *data, size_t size,
			  struct precision_packet *ret);

#endif
