/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the clients did, in true time, and what may be said of it. Nothing here
 * knows of nodes, messages or clocks: `ledger check FILE` judges any history.
 *
 * One line an operation:
 *   KIND CLIENT NODE BEGIN END TS KEY:READ@READ_TS:WROTE...
 * KIND is update, read or snapshot; BEGIN and END are ns of true time, END "?"
 * where the outcome is not known (it may happen at any later time, or never);
 * TS is the store's timestamp, 0 none; READ "-" if it was not told. What
 * certainly did not happen is not in a history.
 */
#ifndef LEDGER_HISTORY_H
#define LEDGER_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ledger/ledger.h"

#define NOT_READ  INT64_C(-1)
#define NOT_KNOWN INT64_MAX

struct op {
	int32_t kind; /* enum txn_kind */
	int32_t client, node;
	int32_t count;
	int64_t begin_ns, end_ns; /* end: NOT_KNOWN */
	int64_t ts;
	struct access at[TXN_KEYS]; /* value: 0 nothing written */
};

struct history {
	struct op *op;
	size_t count, room;
};

void history_add(struct history *h, const struct op *op);
void history_print(const struct history *h, FILE *out);
/* 0, or the number of the line that is none. */
int history_read(struct history *h, FILE *in);
void history_free(struct history *h);

/* What it found and wrote, for people. */
#define OP_TEXT_SIZE 160
void op_text(const struct op *o, char ret[OP_TEXT_SIZE]);

/*
 * check_linear.c: is what happened to this key what one copy of it could have
 * done, each operation at one moment between its begin and its end? Wing and
 * Gong (1993), with Lowe's memory of what was tried (2017); linearizability is
 * local, so that keys may be looked at one by one. *ret_op: where it is not, the
 * operation that cannot be placed.
 */
bool linear_check(const struct history *h, int key, size_t *ret_op);

/* check_order.c: does the order of the timestamps agree with the order of time? */
enum anomaly {
	STALE_READ,	 /* `second` began after `first` had shown a later
	                    version than what it found */
	LOST_UPDATE,	 /* `second` was acknowledged, and is below `first`,
	                    which was over before it began; or both replaced the
	                    same version */
	CAUSAL_REVERSAL, /* `first` was over before `second` began, and has the
	                    later timestamp; they share no key */
	BROKEN_SNAPSHOT, /* `second` is not what its timestamp says: of `first`
	                    it misses something */
	ANOMALIES
};

struct anomalies {
	uint64_t count[ANOMALIES];
	uint64_t seen; /* causal reversals that some snapshot shows */
	struct {
		bool is_there;
		size_t first, second;
		bool has_witness;
		size_t witness; /* an operation that shows it */
	} example[ANOMALIES];
};

void order_check(const struct history *h, struct anomalies *ret);

extern const char *const anomaly_name[ANOMALIES];

/* diagram.c: one example as a space-time diagram, SVG. ts_ns() makes true time of
 * a timestamp. 0 or negative errno. */
int diagram_draw(const char *path, const struct history *h,
		 const struct anomalies *a, enum anomaly kind,
		 int64_t (*ts_ns)(int64_t ts));

#endif
