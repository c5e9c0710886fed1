/* SPDX-License-Identifier: Apache-2.0 */
/* The report: its style, and the order of its sections. */
#include "tools/report/report.h"


#include "tools/report/report_private.h"

static const char style[] =
	":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#59636e;"
	"--line:#d1d9e0;--card:#f6f8fa;--good:#1a7f37;--warn:#9a6700;"
	"--bad:#cf222e;--none:#59636e;--curve:#0969da;--other:#8250df}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;"
	"--dim:#9198a1;--line:#30363d;--card:#161b22;--good:#3fb950;"
	"--warn:#d29922;--bad:#f85149;--none:#9198a1;--curve:#58a6ff;"
	"--other:#bc8cff}}\n"
	"@media print{:root{color-scheme:light;--bg:#fff;--fg:#000;--dim:#444;"
	"--line:#bbb;--card:#fff;--good:#1a7f37;--warn:#9a6700;--bad:#cf222e;"
	"--none:#59636e;--curve:#0969da;--other:#8250df}"
	"body{max-width:none;padding:0;font-size:11px}"
	".chart,tr,.head{break-inside:avoid}h2,h3,.dim{break-after:avoid}"
	"footer a{display:none}.scroll{overflow:visible}"
	"*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:60rem;padding:1.5rem 1rem 3rem;"
	"background:var(--bg);color:var(--fg);"
	"font:15px/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1rem;font-weight:600;color:var(--dim);margin:0}\n"
	"h2{font-size:1.1rem;margin:2rem 0 .5rem}\n"
	"h3{font-size:1rem;margin:1.5rem 0 .3rem;overflow-wrap:anywhere}\n"
	"p{margin:.3rem 0}\n"
	".head{display:flex;flex-wrap:wrap;align-items:baseline;gap:.25rem "
	"1.25rem;margin:.25rem 0 .5rem}\n"
	".wide{font-size:2.4rem;font-weight:650;line-height:1.2;"
	"font-variant-numeric:tabular-nums}\n"
	".badge{font-weight:650;padding:.1rem .7rem;border-radius:1rem;"
	"border:1.5px solid currentColor}\n"
	".good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}"
	".dim{color:var(--dim)}\n"
	".alert{border-left:4px solid var(--warn);background:var(--card);"
	"padding:.4rem .8rem;margin:.5rem 0;overflow-wrap:anywhere}\n"
	".scroll{overflow-x:auto}\n"
	"table{border-collapse:collapse;width:100%;margin:.3rem 0;"
	"font-variant-numeric:tabular-nums}\n"
	"th,td{text-align:left;padding:.25rem .8rem .25rem 0;"
	"border-bottom:1px solid var(--line);vertical-align:top}\n"
	"th{color:var(--dim);font-weight:500}\n"
	".n{text-align:right;white-space:nowrap}.nowrap{white-space:nowrap}\n"
	".name{overflow-wrap:anywhere;min-width:9rem}\n"
	".keys{color:var(--dim);font-size:.85rem;display:flex;flex-wrap:wrap;"
	"gap:.1rem 1rem;align-items:center}\n"
	".key{display:inline-block;width:.9rem;height:.7rem;"
	"margin-right:.35rem}\n"
	".key.band{background:var(--curve);opacity:.3}"
	".key.curve{background:var(--curve);height:2px;vertical-align:middle}"
	".key.good{background:var(--good);height:.25rem}"
	".key.warn{background:var(--warn);height:.42rem}"
	".key.bad{background:var(--bad)}.key.none{background:var(--none)}\n"
	".pair{display:grid;gap:0 1.5rem;"
	"grid-template-columns:repeat(auto-fit,minmax(min(18rem,100%),1fr))}\n"
	"footer{margin-top:2rem;color:var(--dim);font-size:.85rem}\n"
	"a{color:var(--curve)}\n";

static void put_prologue(const struct sheet *s)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\" "
	      "xmlns=\"http://www.w3.org/1999/xhtml\"><head>"
	      "<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, "
	      "initial-scale=1\"/>\n"
	      "<meta name=\"color-scheme\" content=\"light dark\"/>\n",
	      s->out);
	if (s->in->refresh_s)
		fprintf(s->out,
			"<meta http-equiv=\"refresh\" content=\"%d\"/>\n",
			s->in->refresh_s);
	fprintf(s->out, "<title>%s \xc2\xb7 timed on ", report_headline(s));
	xml_text(s->out, s->in->host);
	fprintf(s->out,
		"</title>\n<style>\n%s%s</style></head><body>\n<h1>True time "
		"on ",
		style, plot_style);
	xml_text(s->out, s->in->host);
	fputs("</h1>\n", s->out);
}

/* By the daemon's word; the clock of whoever asks may be any. */
static void put_epilogue(const struct sheet *s)
{
	char at[HUMAN_SIZE];
	int64_t ns;

	fputs("<footer>", s->out);
	if (doc_int(s->doc, "clock.best_unix_ns", &ns) ||
	    doc_int(s->doc, "system_clock.realtime_unix_ns", &ns)) {
		human_instant(ns, at);
		at[19] = '\0'; /* to the second */
		fprintf(s->out, "as of %s UTC", at);
	} else {
		fputs("of a moment unknown", s->out);
	}
	if (s->in->refresh_s)
		fprintf(s->out,
			", renewed every %d s \xc2\xb7 "
			"<a href=\"/metrics\">metrics</a> \xc2\xb7 "
			"<a href=\"/status.json\">status.json</a>",
			s->in->refresh_s);
	fputs("</footer>\n</body></html>\n", s->out);
}

void report_write(FILE *out, const struct report_input *in)
{
	const struct sheet s = {.out = out, .in = in, .doc = in->s->doc};

	put_prologue(&s);
	report_now(&s);
	report_widths(&s);
	if (s.doc)
		report_now_sources(&s);
	report_sources(&s);
	if (s.doc)
		report_now_budget(&s);
	report_details(&s);
	put_epilogue(&s);
}
