/* SPDX-License-Identifier: Apache-2.0 */
/* The page: what the half-width is made of. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/human.h"
#include "tools/status_doc.h"
#include "tools/text_page.h"

/* One unit for a whole column of the budget, so that it can be added up. */
static const struct column_unit {
	int64_t below_ns; /* half-widths below this */
	double per_ns;
	int decimals;
	const char *name;
} column_unit[] = {
	{10000, 1, 0, "ns"},
	{10000000, 1e-3, 1, "us"},
	{INT64_C(10000000000), 1e-6, 1, "ms"},
	{INT64_MAX, 1e-9, 1, "s"},
};

static const struct column_unit *column_unit_for(int64_t half_ns)
{
	const struct column_unit *u = column_unit;

	while (half_ns >= u->below_ns && u->below_ns < INT64_MAX)
		u++;
	return u;
}

/* What a term is, of a source of that kind; any kind: "". */
static const char *term_words(const char *name, const char *class)
{
	static const char *const words[][3] = {
		{"server", "ptp", "twice the grandmaster's clockAccuracy"},
		{"delay", "ptp", "the two ways from and to the grandmaster"},
		{"stamp", "ptp", "quantum and latch of the hardware's stamps"},
		{"mapping", "ptp", "from the NIC's clock to the raw counter"},
		{"server", "phc", "the clock's own error bound"},
		{"stamp", "phc", "the clock's quantum"},
		{"mapping", "phc", "the window in which the clock was read"},
		{"server", "gnss", "the receiver's accuracy"},
		{"stamp", "gnss", "how late and how coarse the stamp may be"},
		{"mapping", "gnss", "from the stamp's clock to the raw counter"},
		{"server", "", "the server's own root distance"},
		{"delay", "", "half the round trip of the last hop"},
		{"stamp", "", "precision of that hop's timestamps"},
		{"mapping", "", "from the system clock to the raw counter"},
		{"counter", "", "from the raw counter to the CPU's own"},
		{"history", "", "ageing, less what earlier samples know better"},
		{"leap", "", "doubt about leap seconds"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!strcmp(name, words[i][0]) &&
		    (!words[i][1][0] || !strcmp(class, words[i][1])))
			return words[i][2];
	}
	return "";
}

/* A number of the budget's columns, 9 wide. */
static void print_column(const struct page *p, const struct column_unit *u,
			 int64_t ns)
{
	double n = (double)ns * u->per_ns;

	if (n > -1e6 && n < 1e7)
		fprintf(p->out, " %9.*f", u->decimals, n);
	else
		fprintf(p->out, " %9.1e", n);
}

static void print_term(const struct page *p, const struct column_unit *u,
		       const char *class, struct json_object *term)
{
	const char *name = page_or_dash(doc_string(term, "name"));
	int64_t lo_ns = 0, hi_ns = 0;

	doc_int(term, "lo_ns", &lo_ns);
	doc_int(term, "hi_ns", &hi_ns);
	fprintf(p->out, "  %-8.8s %-46s", name, term_words(name, class));
	print_column(p, u, lo_ns);
	print_column(p, u, hi_ns);
	fputc('\n', p->out);
}

/* The source of that name, NULL: none. */
static struct json_object *find_source(const struct page *p, const char *name)
{
	struct json_object *list = doc_array(p->doc, "sources");
	size_t n = list && name ? json_object_array_length(list) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *s = json_object_array_get_idx(list, i);

		if (!strcmp(page_or_dash(doc_string(s, "name")), name))
			return s;
	}
	return NULL;
}

/* The kind of the sources that hold the edges, "": of several, or none. */
static const char *holders_class(const struct page *p)
{
	struct json_object *lo =
		find_source(p, doc_string(p->doc, "budget.lo_source"));
	struct json_object *hi =
		find_source(p, doc_string(p->doc, "budget.hi_source"));
	const char *a = lo ? doc_string(lo, "class") : NULL;
	const char *b = hi ? doc_string(hi, "class") : NULL;

	return a && b && !strcmp(a, b) ? a : "";
}

/* The way from the reference to a reader. */
static void print_chain(const struct page *p, const char *name)
{
	struct json_object *s = find_source(p, name);
	const char *via = s ? doc_string(s, "via") : NULL;
	const char *counter = doc_string(p->doc, "clock.counter");

	if (!via)
		return;
	fprintf(p->out, "  chain    %.60s -> %.60s -> raw counter%s\n", name,
		via, counter && !strcmp(counter, "tsc") ? " -> CPU's counter"
							: "");
}

static void print_edges(const struct page *p)
{
	const char *lo = doc_string(p->doc, "budget.lo_source");
	const char *hi = doc_string(p->doc, "budget.hi_source");

	if (lo && hi && !strcmp(lo, hi))
		fprintf(p->out, "  both edges from %.60s\n", lo);
	else
		fprintf(p->out,
			"  lower edge from %.60s\n  upper edge from %.60s\n",
			lo ? lo : "memory, or the hull of several",
			hi ? hi : "memory, or the hull of several");
	print_chain(p, lo);
	if (lo && hi && strcmp(lo, hi) != 0)
		print_chain(p, hi);
}

void text_budget(const struct page *p)
{
	struct json_object *terms = doc_array(p->doc, "budget.terms");
	size_t n = terms ? json_object_array_length(terms) : 0;
	int64_t half_ns;

	if (!n || !doc_int(p->doc, "budget.half_width_ns", &half_ns))
		return;

	const struct column_unit *u = column_unit_for(half_ns);

	fputc('\n', p->out);
	page_paint(p, PAINT_HEAD, "%-55s  %6s %2s %6s %2s\n", "Error budget",
	      "lower", u->name, "upper", u->name);
	for (size_t i = 0; i < n; i++)
		print_term(p, u, holders_class(p),
			   json_object_array_get_idx(terms, i));
	fprintf(p->out, "  %-55s", "half-width");
	print_column(p, u, half_ns);
	print_column(p, u, half_ns);
	fputc('\n', p->out);
	print_edges(p);
}
