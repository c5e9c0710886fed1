/* SPDX-License-Identifier: Apache-2.0 */
/* The page. */
#include "tools/skew/report.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "chart/plot.h"
#include "chart/xml.h"
#include "tools/human.h"
#include "tools/skew/heat.h"

#define BARS	    36
#define HEIGHT	    180
#define NAMES_SHOWN 8

static const char style[] =
	":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#59636e;"
	"--line:#d1d9e0;--card:#f6f8fa;--good:#1a7f37;--warn:#9a6700;"
	"--bad:#cf222e;--none:#59636e;--curve:#0969da;--other:#8250df}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;"
	"--dim:#9198a1;--line:#30363d;--card:#161b22;--good:#3fb950;"
	"--warn:#d29922;--bad:#f85149;--none:#9198a1;--curve:#58a6ff;"
	"--other:#bc8cff}}\n"
	"@media print{:root{color-scheme:light;--bg:#fff;--fg:#000;--dim:#444;"
	"--line:#bbb;--card:#fff;--curve:#0969da}"
	"body{max-width:none;padding:0;font-size:11px}"
	".chart,.heat,tr{break-inside:avoid}h2{break-after:avoid}"
	"*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:60rem;padding:1.5rem 1rem 3rem;"
	"background:var(--bg);color:var(--fg);"
	"font:15px/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1rem;font-weight:600;color:var(--dim);margin:0}\n"
	"h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.3rem 0}\n"
	".wide{font-size:2.2rem;font-weight:650;line-height:1.3;"
	"font-variant-numeric:tabular-nums}.dim{color:var(--dim)}\n"
	".alert{border-left:4px solid var(--warn);background:var(--card);"
	"padding:.4rem .8rem;margin:.5rem 0;overflow-wrap:anywhere}\n"
	".scroll{overflow-x:auto}\n"
	"table{border-collapse:collapse;width:100%;margin:.3rem 0;"
	"font-variant-numeric:tabular-nums}\n"
	"th,td{text-align:right;padding:.25rem .8rem .25rem 0;"
	"border-bottom:1px solid var(--line);white-space:nowrap}\n"
	"th{color:var(--dim);font-weight:500}"
	"th:first-child,td:first-child,.t{text-align:left;"
	"white-space:normal;overflow-wrap:anywhere}\n"
	"footer{margin-top:2rem;color:var(--dim);font-size:.85rem}\n";

static const char *name_of(const struct map *m, uint32_t node)
{
	return m->graph->node[node].name;
}

static double magnitude_ns(const struct map *m, uint32_t node)
{
	return fabs((double)m->solve->node[node].offset_ns);
}

/* ---- what is amiss ---- */

static void put_part(FILE *out, const struct map *m, uint32_t p)
{
	uint32_t shown = 0;

	fprintf(out,
		"<p class=\"alert\">Cut off from the rest: %" PRIu32 " node%s:",
		m->solve->part[p].nodes,
		m->solve->part[p].nodes == 1 ? "" : "s");
	for (uint32_t i = m->solve->part[p].first;
	     i < m->graph->nodes && shown < NAMES_SHOWN; i++) {
		if (m->solve->node[i].part != p)
			continue;
		fputc(' ', out);
		xml_text(out, name_of(m, i));
		shown++;
	}
	fprintf(out, "%s</p>\n", shown < m->solve->part[p].nodes ? " ..." : "");
}

static void put_dead(FILE *out, const struct map *m, size_t worst)
{
	size_t dead = 0;

	for (uint32_t i = 0; i < m->graph->nodes; i++) {
		if (!m->graph->node[i].why || dead++ >= worst)
			continue;
		fputs("<p class=\"alert\">", out);
		xml_text(out, name_of(m, i));
		fputs(" does not answer: ", out);
		xml_text(out, m->graph->node[i].why);
		fputs("</p>\n", out);
	}
	if (dead > worst)
		fprintf(out,
			"<p class=\"alert\">and %zu more do not answer</p>\n",
			dead - worst);
}

static void put_head(FILE *out, const struct map *m, size_t worst)
{
	char p50[HUMAN_SIZE], p99[HUMAN_SIZE], most[HUMAN_SIZE];

	fprintf(out,
		"<h1>Clock skew of %" PRIu32 " nodes</h1>\n"
		"<p class=\"wide\">99 %% within %s</p>\n"
		"<p>of the fleet's median; half within %s, the worst is %s "
		"off.</p>\n<p class=\"dim\">%zu edges, %" PRIu32 " part%s",
		m->graph->nodes, human_ns(m->abs_ns_p99, p99),
		human_ns(m->abs_ns_p50, p50), human_ns(m->abs_ns_max, most),
		m->graph->edges, m->solve->parts,
		m->solve->parts == 1 ? "" : "s");
	if (!isnan(m->solve->misfit))
		fprintf(out, ", misfit %.2g of an edge's error",
			m->solve->misfit);
	if (m->unchecked)
		fprintf(out, ", %zu edges that no loop checks", m->unchecked);
	fputs("</p>\n", out);
	for (uint32_t p = 1; p < m->solve->parts && p <= worst; p++)
		put_part(out, m, p);
	if (m->solve->parts > worst + 1)
		fprintf(out, "<p class=\"alert\">and %zu more parts</p>\n",
			(size_t)m->solve->parts - 1 - worst);
	put_dead(out, m, worst);
}

/* ---- the distribution ---- */

static void label_ns(double v, double step, char ret[PLOT_LABEL_SIZE])
{
	char text[HUMAN_SIZE];

	(void)step;
	/* "10.00 us" is more than a tick needs */
	if (v >= 1e9)
		snprintf(text, sizeof(text), "%g s", v / 1e9);
	else if (v >= 1e6)
		snprintf(text, sizeof(text), "%g ms", v / 1e6);
	else if (v >= 1e3)
		snprintf(text, sizeof(text), "%g us", v / 1e3);
	else
		snprintf(text, sizeof(text), "%g ns", v);
	snprintf(ret, PLOT_LABEL_SIZE, "%s", text);
}

static void label_count(double v, double step, char ret[PLOT_LABEL_SIZE])
{
	(void)step;
	snprintf(ret, PLOT_LABEL_SIZE, "%.4g", v);
}

/* From where all but the least lies: a node at the median has no logarithm. */
static double low_ns(const struct map *m)
{
	const uint32_t n = m->graph->nodes;
	const double ns = magnitude_ns(m, m->worst_node[n - 1 - n / 100]);

	return ns > 1 ? ns : 1;
}

static void put_distribution(FILE *out, const struct map *m)
{
	struct plot p = {.out = out,
			 .id = "skews",
			 .title = "how many nodes are how far off the median",
			 .says = "a bar for each step of the distance",
			 .y_says = "nodes",
			 .x_says = "distance from the fleet's median",
			 .height = HEIGHT};
	struct plot_column bar[BARS];
	struct scale_ticks ticks;
	double most = 0;

	p.x = scale_log(low_ns(m), fmax((double)m->abs_ns_max, 1));
	for (int i = 0; i < BARS; i++)
		bar[i] = (struct plot_column){.has = true};
	for (uint32_t i = 0; i < m->graph->nodes; i++) {
		const double part =
			scale_part(&p.x, fmax(magnitude_ns(m, i), 1));
		const int b = (int)(part * BARS);

		bar[b < BARS ? b : BARS - 1].v++;
	}
	for (int i = 0; i < BARS; i++)
		most = fmax(most, bar[i].v);
	p.y = scale_linear(0, most, 4);
	fputs("<h2>Distribution</h2>\n", out);
	plot_open(&p);
	scale_ticks(&p.y, 5, &ticks);
	plot_y_axis(&p, &ticks, label_count);
	plot_bars(&p, bar, BARS);
	scale_ticks(&p.x, 8, &ticks);
	plot_x_axis(&p, &ticks, label_ns);
	plot_close(&p);
}

/* ---- the worst ---- */

static void put_nodes(FILE *out, const struct map *m, size_t worst)
{
	char offset[HUMAN_SIZE], error[HUMAN_SIZE];

	fputs("<h2>Worst nodes</h2>\n<div class=\"scroll\"><table><tr><th>node"
	      "</th><th class=\"t\">rack</th><th>offset</th><th>error</th>"
	      "<th>part</th></tr>\n",
	      out);
	for (size_t i = 0; i < worst && i < m->graph->nodes; i++) {
		const uint32_t at = m->worst_node[i];
		const struct solve_node *node = &m->solve->node[at];
		const bool is_alone = m->solve->part[node->part].nodes == 1;

		fputs("<tr><td>", out);
		xml_text(out, name_of(m, at));
		fputs("</td><td class=\"t\">", out);
		xml_text(out, m->graph->node[at].group);
		fprintf(out,
			"</td><td>%s</td><td>%s</td><td>%" PRIu32
			"</td></tr>\n",
			human_offset(node->offset_ns, offset),
			is_alone ? "-" : human_bound(node->error_ns, error),
			node->part + 1);
	}
	fputs("</table></div>\n<p class=\"dim\">Positive: the node is behind. "
	      "The error is a standard error, not a bound.</p>\n",
	      out);
}

static void put_link(FILE *out, const struct map *m, uint32_t at)
{
	const struct graph_edge *e = &m->graph->edge[at];
	const double excess = solve_excess_ns(&m->solve->fit[at]);
	char offset[HUMAN_SIZE], error[HUMAN_SIZE], text[HUMAN_SIZE];

	fputs("<tr><td>", out);
	xml_text(out, name_of(m, e->from));
	fputs("</td><td class=\"t\">", out);
	xml_text(out, name_of(m, e->to));
	fprintf(out,
		"</td><td>%s</td><td>%s</td><td>%s</td><td>%.1f</td></tr>\n",
		human_offset(e->offset_ns, offset),
		human_bound(e->error_ns, error),
		isnan(excess) ? "-" : human_offset((int64_t)excess, text),
		map_oddness(m, at) / (m->spread > 0 ? m->spread : 1));
}

static void put_links(FILE *out, const struct map *m, size_t worst)
{
	fprintf(out,
		"<h2>Worst links</h2>\n<p>%zu of %zu do not fit the others "
		"(beyond %d of the fleet's spreads). While the bounds of both "
		"ends hold, that is an asymmetric path.</p>\n"
		"<div class=\"scroll\"><table><tr><th>from</th><th class=\"t\">"
		"to</th><th>offset</th><th>error</th><th>off by</th>"
		"<th>spreads</th></tr>\n",
		m->odd_links, m->graph->edges, MAP_ODD_SPREADS);
	for (size_t i = 0; i < worst && i < m->graph->edges; i++)
		put_link(out, m, m->worst_link[i]);
	fputs("</table></div>\n", out);
}

/* ---- the whole ---- */

static int put_heat(FILE *out, const struct map *m)
{
	struct heat h;
	int err = heat_make(m, &h);

	if (err)
		return err;
	fprintf(out,
		"<h2>Who is how far from whom</h2>\n<p class=\"dim\">%s</p>\n",
		h.is_nodes
			? "Node by node, by the map: pairs that never "
			  "probed each other as well."
			: "Rack by rack, or neighbours by name together: the "
			  "99th percentile of all pairs, by the map.");
	err = heat_draw(out, &h);
	heat_drop(&h);
	return err;
}

int skew_report_write(FILE *out, const struct map *m, size_t worst,
		      int64_t made_unix_ns)
{
	char text[HUMAN_SIZE];
	int err;

	fputs("<!DOCTYPE html>\n<html lang=\"en\" "
	      "xmlns=\"http://www.w3.org/1999/xhtml\"><head>"
	      "<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" "
	      "content=\"width=device-width, initial-scale=1\"/>\n<title>Clock "
	      "skew</title>\n<style>\n",
	      out);
	fprintf(out, "%s%s%s</style></head><body>\n", style, plot_style,
		heat_style);
	put_head(out, m, worst);
	err = put_heat(out, m);
	put_distribution(out, m);
	put_nodes(out, m, worst);
	put_links(out, m, worst);
	human_instant(made_unix_ns, text);
	text[19] = '\0'; /* to the second */
	fprintf(out, "<footer>made %s UTC</footer>\n</body></html>\n", text);
	return err;
}
