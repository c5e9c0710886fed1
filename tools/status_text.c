/* SPDX-License-Identifier: Apache-2.0 */
/* The page tt-status shows to people. */
#include "tools/status_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/human.h"
#include "tools/status_doc.h"
#include "tools/status_holdover.h"
#include "tools/status_options.h"
#include "tools/text_exports.h"
#include "tools/text_page.h"

static const char *state_paint(uint32_t state)
{
	switch (state) {
	case TT_SYNCHRONIZED:
		return PAINT_GOOD;
	case TT_HOLDOVER:
		return PAINT_WARN;
	default:
		return PAINT_BAD;
	}
}

static uint32_t state_now(const struct status *s)
{
	return s->segment_err ? TT_UNSYNCHRONIZED : s->now.state;
}

/* "20:51:50 UTC, 32 s ago", when the daemon speaks of the same state. */
static void print_since(const struct page *p, const char *state)
{
	const char *told = doc_string(p->doc, "clock.state");
	int64_t since_raw_ns, since_ns, raw_ns;
	char instant[HUMAN_SIZE], age[HUMAN_SIZE];

	if (!told || strcmp(told, state) ||
	    !doc_int(p->doc, "clock.since_raw_ns", &since_raw_ns) ||
	    !doc_int(p->doc, "clock.since_unix_ns", &since_ns) ||
	    !doc_int(p->doc, "raw_ns", &raw_ns))
		return;
	fprintf(p->out, " since %.19s UTC, %s ago",
		human_instant(since_ns, instant),
		human_age(raw_ns - since_raw_ns, age));
}

static void print_state(const struct page *p)
{
	int err = p->s->segment_err;
	const char *state = status_state_name(state_now(p->s));

	page_label(p, "State");
	if (err && err != -ENODATA) {
		page_paint(p, PAINT_BAD, "no bound: %s\n", text_no_bound(err));
		return;
	}
	page_paint(p, state_paint(state_now(p->s)), "%s", state);
	print_since(p, state);
	fputc('\n', p->out);
}

static void print_interval(const struct page *p)
{
	char earliest[HUMAN_SIZE], latest[HUMAN_SIZE], half[HUMAN_SIZE];

	if (p->s->segment_err)
		return;
	page_label(p, "True time");
	fprintf(p->out, "after  %s UTC\n",
		human_instant(p->s->now.earliest_ns, earliest));
	page_label(p, "");
	fprintf(p->out, "before %s UTC\n",
		human_instant(p->s->now.latest_ns, latest));
	page_label(p, "Half-width");
	fprintf(p->out, "%s\n",
		human_bound(status_half_width_ns(p->s), half));
}

static void print_held_by(const struct page *p)
{
	const char *flag[STATUS_FLAGS_MAX];
	int n = p->s->segment_err ? 0 : status_flag_names(p->s, flag);

	if (!n)
		return;
	page_label(p, "Held by");
	for (int i = 0; i < n; i++) {
		const char *text = flag[i];

		if (!strcmp(text, "SINGLE_SOURCE"))
			text = "a single source, which nobody can contradict";
		else if (!strcmp(text, "DECLARED"))
			text = "narrowed by what the configuration declares";
		fprintf(p->out, "%s%s", i ? ", " : "", text);
	}
	fputc('\n', p->out);
}

static void print_daemon(const struct page *p)
{
	const char *name = doc_string(p->doc, "process.name");
	const char *version = doc_string(p->doc, "process.version");
	int64_t pid = 0, raw_ns = 0, started_ns = 0;
	char age[HUMAN_SIZE];

	page_label(p, "Daemon");
	if (!*p->s->socket_path) {
		fputs("not asked\n", p->out);
		return;
	}
	if (!p->doc) {
		page_paint(p, PAINT_BAD, "no answer\n");
		return;
	}
	doc_int(p->doc, "process.pid", &pid);
	doc_int(p->doc, "raw_ns", &raw_ns);
	doc_int(p->doc, "process.started_raw_ns", &started_ns);
	fprintf(p->out, "%.16s %.16s, pid %" PRId64 ", up %s\n", page_or_dash(name),
		page_or_dash(version), pid, human_age(raw_ns - started_ns, age));
}

static void print_head(const struct page *p)
{
	print_state(p);
	print_interval(p);
	print_held_by(p);
	status_holdover_print(p->out, p->doc);
	text_system_clock(p);
	text_rehearsal(p);
	print_daemon(p);
	text_history_log(p);
}

static void warn_drivers(const struct page *p)
{
	struct json_object *drivers = doc_array(p->doc, "drivers");
	size_t n = drivers ? json_object_array_length(drivers) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *d = json_object_array_get_idx(drivers, i);
		bool healthy;

		if (doc_bool(d, "healthy", &healthy) && !healthy)
			page_warn(p, "%s: %s", page_or_dash(doc_string(d, "name")),
			     page_or_dash(doc_string(d, "health")));
	}
}

static void warn_counters(const struct page *p)
{
	int64_t violations = 0, stalls = 0;
	const char *reason = doc_string(p->doc, "clock.epoch_reason");

	if (doc_int(p->doc, "counters.bound_violations", &violations) &&
	    violations > 0)
		page_warn(p,
		     "axioms were found broken (bound_violations %" PRId64
		     "); this epoch began: %s",
		     violations, page_or_dash(reason));
	if (doc_int(p->doc, "counters.stalls", &stalls) && stalls > 0)
		page_warn(p, "the daemon was held up %" PRId64 " time%s", stalls,
			  human_plural(stalls));
}

static void warn_rest(const struct page *p)
{
	const char *error = doc_string(p->doc, "process.reload_error");
	bool expired = false, sandbox = true;

	if (error)
		page_warn(p, "the last reload was refused: %s", error);
	if (doc_bool(p->doc, "leap.expired", &expired) && expired)
		page_warn(p,
		     "the leap second table has expired, so TAI - UTC is in "
		     "doubt: %s",
		     page_or_dash(doc_string(p->doc, "leap.file")));
	error = doc_string(p->doc, "leap.error");
	if (error)
		page_warn(p, "leap second table: %s", error);
	if (doc_bool(p->doc, "process.sandbox", &sandbox) && !sandbox)
		page_warn(p, "timed's system calls are not filtered: %s",
			  page_or_dash(doc_string(p->doc,
						  "process.sandbox_off_reason")));
	text_history_log_warn(p);
}

static void print_warnings(const struct page *p)
{
	text_trouble(p);
	if (!p->doc)
		return;
	warn_drivers(p);
	warn_counters(p);
	text_hearsay_warn(p);
	warn_rest(p);
}

static void on_heading(void *arg, const char *text)
{
	page_heading(arg, text);
}

void status_text_print(FILE *out, const struct status *s, bool colour)
{
	struct page p = {.out = out, .s = s, .doc = s->doc, .colour = colour};

	print_head(&p);
	print_warnings(&p);
	if (!p.doc)
		return;
	text_sources(&p);
	text_exports_print(out, p.doc, on_heading, &p);
	text_budget(&p);
	text_axioms(&p);
}

void status_text_print_parts(FILE *out, const struct status *s, bool colour,
			     unsigned parts)
{
	struct page p = {.out = out, .s = s, .doc = s->doc, .colour = colour};

	print_warnings(&p);
	if (!p.doc)
		return;
	if (parts & PART_SOURCES)
		text_sources(&p);
	if (parts & PART_BUDGET)
		text_budget(&p);
	if (parts & PART_AXIOMS)
		text_axioms(&p);
}

void status_text_print_limits(FILE *out, const struct status *s, bool colour,
			      const struct status_limits *l)
{
	struct page p = {.out = out, .s = s, .doc = s->doc, .colour = colour};
	const struct status_limit *broken = status_limits_broken(s, l);
	char half[HUMAN_SIZE];

	if (!broken)
		return;
	page_warn(&p, "%s: the half-width, %s, is %s %.40s",
		  broken == &l->critical ? "critical" : "warning",
		  human_bound(status_half_width_ns(s), half),
		  broken->range.is_inverted ? "within" : "outside",
		  broken->text + broken->range.is_inverted);
}
