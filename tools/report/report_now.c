/* SPDX-License-Identifier: Apache-2.0 */
/* The report's now: what programs are told, what needs attention, and what it is
 * made of. */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "tools/report/report_private.h"

/* ---- the head: what programs are told ---- */

static const char *verdict_class(enum status_verdict v)
{
	return v == STATUS_OK ? "good" : v == STATUS_DEGRADED ? "warn" : "bad";
}

const char *report_headline(const struct sheet *p)
{
	if (status_judge(p->in->s) == STATUS_UNREADABLE)
		return p->in->s->socket_err ? "NO DAEMON" : "UNREADABLE";
	return p->in->s->segment_err ? "UNSYNCHRONIZED"
				 : status_state_name(p->in->s->now.state);
}

static void put_since(const struct sheet *p)
{
	const char *state = doc_string(p->doc, "clock.state");
	int64_t since_ns, raw_ns;
	char age[HUMAN_SIZE];

	if (!state || strcmp(state, report_headline(p)) != 0 ||
	    !doc_int(p->doc, "clock.since_raw_ns", &since_ns) ||
	    !doc_int(p->doc, "raw_ns", &raw_ns))
		return;
	fprintf(p->out, "<span class=\"dim\">for %s</span>",
		human_age(raw_ns - since_ns, age));
}

static void put_head(const struct sheet *p)
{
	char text[HUMAN_SIZE];

	fputs("<div class=\"head\">", p->out);
	if (!p->in->s->segment_err)
		fprintf(p->out, "<span class=\"wide\">\xc2\xb1 %s</span>",
			human_bound(status_half_width_ns(p->in->s), text));
	fprintf(p->out, "<span class=\"badge %s\">%s</span>",
		verdict_class(status_judge(p->in->s)), report_headline(p));
	put_since(p);
	fputs("</div>\n", p->out);
}

static void put_flags(const struct sheet *p)
{
	const char *flag[STATUS_FLAGS_MAX];
	int n = p->in->s->segment_err ? 0 : status_flag_names(p->in->s, flag);
	char text[128] = "";

	for (int i = 0; i < n; i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "%s%s",
			 len ? ", " : "", flag[i]);
	}
	if (n)
		report_row(p, "Held by", text);
}

static void put_system_clock(const struct sheet *p)
{
	int64_t ns;
	bool within;
	char text[128], offset[HUMAN_SIZE];

	if (!doc_int(p->doc, "system_clock.offset_ns", &ns))
		return;
	snprintf(text, sizeof(text), "%s %s the best estimate%s",
		 human_ns(ns == INT64_MIN ? INT64_MAX
			  : ns < 0	  ? -ns
					  : ns,
			  offset),
		 ns < 0 ? "ahead of" : "behind",
		 !doc_bool(p->doc, "system_clock.within_bound", &within) ? ""
		 : within ? ", inside the interval"
			  : ", outside the interval");
	report_row(p, "System clock", text);
}

static void put_steering(const struct sheet *p)
{
	const char *state = doc_string(p->doc, "steering.state");
	const char *reason = doc_string(p->doc, "steering.reason");
	char text[256];

	if (!state || !strcmp(state, "observe"))
		return;
	snprintf(text, sizeof(text), "%s%s%s", state, reason ? ": " : "",
		 reason ? reason : "");
	report_row(p, "Steering", text);
}

/* "100 us after 38 s, 1 ms after 4 min" */
static void put_forecast(const struct sheet *p)
{
	struct json_object *list = doc_array(p->doc, "holdover.forecast");
	size_t n = list ? json_object_array_length(list) : 0;
	char text[256] = "";

	for (size_t i = 0; i < n && i < 8; i++) {
		struct json_object *f = json_object_array_get_idx(list, i);
		char width[HUMAN_SIZE], after[HUMAN_SIZE];
		size_t len = strlen(text);
		int64_t half_ns, in_ns;

		if (!doc_int(f, "half_width_ns", &half_ns) ||
		    !doc_int(f, "in_ns", &in_ns) || in_ns <= 0)
			continue;
		snprintf(text + len, sizeof(text) - len, "%s%s after %s",
			 len ? ", " : "", human_ns(half_ns, width),
			 human_age(in_ns, after));
	}
	if (*text)
		report_row(p, "If all fell silent", text);
}

static void put_daemon(const struct sheet *p)
{
	int64_t started_ns, raw_ns;
	const char *version = doc_string(p->doc, "process.version");
	char text[128], age[HUMAN_SIZE];

	if (!doc_int(p->doc, "process.started_raw_ns", &started_ns) ||
	    !doc_int(p->doc, "raw_ns", &raw_ns))
		return;
	snprintf(text, sizeof(text), "timed %.32s, up %s",
		 version ? version : "", human_age(raw_ns - started_ns, age));
	report_row(p, "Daemon", text);
}

static void put_facts(const struct sheet *p)
{
	char text[HUMAN_SIZE + 8], instant[HUMAN_SIZE];

	fputs("<div class=\"scroll\"><table>\n", p->out);
	if (!p->in->s->segment_err) {
		snprintf(text, sizeof(text), "%s UTC",
			 human_instant(p->in->s->now.earliest_ns, instant));
		report_row(p, "Earliest", text);
		snprintf(text, sizeof(text), "%s UTC",
			 human_instant(p->in->s->now.latest_ns, instant));
		report_row(p, "Latest", text);
	}
	put_flags(p);
	put_system_clock(p);
	put_steering(p);
	put_forecast(p);
	put_daemon(p);
	report_close_table(p);
}

/* ---- what needs attention ---- */

static void alert_drivers(const struct sheet *p)
{
	struct json_object *list = doc_array(p->doc, "drivers");
	size_t n = list ? json_object_array_length(list) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *d = json_object_array_get_idx(list, i);
		const char *name = doc_string(d, "name");
		const char *health = doc_string(d, "health");

		if (health)
			report_note(p, "alert", "%.80s: %.300s", name ? name : "", health);
	}
}

static void alert_exports(const struct sheet *p)
{
	struct json_object *list = doc_array(p->doc, "exports");
	size_t n = list ? json_object_array_length(list) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *e = json_object_array_get_idx(list, i);
		const char *type = doc_string(e, "type");
		const char *why = doc_string(e, "health");

		if (!why)
			why = doc_string(e, "reason");
		if (why)
			report_note(p, "alert", "The time is not given to "
				    "%.80s: %.300s", type ? type : "", why);
	}
}

static void alert_history_log(const struct sheet *p)
{
	const char *path = doc_string(p->doc, "history_log.path");
	const char *error = doc_string(p->doc, "history_log.error");
	int64_t lost = 0;

	if (error)
		report_note(p, "alert", "The history log %.200s: %.300s",
			    path ? path : "", error);
	if (doc_int(p->doc, "history_log.lines_lost", &lost) && lost > 0)
		report_note(p, "alert",
			    "%" PRId64 " line%s of the history log lost since "
			    "the daemon's start.", lost, human_plural(lost));
}

static void alert_hearsay(const struct sheet *p)
{
	int64_t rejected = 0;

	if (doc_int(p->doc, "hlc.rejected", &rejected) && rejected > 0)
		report_note(p, "alert", "Clients say that they rejected %" PRId64
			    " time%s beyond their latest: some bound is wrong.",
			    rejected, human_plural(rejected));
}

static void alert_rest(const struct sheet *p)
{
	const char *error = doc_string(p->doc, "process.reload_error");
	int64_t violations = 0;
	bool expired = false, rehearses = false;

	if (doc_bool(p->doc, "rehearsal.active", &rehearses) && rehearses)
		report_note(p, "alert", "Holdover is being rehearsed: no sample is used.");
	if (doc_int(p->doc, "counters.bound_violations", &violations) &&
	    violations > 0)
		report_note(p, "alert",
		      "Axioms were found broken %" PRId64
		      " time%s since the daemon's start.",
		      violations, human_plural(violations));
	if (error)
		report_note(p, "alert", "The last reload was refused: %.400s", error);
	if (doc_bool(p->doc, "leap.expired", &expired) && expired)
		report_note(p, "alert", "The leap second table has expired.");
	error = doc_string(p->doc, "leap.error");
	if (error)
		report_note(p, "alert", "Leap second table: %.400s", error);
}

static void put_alerts(const struct sheet *p)
{
	const struct status *s = p->in->s;

	if (s->socket_err)
		report_note(p, "alert", "%.200s: %s.%s", s->socket_path, s->socket_why,
		      s->segment_err ? ""
				     : " This is what the segment gives alone; "
				       "nobody renews it.");
	if (s->segment_err && s->segment_err != -ENODATA)
		report_note(p, "alert", "%.200s: %s.", s->segment_path,
		      tt_strerror(s->segment_err));
	if (s->is_contradictory)
		report_note(p, "alert", "The segment and the status socket tell different "
			 "times: of two daemons?");
	alert_drivers(p);
	alert_exports(p);
	alert_rest(p);
	alert_hearsay(p);
	alert_history_log(p);
}

void report_now(const struct sheet *p)
{
	put_head(p);
	put_alerts(p);
	put_facts(p);
}

/* ---- tables ---- */

static void put_source(const struct sheet *p, struct json_object *o)
{
	const char *verdict = doc_string(o, "verdict");
	const char *note = doc_string(o, "note");
	char offset[HUMAN_SIZE] = "", error[HUMAN_SIZE] = "";
	char age[HUMAN_SIZE] = "";
	int64_t ns;

	if (doc_int(o, "offset_ns", &ns))
		human_offset(ns, offset);
	if (doc_int(o, "error_ns", &ns))
		human_bound(ns, error);
	if (doc_int(o, "last_sample_age_ns", &ns))
		human_age(ns, age);
	fputs("<tr><td class=\"name\">", p->out);
	xml_text(p->out, report_or_dash(doc_string(o, "name")));
	if (note) {
		fputs("<br/><span class=\"dim\">", p->out);
		xml_text(p->out, note);
		fputs("</span>", p->out);
	}
	fputs("</td>", p->out);
	report_cell(p,
	     !verdict			       ? ""
	     : !strcmp(verdict, "used")	       ? "good"
	     : !strcmp(verdict, "falseticker") ? "bad"
					       : "warn",
	     verdict);
	report_cell(p, "n", offset);
	report_cell(p, "n", error);
	report_cell(p, "n", age);
	report_cell(p, "", doc_string(o, "class"));
	fputs("</tr>\n", p->out);
}

void report_now_sources(const struct sheet *p)
{
	static const char *const column[] = {
		"source",	"verdict", ">offset", ">\xc2\xb1 error",
		">last sample", "class",   NULL};
	struct json_object *list = doc_array(p->doc, "sources");
	size_t n = list ? json_object_array_length(list) : 0;

	report_open_table(p, "Sources", column);
	for (size_t i = 0; i < n; i++)
		put_source(p, json_object_array_get_idx(list, i));
	if (!n)
		fputs("<tr><td colspan=\"6\">none has been heard of yet</td>"
		      "</tr>\n",
		      p->out);
	report_close_table(p);
}

static void put_term(const struct sheet *p, struct json_object *o)
{
	char text[HUMAN_SIZE];
	int64_t ns;

	fputs("<tr>", p->out);
	report_cell(p, "name", doc_string(o, "name"));
	report_cell(p, "n", doc_int(o, "lo_ns", &ns) ? human_ns(ns, text) : "");
	report_cell(p, "n", doc_int(o, "hi_ns", &ns) ? human_ns(ns, text) : "");
	fputs("</tr>\n", p->out);
}

void report_now_budget(const struct sheet *p)
{
	static const char *const column[] = {"what the half-width is made of",
					     ">lower", ">upper", NULL};
	struct json_object *list = doc_array(p->doc, "budget.terms");
	size_t n = list ? json_object_array_length(list) : 0;
	const char *lo = doc_string(p->doc, "budget.lo_source");
	const char *hi = doc_string(p->doc, "budget.hi_source");

	if (!n)
		return;
	report_open_table(p, "Error budget", column);
	for (size_t i = 0; i < n; i++)
		put_term(p, json_object_array_get_idx(list, i));
	fputs("<tr>", p->out);
	report_cell(p, "dim", "edge from");
	report_cell(p, "n dim", lo ? lo : "memory, or several");
	report_cell(p, "n dim", hi ? hi : "memory, or several");
	fputs("</tr>\n", p->out);
	report_close_table(p);
}

