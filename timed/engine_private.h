/* SPDX-License-Identifier: Apache-2.0 */
/* The engine from inside: for engine.c, intake.c, audit.c, forecast.c, memory.c,
 * silence.c, view.c and widen.c only. */
#ifndef ENGINE_PRIVATE_H
#define ENGINE_PRIVATE_H

#include "timed/bound.h"
#include "timed/engine.h"
#include "timed/fusion.h"
#include "timed/source.h"
#include "timed/widen.h"

struct engine {
	struct engine_options opt;
	struct engine_group group[ENGINE_GROUPS_MAX];
	struct leap_table leap;
	struct engine_sink sink;
	struct source_rules rules;
	struct fusion fusion; /* of the last publication */
	struct bound bound;
	bool may_remember;    /* what the page says of the rate is of this
	                        counter */
	struct belief memory; /* what was published last, where no source bounds
	                        anything now; samples 0: none */
	struct widening widening;
	struct engine_counters counters;
	bool is_dirty;
	bool is_mapped;       /* the CPU's counter may serve readers */
	int64_t raw_ns;       /* of the last publication */
	int64_t doubt_ns;     /* of the leap table, then */
	int64_t disrupted_raw_ns; /* what was measured before is of another
	                        counter; INT64_MIN: never */
	double best_sigma_ns; /* what the best estimate claims */
	double best_rate_sigma_ppb;
	int64_t seed_raw_ns;  /* the rate seed's instant, INT64_MIN: none */
	double seed_ppb_min, seed_ppb_max;
	struct rehearsal rehearsal;
	bool is_withdrawn;        /* no sample is used, silence.c */
	int disabled_count;
	char disabled[ENGINE_SOURCES_MAX][SOURCE_NAME_SIZE];
	int source_count;     /* highest number in use + 1 */
	enum source_verdict verdict[ENGINE_SOURCES_MAX];
	enum utc_verdict utc[ENGINE_SOURCES_MAX];
	struct source source[ENGINE_SOURCES_MAX];
};

/* NTP may be a leap second late or early by so much around one; a smear is
 * under way for half a day before and after. */
#define LEAP_NEAR_NS  INT64_C(2000000000)
#define SMEAR_NEAR_NS (INT64_C(43200000000000) + LEAP_NEAR_NS)

__attribute__((format(printf, 3, 4))) void
engine_tell(const struct engine *e, enum engine_event event,
	    const char *format, ...);

/* TAI - UTC by the table at a TAI instant. */
int64_t engine_offset_ns(const struct engine *e, int64_t tai_ns);

/* How far the leap table may be off at a Unix time. */
int64_t audit_doubt_ns(const struct engine *e, int64_t unix_ns);

/*
 * Past the table's expiry each end of June or December may have a leap second
 * that nobody here knows of: what a source told in UTC before it is uncertain
 * by that second after it, and near it even what it tells then. Re-opens the
 * source when its time may have come near; true while it may be near, by what
 * the source itself says of the time.
 */
bool audit_possible_leap(struct engine *e, struct source *s, int64_t raw_ns);

/* A belief begins from a sample at this Unix time. */
void audit_doubt_begins(const struct engine *e, struct source *s,
			int64_t unix_ns);

/* A source strayed from its learned rate, and was re-opened. */
void audit_excursion(struct engine *e, const struct source *s,
		     int64_t raw_ns);

/* A source contradicted itself, and began anew. */
void audit_contradiction(struct engine *e, const struct source *s,
			 int64_t raw_ns);

/* Fuse into e->fusion, minding the leap seconds that may have passed.
 * Publications must be void before the next one: at `ret_void_raw_ns`. */
void audit_fuse(struct engine *e, int64_t raw_ns, int64_t *ret_void_raw_ns);

/* ---- widen.c ---- */

/* A sample of s has proved that A2, as it is in force, does not hold. */
void widen_judge(struct engine *e, const struct source *s, int64_t raw_ns);

/* A long time without anything beyond the configured axioms ends it. */
void widen_give_back(struct engine *e, int64_t raw_ns);

/* ---- memory.c ---- */

/* No source bounds anything: what was published last goes on by A2 as long as
 * nothing is known against it, into e->fusion. False: there is no such. */
bool memory_recall(struct engine *e, int64_t raw_ns);

/* The counter or the scale is another, or a source bounds again. */
void memory_forget(struct engine *e);
/* ---- silence.c ---- */

/* Before a publication: is a rehearsal over? */
void silence_publish(struct engine *e, int64_t raw_ns);

/* True: the sample, in TAI, is not to be used. */
bool silence_ignores(struct engine *e, struct source *s,
		     const struct sample *m);

/* A source came. */
void silence_announce(const struct engine *e, struct source *s);

enum source_verdict engine_verdict(const struct engine *e, int source,
				   int64_t raw_ns);

#endif
