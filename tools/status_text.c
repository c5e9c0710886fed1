/* SPDX-License-Identifier: Apache-2.0 */
/* The page tt-status shows to people. */
#include "tools/status_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tools/status_doc.h"
#include "tools/status_holdover.h"
#include "tools/human.h"
#include "tools/text_exports.h"

#define PAGE_COLUMNS 80
#define WARNING_SIZE 1024
#define NAME_COLUMNS 26 /* a longer name has a line of its own */

#define PAINT_GOOD "\033[32m"
#define PAINT_WARN "\033[33m"
#define PAINT_BAD  "\033[31m"
#define PAINT_HEAD "\033[1m"
#define PAINT_OFF  "\033[0m"

struct page {
	FILE *out;
	const struct status *s;
	struct json_object *doc; /* s->doc, may be NULL */
	bool colour;
};

/* Print in colour on a terminal, plainly elsewhere. */
static void __attribute__((format(printf, 3, 4)))
paint(const struct page *p, const char *colour, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (p->colour)
		fputs(colour, p->out);
	vfprintf(p->out, format, args);
	if (p->colour)
		fputs(PAINT_OFF, p->out);
	va_end(args);
}

static void label(const struct page *p, const char *text)
{
	fprintf(p->out, "%-13s ", text);
}

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

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

	label(p, "State");
	if (err && err != -ENODATA) {
		paint(p, PAINT_BAD, "no bound: %s\n", tt_strerror(err));
		return;
	}
	paint(p, state_paint(state_now(p->s)), "%s", state);
	print_since(p, state);
	fputc('\n', p->out);
}

static void print_interval(const struct page *p)
{
	char earliest[HUMAN_SIZE], latest[HUMAN_SIZE], half[HUMAN_SIZE];

	if (p->s->segment_err)
		return;
	label(p, "True time");
	fprintf(p->out, "after  %s UTC\n",
		human_instant(p->s->now.earliest_ns, earliest));
	label(p, "");
	fprintf(p->out, "before %s UTC\n",
		human_instant(p->s->now.latest_ns, latest));
	label(p, "Half-width");
	fprintf(p->out, "%s\n",
		human_bound(status_half_width_ns(p->s), half));
}

static void print_held_by(const struct page *p)
{
	const char *flag[STATUS_FLAGS_MAX];
	int n = p->s->segment_err ? 0 : status_flag_names(p->s, flag);

	if (!n)
		return;
	label(p, "Held by");
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

static void print_system_clock(const struct page *p)
{
	int64_t offset_ns;
	bool within;
	char text[HUMAN_SIZE];

	if (!doc_int(p->doc, "system_clock.offset_ns", &offset_ns))
		return;
	label(p, "System clock");
	fprintf(p->out, "%s %s the best estimate",
		human_ns(offset_ns < 0 ? -offset_ns : offset_ns, text),
		offset_ns < 0 ? "ahead of" : "behind");
	if (doc_bool(p->doc, "system_clock.within_bound", &within)) {
		fputs(", ", p->out);
		paint(p, within ? PAINT_GOOD : PAINT_WARN, "%s",
		      within ? "inside the interval" : "outside the interval");
	}
	fputc('\n', p->out);
}

static void print_daemon(const struct page *p)
{
	const char *name = doc_string(p->doc, "process.name");
	const char *version = doc_string(p->doc, "process.version");
	int64_t pid = 0, raw_ns = 0, started_ns = 0;
	char age[HUMAN_SIZE];

	label(p, "Daemon");
	if (!*p->s->socket_path) {
		fputs("not asked\n", p->out);
		return;
	}
	if (!p->doc) {
		paint(p, PAINT_BAD, "no answer\n");
		return;
	}
	doc_int(p->doc, "process.pid", &pid);
	doc_int(p->doc, "raw_ns", &raw_ns);
	doc_int(p->doc, "process.started_raw_ns", &started_ns);
	fprintf(p->out, "%.16s %.16s, pid %" PRId64 ", up %s\n", or_dash(name),
		or_dash(version), pid, human_age(raw_ns - started_ns, age));
}

static void print_head(const struct page *p)
{
	print_state(p);
	print_interval(p);
	print_held_by(p);
	status_holdover_print(p->out, p->doc);
	print_system_clock(p);
	print_daemon(p);
}

/* Words of `text`, folded into 80 columns and indented from the second line
 * on; a word that does not fit is cut. Each round prints one word. */
static void print_folded(const struct page *p, const char *text)
{
	int column = 2;

	while (*text) {
		int len = (int)strcspn(text, " ");
		int room = PAGE_COLUMNS - 2;

		if (column > 2 && column + 1 + len > PAGE_COLUMNS) {
			fputs("\n  ", p->out);
			column = 2;
		}
		column += fprintf(p->out, "%s%.*s", column > 2 ? " " : "",
				  len < room ? len : room, text);
		text += len;
		text += strspn(text, " ");
	}
}

static void __attribute__((format(printf, 2, 3)))
warn(const struct page *p, const char *format, ...)
{
	char text[WARNING_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fputs(p->colour ? PAINT_WARN "! " : "! ", p->out);
	print_folded(p, text);
	fputs(p->colour ? PAINT_OFF "\n" : "\n", p->out);
}

static void warn_drivers(const struct page *p)
{
	struct json_object *drivers = doc_array(p->doc, "drivers");
	size_t n = drivers ? json_object_array_length(drivers) : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *d = json_object_array_get_idx(drivers, i);
		bool healthy;

		if (doc_bool(d, "healthy", &healthy) && !healthy)
			warn(p, "%s: %s", or_dash(doc_string(d, "name")),
			     or_dash(doc_string(d, "health")));
	}
}

static void warn_counters(const struct page *p)
{
	int64_t violations = 0, stalls = 0;
	const char *reason = doc_string(p->doc, "clock.epoch_reason");

	if (doc_int(p->doc, "counters.bound_violations", &violations) &&
	    violations > 0)
		warn(p,
		     "axioms were found broken (bound_violations %" PRId64
		     "); this epoch began: %s",
		     violations, or_dash(reason));
	if (doc_int(p->doc, "counters.stalls", &stalls) && stalls > 0)
		warn(p, "the daemon was held up %" PRId64 " times", stalls);
}

static void warn_rest(const struct page *p)
{
	const char *error = doc_string(p->doc, "process.reload_error");
	bool expired = false;

	if (error)
		warn(p, "the last reload was refused: %s", error);
	if (doc_bool(p->doc, "leap.expired", &expired) && expired)
		warn(p,
		     "the leap second table has expired, so TAI - UTC is in "
		     "doubt: %s",
		     or_dash(doc_string(p->doc, "leap.file")));
	error = doc_string(p->doc, "leap.error");
	if (error)
		warn(p, "leap second table: %s", error);
}

static void print_warnings(const struct page *p)
{
	if (p->s->is_contradictory)
		warn(p, "the segment and the status socket tell different "
			"times: of two daemons?");
	if (p->s->socket_err) {
		warn(p, "%s: %s", p->s->socket_path, p->s->socket_why);
		if (!p->s->segment_err)
			warn(p, "this is what the segment %s gives alone",
			     p->s->segment_path);
	}
	if (p->s->segment_err && p->s->segment_err != -ENODATA)
		warn(p, "%s: %s", p->s->segment_path,
		     tt_strerror(p->s->segment_err));
	if (!p->doc)
		return;
	warn_drivers(p);
	warn_counters(p);
	warn_rest(p);
}

static void heading(const struct page *p, const char *text)
{
	fputc('\n', p->out);
	paint(p, PAINT_HEAD, "%s\n", text);
}

static void print_verdict(const struct page *p, const char *verdict)
{
	if (!verdict)
		verdict = "-";
	if (!strcmp(verdict, "used"))
		paint(p, PAINT_GOOD, "%s\n", verdict);
	else if (!strcmp(verdict, "falseticker"))
		paint(p, PAINT_BAD, "%s\n", verdict);
	else
		paint(p, PAINT_WARN, "%s\n", verdict);
}

/* "    3D fix, 8 of 12 satellites, pulse jitter 640 ns, second by gpsd, others" */
static void print_receiver(const struct page *p, struct json_object *o)
{
	const char *labels = doc_string(o, "receiver.labels");
	char jitter[HUMAN_SIZE];
	int64_t fix, used, visible, ns;

	if (!doc_int(o, "receiver.fix", &fix))
		return;
	if (fix >= 2)
		fprintf(p->out, "    %" PRId64 "D fix", fix);
	else
		fprintf(p->out, "    no fix");
	if (doc_int(o, "receiver.satellites_used", &used) &&
	    doc_int(o, "receiver.satellites_visible", &visible))
		fprintf(p->out, ", %" PRId64 " of %" PRId64 " satellites", used,
			visible);
	if (doc_int(o, "receiver.pulse_jitter_ns", &ns))
		fprintf(p->out, ", jitter %s", human_bound(ns, jitter));
	if (labels)
		fprintf(p->out, "; second by %.20s", labels);
	fputc('\n', p->out);
}

static void print_source(const struct page *p, struct json_object *o)
{
	const char *name = or_dash(doc_string(o, "name"));
	const char *note = doc_string(o, "note");
	int64_t n;
	char offset[HUMAN_SIZE] = "-", error[HUMAN_SIZE] = "-";
	char age[HUMAN_SIZE] = "-", stratum[HUMAN_SIZE] = "-";

	if (doc_int(o, "offset_ns", &n))
		human_offset(n, offset);
	if (doc_int(o, "error_ns", &n))
		human_bound(n, error);
	if (doc_int(o, "last_sample_age_ns", &n))
		human_age(n, age);
	if (doc_int(o, "stratum", &n))
		snprintf(stratum, sizeof(stratum), "%" PRId64, n);
	if (strlen(name) > NAME_COLUMNS)
		fprintf(p->out, "  %.78s\n  %-*s", name, NAME_COLUMNS, "");
	else
		fprintf(p->out, "  %-*s", NAME_COLUMNS, name);
	fprintf(p->out, " %-4.4s %2.2s %10s +- %8s %7s  ",
		or_dash(doc_string(o, "class")), stratum, offset, error, age);
	print_verdict(p, doc_string(o, "verdict"));
	if (note)
		fprintf(p->out, "    %.76s\n", note);
	print_receiver(p, o);
}

static void print_sources(const struct page *p)
{
	struct json_object *sources = doc_array(p->doc, "sources");
	size_t n = sources ? json_object_array_length(sources) : 0;

	fputc('\n', p->out);
	paint(p, PAINT_HEAD, "%-*s %-4s %2s %22s %7s  %s\n", NAME_COLUMNS + 2,
	      "Sources", "kind", "st", "offset +- error   ", "age", "verdict");
	if (!n)
		fputs("  none has been heard of yet\n", p->out);
	for (size_t i = 0; i < n; i++)
		print_source(p, json_object_array_get_idx(sources, i));
}

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
	const char *name = or_dash(doc_string(term, "name"));
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

		if (!strcmp(or_dash(doc_string(s, "name")), name))
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

static void print_budget(const struct page *p)
{
	struct json_object *terms = doc_array(p->doc, "budget.terms");
	size_t n = terms ? json_object_array_length(terms) : 0;
	int64_t half_ns;

	if (!n || !doc_int(p->doc, "budget.half_width_ns", &half_ns))
		return;

	const struct column_unit *u = column_unit_for(half_ns);

	fputc('\n', p->out);
	paint(p, PAINT_HEAD, "%-55s  %6s %2s %6s %2s\n", "Error budget",
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

static void print_axiom(const struct page *p, const char *name,
			const char *words)
{
	fprintf(p->out, "  %-13s %s\n", name, words);
}

static const char *ppb_at(struct json_object *doc, const char *path,
			  char ret[HUMAN_SIZE])
{
	double ppb;

	return doc_number(doc, path, &ppb) ? human_ppb(ppb, ret) : "-";
}

static void print_a1_a2(const struct page *p)
{
	char a[HUMAN_SIZE], b[HUMAN_SIZE], c[HUMAN_SIZE], line[256];
	double swing_ppb;

	snprintf(line, sizeof(line), "the counter's rate is within +-%s",
		 ppb_at(p->doc, "axioms.drift_ppb", a));
	print_axiom(p, "A1 drift", line);
	snprintf(line, sizeof(line),
		 "it drifts by at most %s/s and jitters within +-%s",
		 ppb_at(p->doc, "axioms.wander_ppb_s", a),
		 ppb_at(p->doc, "axioms.jitter_ppb", b));
	print_axiom(p, "A2 wander", line);
	if (!doc_number(p->doc, "axioms.swing_ppb", &swing_ppb))
		return;
	snprintf(line, sizeof(line),
		 "and stays within %s of the last good sample's (declared)",
		 human_ppb(swing_ppb, c));
	print_axiom(p, "", line);
}

static void print_a3(const struct page *p)
{
	int64_t liars, memory_ns = 0;
	char line[256], age[HUMAN_SIZE], most[HUMAN_SIZE];

	if (doc_int(p->doc, "axioms.liars", &liars))
		snprintf(most, sizeof(most), "%" PRId64, liars);
	else
		snprintf(most, sizeof(most), "a minority");
	doc_int(p->doc, "axioms.memory_ns", &memory_ns);
	snprintf(line, sizeof(line),
		 "at most %s of each class lies, forgotten after %s", most,
		 human_ns(memory_ns, age));
	print_axiom(p, "A3 liars", line);
}

static void print_a4(const struct page *p)
{
	int64_t min_ns = 0, asymmetry_ns;
	char a[HUMAN_SIZE], b[HUMAN_SIZE], line[256];

	doc_int(p->doc, "axioms.delay_min_ns", &min_ns);
	if (doc_int(p->doc, "axioms.asymmetry_ns", &asymmetry_ns))
		snprintf(line, sizeof(line),
			 "each way takes %s or more; the two differ by at most "
			 "2 x %s",
			 human_ns(min_ns, a), human_ns(asymmetry_ns, b));
	else
		snprintf(
			line, sizeof(line),
			"each way takes %s or more; their asymmetry is unknown",
			human_ns(min_ns, a));
	print_axiom(p, "A4 delay", line);
}

static void print_a6(const struct page *p)
{
	double scale = 0;
	bool smeared = false;
	char line[256];

	doc_number(p->doc, "axioms.server_scale", &scale);
	doc_bool(p->doc, "axioms.smeared_upstream", &smeared);
	snprintf(line, sizeof(line),
		 "a server is within its own root distance, x%g from stratum 2",
		 scale);
	print_axiom(p, "A6 reference", line);
	if (smeared)
		print_axiom(p, "", "servers smear leap seconds (declared)");
}

static void print_axioms(const struct page *p)
{
	const char *preset = doc_string(p->doc, "axioms.oscillator");
	struct json_object *own = doc_array(p->doc, "axioms.overridden");
	bool is_own = own && json_object_array_length(own) > 0;
	char line[256];

	snprintf(line, sizeof(line),
		 "Axioms: the interval is right while these hold (oscillator "
		 "%.12s%s)",
		 or_dash(preset), is_own ? ", overridden" : "");
	heading(p, line);
	print_a1_a2(p);
	print_a3(p);
	print_a4(p);
	print_axiom(p, "A5 counter",
		    "CLOCK_MONOTONIC_RAW neither stops nor jumps unseen");
	print_a6(p);
}

static void on_heading(void *arg, const char *text)
{
	heading(arg, text);
}

void status_text_print(FILE *out, const struct status *s, bool colour)
{
	struct page p = {.out = out, .s = s, .doc = s->doc, .colour = colour};

	print_head(&p);
	print_warnings(&p);
	if (!p.doc)
		return;
	print_sources(&p);
	text_exports_print(out, p.doc, on_heading, &p);
	print_budget(&p);
	print_axioms(&p);
}
