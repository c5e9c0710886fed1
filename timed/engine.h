/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine: from samples to the published bound. It holds one source (two
 * staggered beliefs and an estimate) per source a driver announces, fuses them
 * by class, audits the axioms, and composes the publication. No clock, no IO,
 * no logging: time comes in as raw_ns, words go out as events. The simulator
 * runs these very objects.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/driver.h"
#include "libtt/segment.h"
#include "timed/axioms.h"
#include "timed/leap.h"
#include "timed/rehearsal.h"
#include "timed/utc_check.h"

#define ENGINE_SOURCES_MAX 64
#define ENGINE_GROUPS_MAX  64
#define ENGINE_CLASSES     2 /* reference (GNSS, PTP, PHC) and ntp */

/* Values of enum tt_state (tt/tt.h), which engine.c asserts. */
enum engine_state {
	ENGINE_UNSYNCHRONIZED,
	ENGINE_SYNCHRONIZED,
	ENGINE_HOLDOVER,
	ENGINE_DISPUTED
};

/* What a source's range is to the fused interval. */
enum source_verdict {
	VERDICT_WAITING,     /* no bound from it yet */
	VERDICT_USED,        /* its range meets the fused interval */
	VERDICT_FALSETICKER, /* its range misses the fused interval */
	VERDICT_STALE        /* as used, but its last sample is no longer fresh */
};

/* Members of one group share a fate (one antenna, one machine). */
struct engine_group {
	char name[SOURCE_NAME_SIZE];
	char member[8][SOURCE_NAME_SIZE];
	int count;
};

struct engine_options {
	struct axioms axioms;
	int64_t horizon_ns;    /* how long published slopes hold */
	int64_t void_after_ns; /* a bound nobody renews ends after this */
	bool smear;            /* the Unix view's leap mode */
	int64_t counter_err_ns; /* of raw time by the CPU's counter; 0: it is
	                          not used */
	const struct engine_group *groups; /* copied */
	int group_count;
	uint64_t breaks;       /* the simulator's planted lies; 0 */
};

/* Planted lies: each takes one piece of the proof away. The daemon has no way
 * to set them. Budget terms: BREAK_TERM(t). */
#define BREAK_TERM(term) (UINT64_C(1) << (term))
#define BREAK_AGE        (UINT64_C(1) << 8)  /* the event's unknown age */
#define BREAK_WANDER     (UINT64_C(1) << 9)  /* A2 slow part */
#define BREAK_JITTER     (UINT64_C(1) << 10) /* A2 fast part */
#define BREAK_DRIFT      (UINT64_C(1) << 11) /* A1, in starts and past H */
#define BREAK_LIARS      (UINT64_C(1) << 12) /* A3: trust everyone */
#define BREAK_HORIZON    (UINT64_C(1) << 13) /* flat edges over H */
#define BREAK_MEMORY     (UINT64_C(1) << 14) /* beliefs never rebuilt */
#define BREAK_RESET      (UINT64_C(1) << 15) /* contradictions ignored */
#define BREAK_HULL       (UINT64_C(1) << 16) /* no hull at a contradiction */
#define BREAK_EPOCH      (UINT64_C(1) << 17) /* no epoch at a contradiction */
#define BREAK_DOUBT      (UINT64_C(1) << 18) /* leap table's expiry ignored */
#define BREAK_CLAMP      (UINT64_C(1) << 19) /* earliest may go back */
#define BREAK_NEAR_LEAP  (UINT64_C(1) << 20) /* samples near a leap second */
#define BREAK_EXCURSION  (UINT64_C(1) << 21) /* strayed rates not noticed */
#define BREAK_DISPUTE    (UINT64_C(1) << 22) /* groups that miss F ignored */
#define BREAK_DISRUPTION (UINT64_C(1) << 23) /* what is told of A5 ignored */
#define BREAK_OPENING    (UINT64_C(1) << 24) /* flat edges past H */
#define BREAK_SCALE      (UINT64_C(1) << 25) /* both scales as if certain */
#define BREAK_RULER      (UINT64_C(1) << 26) /* the ruler's rate as if known */
#define BREAK_SEED       (UINT64_C(1) << 27) /* an earlier rate does not age */
#define BREAK_GROUPS     (UINT64_C(1) << 28) /* each of a group has a vote */
#define BREAK_BASIS      (UINT64_C(1) << 29) /* one TAI is as good as another */
#define BREAK_VOID       (UINT64_C(1) << 30) /* pages outlive a possible leap */
#define BREAK_EARLIER    (UINT64_C(1) << 31) /* samples from before a stop */
#define BREAK_TABLE      (UINT64_C(1) << 32) /* a new table changes nothing */
#define BREAK_PAST       (UINT64_C(1) << 33) /* no epoch past a possible leap */
#define BREAK_SWING      (UINT64_C(1) << 34) /* A2's declared cap: no room */
#define BREAK_CAP        (UINT64_C(1) << 35) /* polygons simplified inward */
#define BREAK_BEYOND     (UINT64_C(1) << 36) /* no count of contradictions */
#define BREAK_UTC        (UINT64_C(1) << 37) /* words on UTC not looked at */
#define BREAK_RECALL     (UINT64_C(1) << 38) /* a page's rate as if exact */
#define BREAK_WIDEN      (UINT64_C(1) << 39) /* A2 stands, whatever is proved */
#define BREAK_DISABLED   (UINT64_C(1) << 40) /* what is disabled not counted */

enum engine_event {
	EVENT_STATE,         /* state changed */
	EVENT_EPOCH,         /* a new epoch began: text says why */
	EVENT_CONTRADICTION, /* a source against its own belief */
	EVENT_VIOLATION,     /* a fused contradiction, excursion or dispute */
	EVENT_UTC,           /* what a source says of UTC and the leap table
	                        disagree, or agree again */
	EVENT_AXIOMS,        /* A2 was widened, or given back */
	EVENT_REHEARSAL,     /* a rehearsal of holdover began, or is over */
	EVENT_VERDICT        /* a source's verdict changed */
};

struct engine_sink {
	void (*event)(void *arg, enum engine_event event, const char *text);
	void *arg;
};

/* What one side or source of the bound is made of, for people. ns, >= 0. */
struct source_view {
	struct source_info info;
	char group[SOURCE_NAME_SIZE]; /* "" when alone */
	bool has_range;
	int64_t lo_ns, hi_ns;      /* its range for TAI - raw at view time */
	double rate_ppb_min, rate_ppb_max;
	int64_t last_raw_ns;       /* event of its last sample, INT64_MIN: none */
	int64_t mid_ns;            /* last sample: reference - raw, TAI */
	int64_t lo_term_ns[TERM_COUNT], hi_term_ns[TERM_COUNT];
	enum source_verdict verdict;
	enum utc_verdict utc;
	uint64_t samples, contradictions, excursions;
	bool disabled;
	uint64_t refused;          /* samples that were impossible or ambiguous */
	uint64_t ignored;          /* samples that were not used ... */
	int64_t ignored_raw_ns;    /* ... the last one; INT64_MIN: none */
};

struct engine_counters {
	uint64_t samples;
	uint64_t contradictions;   /* sample against its source's own belief */
	uint64_t bound_violations; /* fused contradictions, excursions, disputes */
	uint64_t excursions;
	uint64_t widenings;        /* of axiom A2, see widen.h */
	uint64_t disputes;
	uint64_t samples_refused;  /* impossible or ambiguous */
	uint64_t utc_disagreements; /* sources against the leap table */
};

struct engine_view {
	int64_t raw_ns;            /* when the view was taken */
	struct segment_slot slot;  /* what is published */
	int64_t state_since_raw_ns;
	char epoch_reason[96];
	struct engine_counters counters;
	int lo_source, hi_source;  /* which source holds each edge, -1: a hull,
	                              or the memory of an earlier bound */
	struct rehearsal rehearsal;
	int source_count;
	struct source_view source[ENGINE_SOURCES_MAX];
};

struct engine;

/* 0 or negative errno. `sink` is copied; its event may be NULL. */
int engine_new(const struct engine_options *opt, const struct leap_table *leap,
	       int64_t raw_ns, const struct engine_sink *sink,
	       struct engine **ret);
void engine_free(struct engine *e);

/* What a driver says: fit for struct driver_sink with arg = the engine. */
int engine_source(void *engine, const struct source_info *info);
void engine_gone(void *engine, int source);
void engine_sample(void *engine, int source, const struct sample *sample);

/*
 * What came in since the last call is taken into account, the axioms are
 * audited, and the publication for raw_ns is composed. Call at the publish
 * rate and whenever engine_is_dirty(). raw_ns never goes back.
 */
void engine_publish(struct engine *e, int64_t raw_ns,
		    struct segment_slot *ret);

/*
 * Is what was composed last, read at raw_ns, behind what readers have, though of
 * the same epoch? Then the caller was held up, and composes anew: each
 * composition holds `earliest` to the one before and to what readers have.
 */
bool engine_is_behind(const struct engine *e, int64_t raw_ns);

/* The axioms in force: as configured, or widened (widen.h). */
const struct axioms *engine_axioms(const struct engine *e);

/* Readers have what was composed last. */
void engine_shown(struct engine *e);

/*
 * May readers take raw time from a line in the CPU's counter from the next
 * publication on? The slot's `counter` says whether they do: then the words of
 * the map are the caller's to fill in. Starts as no.
 */
void engine_map_counter(struct engine *e, bool is_mapped);

/* A sample or a source came or went since the last publication. */
bool engine_is_dirty(const struct engine *e);

/* Continuity of the counter was lost (suspend, migration): new epoch, nothing
 * known. */
void engine_disrupted(struct engine *e, int64_t raw_ns, const char *why);

/* Take an earlier bound of this boot into account (a daemon's restart): the
 * slot it had published. It must have passed segment_check_slot(). */
void engine_resume(struct engine *e, const struct segment_slot *slot,
		   int64_t raw_ns);

/* The rate range (TAI against raw, ppb) an earlier life in this same boot and on
 * this same clocksource had proved at raw_ns: beliefs start from it, aged by
 * A2, instead of from A1. */
void engine_seed_rate(struct engine *e, int64_t raw_ns, double rate_ppb_min,
		      double rate_ppb_max);

/* About what the rate is, with its standard error: as an earlier life had it,
 * of whatever boot. The best estimate begins with it; no bound does. */
void engine_expect_rate(struct engine *e, double rate_ppb, double sigma_ppb);

/* The fused rate range at the last publication, for the drift file. False while
 * there is none. */
bool engine_rate(const struct engine *e, double *ret_ppb_min,
		 double *ret_ppb_max);

/* The standard error that the best estimate claims, at the last publication.
 * A statistic: nothing in the bound rests on it. */
double engine_best_sigma_ns(const struct engine *e);

/* The same of its rate; infinite where no source has told of one. */
double engine_best_rate_sigma_ppb(const struct engine *e);

/* Bit n: a source of class n (enum source_class) was fresh, and used, at the
 * last publication. */
unsigned int engine_fresh_classes(const struct engine *e);

/* A new leap table (SIGHUP). */
void engine_set_leap(struct engine *e, const struct leap_table *leap);

/* ---- silence.c ---- */

/*
 * Rehearse holdover: until it is ended, or for for_ns, no sample is used. A
 * sample that contradicts what its own source has said ends it too, and is
 * used: the bound is not put at risk for an exercise; so does all that makes
 * the engine forget. 0; -EALREADY, it is on; -ENODATA, the state is not
 * SYNCHRONIZED; -ERANGE, rehearsal.h.
 */
int engine_rehearse(struct engine *e, int64_t raw_ns, int64_t for_ns);

/* 0; -EALREADY, there is none. */
int engine_rehearse_end(struct engine *e, int64_t raw_ns, const char *why);

/* The present one, or the last. */
const struct rehearsal *engine_rehearsal(const struct engine *e);

/*
 * Before the machine sleeps: all that was known is void, as if the counter had
 * been disrupted, and no sample is used until it is restored, which voids once
 * more what was heard until then.
 */
void engine_withdraw(struct engine *e, int64_t raw_ns, const char *why);
void engine_restore(struct engine *e, int64_t raw_ns, const char *why);

/*
 * Use no sample of the source of that name, or use them again. It is kept by
 * name, for sources that go and come back. Such a source is as a silent one to
 * A3: it counts, and what it has said ages. 0; -ENOENT, there is no such
 * source; -EALREADY, it is so; -ENOSPC.
 */
int engine_disable(struct engine *e, const char *name);
int engine_enable(struct engine *e, const char *name);

/* Fill a view of all there is to tell (some tens of KiB: keep it static). */
void engine_view(const struct engine *e, struct engine_view *ret);

const char *engine_state_name(enum engine_state state); /* "SYNCHRONIZED" */
const char *source_verdict_name(enum source_verdict verdict);
const char *budget_term_name(enum budget_term term);    /* "server" ... */

#endif
