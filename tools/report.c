/* SPDX-License-Identifier: Apache-2.0 */
/* The report. */
#include "tools/report.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/history_fetch.h"
#include "tools/human.h"
#include "tools/report_chart.h"
#include "tools/stability.h"
#include "tools/status.h"
#include "tools/status_doc.h"

#define SOCKET_DEFAULT "/run/timed/status.sock"
#define SOURCES_MAX    16
#define TAU0_S	       60

static const char style[] =
	":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#59636e;"
	"--line:#d1d9e0;--card:#f6f8fa;--good:#1a7f37;--warn:#9a6700;"
	"--bad:#cf222e;--curve:#0969da}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;"
	"--dim:#9198a1;--line:#30363d;--card:#161b22;--good:#3fb950;"
	"--warn:#d29922;--bad:#f85149;--curve:#58a6ff}}\n"
	"@media print{:root{--bg:#fff;--fg:#000;--dim:#444;--card:#fff}"
	"svg,table{break-inside:avoid}}\n"
	"body{margin:0 auto;max-width:60rem;padding:1.5rem 1rem 3rem;"
	"background:var(--bg);color:var(--fg);font:15px/1.5 "
	"system-ui,sans-serif}\n"
	"h1{font-size:1.4rem;margin:0}h2{font-size:1.05rem;margin:2rem 0 .3rem}"
	"h3{font-size:.95rem;margin:1rem 0 0;overflow-wrap:anywhere}\n"
	"p{margin:.2rem 0}.dim{color:var(--dim)}.scroll{overflow-x:auto}\n"
	"table{border-collapse:collapse;width:100%;"
	"font-variant-numeric:tabular-nums}\n"
	"th,td{text-align:right;padding:.2rem .8rem .2rem 0;border-bottom:1px "
	"solid var(--line)}th:first-child,td:first-child,.t{text-align:left;"
	"overflow-wrap:anywhere}th{color:var(--dim);font-weight:500}\n"
	"svg{display:block;width:100%;height:auto;margin:.5rem 0;"
	"background:var(--card);border:1px solid var(--line);"
	"border-radius:6px}\n"
	"svg text{font-size:11px;fill:var(--dim);"
	"font-family:system-ui,sans-serif}\n"
	".grid{stroke:var(--line)}.curve{fill:none;stroke:var(--curve);"
	"stroke-width:1.5}.band{fill:var(--curve);fill-opacity:.28}"
	".mark{fill:var(--curve)}rect.good{fill:var(--good)}"
	"rect.warn{fill:var(--warn)}rect.bad{fill:var(--bad)}\n";

struct names {
	int count;
	const char *name[SOURCES_MAX];
};

static void put_text(FILE *out, const char *text)
{
	for (; text && *text; text++) {
		if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '"')
			fputs("&quot;", out);
		else
			fputc(*text, out);
	}
}

static struct json_object *at(struct json_object *list, size_t i)
{
	return json_object_array_get_idx(list, i);
}

static void add_name(struct names *n, const char *name)
{
	for (int i = 0; i < n->count; i++)
		if (!strcmp(n->name[i], name))
			return;
	if (n->count < SOURCES_MAX)
		n->name[n->count++] = name;
}

static void find_names(struct json_object *list, struct names *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *s = doc_array(at(list, i), "sources");

		for (size_t j = 0; s && j < json_object_array_length(s); j++) {
			const char *name = doc_string(at(s, j), "name");

			if (name)
				add_name(ret, name);
		}
	}
}

/* ---- the half-width ---- */

static int compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void put_percentiles(FILE *out, struct json_object *list)
{
	static const int percent[] = {50, 90, 99, 100};
	const size_t n = json_object_array_length(list);
	int64_t *v = calloc(n + 1, sizeof(*v));
	char text[HUMAN_SIZE];
	size_t count = 0;

	for (size_t i = 0; v && i < n; i++)
		count += doc_int(at(list, i), "half_width_ns.max", &v[count]);
	if (count > 0) {
		qsort(v, count, sizeof(*v), compare);
		fprintf(out, "<p>The greatest half-width of each of %zu "
			     "minutes:", count);
		for (int i = 0; i < 4; i++)
			fprintf(out, "%s %d %% \xe2\x89\xa4 %s",
				i ? " \xc2\xb7" : "", percent[i],
				human_bound(v[(count * (size_t)percent[i] +
					       99) / 100 - 1],
					    text));
		fputs(".</p>\n", out);
	}
	free(v);
}

static void put_states(FILE *out, struct json_object *list)
{
	static const char *const names[] = {"SYNCHRONIZED", "HOLDOVER",
					    "DISPUTED", "UNSYNCHRONIZED"};
	int64_t changes = 0, violations = 0, ns;
	char path[40], text[HUMAN_SIZE];

	fputs("<p>", out);
	for (int s = 0; s < 4; s++) {
		int64_t sum_ns = 0;

		snprintf(path, sizeof(path), "state_ns.%s", names[s]);
		for (size_t i = 0; i < json_object_array_length(list); i++)
			if (doc_int(at(list, i), path, &ns))
				sum_ns += ns;
		if (sum_ns > 0)
			fprintf(out, "%s for %s \xc2\xb7 ", names[s],
				human_ns(sum_ns, text));
	}
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		if (doc_int(at(list, i), "epoch_changes", &ns))
			changes += ns;
		if (doc_int(at(list, i), "bound_violations", &ns))
			violations += ns;
	}
	fprintf(out, "new epochs: %lld \xc2\xb7 violations: %lld</p>\n",
		(long long)changes, (long long)violations);
}

/* ---- the sources ---- */

/* The phases of the longest run of whole minutes, one after the other, that all
 * have one: their number, and the first. */
static size_t longest_run(struct json_object *list, const char *name, double *x)
{
	size_t best = 0, best_at = 0, run = 0;
	int64_t raw_ns, was_ns = INT64_MIN;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *r = at(list, i);
		struct json_object *s = report_source(r, name);
		bool is_whole = false;

		x[i] = 0;
		if (!doc_int(r, "raw_ns", &raw_ns) ||
		    !doc_bool(r, "complete", &is_whole) || !is_whole || !s ||
		    !doc_number(s, "offset_ns.mean", &x[i]))
			run = 0;
		else
			run = run && raw_ns - was_ns ==
					     INT64_C(60000000000)
				      ? run + 1
				      : 1;
		was_ns = raw_ns;
		if (run > best) {
			best = run;
			best_at = i + 1 - run;
		}
	}
	memmove(x, x + best_at, best * sizeof(*x));
	return best;
}

static void put_cell(FILE *out, bool has, double v, const char *unit)
{
	if (has)
		fprintf(out, "<td>%.4g %s</td>", v, unit);
	else
		fputs("<td>\xe2\x80\x93</td>", out);
}

static void put_stability(FILE *out, struct json_object *list, const char *name)
{
	const size_t n = json_object_array_length(list);
	double *x = calloc(n + 1, sizeof(*x));
	size_t count = x ? longest_run(list, name, x) : 0;

	if (count < 3) {
		free(x);
		return;
	}
	fprintf(out,
		"<div class=\"scroll\"><table><tr><th>\xcf\x84 (of %zu minutes "
		"in a row)</th><th>ADEV</th><th>TDEV</th><th>MTIE</th></tr>\n",
		count);
	for (size_t m = 1; 2 * m + 1 <= count; m *= 2) {
		double adev = 0, tdev = 0, mtie = 0;
		bool has_adev = stability_adev(x, count, m, TAU0_S, &adev);
		bool has_tdev = stability_tdev(x, count, m, &tdev);
		bool has_mtie = stability_mtie(x, count, m, &mtie);

		fprintf(out, "<tr><td>%zu s</td>", m * TAU0_S);
		put_cell(out, has_adev, adev, "ppb");
		put_cell(out, has_tdev, tdev, "ns");
		put_cell(out, has_mtie, mtie, "ns");
		fputs("</tr>\n", out);
	}
	fputs("</table></div>\n", out);
	free(x);
}

static void put_sources(FILE *out, struct json_object *list)
{
	struct names names;

	find_names(list, &names);
	fputs("<h2>Sources</h2>\n<p class=\"dim\">Offset from the best "
	      "estimate, a mean a minute, and its error. ADEV, TDEV and MTIE are "
	      "of these means, not of single samples: what is faster than a "
	      "minute is averaged away, and what source and estimate have in "
	      "common does not show.</p>\n",
	      out);
	for (int i = 0; i < names.count; i++) {
		fputs("<h3>", out);
		put_text(out, names.name[i]);
		fputs("</h3>\n", out);
		report_chart_source(out, list, names.name[i]);
		put_stability(out, list, names.name[i]);
	}
	if (!names.count)
		fputs("<p>None was heard of.</p>\n", out);
}

/* ---- minutes to look at ---- */

static void put_event(FILE *out, struct json_object *r)
{
	int64_t ns, changes = 0, violations = 0, other = 0;
	char text[HUMAN_SIZE] = "\xe2\x80\x93", half[HUMAN_SIZE] = "";
	static const char *const bad[] = {"HOLDOVER", "DISPUTED",
					  "UNSYNCHRONIZED"};
	char path[40];

	doc_int(r, "epoch_changes", &changes);
	doc_int(r, "bound_violations", &violations);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "state_ns.%s", bad[i]);
		if (doc_int(r, path, &ns))
			other += ns;
	}
	if (!changes && !violations && !other)
		return;
	if (doc_int(r, "unix_ns", &ns)) {
		human_instant(ns, text);
		text[19] = '\0'; /* to the second */
	}
	if (doc_int(r, "half_width_ns.max", &ns))
		human_bound(ns, half);
	fprintf(out,
		"<tr><td>%s</td><td>%.1f s</td><td>%lld</td><td>%lld</td>"
		"<td>%s</td></tr>\n",
		text, (double)other / 1e9, (long long)changes,
		(long long)violations, half);
}

static void put_events(FILE *out, struct json_object *list)
{
	fputs("<h2>Minutes that were not ordinary</h2>\n<div class=\"scroll\">"
	      "<table><tr><th>from (UTC)</th><th>not SYNCHRONIZED</th><th>new "
	      "epochs</th><th>violations</th><th>widest</th></tr>\n",
	      out);
	for (size_t i = 0; i < json_object_array_length(list); i++)
		put_event(out, at(list, i));
	fputs("</table></div>\n", out);
}

static void put_members(FILE *out, const char *title, struct json_object *o)
{
	fprintf(out, "<h2>%s</h2>\n<table>\n", title);
	if (o) {
		json_object_object_foreach(o, key, v)
		{
			if (!v)
				continue;
			fputs("<tr><td>", out);
			put_text(out, key);
			fputs("</td><td class=\"t\">", out);
			put_text(out, json_object_get_string(v));
			fputs("</td></tr>\n", out);
		}
	}
	fputs("</table>\n", out);
}

void report_write(FILE *out, const char *host, struct json_object *history,
		  struct json_object *status)
{
	struct json_object *list = doc_array(history, "records");
	const char *version = doc_string(status, "process.version");
	const char *state = doc_string(status, "clock.state");
	const char *boot = doc_string(history, "boot_id");

	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
	      out);
	put_text(out, host);
	fprintf(out, ": true time</title>\n<style>\n%s</style></head><body>\n"
		     "<h1>True time on ", style);
	put_text(out, host);
	fputs("</h1>\n<p class=\"dim\">timed ", out);
	put_text(out, version);
	fputs(", now ", out);
	put_text(out, state);
	fputs(", boot ", out);
	put_text(out, boot);
	fputs("</p>\n<h2>Half-width</h2>\n", out);
	if (list && json_object_array_length(list) > 0) {
		report_chart_width(out, list);
		fputs("<p class=\"dim\">Least to greatest of each minute, and "
		      "the mean. Below: the worst state of each.</p>\n", out);
		put_percentiles(out, list);
		put_states(out, list);
		put_sources(out, list);
		put_events(out, list);
	} else {
		fputs("<p>Nothing is remembered yet.</p>\n", out);
	}
	put_members(out, "Axioms", doc_object(status, "axioms"));
	put_members(out, "Configuration", doc_object(status, "config"));
	fputs("</body></html>\n", out);
}

/* ---- from the daemon to a file ---- */

static int write_file(const char *file, struct json_object *history,
		      struct json_object *status)
{
	char tmp[PATH_MAX], host[HOST_NAME_MAX + 1] = "this host";
	FILE *out;
	int n = snprintf(tmp, sizeof(tmp), "%s.tmp", file);
	bool is_bad;

	if (n < 0 || (size_t)n >= sizeof(tmp))
		return -ENAMETOOLONG;
	if (gethostname(host, sizeof(host) - 1))
		strcpy(host, "this host");
	out = fopen(tmp, "we");
	if (!out)
		return -errno;
	report_write(out, host, history, status);
	is_bad = ferror(out);
	is_bad |= fclose(out) != 0;
	if (is_bad || rename(tmp, file) < 0) {
		int err = errno ? -errno : -EIO;

		unlink(tmp);
		return err;
	}
	return 0;
}

int report_make(const char *socket_path, const char *file)
{
	const char *path = socket_path ? socket_path : SOCKET_DEFAULT;
	struct json_object *history = NULL, *status = NULL;
	char why[QUERY_WHY_SIZE];
	int err = status_fetch(path, &status, why);

	if (!err)
		err = history_fetch(path, HISTORY_MINUTES, &history, why);
	if (err) {
		fprintf(stderr, "tt-status: %s: %s\n", path, why);
	} else {
		err = write_file(file, history, status);
		if (err)
			fprintf(stderr, "tt-status: %s: %s\n", file,
				strerror(-err));
	}
	json_object_put(history);
	json_object_put(status);
	return err ? STATUS_UNREADABLE : STATUS_OK;
}
