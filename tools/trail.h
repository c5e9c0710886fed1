/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An audit of timed's history log: the lines of its files, in order, are held
 * against each other, and what they say is summed up. No IO; memory of a fixed
 * size, however long the log. docs/history.md says what is checked.
 */
#ifndef TRAIL_H
#define TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/trail_line.h"

#define TRAIL_NOTE_SIZE 320

/* Half-widths in classes, 64 to a doubling: 1.6 % wide. */
#define TRAIL_CLASSES (62 * 64)

enum trail_note_kind {
	NOTE_BEGINS,       /* earlier lines were rotated away */
	NOTE_STARTED,      /* timed did */
	NOTE_STOPPED,      /* in order */
	NOTE_EVENT,        /* that timed told of; `event` says which */
	NOTE_GAP,          /* a time of which there is no line */
	NOTE_LOST,         /* timed says that lines were */
	NOTE_TORN,         /* a line, by a crash */
	NOTE_INCONSISTENT, /* what cannot be, while the axioms hold */
	NOTE_UNREADABLE    /* a line that is none */
};

struct trail_note {
	enum trail_note_kind kind;
	const char *event; /* of NOTE_EVENT: "state" ... */
	const char *file;
	int64_t line;      /* from 1 on */
	bool has_unix;
	int64_t unix_ns;
	char text[TRAIL_NOTE_SIZE];
};

typedef void trail_hear(void *arg, const struct trail_note *note);

/* What was the bound when true time was this? */
enum trail_answer_kind {
	ANSWER_UNKNOWN, /* `why` says why */
	ANSWER_NONE,    /* there was none: UNSYNCHRONIZED */
	ANSWER_BOUND
};

enum trail_rank {
	RANK_NOTHING,
	RANK_NONE,  /* there was none, where CLOCK_REALTIME was that */
	RANK_LABEL, /* unknown, of a line whose label is by its best estimate */
	RANK_BOUND
};

struct trail_answer {
	enum trail_answer_kind kind;
	char why[TRAIL_WHY_SIZE];
	int state;
	int64_t earliest_unix_ns, latest_unix_ns;
	int64_t earliest_tai_ns, latest_tai_ns;
	int64_t half_ns;      /* of the Unix view, rounded up */
	int64_t half_ns_max;  /* the widest that readers had around then, as the
	                         next line tells; -1: it does not */
	int64_t age_ns;       /* of the line it rests on */
	int64_t sequence;     /* its number */
	bool is_between_runs; /* timed was started anew before the next line */
	bool ends_epoch;      /* the next line is of another epoch */
};

struct trail_summary {
	int64_t files, lines;
	int64_t first_sequence, last_sequence;
	char last_sha256[TRAIL_SHA256_SIZE];
	bool has_span;
	int64_t first_unix_ns, last_unix_ns;
	int64_t covered_ns, gap_ns; /* between lines; in gaps */
	int64_t state_ns[TRAIL_STATES];
	int64_t starts, starts_after_crash, boots;
	int64_t gaps, lost, torn, inconsistent, unreadable, violations, events;
	int64_t checked;            /* pairs of intervals that were compared */
	bool has_half;
	int64_t half_ns_least, half_ns_worst;
	bool worst_has_unix;
	int64_t worst_unix_ns;
};

struct trail {
	trail_hear *hear;
	void *arg;
	struct trail_summary sum;
	const char *file;
	int64_t line;
	bool has_basis, has_line, has_bound_line, is_new_run, is_broken;
	bool is_gone;               /* in order */
	struct trail_basis basis;
	struct trail_line last;     /* a bound; its events are gone */
	int64_t lost_since;         /* that line */
	int64_t pieces, piece_bytes, piece_line;
	char whole_sha256[TRAIL_SHA256_SIZE]; /* of the last line */
	bool is_unended;            /* the last piece has no \n, and can be
	                               what there is yet of a line */
	char piece_why[TRAIL_WHY_SIZE];
	bool wants_at;
	int64_t at_unix_ns;
	struct trail_answer answer;
	enum trail_rank answer_rank; /* which of several is it? */
	int64_t half_weight[TRAIL_CLASSES]; /* ns for which it was of that class */
};

void trail_init(struct trail *t, trail_hear *hear, void *arg);

/* To be said before the first line. */
void trail_ask(struct trail *t, int64_t unix_ns);

/* The next file; `name` is to last. */
void trail_file(struct trail *t, const char *name);

/* The next line of it, without its \n; has_end: it had one. */
void trail_take(struct trail *t, const char *text, size_t size, bool has_end);

/* There are no more. */
void trail_finish(struct trail *t);

/* The half-width that was not exceeded for this part (0 to 1) of the covered
 * time, rounded up by 1.6 % at most; -1: nothing was covered. */
int64_t trail_half_ns(const struct trail *t, double part);

#endif
