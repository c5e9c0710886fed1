/* SPDX-License-Identifier: Apache-2.0 */
/* The status page. */
#include "tools/exporter/page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "tools/exporter/chart.h"
#include "tools/human.h"
#include "tools/status_doc.h"

static const char style[] =
	":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#59636e;"
	"--line:#d1d9e0;--card:#f6f8fa;--good:#1a7f37;--warn:#9a6700;"
	"--bad:#cf222e;--curve:#0969da}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;"
	"--dim:#9198a1;--line:#30363d;--card:#161b22;--good:#3fb950;"
	"--warn:#d29922;--bad:#f85149;--curve:#58a6ff}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:60rem;padding:1.5rem 1rem 3rem;"
	"background:var(--bg);color:var(--fg);"
	"font:15px/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1rem;font-weight:600;color:var(--dim);margin:0}\n"
	"h2{font-size:1rem;margin:2rem 0 .5rem}\n"
	".head{display:flex;flex-wrap:wrap;align-items:baseline;gap:.25rem "
	"1.25rem;margin:.25rem 0 .5rem}\n"
	".wide{font-size:2.4rem;font-weight:650;line-height:1.2;"
	"font-variant-numeric:tabular-nums}\n"
	".badge{font-weight:650;padding:.1rem .7rem;border-radius:1rem;"
	"border:1.5px solid currentColor}\n"
	".good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}"
	".dim{color:var(--dim)}\n"
	"rect.good{fill:var(--good)}rect.warn{fill:var(--warn)}"
	"rect.bad{fill:var(--bad)}\n"
	".alert{border-left:4px solid var(--warn);background:var(--card);"
	"padding:.4rem .8rem;margin:.5rem 0;overflow-wrap:anywhere}\n"
	".scroll{overflow-x:auto}\n"
	"table{border-collapse:collapse;width:100%;"
	"font-variant-numeric:tabular-nums}\n"
	"th,td{text-align:left;padding:.3rem .8rem .3rem 0;"
	"border-bottom:1px solid var(--line);vertical-align:top}\n"
	"th{color:var(--dim);font-weight:500}\n"
	".n{text-align:right;white-space:nowrap}\n"
	".name{overflow-wrap:anywhere;min-width:9rem}\n"
	"svg{display:block;width:100%;height:auto;margin:.75rem 0;"
	"background:var(--card);"
	"border:1px solid var(--line);border-radius:6px}\n"
	"svg text{font-size:11px;fill:var(--dim);"
	"font-family:system-ui,sans-serif}\n"
	".grid{stroke:var(--line)}\n"
	".curve{fill:none;stroke:var(--curve);stroke-width:1.5;"
	"stroke-linejoin:round;stroke-linecap:round}\n"
	"footer{margin-top:2rem;color:var(--dim);font-size:.85rem}\n"
	"a{color:var(--curve)}\n";

struct page {
	FILE *out;
	const struct status *s;
	struct json_object *doc; /* s->doc, may be NULL */
};

static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}

static const char *or_dash(const char *text)
{
	return text && *text ? text : "\xe2\x80\x93";
}

static void cell(const struct page *p, const char *class, const char *text)
{
	fprintf(p->out, "<td class=\"%s\">", class);
	put_text(p->out, or_dash(text));
	fputs("</td>", p->out);
}

static void head_row(const struct page *p, const char *name, const char *text)
{
	fputs("<tr><th scope=\"row\">", p->out);
	put_text(p->out, name);
	fputs("</th>", p->out);
	cell(p, "name", text);
	fputs("</tr>\n", p->out);
}

static void __attribute__((format(printf, 2, 3)))
alert(const struct page *p, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fputs("<p class=\"alert\">", p->out);
	put_text(p->out, text);
	fputs("</p>\n", p->out);
}

static void open_table(const struct page *p, const char *title,
		       const char *const *column)
{
	fprintf(p->out, "<h2>%s</h2>\n<div class=\"scroll\"><table>\n", title);
	if (!column)
		return;
	fputs("<tr>", p->out);
	for (; *column; column++) {
		bool is_number = **column == '>';

		fprintf(p->out, "<th scope=\"col\"%s>%s</th>",
			is_number ? " class=\"n\"" : "", *column + is_number);
	}
	fputs("</tr>\n", p->out);
}

static void close_table(const struct page *p)
{
	fputs("</table></div>\n", p->out);
}

/* ---- the head: what programs are told ---- */

static const char *verdict_class(enum status_verdict v)
{
	return v == STATUS_OK ? "good" : v == STATUS_DEGRADED ? "warn" : "bad";
}

static const char *headline(const struct page *p)
{
	if (status_judge(p->s) == STATUS_UNREADABLE)
		return p->s->socket_err ? "NO DAEMON" : "UNREADABLE";
	return p->s->segment_err ? "UNSYNCHRONIZED"
				 : status_state_name(p->s->now.state);
}

static void put_since(const struct page *p)
{
	const char *state = doc_string(p->doc, "clock.state");
	int64_t since_ns, raw_ns;
	char age[HUMAN_SIZE];

	if (!state || strcmp(state, headline(p)) != 0 ||
	    !doc_int(p->doc, "clock.since_raw_ns", &since_ns) ||
	    !doc_int(p->doc, "raw_ns", &raw_ns))
		return;
	fprintf(p->out, "<span class=\"dim\">for %s</span>",
		human_age(raw_ns - since_ns, age));
}

static void put_head(const struct page *p)
{
	char text[HUMAN_SIZE];

	fputs("<div class=\"head\">", p->out);
	if (!p->s->segment_err)
		fprintf(p->out, "<span class=\"wide\">\xc2\xb1 %s</span>",
			human_bound(status_half_width_ns(p->s), text));
	fprintf(p->out, "<span class=\"badge %s\">%s</span>",
		verdict_class(status_judge(p->s)), headline(p));
	put_since(p);
	fputs("</div>\n", p->out);
}

static void put_flags(const struct page *p)
{
	const char *flag[STATUS_FLAGS_MAX];
	int n = p->s->segment_err ? 0 : status_flag_names(p->s, flag);
	char text[128] = "";

	for (int i = 0; i < n; i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "%s%s",
			 len ? ", " : "", flag[i]);
	}
	if (n)
		head_row(p, "Held by", text);
}

static void put_system_clock(const struct page *p)
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
	head_row(p, "System clock", text);
}

static void put_steering(const struct page *p)
{
	const char *state = doc_string(p->doc, "steering.state");
	const char *reason = doc_string(p->doc, "steering.reason");
	char text[256];

	if (!state || !strcmp(state, "observe"))
		return;
	snprintf(text, sizeof(text), "%s%s%s", state, reason ? ": " : "",
		 reason ? reason : "");
	head_row(p, "Steering", text);
}

/* "100 us after 38 s, 1 ms after 4 min" */
static void put_forecast(const struct page *p)
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
		head_row(p, "If all fell silent", text);
}

static void put_daemon(const struct page *p)
{
	int64_t started_ns, raw_ns;
	const char *version = doc_string(p->doc, "process.version");
	char text[128], age[HUMAN_SIZE];

	if (!doc_int(p->doc, "process.started_raw_ns", &started_ns) ||
	    !doc_int(p->doc, "raw_ns", &raw_ns))
		return;
	snprintf(text, sizeof(text), "timed %.32s, up %s",
		 version ? version : "", human_age(raw_ns - started_ns, age));
	head_row(p, "Daemon", text);
}

static void put_facts(const struct page *p)
{
	char text[HUMAN_SIZE + 8], instant[HUMAN_SIZE];

	fputs("<div class=\"scroll\"><table>\n", p->out);
	if (!p->s->segment_err) {
		snprintf(text, sizeof(text), "%s UTC",
			 human_instant(p->s->now.earliest_ns, instant));
		head_row(p, "Earliest", text);
		snprintf(text, sizeof(text), "%s UTC",
			 human_instant(p->s->now.latest_ns, instant));
		head_row(p, "Latest", text);
	}
	put_flags(p);
	put_system_clock(p);
	put_steering(p);
	put_forecast(p);
	put_daemon(p);
	close_table(p);
}

/* ---- what needs attention ---- */

static void alert_drivers(const struct page *p)
{
	struct json_object *list = doc_array(p->doc, "drivers");
	size_t n = list ? json_object_array_length(list) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *d = json_object_array_get_idx(list, i);
		const char *name = doc_string(d, "name");
		const char *health = doc_string(d, "health");

		if (health)
			alert(p, "%.80s: %.300s", name ? name : "", health);
	}
}

static void alert_rest(const struct page *p)
{
	const char *error = doc_string(p->doc, "process.reload_error");
	int64_t violations = 0;
	bool expired = false, rehearses = false;

	if (doc_bool(p->doc, "rehearsal.active", &rehearses) && rehearses)
		alert(p, "Holdover is being rehearsed: no sample is used.");
	if (doc_int(p->doc, "counters.bound_violations", &violations) &&
	    violations > 0)
		alert(p,
		      "Axioms were found broken %" PRId64
		      " times since the daemon's start.",
		      violations);
	if (error)
		alert(p, "The last reload was refused: %.400s", error);
	if (doc_bool(p->doc, "leap.expired", &expired) && expired)
		alert(p, "The leap second table has expired.");
}

static void put_alerts(const struct page *p)
{
	const struct status *s = p->s;

	if (s->socket_err)
		alert(p, "%.200s: %s.%s", s->socket_path, s->socket_why,
		      s->segment_err ? ""
				     : " This is what the segment gives alone; "
				       "nobody renews it.");
	if (s->segment_err && s->segment_err != -ENODATA)
		alert(p, "%.200s: %s.", s->segment_path,
		      tt_strerror(s->segment_err));
	if (s->is_contradictory)
		alert(p, "The segment and the status socket tell different "
			 "times: of two daemons?");
	alert_drivers(p);
	alert_rest(p);
}

/* ---- tables ---- */

static void put_source(const struct page *p, struct json_object *o)
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
	put_text(p->out, or_dash(doc_string(o, "name")));
	if (note) {
		fputs("<br><span class=\"dim\">", p->out);
		put_text(p->out, note);
		fputs("</span>", p->out);
	}
	fputs("</td>", p->out);
	cell(p, "", doc_string(o, "class"));
	cell(p, "n", offset);
	cell(p, "n", error);
	cell(p, "n", age);
	cell(p,
	     !verdict			       ? ""
	     : !strcmp(verdict, "used")	       ? "good"
	     : !strcmp(verdict, "falseticker") ? "bad"
					       : "warn",
	     verdict);
	fputs("</tr>\n", p->out);
}

static void put_sources(const struct page *p)
{
	static const char *const column[] = {
		"source",	"class",   ">offset", ">\xc2\xb1 error",
		">last sample", "verdict", NULL};
	struct json_object *list = doc_array(p->doc, "sources");
	size_t n = list ? json_object_array_length(list) : 0;

	open_table(p, "Sources", column);
	for (size_t i = 0; i < n; i++)
		put_source(p, json_object_array_get_idx(list, i));
	if (!n)
		fputs("<tr><td colspan=\"6\">none has been heard of yet</td>"
		      "</tr>\n",
		      p->out);
	close_table(p);
}

static void put_term(const struct page *p, struct json_object *o)
{
	char text[HUMAN_SIZE];
	int64_t ns;

	fputs("<tr>", p->out);
	cell(p, "name", doc_string(o, "name"));
	cell(p, "n", doc_int(o, "lo_ns", &ns) ? human_ns(ns, text) : "");
	cell(p, "n", doc_int(o, "hi_ns", &ns) ? human_ns(ns, text) : "");
	fputs("</tr>\n", p->out);
}

static void put_budget(const struct page *p)
{
	static const char *const column[] = {"what the half-width is made of",
					     ">lower", ">upper", NULL};
	struct json_object *list = doc_array(p->doc, "budget.terms");
	size_t n = list ? json_object_array_length(list) : 0;
	const char *lo = doc_string(p->doc, "budget.lo_source");
	const char *hi = doc_string(p->doc, "budget.hi_source");

	if (!n)
		return;
	open_table(p, "Error budget", column);
	for (size_t i = 0; i < n; i++)
		put_term(p, json_object_array_get_idx(list, i));
	fputs("<tr>", p->out);
	cell(p, "dim", "edge from");
	cell(p, "n dim", lo ? lo : "memory, or several");
	cell(p, "n dim", hi ? hi : "memory, or several");
	fputs("</tr>\n", p->out);
	close_table(p);
}

static void put_prologue(const struct page *p, const struct page_options *o)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head>"
	      "<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width\">\n",
	      p->out);
	if (o->refresh_s)
		fprintf(p->out,
			"<meta http-equiv=\"refresh\" content=\"%d\">\n",
			o->refresh_s);
	fprintf(p->out, "<title>%s \xc2\xb7 timed on ", headline(p));
	put_text(p->out, o->host);
	fprintf(p->out,
		"</title>\n<style>\n%s</style></head><body>\n<h1>True "
		"time on ",
		style);
	put_text(p->out, o->host);
	fputs("</h1>\n", p->out);
}

void page_write(FILE *out, const struct status *s,
		const struct page_options *options)
{
	struct page p = {.out = out, .s = s, .doc = s->doc};

	put_prologue(&p, options);
	put_head(&p);
	put_alerts(&p);
	if (options->history)
		chart_write(out, options->history);
	put_facts(&p);
	if (p.doc) {
		put_sources(&p);
		put_budget(&p);
	}
	if (options->refresh_s)
		fprintf(out,
			"<footer>renewed every %d s \xc2\xb7 "
			"<a href=\"/metrics\">metrics</a> \xc2\xb7 "
			"<a href=\"/status.json\">status.json</a></footer>\n",
			options->refresh_s);
	fputs("</body></html>\n", out);
}
