/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's history (docs/history.md) as numbers: one ring of it, kept up by
 * pages as they come, of fixed size at the most. What is not to be believed in a
 * page is left out.
 */
#ifndef SERIES_H
#define SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json_object.h>

#define SERIES_RECORDS_MAX 1441 /* a day of minutes, and the present one */
#define SERIES_SOURCES_MAX 16	/* in a record */
#define SERIES_NAMES_MAX   32	/* in all of them; more are not shown */
#define SERIES_NAME_SIZE   72
#define SERIES_STATES	   4
#define SERIES_VERDICTS	   4
#define SERIES_WAITING	   1 /* of series_verdict */
#define SERIES_STALE	   2

extern const char *const series_state[SERIES_STATES]; /* best to worst */
extern const char *const series_verdict[SERIES_VERDICTS];

struct series_range {
	bool has;
	int64_t min, mean, max;
};

struct series_source {
	int name; /* of series.name */
	struct series_range offset_ns, error_ns;
	int64_t verdict_ns[SERIES_VERDICTS];
};

struct series_record {
	int64_t number, raw_ns;
	/* Where it lies: raw time, and the time between that the machine slept
	 * as its labels tell; of the newest record it is raw time. */
	int64_t place_ns;
	bool is_whole, has_unix;
	int64_t unix_ns;
	struct series_range half_ns;
	int64_t state_ns[SERIES_STATES];
	int64_t epoch_changes, violations;
	int sources;
	struct series_source source[SERIES_SOURCES_MAX];
};

struct series {
	int64_t span_ns; /* of a record */
	char boot_id[40];
	int count, names;
	bool has_more_names;
	char name[SERIES_NAMES_MAX][SERIES_NAME_SIZE];
	struct series_record *record; /* SERIES_RECORDS_MAX of them */
};

/* 0 or -ENOMEM. */
int series_init(struct series *s);
void series_free(struct series *s);

/* Number of the record to ask for next: the last one may have gone on. */
int64_t series_next(const struct series *s);

/* Take over a page, or several in one. Of another boot all that was before is
 * forgotten. */
void series_add(struct series *s, struct json_object *page);

/* Unix time - place: what labels are made with. */
bool series_unix_ns(const struct series *s, int64_t *ret);

/* The source of that number in a record; NULL. */
const struct series_source *series_source(const struct series_record *r,
					  int name);

/* The longest run of whole records, one right after the other, in which that
 * source has an offset and was never waiting or stale: its phases to `ret`, of SERIES_RECORDS_MAX places. */
size_t series_phases(const struct series *s, int name, double *ret);

#endif
