/* SPDX-License-Identifier: Apache-2.0 */
/* The page around the drawing. See page.h. */
#include "sim/page.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "chart/xml.h"
#include "sim/page_chart.h"
#include "sim/page_text.h"
#include "timed/units.h"

#define EVENTS_SHOWN 40

/* Blue for the bound, ochre for truth in it; states by colour and name. */
static const char style[] =
	":root{--paper:#fff;--ink:#1c2127;--soft:#59636e;--line:#d9dee4;"
	"--panel:#f6f8fa;--half:#2f6fb3;--place:#a8660a;--fault:#7a8794;"
	"--sync:#3d9a63;--hold:#e0a528;--disp:#cc4432;--none:#aab2bb;"
	"--miss:#cc0000}\n"
	"@media (prefers-color-scheme:dark){:root{--paper:#14181d;"
	"--ink:#e4e8ec;--soft:#9aa5b1;--line:#303841;--panel:#1b2027;"
	"--half:#6aa9ea;--place:#e3a54a;--fault:#8a97a5;--sync:#4fb57a;"
	"--hold:#d9a12e;--disp:#e2604f;--none:#56606b;--miss:#ff5a4d}}\n"
	"@media print{:root{--paper:#fff;--ink:#000;--soft:#444;--line:#ccc;"
	"--panel:#fff;--half:#2f6fb3;--place:#a8660a;--fault:#7a8794;"
	"--sync:#3d9a63;--hold:#e0a528;--disp:#cc4432;--none:#aab2bb}"
	"body{max-width:none;padding:0}section,figure{break-inside:avoid}"
	"details{display:none}"
	"*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}\n"
	"*{box-sizing:border-box}"
	"body{margin:0 auto;max-width:1100px;padding:28px 24px 48px;"
	"background:var(--paper);color:var(--ink);"
	"font:15px/1.5 system-ui,sans-serif}"
	"h1{font-size:25px;line-height:1.25;margin:0}"
	"h2{font-size:17px;margin:30px 0 8px}"
	"p{margin:6px 0}.soft{color:var(--soft)}"
	".cards{display:grid;gap:12px;margin:20px 0;"
	"grid-template-columns:repeat(auto-fit,minmax(150px,1fr))}"
	".card{background:var(--panel);border:1px solid var(--line);"
	"border-radius:8px;padding:10px 14px}"
	".card b{display:block;font-size:22px;font-weight:600;"
	"font-variant-numeric:tabular-nums;white-space:nowrap}"
	".card span{color:var(--soft);font-size:13px}"
	".bad{border-color:var(--miss)}.bad b{color:var(--miss)}"
	"figure{margin:0}svg{display:block;width:100%;height:auto}"
	".wide{overflow-x:auto}.wide svg{min-width:680px}"
	"table{border-collapse:collapse;width:100%;font-size:14px;"
	"font-variant-numeric:tabular-nums}"
	"th,td{text-align:left;padding:4px 14px 4px 0;vertical-align:top;"
	"border-bottom:1px solid var(--line)}"
	"th{color:var(--soft);font-weight:500}"
	".num{text-align:right;white-space:nowrap}"
	".pair{columns:2 330px;column-gap:36px}"
	".pair section{break-inside:avoid}.pair h2{margin-top:0}"
	".pair section{padding-top:26px}"
	"code{font:13px/1.4 ui-monospace,monospace}"
	"text{font:12px system-ui,sans-serif;fill:var(--soft)}"
	".title{font-size:13px;fill:var(--ink)}"
	".title,.legend{stroke:var(--paper);stroke-width:5;"
	"paint-order:stroke}"
	".mid{text-anchor:middle}.end{text-anchor:end}"
	".plot{fill:var(--panel)}"
	".grid{stroke:var(--line);fill:none}.fine{stroke-dasharray:2 3}"
	".edge{stroke:var(--soft);fill:none}"
	".half{fill:var(--half)}.place{fill:var(--place)}"
	".fault{fill:var(--fault);opacity:.16}"
	".mark{stroke:var(--fault);fill:none;stroke-dasharray:4 3}"
	".tag{fill:var(--panel);stroke:var(--fault)}"
	".tagtext{font-size:11.5px;fill:var(--ink)}"
	".miss{fill:var(--miss)}.hint{fill:transparent}"
	".hint:hover{fill:var(--ink);fill-opacity:.07}"
	".state0{fill:var(--none)}.state1{fill:var(--sync)}"
	".state2{fill:var(--hold)}.state3{fill:var(--disp)}\n";

struct sheet {
	const struct page *p;
	FILE *out;
};

static void put(const struct sheet *s, const char *text)
{
	xml_text(s->out, text);
}

static void row(const struct sheet *s, const char *what, const char *value)
{
	fputs("<tr><th>", s->out);
	put(s, what);
	fputs("</th><td class=\"num\">", s->out);
	put(s, value);
	fputs("</td></tr>\n", s->out);
}

static void row_count(const struct sheet *s, const char *what, uint64_t count)
{
	char text[PAGE_NUMBER_SIZE];

	snprintf(text, sizeof(text), "%" PRIu64, count);
	row(s, what, text);
}

static void row_duration(const struct sheet *s, const char *what, double ns)
{
	char text[PAGE_NUMBER_SIZE];

	row(s, what, page_duration(ns, text));
}

static void row_span(const struct sheet *s, const char *what, double span_s)
{
	char text[PAGE_NUMBER_SIZE];

	row(s, what, page_span(span_s, text));
}

/* --- above the drawing -------------------------------------------------- */

static void card(const struct sheet *s, const char *value, const char *what,
		 bool is_bad)
{
	fprintf(s->out, "<div class=\"card%s\"><b>", is_bad ? " bad" : "");
	put(s, value);
	fputs("</b><span>", s->out);
	put(s, what);
	fputs("</span></div>\n", s->out);
}

static void card_half(const struct sheet *s, double ns, const char *what)
{
	char number[PAGE_NUMBER_SIZE], text[PAGE_NUMBER_SIZE + 4];

	snprintf(text, sizeof(text), "\302\261%s", page_duration(ns, number));
	card(s, text, what, false);
}

static void write_cards(const struct sheet *s)
{
	const struct trace *t = s->p->trace;
	const struct outcome *o = &s->p->trial->outcome;
	char text[64], number[PAGE_NUMBER_SIZE], reads[64];

	fputs("<div class=\"cards\">\n", s->out);
	card_half(s, widths_percentile_ns(&t->width, 0.5), "median half-width");
	card_half(s, widths_percentile_ns(&t->width, 0.99),
		  "99 % of the time, or less");
	snprintf(text, sizeof(text), "widest, at %s",
		 page_moment(t->half_ns_max_at_s, number));
	card_half(s, t->half_ns_max, text);
	if (t->longest.length_s > 0) {
		snprintf(text, sizeof(text), "after %s of holdover",
			 page_span(t->longest.length_s, number));
		card_half(s, t->longest.half_ns, text);
	}
	snprintf(text, sizeof(text), "%" PRIu64, o->misses + o->excused);
	snprintf(reads, sizeof(reads), "misses in %.3g million reads",
		 (double)o->reads / 1e6);
	card(s, text, reads, o->misses + o->excused > 0);
	fputs("</div>\n", s->out);
}

static void write_head(const struct sheet *s)
{
	const struct scenario_file *f = s->p->file;
	char span[PAGE_NUMBER_SIZE];

	fputs("<!DOCTYPE html>\n<html lang=\"en\" "
	      "xmlns=\"http://www.w3.org/1999/xhtml\"><head>"
	      "<meta charset=\"utf-8\"/>"
	      "<meta name=\"viewport\" content=\"width=device-width, "
	      "initial-scale=1\"/>"
	      "<meta name=\"color-scheme\" content=\"light dark\"/><title>",
	      s->out);
	put(s, f->name);
	fputs(" \302\267 tt-sim</title>\n<style>", s->out);
	fputs(style, s->out);
	fputs("</style></head><body>\n<h1>", s->out);
	put(s, f->name);
	fputs("</h1>\n", s->out);
	if (*f->says) {
		fputs("<p>", s->out);
		put(s, f->says);
		fputs("</p>\n", s->out);
	}
	fprintf(s->out, "<p class=\"soft\">%s simulated, seed %" PRIu64
			", tt-sim " TT_VERSION "</p>\n",
		page_span(f->scenario.hours * 3600, span), s->p->trial->seed);
}

static void write_verdict(const struct sheet *s)
{
	const struct scenario_file *f = s->p->file;
	const struct outcome *o = &s->p->trial->outcome;
	char moment[PAGE_NUMBER_SIZE];

	if (s->p->verdict)
		fprintf(s->out, "<p><b>%s</b></p>\n", s->p->verdict);
	if (f->scenario.breaks) {
		fprintf(s->out, "<p><b>Axiom %s does not hold from %s on</b>: ",
			f->scenario.breaks,
			page_moment(f->scenario.broken_from_s, moment));
		put(s, f->why_broken);
		fprintf(s->out, ". Misses from then on (%" PRIu64
				") are no fault of the bound's.</p>\n",
			o->excused);
	}
	if (scenario_file_is_unfit(f, o->unfit_seconds))
		fprintf(s->out,
			"<p><b>The oscillator left axiom A1 or A2 as "
			"configured in %" PRIu64 " s</b>: choose a wider "
			"preset.</p>\n",
			o->unfit_seconds);
}

/* --- below it ----------------------------------------------------------- */

static void write_widths(const struct sheet *s)
{
	const struct page *p = s->p;
	const struct outcome *o = &p->trial->outcome;
	const double optimum_ns = widths_mean_ns(&o->optimum);
	char text[PAGE_NUMBER_SIZE];

	fprintf(s->out, "<section><h2>Half-widths%s</h2><table>\n",
		p->trace->from_s > 0 ? " after the start" : "");
	row_duration(s, "median",
		     widths_percentile_ns(&p->trace->width, 0.5));
	row_duration(s, "99th percentile",
		     widths_percentile_ns(&p->trace->width, 0.99));
	row_duration(s, "widest", p->trace->half_ns_max);
	row_duration(s, "mean", widths_mean_ns(&p->trace->width));
	if (optimum_ns > 0) {
		snprintf(text, sizeof(text), "%.2f",
			 widths_mean_ns(&o->width) / optimum_ns);
		row(s, "mean over the narrowest sound bound", text);
	}
	row_span(s, "first bound after", o->first_bound_s);
	if (p->trial->recover_s >= 0)
		row_span(s, "as narrow as before, after the last fault",
			 p->trial->recover_s);
	if (o->best_rms_ns > 0)
		row_duration(s, "error of the best estimate, rms",
			     o->best_rms_ns);
	fputs("</table></section>\n", s->out);
}

static void write_holdover(const struct sheet *s)
{
	const struct trace_holdover *h = &s->p->trace->longest;
	char span[PAGE_NUMBER_SIZE], from[PAGE_NUMBER_SIZE];

	if (!(h->mark_half_ns[0] > 0))
		return;
	fprintf(s->out, "<section><h2>Holdover from %s on</h2><table>\n",
		page_moment(h->from_s, from));
	for (int i = 0; i < TRACE_MARKS; i++)
		if (h->mark_half_ns[i] > 0) {
			snprintf(from, sizeof(from), "after %s",
				 page_span(trace_mark_s[i], span));
			row_duration(s, from, h->mark_half_ns[i]);
		}
	snprintf(from, sizeof(from), "at its end, %s",
		 page_span(h->length_s, span));
	row_duration(s, from, h->half_ns);
	fputs("</table></section>\n", s->out);
}

static void write_ledgers(const struct sheet *s)
{
	const struct trial *t = s->p->trial;
	const struct outcome *o = &t->outcome;
	const struct scenario *sc = &s->p->file->scenario;

	fputs("<section><h2>Ledgers</h2><table>\n", s->out);
	row_count(s, "reads", o->reads);
	row_count(s, "reads without an answer", o->read_errors);
	row_count(s, "misses while the axioms held", o->misses);
	row_count(s, "earliest went back within an epoch", o->went_back);
	row_count(s, sc->breaks ? "violations counted by the audit"
				: "false alarms of the audit",
		  o->counters.bound_violations);
	if (sc->breaks) {
		row_count(s, "misses while an axiom was broken", o->excused);
		if (o->detected_s >= 0)
			row_span(s, "broken axiom noticed after",
				 o->detected_s);
		else
			row(s, "broken axiom noticed", "no");
	}
	row_count(s, "measurements against their own source's belief",
		  o->counters.contradictions);
	row_count(s, "epochs", o->epochs);
	fputs("</table></section>\n", s->out);
}

static void write_states(const struct sheet *s)
{
	const struct trace *t = s->p->trace;
	char text[PAGE_NUMBER_SIZE];

	fputs("<section><h2>Time in each state</h2><table>\n", s->out);
	for (int i = 1; i <= 4; i++) {
		const int state = i % 4;

		if (!(t->state_s[state] > 0))
			continue;
		snprintf(text, sizeof(text), "%.2f %%",
			 100 * t->state_s[state] / t->length_s);
		row(s,
		    state ? engine_state_name((enum engine_state)state)
			  : "no answer",
		    text);
	}
	fputs("</table></section>\n", s->out);
}

static void write_event(const struct sheet *s, const struct trace_event *e)
{
	char at[PAGE_NUMBER_SIZE], half[PAGE_NUMBER_SIZE];

	fprintf(s->out, "<tr><td class=\"num\">%s</td><td>%s%s</td>"
			"<td class=\"num\">%s%s</td></tr>\n",
		page_moment(e->at_s, at),
		e->state ? engine_state_name((enum engine_state)e->state)
			 : "no answer",
		e->kind == TRACE_EPOCH ? ", a new epoch" : "",
		e->half_ns > 0 ? "\302\261" : "",
		e->half_ns > 0 ? page_duration(e->half_ns, half) : "");
}

static void write_events(const struct sheet *s)
{
	const struct trace *t = s->p->trace;
	const uint64_t shown =
		t->events < EVENTS_SHOWN ? t->events : EVENTS_SHOWN;

	fputs("<section><h2>Changes of state, new epochs</h2><table>"
	      "<tr><th class=\"num\">at</th><th>from then on</th>"
	      "<th class=\"num\">half-width before</th></tr>\n",
	      s->out);
	for (uint64_t i = 0; i < shown; i++)
		write_event(s, &t->event[i]);
	fputs("</table>\n", s->out);
	if (t->events > shown)
		fprintf(s->out, "<p class=\"soft\">and %" PRIu64 " more</p>\n",
			t->events - shown);
	fputs("</section>\n", s->out);
}

/* --- what was simulated ------------------------------------------------- */

static void write_oscillator(const struct sheet *s)
{
	static const char *const motions[] = {
		"still", "a random walk", "always turning, at A2's limit",
		"a day's sine, steepest at A2's limit", ""};
	const struct oscillator_law *law =
		&s->p->file->scenario.oscillator;
	char text[100], span[PAGE_NUMBER_SIZE];

	if (law->grade)
		row(s, "oscillator", law->grade->name);
	else
		row(s, "oscillator, an adversary", motions[law->slow]);
	snprintf(text, sizeof(text), "%+.4g ppm", law->start_ppb / 1e3);
	row(s, "its rate at the start", text);
	if (law->cooling_raw_s > 0) {
		snprintf(text, sizeof(text), "%+.3g ppm from %s on",
			 law->grade->cooling_ppb / 1e3,
			 page_moment(law->cooling_raw_s, span));
		row(s, "its cooling fails", text);
	}
}

static void write_path(const struct sheet *s, const struct feed_law *law)
{
	const struct path_law *p = &law->path;
	char a[PAGE_NUMBER_SIZE], b[PAGE_NUMBER_SIZE];

	fprintf(s->out, "%s + %s queueing", page_duration(p->base_ns[0], a),
		page_duration(p->queue_ns[0], b));
	if (fabs(p->base_ns[0] - p->base_ns[1]) +
		    fabs(p->queue_ns[0] - p->queue_ns[1]) > 0)
		fprintf(s->out, " out, %s + %s back",
			page_duration(p->base_ns[1], a),
			page_duration(p->queue_ns[1], b));
	if (p->hops > 0 && p->transparent_ns > 0)
		fprintf(s->out, ", %d transparent clocks \302\261%s each",
			p->hops, page_duration(p->transparent_ns, a));
	else if (p->hops > 0)
		fprintf(s->out, ", %d hops, busy for %.3g %%: %s", p->hops,
			100 * p->load, page_duration(p->hop_ns, a));
	if (p->loss > 0)
		fprintf(s->out, ", %.3g %% lost", 100 * p->loss);
	if (p->burst > 0)
		fprintf(s->out, ", %.3g %% meet up to %s more",
			100 * p->burst, page_duration(p->burst_ns, a));
	if (law->is_interleaved)
		fputs(", interleaved", s->out);
}

static void write_feed(const struct sheet *s, const struct feed_law *law)
{
	char poll[PAGE_NUMBER_SIZE], a[PAGE_NUMBER_SIZE], b[PAGE_NUMBER_SIZE];
	char most[PAGE_NUMBER_SIZE];

	fputs("<tr><td>", s->out);
	put(s, law->name);
	fprintf(s->out, "</td><td>%s</td><td class=\"num\">%s</td><td>",
		scenario_file_kind(law), page_span(law->poll_s, poll));
	if (law->kind == FEED_EXCHANGE)
		write_path(s, law);
	else if (law->kind == FEED_EDGE)
		fprintf(s->out, "%s + %s, at most %s late",
			page_duration(law->latency_ns[0], a),
			page_duration(law->latency_ns[1], b),
			page_duration(law->latency_ns_max, most));
	else if (law->kind == FEED_PHC)
		fprintf(s->out, "its own servo; read within %s",
			page_duration(law->window_ns, a));
	fprintf(s->out, "</td><td class=\"num\">\302\261%s</td>"
			"<td class=\"num\">\302\261%s</td></tr>\n",
		page_duration(law->server.limit_ns, a),
		page_duration(law->stamp.limit_ns + law->quantum_ns +
				      law->mapping.limit_ns +
				      law->window_ns / 2,
			      b));
}

static void write_feeds(const struct sheet *s)
{
	const struct scenario *sc = &s->p->file->scenario;

	fputs("<section class=\"wide\"><h2>Sources</h2><table>"
	      "<tr><th>source</th><th>kind</th><th class=\"num\">poll</th>"
	      "<th>path, one way</th><th class=\"num\">its own error</th>"
	      "<th class=\"num\">stamps and mapping</th></tr>\n",
	      s->out);
	for (int i = 0; i < sc->feed_count; i++)
		write_feed(s, &sc->feed[i]);
	fputs("</table></section>\n", s->out);
}

static void write_fault(const struct sheet *s, const struct fault *f)
{
	const struct scenario *sc = &s->p->file->scenario;
	char a[PAGE_NUMBER_SIZE];

	fprintf(s->out, "<tr><td class=\"num\">%s</td><td class=\"num\">%s"
			"</td><td>",
		page_moment(f->from_s, a),
		f->to_s <= f->from_s ? "" : "until");
	if (f->to_s > f->from_s)
		fprintf(s->out, "%s ",
			f->to_s >= sc->hours * 3600 ? "the end"
						    : page_moment(f->to_s, a));
	fprintf(s->out, "</td><td>%s: %s</td><td>", fault_name(f->kind),
		fault_says(f->kind));
	if (fault_is_of_feed(f->kind))
		put(s, f->feed == FAULT_ALL_FEEDS ? "all"
						  : sc->feed[f->feed].name);
	fputs("</td><td class=\"num\">", s->out);
	if (!strcmp(fault_unit(f->kind), "ns"))
		fprintf(s->out, "%s%s", f->value < 0 ? "-" : "",
			page_duration(fabs(f->value), a));
	else if (*fault_unit(f->kind))
		fprintf(s->out, "%g %s", f->value, fault_unit(f->kind));
	fputs("</td></tr>\n", s->out);
}

static void write_faults(const struct sheet *s)
{
	const struct scenario *sc = &s->p->file->scenario;

	if (sc->fault_count == 0)
		return;
	fputs("<section class=\"wide\"><h2>Faults</h2><table>"
	      "<tr><th class=\"num\">at</th><th></th><th></th><th>what</th>"
	      "<th>whose</th><th class=\"num\">how much</th></tr>\n",
	      s->out);
	for (int i = 0; i < sc->fault_count; i++)
		write_fault(s, &sc->fault[i]);
	fputs("</table></section>\n", s->out);
}

static void write_axioms(const struct sheet *s)
{
	const struct axioms *ax = &s->p->file->scenario.axioms;
	char text[UNITS_TEXT_SIZE];

	fputs("<section><h2>Axioms, as configured</h2><table>\n", s->out);
	units_format_rate(UNITS_RATE, ax->drift_ppb, text);
	row(s, "A1 drift", text);
	units_format_rate(UNITS_WANDER, ax->wander_ppb_s, text);
	row(s, "A2 wander", text);
	units_format_rate(UNITS_RATE, ax->jitter_ppb, text);
	row(s, "A2 jitter", text);
	if (ax->swing_ppb >= 0) {
		units_format_rate(UNITS_RATE, ax->swing_ppb, text);
		row(s, "A2 swing", text);
	}
	if (ax->liars >= 0)
		row_count(s, "A3 liars", (uint64_t)ax->liars);
	else
		row(s, "A3 liars", "a minority");
	row_span(s, "A3 memory", (double)ax->memory_ns / 1e9);
	write_oscillator(s);
	fputs("</table></section>\n", s->out);
}

/* Paths and sockets have no meaning here. */
static bool is_of_interest(const struct config_key *key)
{
	return key->type != CONFIG_GROUPS && key->type != CONFIG_STRING &&
	       strcmp(key->name, "log_level") != 0;
}

static void write_settings(const struct sheet *s)
{
	static struct config defaults;
	char text[CONFIG_VALUE_SIZE];
	int count = 0;

	config_defaults(&defaults);
	fputs("<section><h2>Settings other than the defaults</h2><table>\n",
	      s->out);
	for (const struct config_key *k = config_keys; k->name; k++) {
		if (!is_of_interest(k) ||
		    config_key_is_equal(k, s->p->config, &defaults) ||
		    !config_key_format(k, s->p->config, text))
			continue;
		row(s, k->name, text);
		count++;
	}
	if (config_group_count(s->p->config) > 0)
		row_count(s, "groups",
			  (uint64_t)config_group_count(s->p->config));
	else if (count == 0)
		row(s, "none", "");
	fputs("</table></section>\n", s->out);
}

void page_write(const struct page *p, FILE *out)
{
	const struct sheet s = {p, out};

	write_head(&s);
	write_verdict(&s);
	write_cards(&s);
	fputs("<figure class=\"wide\">\n", out);
	page_chart(&p->file->scenario, p->trace, out);
	fputs("</figure>\n<div class=\"pair\">\n", out);
	write_widths(&s);
	write_holdover(&s);
	write_ledgers(&s);
	write_states(&s);
	write_axioms(&s);
	write_settings(&s);
	fputs("</div>\n", out);
	write_feeds(&s);
	write_faults(&s);
	write_events(&s);
	fputs("<p class=\"soft\">Scenario <code>", out);
	put(&s, p->scenario_path);
	fputs("</code>, configuration <code>", out);
	put(&s, p->config_path);
	fprintf(out, "</code>. Replay: <code>tt-sim run --seed %" PRIu64
		     "</code>. tt-sim(1) says what is modelled.</p>\n"
		     "</body></html>\n",
		p->trial->seed);
}
