/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world for the chrony driver, alone or with the engine behind it: a raw
 * counter, CLOCK_REALTIME (S) steered or not, a reference, and a chronyd
 * between them that keeps the books of its cooked clock (C) as the real one
 * does, slews, steps and answers cmdmon on real sockets. Time is virtual and
 * moves only where a test, an env call or an answer moves it. Everything true
 * is known, to a picosecond.
 *
 * All clocks are kept as offsets from raw, less MODEL_EPOCH_NS.
 */
#ifndef CHRONYD_MODEL_H
#define CHRONYD_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/cmdmon.h"
#include "drivers/driver.h"
#include "sim/oscillator.h"

#define MODEL_EPOCH_NS	  INT64_C(1790000000000000000)
#define MODEL_SOURCES_MAX 80

/* One measurement: of the event it tells, now. */
struct model_sample {
	bool exists;
	int64_t raw_ns;	  /* of the event */
	double ref_ns;	  /* reference - raw then: never changes */
	double cooked_ns; /* C - raw then, on the line of now */
	double orig_ns;	  /* as measured: C - reference, with its error */
	double meas_ns;	  /* the same, on the line of now */
	double server_s;  /* the server's root distance */
	double delay_s;
	double disp_s;
	double added_s; /* dispersion that chronyd added since */
	int stratum;
};

struct model_source {
	struct cmdmon_source wire; /* what is not the measurement */
	double poll_s;
	int64_t next_raw_ns;
	struct model_sample latest;
	struct model_sample pending; /* on its way, until arrival_raw_ns */
	struct model_sample held;    /* interleaved: told with the next one */
	int64_t arrival_raw_ns;
	struct model_sample served; /* as it was read last, ... */
	int64_t served_raw_ns;	    /*   then, */
	double served_real_ns;	    /*   with S, */
	double served_cooked_ns;    /*   C */
	double served_freq;	    /*   and its base frequency then */
	/* The law of its measurements: 0 is what a source has by itself. */
	double base_s;	 /* each way's least delay, and the mean of the ... */
	double queue_s;	 /* ... exponential rest; 0: log-uniform */
	double delay_s_min; /* round trips of the log-uniform law */
	double delay_s_max;
	double ways_s;	 /* error of the two ways, at most: axiom A4 */
	double loss;	 /* share of measurements that come to nothing */
	double stretch;	 /* its own error over what it claims of it */
	double lie_ns;	 /* on top of every error */
	double root_s;	 /* largest root distance from stratum 2 on */
	bool is_interleaved;
	uint32_t ref_id;
};

/* How the answering goes wrong. */
enum model_fault {
	MODEL_WELL,
	MODEL_SILENT,
	MODEL_GARBAGE,
	MODEL_TRUNCATED,
	MODEL_WRONG_SEQUENCE,
	MODEL_WRONG_VERSION,
	MODEL_REFUSES,
	MODEL_FLOODS, /* strays before each answer */
	MODEL_ABSURD  /* exponents that no clock has */
};

struct env {
	uint64_t rng;
	int64_t raw_ns;

	/* CLOCK_REALTIME */
	double real_ns;
	double rate;		/* dS/draw - 1, as adjtimex names it */
	double rate_bias;	/* and what the kernel adds to that */
	int64_t foreign_raw_ns; /* next change by somebody else, -x only */
	double foreign_rate;	/* largest rate that somebody gives it */

	/* the reference */
	double ref_ns;
	double ref_rate;
	int64_t wander_raw_ns;
	struct oscillator *oscillator; /* gives the reference, if any does */
	double oscillator_ns;	       /* reference - its time */
	double wander_ref_ns;	       /* reference a second ago, at most */

	/* chronyd */
	bool is_free;	/* chronyd -x */
	bool keeps_off; /* never updates, only measures */
	double freq;	/* base frequency, 1e-6 of freq_ppm */
	double slew_freq;
	double register_ns;
	int64_t since_raw_ns; /* slew_start or last_update ... */
	double since_real_ns; /* ... in S */
	int64_t slew_end_raw_ns;
	double slew_rate_max;
	bool synced;
	double update_interval_s;
	struct cmdmon_time ref_time;
	int64_t quiet_raw_ns; /* no update before: it wants some samples */
	double update_share;  /* of measurements that lead to an update */
	double freq_err;      /* of the frequency that chronyd believes in */
	double misled_ns;     /* what chronyd takes for the reference is off */
	double makestep_ns;   /* larger offsets are stepped; 0: never */
	int count;
	uint32_t claimed_count; /* n_sources where it is not `count` */
	struct model_source source[MODEL_SOURCES_MAX];

	/* the answering */
	enum model_fault fault;
	int udp_fd;
	int unix_fd;
	int port;
	char dir[64];
	char socket[96];
	int answers;
	double late_ns; /* the longest that chronyd thinks before it answers */

	/* what the driver read last */
	int64_t pair_raw_ns;
	double pair_real_ns;
};

double model_random(struct env *w, double min, double max);

/* Sockets too. Sources are added by the test. */
void model_open(struct env *w, uint64_t seed, bool is_free);
void model_close(struct env *w);
struct model_source *model_add(struct env *w, const uint8_t ip[4],
			       double poll_s);

void model_advance(struct env *w, int64_t ns);

/* From now on o moves the reference, which goes on from where it is (at a whole
 * nanosecond). o outlives w, and is asked about no instant before now less its
 * ring. */
void model_follow(struct env *w, struct oscillator *o);

/* The reference at a raw instant; an oscillator gives it. */
int64_t model_unix_ns(struct env *w, int64_t raw_ns);

/* C - raw and S - raw of now. */
double model_cooked_ns(const struct env *w);

/* C - raw at the driver's last pair, on the line that C was on when this source
 * was read: an update since then is not what the driver was told of. */
double model_line_ns(const struct env *w, const struct model_source *s);

/* Somebody sets the clock, and chronyd is not told. */
void model_step(struct env *w, double ns);

/* chronyd ends, and another one starts at once; with what it had measured, if
 * it dumped that and reloads it. */
void model_restart(struct env *w, bool is_free);
void model_restart_reloading(struct env *w, bool is_free);

/* Nobody listens any more; and again. */
void model_hang_up(struct env *w);
void model_listen(struct env *w);

/* Answers what has been asked. True: something had been. */
bool model_answer(struct env *w);

/* Turns the loop around driver for this much of virtual time. */
void model_run(struct env *w, struct driver *driver, double seconds);

#endif
