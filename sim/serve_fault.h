/* SPDX-License-Identifier: Apache-2.0 */
/* The faults of `tt-sim serve` as text: of --fault, and of its commands. */
#ifndef SERVE_FAULT_H
#define SERVE_FAULT_H

#include <stddef.h>
#include <stdint.h>

#include "sim/rng.h"
#include "sim/serve_clock.h"

#define SERVE_ERROR_SIZE 200

struct serve_fault {
	enum serve_mode mode; /* SERVE_NORMAL: recover */
	int64_t amount_ns;    /* of SERVE_LIAR and SERVE_STEP */
	int64_t at_ns;	      /* since the start */
	int64_t for_ns;	      /* then recovers; 0: it does not */
};

/* The word a mode is ordered by: "recover", "holdover", ... */
const char *serve_mode_name(enum serve_mode mode);

/* A duration with a sign or none: "300us", "+5ms", "-1s". 0 or negative errno,
 * as units_parse_duration(). */
int serve_parse_signed(const char *text, int64_t *ret_ns);

/* "KIND", "KIND AMOUNT" or "KIND:AMOUNT", as a command has it. 0 or -EINVAL
 * with a text. at_ns and for_ns are set to 0. */
int serve_parse_order(const char *text, struct serve_fault *ret,
		      char ret_error[SERVE_ERROR_SIZE]);

/* "at=10s,kind=liar:+5ms,for=2s". 0 or -EINVAL with a text. */
int serve_parse_fault(const char *text, struct serve_fault *ret,
		      char ret_error[SERVE_ERROR_SIZE]);

/* A fault that breaks no axiom, some seconds after `after_ns`, for some. */
struct serve_fault serve_draw_fault(struct rng *rng, int64_t after_ns,
				    int64_t half_ns);

#endif
