/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and mapping the segment of a handle: for the files of libtt alone. */
#ifndef TT_ATTACH_H
#define TT_ATTACH_H

#include "libtt/clock.h"

/* Map the segment if none is mapped. 0, or an error of tt_now(). */
int attach_first(struct tt_clock *clk);

/*
 * `seen` gives no fresh data: if the path names another file by now, one that
 * has a publication, use that. Looks once in 100 ms, whatever the number of
 * threads. True: there is something new to read.
 */
bool attach_again(struct tt_clock *clk, const uint64_t *seen, int64_t raw_ns);

/* Unmap everything. */
void attach_close(struct tt_clock *clk);

#endif
