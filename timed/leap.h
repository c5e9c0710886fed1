/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The leap second table: TAI - UTC, from the system's leap-seconds.list, and
 * what is still known past its expiry. Pure but for leap_load().
 */
#ifndef LEAP_H
#define LEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEAP_ENTRIES_MAX 128

struct leap_entry {
	int64_t unix_s;   /* from this UTC second on ... */
	int64_t offset_s; /* ... TAI - UTC is this */
};

struct leap_table {
	int count;                   /* >= 1 */
	struct leap_entry entry[LEAP_ENTRIES_MAX];
	int64_t expires_unix_s;
};

/*
 * Parse the text of a leap-seconds.list (NIST/IERS format: "#@" expiry and
 * entries in seconds since 1900). 0, or -EINVAL with `ret_line` the 1-based
 * line at fault (0: something is missing from the whole).
 */
int leap_parse(const char *text, size_t size, struct leap_table *ret,
	       int *ret_line);

/* Read and parse a file. Negative errno of the read, or as leap_parse(). */
int leap_load(const char *path, struct leap_table *ret, int *ret_line);

/* The table that knows the offset of 2017 (37 s) and nothing later: for a
 * machine without a leap-seconds.list. It expired on 2017-01-02. */
void leap_builtin(struct leap_table *ret);

/*
 * TAI of a UTC instant written as Unix time. -EAGAIN within 2 s of a leap
 * second, where the label may be ambiguous and a server may not have taken
 * it yet: whoever asks waits.
 */
int leap_tai_from_unix(const struct leap_table *table, int64_t unix_ns,
		       int64_t *ret_tai_ns);

/* The same from a linearly smeared Unix time (24 h, noon to noon UTC); within
 * 1 ns. Never ambiguous. */
int64_t leap_tai_from_smeared(const struct leap_table *table,
			      int64_t smeared_ns);

/* The leap second nearest to a TAI instant, for the segment: the offset before
 * it, the TAI from which the new one holds (INT64_MAX: none in the table near
 * enough to matter) and the difference. */
void leap_nearest(const struct leap_table *table, int64_t tai_ns,
		  int64_t *ret_offset_ns, int64_t *ret_leap_tai_ns,
		  int64_t *ret_delta_ns);

/*
 * How far TAI - UTC may be from the table's at this Unix time, ns: 1 s for
 * each end of June or December (a possible leap second, ITU-R TF.460) that has
 * come since the table expired, counted from one second before midnight UTC
 * (a second may be left out); else 0.
 */
int64_t leap_doubt_ns(const struct leap_table *table, int64_t unix_ns);

#endif
