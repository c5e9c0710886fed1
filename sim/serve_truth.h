/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The truth that all who serve on a machine share: CLOCK_MONOTONIC_RAW and an
 * origin, which the first of them takes from CLOCK_REALTIME and leaves in a
 * file for the others, and for whoever judges. Text, for any language:
 *
 *   tt-sim truth 1
 *   boot 0123456789abcdef0123456789abcdef
 *   unix_ns_less_raw_ns 1763862000123456789
 */
#ifndef SERVE_TRUTH_H
#define SERVE_TRUTH_H

#include <limits.h>
#include <stdint.h>

#define SERVE_TRUTH_ERROR_SIZE 400

/* Where the file is unless it is said: below $XDG_RUNTIME_DIR, or in /tmp with
 * the user's number. */
void serve_truth_path(char ret[PATH_MAX]);

/* True Unix time less raw time: as the file has it, or (where there is none of
 * this boot) as it is now, and the file is made. 0 or negative errno with a
 * text. */
int serve_truth_open(const char *path, const uint64_t boot_id[2],
		     int64_t *ret_origin_ns,
		     char ret_error[SERVE_TRUTH_ERROR_SIZE]);

#endif
