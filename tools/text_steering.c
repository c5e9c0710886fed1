/* SPDX-License-Identifier: Apache-2.0 */
/* The page: CLOCK_REALTIME, who keeps it, and a rehearsal of holdover. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/human.h"
#include "tools/status_doc.h"
#include "tools/text_page.h"

/* " since 20:51:50 UTC, 32 s ago", of PART.since_*. */
static void print_since(const struct page *p, const char *part)
{
	int64_t since_raw_ns, since_ns, raw_ns;
	char path[DOC_PATH_SIZE], instant[HUMAN_SIZE], age[HUMAN_SIZE];

	snprintf(path, sizeof(path), "%s.since_raw_ns", part);
	if (!doc_int(p->doc, path, &since_raw_ns) ||
	    !doc_int(p->doc, "raw_ns", &raw_ns))
		return;
	snprintf(path, sizeof(path), "%s.since_unix_ns", part);
	if (!doc_int(p->doc, path, &since_ns))
		return;
	fprintf(p->out, " since %.19s UTC, %s ago",
		human_instant(since_ns, instant),
		human_age(raw_ns - since_raw_ns, age));
}

static const char *paint_of(const char *state)
{
	if (!strcmp(state, "steering") || !strcmp(state, "observe"))
		return PAINT_GOOD;
	return strcmp(state, "refused") ? PAINT_WARN : PAINT_BAD;
}

/* "-12.3456 ppm, slew +120 ns; 86400 orders, 1 step, 0 yields" */
static void print_order(const struct page *p)
{
	double rate_ppb, slew_ns;
	int64_t orders = 0, steps = 0, yields = 0;
	char slew[HUMAN_SIZE];

	if (!doc_number(p->doc, "steering.rate_ppb", &rate_ppb) ||
	    !doc_number(p->doc, "steering.slew_ns", &slew_ns))
		return;
	doc_int(p->doc, "steering.orders", &orders);
	doc_int(p->doc, "steering.steps", &steps);
	doc_int(p->doc, "steering.yields", &yields);
	page_label(p, "");
	fprintf(p->out,
		"%+.4f ppm, slew %s; %" PRId64 " order%s, %" PRId64
		" step%s, %" PRId64 " yield%s\n",
		rate_ppb / 1e3, human_offset((int64_t)slew_ns, slew), orders,
		human_plural(orders), steps, human_plural(steps), yields,
		human_plural(yields));
}

static void warn_steering(const struct page *p, const char *state)
{
	const char *reason = doc_string(p->doc, "steering.reason");
	const char *others = doc_string(p->doc, "steering.others");

	if (!strcmp(state, "refused"))
		page_warn(p, "the kernel does not let timed steer the system "
			  "clock any more: nobody keeps it");
	else if (reason)
		page_warn(p, "the system clock is left alone: %s%s%s", reason,
			  others ? "; there is " : "", others ? others : "");
}

static void print_steering(const struct page *p)
{
	const char *state = doc_string(p->doc, "steering.state");
	const char *mode = doc_string(p->doc, "steering.discipline");

	if (!state)
		return;
	page_label(p, "Steering");
	if (!strcmp(state, "observe")) {
		fprintf(p->out, "not by timed (discipline %.10s)\n",
			page_or_dash(mode));
		return;
	}
	page_paint(p, paint_of(state), "%.20s", state);
	print_since(p, "steering");
	fputc('\n', p->out);
	print_order(p);
	warn_steering(p, state);
}

void text_system_clock(const struct page *p)
{
	int64_t offset_ns;
	bool within;
	char text[HUMAN_SIZE];

	if (doc_int(p->doc, "system_clock.offset_ns", &offset_ns)) {
		page_label(p, "System clock");
		fprintf(p->out, "%s %s the best estimate",
			human_ns(offset_ns < 0 ? -offset_ns : offset_ns, text),
			offset_ns < 0 ? "ahead of" : "behind");
		if (doc_bool(p->doc, "system_clock.within_bound", &within)) {
			fputs(", ", p->out);
			page_paint(p, within ? PAINT_GOOD : PAINT_WARN,
				   "%s the interval",
				   within ? "inside" : "outside");
		}
		fputc('\n', p->out);
	}
	print_steering(p);
}

void text_rehearsal(const struct page *p)
{
	int64_t raw_ns = 0, until_raw_ns = 0;
	bool active;
	char left[HUMAN_SIZE];

	if (!doc_bool(p->doc, "rehearsal.active", &active) || !active)
		return;
	doc_int(p->doc, "raw_ns", &raw_ns);
	doc_int(p->doc, "rehearsal.until_raw_ns", &until_raw_ns);
	page_label(p, "Rehearsal");
	page_paint(p, PAINT_WARN, "of holdover");
	print_since(p, "rehearsal");
	fputc('\n', p->out);
	page_label(p, "");
	fprintf(p->out, "no sample is used; it ends by itself in %s\n",
		human_age(until_raw_ns - raw_ns, left));
}
