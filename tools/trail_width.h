/* SPDX-License-Identifier: Apache-2.0 */
/* Widths for the audit of a history log: how far an interval opens, and classes
 * of half-widths. All is rounded up. */
#ifndef TRAIL_WIDTH_H
#define TRAIL_WIDTH_H

#include <stdint.h>

/* Each edge's, in d_ns at so many ppb. */
int64_t trail_opening_ns(int64_t d_ns, double ppb);

/* The nearest that 64 bits can hold. */
int64_t trail_clamp_ns(__int128 ns);

/* The class that a half-width is of; the largest that is. */
int trail_width_class(int64_t half_ns);
int64_t trail_width_of_class(int class);

#endif
