/* SPDX-License-Identifier: Apache-2.0 */
/* The audit of a history log. See trail.h. */
#include "tools/trail.h"

#include <inttypes.h>
#include <sha2.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/trail_at.h"
#include "tools/trail_width.h"

#define NS_PER_S INT64_C(1000000000)

/* Of lines that come every so often, the daemon's own lateness included. */
#define LATE_NS (5 * NS_PER_S)

void trail_init(struct trail *t, trail_hear *hear, void *arg)
{
	memset(t, 0, sizeof(*t));
	t->hear = hear;
	t->arg = arg;
	snprintf(t->answer.why, sizeof(t->answer.why), "the log has no line");
}

void trail_ask(struct trail *t, int64_t unix_ns)
{
	t->wants_at = true;
	t->at_unix_ns = unix_ns;
}

/* ---- notes ---- */

__attribute__((format(printf, 3, 0))) static void
send(struct trail *t, struct trail_note *note, const char *format,
     va_list args)
{
	note->file = t->file;
	vsnprintf(note->text, sizeof(note->text), format, args);
	if (t->hear)
		t->hear(t->arg, note);
}

/* Of this line, which may have no label. */
__attribute__((format(printf, 4, 5))) static void
tell(struct trail *t, enum trail_note_kind kind, const struct trail_line *l,
     const char *format, ...)
{
	struct trail_note note = {.kind = kind, .line = t->line};
	va_list args;

	note.has_unix = l && l->has_unix;
	note.unix_ns = note.has_unix ? l->unix_ns : 0;
	t->sum.inconsistent += kind == NOTE_INCONSISTENT;
	va_start(args, format);
	send(t, &note, format, args);
	va_end(args);
}

__attribute__((format(printf, 3, 4))) static void
tell_piece(struct trail *t, enum trail_note_kind kind, const char *format, ...)
{
	struct trail_note note = {.kind = kind, .line = t->piece_line};
	va_list args;

	t->sum.unreadable += kind == NOTE_UNREADABLE;
	va_start(args, format);
	send(t, &note, format, args);
	va_end(args);
}

/* ---- torn lines ---- */

static void refuse_pieces(struct trail *t)
{
	if (t->pieces == 1)
		tell_piece(t, NOTE_UNREADABLE, "no line of a history log: %s",
			   t->piece_why);
	else if (t->pieces > 1)
		tell_piece(t, NOTE_UNREADABLE, "%" PRId64 " lines that are "
			   "none of a history log: %s", t->pieces,
			   t->piece_why);
	t->pieces = 0;
}

/* Can it be what there is yet of a line? */
static bool is_begun(const char *text, size_t size)
{
	static const char words[] = "{\"seq\":";

	return size > 0 && memcmp(text, words, size < sizeof(words) - 1
						       ? size
						       : sizeof(words) - 1) == 0;
}

static void take_piece(struct trail *t, const char *text, size_t size,
		       bool has_end, const char *why)
{
	if (t->pieces == 0) {
		t->piece_line = t->line;
		t->piece_bytes = 0;
		snprintf(t->piece_why, sizeof(t->piece_why), "%s", why);
	}
	t->pieces++;
	t->piece_bytes += (int64_t)size;
	t->is_unended = !has_end && is_begun(text, size);
}

static void take_torn(struct trail *t, const struct trail_line *l)
{
	if (t->pieces == 0 || t->pieces != l->count ||
	    t->piece_bytes != l->bytes) {
		refuse_pieces(t);
		tell(t, NOTE_INCONSISTENT, NULL, "it tells of %" PRId64
		     " bytes of a torn line, which are not before it",
		     l->bytes);
		return;
	}
	t->sum.torn++;
	tell_piece(t, NOTE_TORN, "a line that a crash has cut off after %" PRId64
		   " bytes%s", t->piece_bytes,
		   l->has_whole ? "" : ": nothing proves the line before it");
	t->pieces = 0;
	if (l->has_whole && t->has_line && strcmp(l->whole, t->whole_sha256))
		tell(t, NOTE_INCONSISTENT, NULL, "the line before the torn one "
		     "is not the one that it was: something was changed");
}

/* A line that is being written, or that nobody has closed yet. */
static void end_of_file(struct trail *t, bool is_last)
{
	if (t->pieces == 1 && t->is_unended && is_last) {
		t->sum.torn++;
		tell_piece(t, NOTE_TORN, "the last line has no end: it is being "
			   "written, or a crash has cut it off");
		t->pieces = 0;
	}
	refuse_pieces(t);
}

/* ---- the chain ---- */

static void check_chain(struct trail *t, const struct trail_line *l)
{
	const int64_t next = t->sum.last_sequence + 1;

	if (!t->has_line) {
		t->sum.first_sequence = l->sequence;
		if (l->sequence > 0)
			tell(t, NOTE_BEGINS, l, "the log begins with line %"
			     PRId64 ": what was before has been rotated away",
			     l->sequence);
		else if (*l->prev)
			tell(t, NOTE_INCONSISTENT, l, "line 0 is chained to "
			     "another");
		return;
	}
	if (l->sequence == next && !strcmp(l->prev, t->sum.last_sha256))
		return;
	t->is_broken = true;
	if (l->sequence == next)
		tell(t, NOTE_INCONSISTENT, l, "it is not chained to what is "
		     "before it: something was changed");
	else if (l->sequence > next)
		tell(t, NOTE_INCONSISTENT, l, "the lines %" PRId64 " to %" PRId64
		     " are missing", next, l->sequence - 1);
	else
		tell(t, NOTE_INCONSISTENT, l, "line %" PRId64 " comes after line "
		     "%" PRId64, l->sequence, t->sum.last_sequence);
}

/* ---- starts ---- */

static bool is_same_boot(const struct trail *t, const struct trail_line *l)
{
	return t->has_basis && !strcmp(t->basis.boot_id, l->basis.boot_id);
}

static void tell_start(struct trail *t, const struct trail_line *l)
{
	const struct trail_basis *b = &l->basis;
	const char *how = "";

	if (t->has_basis && !is_same_boot(t, l))
		how = ", in another boot";
	else if (t->has_basis)
		how = ", in the same boot";
	tell(t, NOTE_STARTED, l, "timed %s, process %" PRId64 "%s%s%s%s",
	     b->version, b->pid, *b->host ? " on " : "", b->host, how,
	     t->has_basis && !t->is_gone ? "; before it did not end in order"
					 : "");
}

static void take_basis(struct trail *t, const struct trail_line *l)
{
	const bool is_same = is_same_boot(t, l) &&
			     t->basis.pid == l->basis.pid &&
			     t->basis.started_raw_ns == l->basis.started_raw_ns;

	if (!is_same) {
		tell_start(t, l);
		t->sum.starts++;
		t->sum.starts_after_crash += t->has_basis && !t->is_gone;
		t->sum.boots += !is_same_boot(t, l);
		t->is_new_run = t->has_basis;
		t->is_gone = false;
		/* Counted anew. */
		t->last.bound.violations = 0;
	}
	t->basis = l->basis;
	t->has_basis = true;
}

/* ---- intervals ---- */

/* Edges without what the leap table's doubt has added. */
static int64_t core_lo_ns(const struct trail_bound *b)
{
	return b->lo_tai_ns + b->tai_err_ns;
}

static int64_t core_hi_ns(const struct trail_bound *b)
{
	return b->hi_tai_ns - b->tai_err_ns;
}

/* What was so then is so now, opened by A1: the two must meet. */
static void check_meets(struct trail *t, const struct trail_line *l)
{
	const struct trail_bound *was = &t->last.bound, *is = &l->bound;
	const int64_t d_ns = l->raw_ns - t->last.raw_ns;
	const double ppb = was->drift_ppb > is->drift_ppb ? was->drift_ppb
							  : is->drift_ppb;
	const int64_t more_ns = trail_opening_ns(d_ns, ppb);
	const __int128 lo_ns = (__int128)core_lo_ns(was) + d_ns - more_ns;
	const __int128 hi_ns = (__int128)core_hi_ns(was) + d_ns + more_ns;
	__int128 apart_ns = core_lo_ns(is) - hi_ns;

	t->sum.checked++;
	if (lo_ns - core_hi_ns(is) > apart_ns)
		apart_ns = lo_ns - core_hi_ns(is);
	if (apart_ns > 0)
		tell(t, NOTE_INCONSISTENT, l, "the interval is %" PRId64 " ns "
		     "apart from that of line %" PRId64 ", though that is "
		     "carried on by A1 (%.0f ppb) for %" PRId64 " ns: one of "
		     "them was wrong", trail_clamp_ns(apart_ns), t->last.sequence, ppb,
		     d_ns);
	if (is->lo_tai_ns < was->lo_tai_ns)
		tell(t, NOTE_INCONSISTENT, l, "earliest went back by %" PRId64
		     " ns in one epoch, since line %" PRId64,
		     was->lo_tai_ns - is->lo_tai_ns, t->last.sequence);
}

static void check_pair(struct trail *t, const struct trail_line *l, bool is_boot)
{
	const struct trail_bound *was = &t->last.bound, *is = &l->bound;
	const bool has_both = was->has_bound && is->has_bound;

	if (is_boot) {
		if (has_both && is->hi_tai_ns < was->lo_tai_ns)
			tell(t, NOTE_INCONSISTENT, l, "true time is before what "
			     "it was in the boot before");
		return;
	}
	if (was->epoch != is->epoch)
		return;
	if (l->raw_ns < t->last.raw_ns)
		tell(t, NOTE_INCONSISTENT, l, "the raw counter went back in one "
		     "epoch");
	else if (has_both)
		check_meets(t, l);
}

/* ---- what is summed up ---- */

static void add_half(struct trail *t, const struct trail_line *l, int64_t d_ns)
{
	struct trail_summary *s = &t->sum;
	const struct trail_bound *was = &t->last.bound, *is = &l->bound;
	int64_t most_ns = is->half_ns_max;

	if (!was->has_bound)
		return;
	if (most_ns < was->half_ns)
		most_ns = was->half_ns;
	t->half_weight[trail_width_class(most_ns)] += d_ns;
	if (!s->has_half || was->half_ns < s->half_ns_least)
		s->half_ns_least = was->half_ns;
	if (!s->has_half || most_ns > s->half_ns_worst) {
		s->half_ns_worst = most_ns;
		s->worst_has_unix = l->has_unix;
		s->worst_unix_ns = l->unix_ns;
	}
	s->has_half = true;
}

/* How long there was no line: by raw time, over a boot by the labels. */
static int64_t gap_ns(const struct trail *t, const struct trail_line *l,
		      bool is_boot)
{
	const struct trail_line *was = &t->last;

	if (!is_boot)
		return l->raw_ns > was->raw_ns ? l->raw_ns - was->raw_ns : 0;
	if (!l->has_unix || !was->has_unix || l->unix_ns < was->unix_ns)
		return 0;
	return l->unix_ns - was->unix_ns;
}

/* Saturating: the log may claim anything. */
static void add_ns(int64_t *to, int64_t ns)
{
	if (__builtin_add_overflow(*to, ns, to))
		*to = INT64_MAX;
}

static void count_time(struct trail *t, const struct trail_line *l, bool is_boot)
{
	const int64_t d_ns = gap_ns(t, l, is_boot);
	const bool is_late = d_ns > 3 * t->basis.interval_ns + LATE_NS;
	const char *why = NULL;

	if (t->is_new_run)
		why = "timed did not run, or had not begun";
	else if (t->lost_since > 0)
		why = "lines were lost";
	else if (t->is_broken)
		why = "lines are missing";
	else if (is_late)
		why = "nothing was published";
	if (!why) {
		add_ns(&t->sum.covered_ns, d_ns);
		add_ns(&t->sum.state_ns[t->last.bound.state], d_ns);
		add_half(t, l, d_ns);
		return;
	}
	t->sum.gaps++;
	add_ns(&t->sum.gap_ns, d_ns);
	tell(t, NOTE_GAP, &t->last, "%" PRId64 ".%03" PRId64 " s without a line: "
	     "%s", d_ns / NS_PER_S, d_ns % NS_PER_S / 1000000, why);
}

static void tell_events(struct trail *t, const struct trail_line *l)
{
	const size_t n = json_object_array_length(l->events);

	for (size_t i = 0; i < n; i++) {
		struct json_object *e = json_object_array_get_idx(l->events, i);
		struct trail_note note = {.kind = NOTE_EVENT,
					  .file = t->file,
					  .line = t->line};
		const char *text;
		int64_t raw_ns;

		note.event = trail_line_text(e, "kind");
		text = trail_line_text(e, "text");
		snprintf(note.text, sizeof(note.text), "%s", text ? text : "?");
		if (!note.event)
			note.event = "?";
		note.has_unix = l->has_unix && trail_line_raw_ns(e, &raw_ns);
		if (note.has_unix)
			note.unix_ns = l->unix_ns - (l->raw_ns - raw_ns);
		t->sum.events++;
		if (t->hear)
			t->hear(t->arg, &note);
	}
}

static void keep(struct trail *t, const struct trail_line *l)
{
	t->last = *l;
	t->last.doc = t->last.events = NULL;
	t->has_bound_line = true;
	t->is_new_run = t->is_broken = false;
	t->lost_since = 0;
}

static void take_span(struct trail *t, const struct trail_line *l)
{
	struct trail_summary *s = &t->sum;

	if (!l->has_unix)
		return;
	if (!s->has_span)
		s->first_unix_ns = l->unix_ns;
	s->last_unix_ns = l->unix_ns;
	s->has_span = true;
}

static void take_bound(struct trail *t, const struct trail_line *l)
{
	const struct trail_bound *b = &l->bound;
	const bool is_boot = t->has_bound_line &&
			     strcmp(t->last.basis.boot_id, t->basis.boot_id);
	struct trail_line now = *l;

	now.basis = t->basis;
	if (b->has_bound && (b->lo_tai_ns > b->hi_tai_ns ||
			     core_lo_ns(b) > core_hi_ns(b) ||
			     b->lo_unix_ns > b->hi_unix_ns))
		tell(t, NOTE_INCONSISTENT, l, "earliest is after latest");
	if (t->has_bound_line) {
		check_pair(t, l, is_boot);
		count_time(t, l, is_boot);
		trail_at_pair(t, &now);
	}
	if (b->violations > t->last.bound.violations)
		add_ns(&t->sum.violations,
		       b->violations - t->last.bound.violations);
	take_span(t, l);
	tell_events(t, l);
	keep(t, &now);
}

/* ---- lines ---- */

static void take_line(struct trail *t, const struct trail_line *l)
{
	if (l->kind == TRAIL_TORN)
		take_torn(t, l);
	else
		refuse_pieces(t);
	if ((l->kind == TRAIL_BOUND || l->kind == TRAIL_END) && !t->has_basis)
		tell(t, NOTE_INCONSISTENT, l, "no basis is before it");
	else if (l->kind == TRAIL_BOUND)
		take_bound(t, l);
	else if (l->kind == TRAIL_BASIS)
		take_basis(t, l);
	if (l->kind == TRAIL_END) {
		t->is_gone = true;
		tell(t, NOTE_STOPPED, l, "timed stopped in order");
	}
	if (l->kind == TRAIL_LOST) {
		add_ns(&t->lost_since, l->count);
		add_ns(&t->sum.lost, l->count);
		tell(t, NOTE_LOST, NULL, "%" PRId64 " line%s found no room", l->count,
		     l->count == 1 ? "" : "s");
	}
}

void trail_file(struct trail *t, const char *name)
{
	end_of_file(t, false);
	t->file = name;
	t->line = 0;
	t->sum.files++;
}

void trail_take(struct trail *t, const char *text, size_t size, bool has_end)
{
	char why[TRAIL_WHY_SIZE];
	struct trail_line l;
	const bool is_line = !trail_line_parse(text, size, &l, why);

	t->line++;
	if (!is_line) {
		take_piece(t, text, size, has_end, why);
	} else {
		check_chain(t, &l);
		take_line(t, &l);
		t->sum.last_sequence = l.sequence;
		t->sum.lines++;
		t->has_line = true;
		trail_line_drop(&l);
	}
	/* Of pieces too: what follows them is chained to the last. */
	SHA256Data((const uint8_t *)text, size, t->sum.last_sha256);
	if (is_line)
		memcpy(t->whole_sha256, t->sum.last_sha256,
		       sizeof(t->whole_sha256));
}

void trail_finish(struct trail *t)
{
	end_of_file(t, true);
	trail_at_end(t);
}

/* ---- percentiles ---- */

int64_t trail_half_ns(const struct trail *t, double part)
{
	long double all = 0, sum = 0;

	for (int i = 0; i < TRAIL_CLASSES; i++)
		all += (long double)t->half_weight[i];
	for (int i = 0; all > 0 && i < TRAIL_CLASSES; i++) {
		sum += (long double)t->half_weight[i];
		if (sum > 0 && sum >= all * part) {
			const int64_t ns = trail_width_of_class(i);

			return ns < t->sum.half_ns_worst
				       ? ns
				       : t->sum.half_ns_worst;
		}
	}
	return all > 0 ? t->sum.half_ns_worst : -1;
}
