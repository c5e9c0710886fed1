/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of chronyd's sources: which measurement of each is the latest,
 * whether it may be told, and what the engine has been told. No IO; the words
 * go to the sink.
 */
#ifndef CHRONY_TABLE_H
#define CHRONY_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/chrony_sample.h"
#include "drivers/cooked.h"
#include "drivers/driver.h"
#include "drivers/realtime.h"

#define CHRONY_TABLE_SIZE 64

struct chrony_source {
	bool used;
	bool seen; /* in this round */
	bool announced;
	int number;	    /* the sink's; negative: it has no room */
	int64_t missing_ns; /* answered time without it */
	struct source_info info;
	/* the latest measurement */
	bool has_latest;
	double orig_s;		/* these two name it: as it was measured, */
	double ref_s;		/*   and the reference's time then */
	int64_t seen_raw_ns;	/* it was the latest when asked then */
	int64_t before_raw_ns;	/* it was not yet when asked then, */
	int64_t earlier_raw_ns; /*   nor the one before it then */
	bool has_ntp;
	int ntp_tries;
	struct cmdmon_ntp_data ntp;
	const char *disowned; /* why, by its last packet, or "" */
	/* as it was told last */
	bool told;
	bool told_ntp;
	double told_open_ns;
};

/* The pointers belong to the driver, and outlive the table. */
struct chrony_table {
	const struct chrony_options *opt;
	const struct driver_sink *sink;
	const struct cooked *cooked;
	const struct realtime *realtime;
	struct chrony_source source[CHRONY_TABLE_SIZE];
};

/* Is ntpdata worth asking for, with what this reading says? Counts tries. */
bool chrony_table_wants_ntp_data(struct chrony_table *t,
				 const struct chrony_reading *reading);

/* A source that had been measured has not been: chronyd was restarted, or told
 * to forget. */
bool chrony_table_has_forgotten(struct chrony_table *t,
				const struct chrony_reading *reading,
				uint32_t n);

/*
 * One round's readings, and the line of C that they lie on. What was not among
 * them is gone in the end: after a grace of answered time, of which answered_ns
 * have passed since the round before.
 */
void chrony_table_take(struct chrony_table *t, struct chrony_reading *reading,
		       uint32_t n, struct chrony_line *line,
		       int64_t answered_ns);

/* No source is reachable: chronyd itself does not answer. */
void chrony_table_silence(struct chrony_table *t);

#endif
