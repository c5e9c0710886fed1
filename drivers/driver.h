/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract between a driver (which speaks to chronyd, ptp4l, gpsd or a
 * device) and the engine (which bounds true time). A driver gives samples,
 * each with its error budget term by term, and says what its sources are. It
 * never logs, never steers, never sums its own budget, and reads clocks only
 * through env.h.
 *
 * Signs, for the whole project: offset = reference - local; a positive rate
 * makes the local clock faster; an error is a half-width, >= 0.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/env.h"

enum source_class { SOURCE_GNSS, SOURCE_PTP, SOURCE_PHC, SOURCE_NTP };

/* The scale a source's time is in; the engine crosses to TAI. */
enum source_scale { SCALE_TAI, SCALE_UTC, SCALE_UTC_SMEARED };

/*
 * The error budget of a sample. Each term has a lower and an upper half: how
 * far reference - raw may lie below and above `mid_ns` on its account.
 */
enum budget_term {
	TERM_SERVER,  /* the server's own root distance, as axiom A6 scales it */
	TERM_DELAY,   /* half the round trip of the last hop, or axiom A4 */
	TERM_STAMP,   /* precision and dispersion of the stamps of that hop */
	TERM_MAPPING, /* CLOCK_REALTIME (and the engine's virtual clock) to raw,
	                 number formats included */
	TERM_COUNT
};

/*
 * As lo_ns or hi_ns of TERM_DELAY: this side says nothing. One leg of an
 * exchange is such a sample: its delay is known on one side only. The other
 * side's terms count; both sides may not be so.
 */
#define SAMPLE_NO_BOUND INT64_MAX

/*
 * For some age u in [age_ns_min, age_ns_max] and some ruler rate f in
 * [ruler_ppb_min, ruler_ppb_max]:
 *   mid - sum(lo_ns) <= (reference - raw)(raw_ns - u) + f u
 *                    <= mid + sum(hi_ns)
 * That is: the event lay u before raw_ns, and was carried to raw_ns along a
 * clock that gains f on the raw counter.
 *
 * In place of one moment's it may be the mean over some moments: then their
 * mean age lies in that range, and none is older than age_ns_oldest.
 */
struct sample {
	int64_t raw_ns;
	int64_t mid_ns;
	int64_t lo_ns[TERM_COUNT];
	int64_t hi_ns[TERM_COUNT];
	int64_t age_ns_min;
	int64_t age_ns_max;
	int64_t age_ns_oldest; /* 0: age_ns_max */
	double ruler_ppb_min;
	double ruler_ppb_max;
	int64_t likely_ns;  /* of one leg: the truth is likely so near to mid_ns,
	                       which is for the best estimate alone; 0: it may
	                       be anywhere on its side */
	int64_t fresh_ns;   /* the source counts as fresh until raw_ns + this */
	bool repeat;        /* a measurement given before, mapped better now */
	bool declared;      /* a declared, unmeasured axiom narrows it (A4) */
};

#define SOURCE_NAME_SIZE 64
#define SOURCE_NOTE_SIZE 96
#define SOURCE_VIA_SIZE  96

/* What a source says of UTC besides its time: its leap announcement, and
 * TAI - UTC where it has that. It cross-checks the leap table. */
struct utc_word {
	bool has_offset, has_leap;
	int offset_s; /* TAI - UTC now */
	int leap_s;   /* leap second at the end of this UTC month: 1 inserted,
	                 -1 left out, 0 none */
};

/* What a satellite receiver tells of itself, for people. */
struct receiver_word {
	bool is_known;
	int fix;            /* 0 unknown, 1 none, 2 or 3 dimensions */
	int used, visible;  /* satellites; -1 unknown */
	int64_t jitter_ns;  /* of its pulse's stamps, one sigma; -1 unknown */
	char labels[32];    /* who agreed on the last pulse's second: "gpsd,
	                       others"; "" nobody */
};

/* What a driver knows of a source besides its samples; all may change. */
struct source_info {
	char name[SOURCE_NAME_SIZE]; /* address or device: identity, unique
	                                within the driver */
	enum source_class class;
	enum source_scale scale;
	bool reachable;
	bool uncounted;              /* gives no samples by design: it is shown,
	                                and counts in no n of axiom A3 */
	int stratum;                 /* NTP; 0 where it has no meaning */
	struct utc_word utc;
	struct receiver_word receiver;
	int64_t poll_ns;             /* interval between samples, 0 unknown */
	char via[SOURCE_VIA_SIZE];   /* the clock that its time comes through,
	                                and how that is read, or "" */
	char note[SOURCE_NOTE_SIZE]; /* why it gives no samples, or "" */
};

/*
 * Where a driver's words go. `source` announces or updates one source and
 * gives its number (>= 0), or negative errno when the table is full. A source
 * not announced again in a round is not gone until `gone` says so. `health`
 * tells how the engine (chronyd, ...) fares: a short text, "" for well; the
 * daemon logs it when it changes.
 */
struct driver_sink {
	int (*source)(void *arg, const struct source_info *info);
	void (*gone)(void *arg, int source);
	void (*sample)(void *arg, int source, const struct sample *sample);
	void (*health)(void *arg, const char *text);
	void *arg;
};

struct driver {
	const struct driver_ops *ops;
};

/*
 * A driver is run by an event loop: when `fd` (if >= 0) is readable it calls
 * `readable`; when the raw clock reaches the time `next_raw_ns` gives, it calls
 * `tick`. Both return promptly, never block, never fail for good: trouble with
 * the engine is health, not an error. The fd may change at any call.
 */
struct driver_ops {
	const char *name;
	int (*fd)(const struct driver *driver);
	int64_t (*next_raw_ns)(const struct driver *driver);
	void (*readable)(struct driver *driver);
	void (*tick)(struct driver *driver);
	void (*close)(struct driver *driver); /* NULL is allowed */
};

/* chronyd through its command protocol (cmdmon). */
struct chrony_options {
	const char *host;        /* numeric address of cmdmon, "127.0.0.1" */
	int port;                /* 323 */
	const char *socket;      /* chronyd's Unix socket, which alone answers
	                            ntpdata; "" for none */
	int64_t poll_ns;         /* interval of rounds, 250 ms */
	int64_t asymmetry_ns;    /* axiom A4: declared A; -1 unknown */
	int64_t delay_ns_min;    /* axiom A4: d_min */
	double server_scale;     /* axiom A6: 2, from stratum 2 on */
	bool smeared;            /* the servers serve smeared time */
};

/* 0 or negative errno. `env` and `sink` outlive the driver. */
int driver_chrony_open(const struct chrony_options *opt, struct env *env,
		       const struct driver_sink *sink, struct driver **ret);

#endif
