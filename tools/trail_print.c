/* SPDX-License-Identifier: Apache-2.0 */
/* What an audit found. See trail_print.h. */
#include "tools/trail_print.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "tools/human.h"
#include "tools/status.h"

#define SCHEMA_VERSION 1

static const char *const note_name[] = {
	[NOTE_BEGINS] = "begins",	  [NOTE_STARTED] = "started",
	[NOTE_STOPPED] = "stopped",	  [NOTE_EVENT] = "event",
	[NOTE_GAP] = "gap",		  [NOTE_LOST] = "lost",
	[NOTE_TORN] = "torn",		  [NOTE_INCONSISTENT] = "inconsistent",
	[NOTE_UNREADABLE] = "unreadable",
};

static const char *const verdict_name[] = {
	[TRAIL_CONSISTENT] = "consistent",
	[TRAIL_INCONSISTENT] = "inconsistent",
	[TRAIL_UNREADABLE] = "unreadable",
};

static const double percentile[] = {50, 95, 99};

#define PERCENTILES (sizeof(percentile) / sizeof(*percentile))

enum trail_verdict trail_judge(const struct trail *t)
{
	if (t->sum.unreadable > 0 || t->sum.lines == 0)
		return TRAIL_UNREADABLE;
	return t->sum.inconsistent > 0 ? TRAIL_INCONSISTENT : TRAIL_CONSISTENT;
}

/* ---- JSON ---- */

static void put_int(struct json_object *o, const char *key, int64_t v)
{
	json_object_object_add(o, key, json_object_new_int64(v));
}

static void put_int_if(struct json_object *o, const char *key, bool has,
		       int64_t v)
{
	json_object_object_add(o, key, has ? json_object_new_int64(v) : NULL);
}

static void put_text(struct json_object *o, const char *key, const char *v)
{
	json_object_object_add(o, key, v ? json_object_new_string(v) : NULL);
}

static void put_bool(struct json_object *o, const char *key, bool v)
{
	json_object_object_add(o, key, json_object_new_boolean(v));
}

static void print_json(const struct trail_print *p, const char *before,
		       struct json_object *o)
{
	fprintf(p->out, "%s%s", before,
		json_object_to_json_string_ext(
			o, JSON_C_TO_STRING_PLAIN |
				   JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}

static void print_note_json(const struct trail_print *p,
			    const struct trail_note *n)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "kind", note_name[n->kind]);
	put_text(o, "event", n->event);
	put_text(o, "file", n->file);
	put_int_if(o, "line", n->line > 0, n->line);
	put_int_if(o, "unix_ns", n->has_unix, n->unix_ns);
	put_text(o, "text", n->text);
	print_json(p, p->notes > 0 ? ",\n" : "\n", o);
}

static struct json_object *half_object(const struct trail *t)
{
	const struct trail_summary *s = &t->sum;
	struct json_object *o = json_object_new_object();
	char key[16];

	put_int_if(o, "min", s->has_half, s->half_ns_least);
	for (size_t i = 0; i < PERCENTILES; i++) {
		const int64_t ns = trail_half_ns(t, percentile[i] / 100);

		snprintf(key, sizeof(key), "p%.0f", percentile[i]);
		put_int_if(o, key, ns >= 0, ns);
	}
	put_int_if(o, "max", s->has_half, s->half_ns_worst);
	return o;
}

static struct json_object *state_object(const struct trail_summary *s)
{
	struct json_object *o = json_object_new_object();

	for (uint32_t i = 0; i < TRAIL_STATES; i++)
		put_int(o, status_state_name(i), s->state_ns[i]);
	return o;
}

static struct json_object *answer_object(const struct trail *t)
{
	const struct trail_answer *a = &t->answer;
	const bool has = a->kind == ANSWER_BOUND;
	const bool is_known = a->kind != ANSWER_UNKNOWN;
	struct json_object *o = json_object_new_object();

	put_int(o, "unix_ns", t->at_unix_ns);
	put_bool(o, "known", is_known);
	put_text(o, "why", is_known ? NULL : a->why);
	put_text(o, "state",
		 is_known ? status_state_name((uint32_t)a->state) : NULL);
	put_int_if(o, "earliest_unix_ns", has, a->earliest_unix_ns);
	put_int_if(o, "latest_unix_ns", has, a->latest_unix_ns);
	put_int_if(o, "earliest_tai_ns", has, a->earliest_tai_ns);
	put_int_if(o, "latest_tai_ns", has, a->latest_tai_ns);
	put_int_if(o, "half_width_ns", has, a->half_ns);
	put_int_if(o, "half_width_max_ns", has && a->half_ns_max >= 0,
		   a->half_ns_max);
	put_int_if(o, "sequence", is_known, a->sequence);
	put_int_if(o, "age_ns", is_known, a->age_ns);
	put_bool(o, "between_runs", has && a->is_between_runs);
	put_bool(o, "ends_epoch", has && a->ends_epoch);
	return o;
}

static void put_counts(struct json_object *o, const struct trail_summary *s)
{
	put_int(o, "files", s->files);
	put_int(o, "lines", s->lines);
	put_int_if(o, "first_sequence", s->lines > 0, s->first_sequence);
	put_int_if(o, "last_sequence", s->lines > 0, s->last_sequence);
	put_text(o, "last_sha256", s->lines > 0 ? s->last_sha256 : NULL);
	put_int_if(o, "first_unix_ns", s->has_span, s->first_unix_ns);
	put_int_if(o, "last_unix_ns", s->has_span, s->last_unix_ns);
	put_int(o, "covered_ns", s->covered_ns);
	put_int(o, "gap_ns", s->gap_ns);
	put_int(o, "gaps", s->gaps);
	put_int(o, "starts", s->starts);
	put_int(o, "starts_after_crash", s->starts_after_crash);
	put_int(o, "boots", s->boots);
	put_int(o, "events", s->events);
	put_int(o, "bound_violations", s->violations);
	put_int(o, "lines_lost", s->lost);
	put_int(o, "lines_torn", s->torn);
	put_int(o, "lines_unreadable", s->unreadable);
	put_int(o, "pairs_checked", s->checked);
	put_int(o, "inconsistencies", s->inconsistent);
}

static void print_end_json(const struct trail_print *p, const struct trail *t)
{
	struct json_object *o = json_object_new_object();
	const enum trail_verdict v = trail_judge(t);

	put_counts(o, &t->sum);
	json_object_object_add(o, "half_width_ns", half_object(t));
	put_int_if(o, "worst_unix_ns", t->sum.worst_has_unix,
		   t->sum.worst_unix_ns);
	json_object_object_add(o, "state_ns", state_object(&t->sum));
	print_json(p, "\n],\"summary\":", o);
	if (t->wants_at)
		print_json(p, ",\n\"at\":", answer_object(t));
	else
		fputs(",\n\"at\":null", p->out);
	fprintf(p->out, ",\n\"verdict\":\"%s\",\"exit_code\":%d}\n",
		verdict_name[v], (int)v);
}

/* ---- text ---- */

/* To the millisecond. */
static const char *instant(bool has, int64_t unix_ns, char ret[HUMAN_SIZE])
{
	if (!has)
		return "-";
	human_instant(unix_ns, ret);
	if (strlen(ret) > 23)
		ret[23] = '\0';
	return ret;
}

static void print_note_text(const struct trail_print *p,
			    const struct trail_note *n)
{
	const bool is_wrong = n->kind == NOTE_INCONSISTENT ||
			      n->kind == NOTE_UNREADABLE;
	char label[HUMAN_SIZE];

	if (p->is_quiet && !is_wrong)
		return;
	fprintf(p->out, "%c %-23s %-13s ", is_wrong ? '!' : ' ',
		instant(n->has_unix, n->unix_ns, label),
		n->event ? n->event : note_name[n->kind]);
	if (n->kind != NOTE_EVENT && n->file && n->line > 0)
		fprintf(p->out, "%s:%" PRId64 ": ", n->file, n->line);
	else if (n->kind != NOTE_EVENT && n->file)
		fprintf(p->out, "%s: ", n->file);
	fprintf(p->out, "%s\n", n->text);
}

static void print_half(const struct trail_print *p, const struct trail *t)
{
	const struct trail_summary *s = &t->sum;
	char text[HUMAN_SIZE];

	if (!s->has_half) {
		fputs("Half-width    there was no bound\n", p->out);
		return;
	}
	fprintf(p->out, "Half-width    least %s", human_bound(s->half_ns_least,
							      text));
	for (size_t i = 0; i < PERCENTILES; i++)
		fprintf(p->out, ", %.0f %% %s", percentile[i],
			human_bound(trail_half_ns(t, percentile[i] / 100),
				    text));
	fprintf(p->out, ", worst %s", human_bound(s->half_ns_worst, text));
	if (s->worst_has_unix)
		fprintf(p->out, "\n              (before %s)",
			instant(true, s->worst_unix_ns, text));
	fputc('\n', p->out);
}

static void print_states(const struct trail_print *p,
			 const struct trail_summary *s)
{
	const char *comma = "";

	fputs("States        ", p->out);
	for (uint32_t i = 0; i < TRAIL_STATES; i++) {
		if (s->state_ns[i] <= 0)
			continue;
		fprintf(p->out, "%s%s %.3f %%", comma, status_state_name(i),
			(double)s->state_ns[i] * 100 / (double)s->covered_ns);
		comma = ", ";
	}
	fputs(*comma ? "\n" : "none is told of\n", p->out);
}

static void print_span(const struct trail_print *p,
		       const struct trail_summary *s)
{
	char a[HUMAN_SIZE], b[HUMAN_SIZE];

	fprintf(p->out, "Log           %" PRId64 " line%s in %" PRId64 " file%s",
		s->lines, human_plural(s->lines), s->files,
		human_plural(s->files));
	if (s->lines > 0)
		fprintf(p->out, ", %" PRId64 " to %" PRId64 "\nSHA-256       %s "
			"of line %" PRId64, s->first_sequence, s->last_sequence,
			s->last_sha256, s->last_sequence);
	fprintf(p->out, "\nFrom          %s to %s (UTC)\n",
		instant(s->has_span, s->first_unix_ns, a),
		instant(s->has_span, s->last_unix_ns, b));
	fprintf(p->out, "Covered       %s", human_age(s->covered_ns, a));
	if (s->gaps > 0)
		fprintf(p->out, "; %" PRId64 " gap%s, %s in all", s->gaps,
			human_plural(s->gaps),
			human_age(s->gap_ns, a));
	fputc('\n', p->out);
}

static void print_answer(const struct trail_print *p, const struct trail *t)
{
	const struct trail_answer *a = &t->answer;
	char x[HUMAN_SIZE], y[HUMAN_SIZE];

	fprintf(p->out, "At %s: ", human_instant(t->at_unix_ns, x));
	if (a->kind == ANSWER_UNKNOWN) {
		fprintf(p->out, "unknown: %s\n", a->why);
		return;
	}
	fprintf(p->out, "%s", status_state_name((uint32_t)a->state));
	if (a->kind == ANSWER_BOUND) {
		fprintf(p->out, ", +-%s\n  earliest %s\n",
			human_bound(a->half_ns, x),
			human_instant(a->earliest_unix_ns, y));
		fprintf(p->out, "  latest   %s",
			human_instant(a->latest_unix_ns, y));
	}
	fprintf(p->out, "\n  line %" PRId64 ", carried on for %s by A1", a->sequence,
		human_age(a->age_ns, x));
	if (a->kind == ANSWER_BOUND && a->half_ns_max >= 0)
		fprintf(p->out, "; readers had +-%s at most",
			human_bound(a->half_ns_max, x));
	fputc('\n', p->out);
	if (a->kind == ANSWER_NONE)
		fputs("  by CLOCK_REALTIME, for which nothing stood then\n",
		      p->out);
	if (a->is_between_runs)
		fputs("  timed was started anew before the next line\n", p->out);
	if (a->ends_epoch)
		fputs("  a new epoch had begun by the next line: see why\n",
		      p->out);
}

static void print_verdict(const struct trail_print *p, const struct trail *t)
{
	const struct trail_summary *s = &t->sum;

	if (s->lines == 0 && s->unreadable == 0)
		fputs("UNREADABLE    there is no line\n", p->out);
	if (s->unreadable > 0)
		fprintf(p->out, "UNREADABLE    %" PRId64 " place%s\n",
			s->unreadable, s->unreadable == 1 ? "" : "s");
	if (s->inconsistent > 0)
		fprintf(p->out, "INCONSISTENT  %" PRId64 " time%s\n",
			s->inconsistent, s->inconsistent == 1 ? "" : "s");
	if (trail_judge(t) == TRAIL_CONSISTENT)
		fprintf(p->out, "CONSISTENT    %" PRId64 " pairs of intervals "
			"meet by A1, earliest never went back,\n"
			"              the chain is whole\n", s->checked);
}

static void print_end_text(const struct trail_print *p, const struct trail *t)
{
	const struct trail_summary *s = &t->sum;

	print_span(p, s);
	print_half(p, t);
	print_states(p, s);
	fprintf(p->out, "Starts        %" PRId64 ", of them %" PRId64 " after "
		"what was no orderly end; %" PRId64 " boot%s\n", s->starts,
		s->starts_after_crash, s->boots, human_plural(s->boots));
	fprintf(p->out, "Violations    %" PRId64 ", as timed counted\n",
		s->violations);
	fprintf(p->out, "Lines         %" PRId64 " lost, %" PRId64 " torn\n",
		s->lost, s->torn);
	if (t->wants_at)
		print_answer(p, t);
	print_verdict(p, t);
}

/* ---- both ---- */

void trail_print_begin(struct trail_print *p)
{
	if (p->is_json)
		fprintf(p->out, "{\"schema_version\":%d,\"notes\":[",
			SCHEMA_VERSION);
}

void trail_print_note(void *arg, const struct trail_note *note)
{
	struct trail_print *p = arg;

	if (p->is_json)
		print_note_json(p, note);
	else
		print_note_text(p, note);
	p->notes++;
}

void trail_print_end(struct trail_print *p, const struct trail *t)
{
	if (p->is_json)
		print_end_json(p, t);
	else
		print_end_text(p, t);
}
