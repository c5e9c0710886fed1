/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a scenario. Each section has a table of its settings; what only the
 * whole can tell (does the hardware keep to the configured axioms?) comes
 * last. See scenario_file.h.
 */
#include "sim/scenario_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libconfig.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "timed/config_scan.h"
#include "timed/units.h"

/* 2026-11-22 00:00:00 UTC, in TAI, and a leap table that lasts. */
#define START_TAI_NS ((INT64_C(1795305600) + 37) * SECOND_NS)
#define EXPIRES_2100 INT64_C(4102444800)
#define EVER         1e12
#define SEED_DEFAULT 1

/* chronyd's clock as a ruler: it keeps to the counter's rate this well. */
#define NTP_AGE_S       1
#define NTP_RULER_PPB   300

struct reader {
	const char *name; /* the file's */
	const struct config *cfg;
	struct scenario_file *file;
	char *ret_error;
};

enum field_type {
	FIELD_TEXT,     /* char[]: size tells */
	FIELD_DURATION, /* double, ns */
	FIELD_SECONDS,  /* double, s, from a duration */
	FIELD_SIGNED,   /* double, ns; "-5ms" */
	FIELD_RATE,     /* double, ppb; "-5ppm" */
	FIELD_PART,     /* double, 0 to 1 */
	FIELD_INT       /* int, `most` and less */
};

struct field {
	const char *name;
	enum field_type type;
	size_t offset, size;
	double least, most; /* in the field's unit */
};

#define FIELD(s, member, field_type, lo, hi)                                  \
	{                                                                     \
		#member, field_type, offsetof(struct s, member),              \
			sizeof(((struct s *)0)->member), lo, hi               \
	}

/* --- messages ----------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static int
fail_at(const struct reader *r, const config_setting_t *s, const char *format,
	...)
{
	const unsigned int line = s ? config_setting_source_line(s) : 1;
	size_t n = (size_t)snprintf(r->ret_error, CONFIG_ERROR_SIZE,
				    "%.256s:%u: ", r->name, line);
	va_list args;

	va_start(args, format);
	vsnprintf(r->ret_error + n, CONFIG_ERROR_SIZE - n, format, args);
	va_end(args);
	return -EINVAL;
}

/* --- one setting -------------------------------------------------------- */

static int fail_quantity(const struct reader *r, const config_setting_t *s,
			 const char *text, int err, enum units_kind kind)
{
	const char *why = err == -ENODATA  ? "has no unit"
			  : err == -ENOENT ? "has no unit known here"
			  : err == -ERANGE ? "is out of range"
					   : "is not a number with a unit";

	return fail_at(r, s, "%s: \"%.64s\" %s (%s)", config_setting_name(s),
		       text, why, units_names(kind));
}

/* A duration in ns or a rate in ppb, with a sign where one makes sense. */
static int read_quantity(const struct reader *r, const config_setting_t *s,
			 enum units_kind kind, bool has_sign, double *ret)
{
	const char *text = config_setting_get_string(s), *digits = text;
	double value = 0;
	int64_t ns = 0;
	int err;

	if (!text)
		return fail_at(r, s, "%s: write a quantity with its unit in "
				     "quotes, as \"%s\" (%s)",
			       config_setting_name(s),
			       kind == UNITS_RATE ? "5ppm" : "10us",
			       units_names(kind));
	if (has_sign && *text == '-')
		digits++;
	if (kind == UNITS_RATE) {
		err = units_parse_rate(kind, digits, &value);
	} else {
		err = units_parse_duration(digits, &ns);
		value = (double)ns;
	}
	if (err)
		return fail_quantity(r, s, text, err, kind);
	*ret = digits > text ? -value : value;
	return 0;
}

static int read_text(const struct reader *r, const config_setting_t *s,
		     char *ret, size_t size)
{
	const char *text = config_setting_get_string(s);

	if (!text || !*text)
		return fail_at(r, s, "%s: write a text in quotes",
			       config_setting_name(s));
	if (strlen(text) >= size)
		return fail_at(r, s, "%s: at most %zu bytes",
			       config_setting_name(s), size - 1);
	strcpy(ret, text);
	return 0;
}

static int read_part(const struct reader *r, const config_setting_t *s,
		     double *ret)
{
	if (config_setting_type(s) == CONFIG_TYPE_INT)
		*ret = config_setting_get_int(s);
	else if (config_setting_type(s) == CONFIG_TYPE_FLOAT)
		*ret = config_setting_get_float(s);
	else
		return fail_at(r, s, "%s: write a number from 0 to 1",
			       config_setting_name(s));
	return 0;
}

static int read_number(const struct reader *r, const config_setting_t *s,
		       const struct field *f, double *ret)
{
	switch (f->type) {
	case FIELD_DURATION:
	case FIELD_SECONDS:
	case FIELD_SIGNED:
		return read_quantity(r, s, UNITS_DURATION,
				     f->type == FIELD_SIGNED, ret);
	case FIELD_RATE:
		return read_quantity(r, s, UNITS_RATE, true, ret);
	case FIELD_PART:
		return read_part(r, s, ret);
	case FIELD_INT:
		if (config_setting_type(s) != CONFIG_TYPE_INT)
			return fail_at(r, s, "%s: write a whole number",
				       config_setting_name(s));
		*ret = config_setting_get_int(s);
		return 0;
	case FIELD_TEXT:
		break;
	}
	return -EINVAL;
}

static int fail_range(const struct reader *r, const config_setting_t *s,
		      const struct field *f)
{
	char least[UNITS_TEXT_SIZE], most[UNITS_TEXT_SIZE];

	if (f->type == FIELD_PART || f->type == FIELD_INT) {
		snprintf(least, sizeof(least), "%g", f->least);
		snprintf(most, sizeof(most), "%g", f->most);
	} else if (f->type == FIELD_RATE) {
		snprintf(least, sizeof(least), "%gppb", f->least);
		snprintf(most, sizeof(most), "%gppb", f->most);
	} else {
		units_format_duration((int64_t)fabs(f->least), least);
		units_format_duration((int64_t)f->most, most);
	}
	return fail_at(r, s, "%s is out of range: from %s%s to %s",
		       config_setting_name(s),
		       f->type == FIELD_SIGNED ? "-" : "", least, most);
}

static int read_field(const struct reader *r, const config_setting_t *s,
		      const struct field *f, void *ret)
{
	char *at = (char *)ret + f->offset;
	double value = 0;
	int number, err;

	if (f->type == FIELD_TEXT)
		return read_text(r, s, at, f->size);
	err = read_number(r, s, f, &value);
	if (err)
		return err;
	if (value < f->least || value > f->most)
		return fail_range(r, s, f);
	if (f->type == FIELD_INT) {
		number = (int)value;
		memcpy(at, &number, sizeof(number));
		return 0;
	}
	if (f->type == FIELD_SECONDS)
		value /= 1e9;
	memcpy(at, &value, sizeof(value));
	return 0;
}

static const struct field *find_field(const struct field *fields,
				      const char *name)
{
	for (; fields->name; fields++)
		if (!strcmp(fields->name, name))
			return fields;
	return NULL;
}

static int fail_unknown(const struct reader *r, const config_setting_t *s,
			const char *section, const struct field *fields)
{
	char all[300];
	size_t n = 0;

	for (const struct field *f = fields; f->name && n < sizeof(all); f++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s",
				      f == fields ? "" : ", ", f->name);
	return fail_at(r, s, "unknown setting \"%.40s\"; %s has %s",
		       config_setting_name(s), section, all);
}

/* All of a group's settings by its table. */
static int read_group(const struct reader *r, const config_setting_t *group,
		      const char *section, const struct field *fields,
		      void *ret)
{
	if (!config_setting_is_group(group))
		return fail_at(r, group, "%s: write { ... }", section);
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s =
			config_setting_get_elem(group, (unsigned int)i);
		const struct field *f =
			find_field(fields, config_setting_name(s));
		int err;

		if (!f)
			return fail_unknown(r, s, section, fields);
		err = read_field(r, s, f, ret);
		if (err)
			return err;
	}
	return 0;
}

/* --- the oscillator ----------------------------------------------------- */

struct oscillator_text {
	char grade[16], adversary[16];
	double rate, cooling_failure;
};

static const struct field oscillator_fields[] = {
	FIELD(oscillator_text, grade, FIELD_TEXT, 0, 0),
	FIELD(oscillator_text, adversary, FIELD_TEXT, 0, 0),
	FIELD(oscillator_text, rate, FIELD_RATE, -5e5, 5e5),
	FIELD(oscillator_text, cooling_failure, FIELD_SECONDS, 1e9, 31622400e9),
	{NULL, FIELD_TEXT, 0, 0, 0, 0}};

static const struct {
	const char *name;
	enum slow_motion slow;
	enum fast_motion fast;
} adversaries[] = {
	{"still", SLOW_STILL, FAST_NONE},
	{"walk", SLOW_WALK, FAST_RANDOM},
	{"sine", SLOW_SINE, FAST_RANDOM},
	{"bang", SLOW_BANG, FAST_LONG},
};

static int set_adversary(const struct reader *r, const config_setting_t *s,
			 const char *name, struct oscillator_law *ret)
{
	for (size_t i = 0; i < sizeof(adversaries) / sizeof(adversaries[0]);
	     i++) {
		if (strcmp(adversaries[i].name, name) != 0)
			continue;
		ret->slow = adversaries[i].slow;
		ret->fast = adversaries[i].fast;
		return 0;
	}
	return fail_at(r, s, "oscillator: adversary: \"%s\" should be "
			     "\"still\", \"walk\", \"sine\" or \"bang\"",
		       name);
}

static int set_grade(const struct reader *r, const config_setting_t *s,
		     const struct oscillator_text *t,
		     struct oscillator_law *ret)
{
	char all[200];
	size_t n = 0;

	ret->slow = SLOW_PHYSICAL;
	ret->grade = oscillator_grade_find(t->grade);
	ret->cooling_raw_s = t->cooling_failure;
	if (ret->grade && t->cooling_failure > 0 && ret->grade->cooling_ppb <= 0)
		return fail_at(r, s, "oscillator: \"%s\" is watched: its "
				     "cooling does not fail",
			       t->grade);
	if (ret->grade)
		return 0;
	for (int i = 0; i < oscillator_grade_count && n < sizeof(all); i++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s\"%s\"",
				      i ? ", " : "",
				      oscillator_grades[i].name);
	return fail_at(r, s, "oscillator: grade: \"%s\" is none of %s",
		       t->grade, all);
}

/* The farthest it is sure to be some time from nominal. */
static double rate_ppb_max(const struct oscillator_law *law)
{
	const struct oscillator_grade *g = law->grade;

	if (!g)
		return fabs(law->start_ppb);
	return fabs(law->start_ppb) + g->day_ppb + g->hvac_ppb +
	       (law->cooling_raw_s > 0 ? g->cooling_ppb : 0);
}

static int read_oscillator(const struct reader *r, const config_setting_t *s)
{
	struct oscillator_law *law = &r->file->scenario.oscillator;
	struct oscillator_text t = {.grade = ""};
	int err = read_group(r, s, "oscillator", oscillator_fields, &t);

	if (err)
		return err;
	if (!*t.grade == !*t.adversary)
		return fail_at(r, s, "oscillator: name a grade or an "
				     "adversary");
	if (*t.adversary && t.cooling_failure > 0)
		return fail_at(r, s, "oscillator: cooling_failure is for a "
				     "grade");
	law->axioms = r->file->scenario.axioms;
	law->start_ppb = t.rate;
	err = *t.grade ? set_grade(r, s, &t, law)
		       : set_adversary(r, s, t.adversary, law);
	if (err)
		return err;
	if (rate_ppb_max(law) > law->axioms.drift_ppb - law->axioms.jitter_ppb)
		return fail_at(r, s, "oscillator: its rate reaches %.0f ppb, "
				     "and axiom A1 is configured as %.0f ppb: "
				     "no bound would hold",
			       rate_ppb_max(law), law->axioms.drift_ppb);
	return 0;
}

/* --- feeds -------------------------------------------------------------- */

struct feed_text {
	char name[SOURCE_NAME_SIZE], kind[16];
	double poll;
	double delay, delay_back, queue, queue_back;
	double loss, burst, burst_delay;
	double load, hop_delay;
	double server_error, stamp_error, stamp_quantum, mapping_error;
	double latency, latency_jitter, latency_max;
	int hops, stratum;
};

#define A_SECOND 1e9

static const struct field feed_fields[] = {
	FIELD(feed_text, name, FIELD_TEXT, 0, 0),
	FIELD(feed_text, kind, FIELD_TEXT, 0, 0),
	FIELD(feed_text, poll, FIELD_SECONDS, 0.1e9, 86400e9),
	FIELD(feed_text, delay, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, delay_back, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, queue, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, queue_back, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, loss, FIELD_PART, 0, 1),
	FIELD(feed_text, burst, FIELD_PART, 0, 1),
	FIELD(feed_text, burst_delay, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, hops, FIELD_INT, 0, 100),
	FIELD(feed_text, load, FIELD_PART, 0, 1),
	FIELD(feed_text, hop_delay, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, server_error, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, stamp_error, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, stamp_quantum, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, mapping_error, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, latency, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, latency_jitter, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, latency_max, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, stratum, FIELD_INT, 1, 15),
	{NULL, FIELD_TEXT, 0, 0, 0, 0}};

/* What a kind is like when nobody says more. -1: not there with this kind. */
static const struct feed_kind_text {
	enum feed_kind kind;
	enum source_class class;
	struct feed_text preset;
} feed_kinds[] = {
	{FEED_EXCHANGE,
	 SOURCE_NTP,
	 {.kind = "ntp", .poll = 16, .delay = 100e3, .delay_back = -1,
	  .queue = 100e3, .queue_back = -1, .server_error = 5e3,
	  .stamp_error = 1e3, .mapping_error = 500, .latency = -1,
	  .latency_jitter = -1, .latency_max = -1, .stratum = 1}},
	{FEED_EXCHANGE,
	 SOURCE_PTP,
	 {.kind = "ptp", .poll = 1, .delay = 2e3, .delay_back = -1,
	  .queue = 50, .queue_back = -1, .server_error = 100,
	  .stamp_error = 8, .mapping_error = 500, .latency = -1,
	  .latency_jitter = -1, .latency_max = -1, .stratum = -1}},
	{FEED_DIRECT,
	 SOURCE_PHC,
	 {.kind = "phc", .poll = 1, .delay = -1, .delay_back = -1,
	  .queue = -1, .queue_back = -1, .burst = -1, .burst_delay = -1,
	  .hops = -1, .load = -1, .hop_delay = -1,
	  .server_error = 0, .stamp_error = 100, .mapping_error = 0,
	  .latency = -1, .latency_jitter = -1, .latency_max = -1,
	  .stratum = -1}},
	{FEED_EDGE,
	 SOURCE_GNSS,
	 {.kind = "pps", .poll = 1, .delay = -1, .delay_back = -1,
	  .queue = -1, .queue_back = -1, .burst = -1, .burst_delay = -1,
	  .hops = -1, .load = -1, .hop_delay = -1,
	  .server_error = 50, .stamp_error = 20, .mapping_error = 0,
	  .latency = 3e3, .latency_jitter = 1500, .latency_max = 15e3,
	  .stratum = -1}},
};
#define FEED_KINDS (sizeof(feed_kinds) / sizeof(feed_kinds[0]))

const char *scenario_file_kind(const struct feed_law *law)
{
	for (size_t i = 0; i < FEED_KINDS; i++)
		if (feed_kinds[i].class == law->class)
			return feed_kinds[i].preset.kind;
	return "";
}

static const struct feed_kind_text *find_kind(const config_setting_t *s)
{
	const char *name = NULL;

	if (!config_setting_is_group(s) ||
	    !config_setting_lookup_string(s, "kind", &name))
		return NULL;
	for (size_t i = 0; i < FEED_KINDS; i++)
		if (!strcmp(feed_kinds[i].preset.kind, name))
			return &feed_kinds[i];
	return NULL;
}

/* Settings that this kind does not have. */
static int check_foreign(const struct reader *r, const config_setting_t *group,
			 const struct feed_kind_text *kind)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s =
			config_setting_get_elem(group, (unsigned int)i);
		const char *name = config_setting_name(s);
		const struct field *f = find_field(feed_fields, name);
		const bool is_back = !strcmp(name, "delay_back") ||
				     !strcmp(name, "queue_back");
		const char *at;
		double value;
		int number;

		if (!f || f->type == FIELD_TEXT ||
		    (is_back && kind->kind == FEED_EXCHANGE))
			continue;
		at = (const char *)&kind->preset + f->offset;
		memcpy(&number, at, sizeof(number));
		memcpy(&value, at,
		       f->type == FIELD_INT ? sizeof(number) : sizeof(value));
		if (f->type == FIELD_INT ? number < 0 : value < 0)
			return fail_at(r, s, "feeds: kind \"%s\" has no %s",
				       kind->preset.kind, name);
	}
	return 0;
}

static void set_law(const struct config *cfg, const struct feed_text *t,
		    const struct feed_kind_text *kind, double ruler_ppb,
		    struct feed_law *ret)
{
	const bool is_exchange = kind->kind == FEED_EXCHANGE;

	*ret = (struct feed_law){
		.kind = kind->kind,
		.class = kind->class,
		.poll_s = t->poll,
		.server = {t->server_error, PLACE_RANDOM},
		.stamp = {t->stamp_error, PLACE_RANDOM},
		.mapping = {t->mapping_error, PLACE_RANDOM},
		.quantum_ns = t->stamp_quantum};
	ret->path.loss = t->loss;
	if (is_exchange)
		ret->path = (struct path_law){
			.base_ns = {t->delay, t->delay_back},
			.queue_ns = {t->queue, t->queue_back},
			.loss = t->loss,
			.hops = t->hops,
			.load = t->load,
			.hop_ns = t->hop_delay,
			.burst = t->burst,
			.burst_ns = t->burst_delay};
	if (kind->kind == FEED_EDGE) {
		ret->latency_ns[0] = t->latency;
		ret->latency_ns[1] = t->latency_jitter;
		ret->latency_ns_max = t->latency_max;
	}
	if (kind->class != SOURCE_NTP)
		return;
	ret->age_s = NTP_AGE_S;
	ret->ruler_ppb = ruler_ppb;
	ret->ruler_err_ppb = NTP_RULER_PPB;
	ret->server_scale = t->stratum > 1 ? cfg->chrony_server_scale : 1;
	ret->delay_ns_min = (double)cfg->chrony_delay_ns_min;
	if (cfg->chrony_asymmetry_ns >= 0)
		ret->asymmetry_ns = fmax((double)cfg->chrony_asymmetry_ns, 1);
}

static int name_feed(const struct reader *r, const config_setting_t *s,
		     const struct feed_text *t, int i)
{
	char *name = r->file->feed_name[i];

	if (*t->name)
		snprintf(name, SOURCE_NAME_SIZE, "%s", t->name);
	else
		snprintf(name, SOURCE_NAME_SIZE, "%s%d", t->kind, i + 1);
	for (int j = 0; j < i; j++)
		if (!strcmp(r->file->feed_name[j], name))
			return fail_at(r, s, "feeds: \"%s\" is there twice",
				       name);
	if (!strcmp(name, "all"))
		return fail_at(r, s, "feeds: no feed can be called \"all\"");
	return 0;
}

static int read_feed(const struct reader *r, const config_setting_t *s, int i)
{
	const struct feed_kind_text *kind = find_kind(s);
	struct scenario *sc = &r->file->scenario;
	struct feed_text t;
	int err;

	if (!kind)
		return fail_at(r, s, "feeds: a feed has kind = \"ntp\", "
				     "\"ptp\", \"phc\" or \"pps\"");
	t = kind->preset;
	err = read_group(r, s, "a feed", feed_fields, &t);
	if (!err)
		err = check_foreign(r, s, kind);
	if (!err)
		err = name_feed(r, s, &t, i);
	if (err)
		return err;
	if (kind->class == SOURCE_NTP && !r->cfg->chrony_enable)
		return fail_at(r, s, "feeds: chrony.enable is false in the "
				     "configuration: nobody hears ntp");
	if (t.delay_back < 0)
		t.delay_back = t.delay;
	if (t.queue_back < 0)
		t.queue_back = t.queue;
	if (kind->kind == FEED_EDGE && t.latency > t.latency_max)
		return fail_at(r, s, "feeds: latency is beyond latency_max");
	set_law(r->cfg, &t, kind, sc->oscillator.start_ppb, &sc->feed[i]);
	sc->feed_count = i + 1;
	return 0;
}

/* --- faults ------------------------------------------------------------- */

struct fault_text {
	char fault[16], feed[SOURCE_NAME_SIZE];
	double at, lasts;
};

static int read_percent(const struct reader *r, const config_setting_t *s,
			double *ret)
{
	double percent = -1;

	if (config_setting_type(s) == CONFIG_TYPE_INT)
		percent = config_setting_get_int(s);
	else if (config_setting_type(s) == CONFIG_TYPE_FLOAT)
		percent = config_setting_get_float(s);
	if (percent < 0 || percent > 100)
		return fail_at(r, s, "value: write a number from 0 to 100: "
				     "per cent");
	*ret = percent;
	return 0;
}

static int read_fault_value(const struct reader *r, const config_setting_t *f,
			    enum fault_kind kind, double *ret)
{
	const config_setting_t *s = config_setting_get_member(f, "value");
	const char *unit = fault_unit(kind);
	int err;

	if (!*unit && s)
		return fail_at(r, s, "faults: \"%s\" has no value",
			       fault_name(kind));
	if (!*unit)
		return 0;
	if (!s)
		return fail_at(r, f, "faults: \"%s\" needs a value",
			       fault_name(kind));
	if (!strcmp(unit, "ppb"))
		return read_quantity(r, s, UNITS_RATE, true, ret);
	if (!strcmp(unit, "%"))
		return read_percent(r, s, ret);
	err = read_quantity(r, s, UNITS_DURATION, strcmp(unit, "s") != 0, ret);
	if (!err && !strcmp(unit, "s"))
		*ret /= 1e9;
	return err;
}

static int find_feed(const struct reader *r, const config_setting_t *s,
		     const char *name, int *ret)
{
	*ret = FAULT_ALL_FEEDS;
	if (!strcmp(name, "all"))
		return 0;
	for (int i = 0; i < r->file->scenario.feed_count; i++)
		if (!strcmp(r->file->feed_name[i], name)) {
			*ret = i;
			return 0;
		}
	return fail_at(r, s, "faults: no feed is called \"%s\"", name);
}

static int check_fault(const struct reader *r, const config_setting_t *s,
		       const struct fault_text *t, enum fault_kind kind)
{
	if (kind == FAULT_LEAP)
		return fail_at(r, s, "faults: \"leap\" is for the named "
				     "scenarios only");
	if (t->at < 0)
		return fail_at(r, s, "faults: \"%s\": say at = when",
			       t->fault);
	if (t->at >= r->file->scenario.hours * 3600)
		return fail_at(r, s, "faults: \"%s\" comes after the end",
			       t->fault);
	if (fault_is_of_feed(kind) == !*t->feed)
		return fail_at(r, s, fault_is_of_feed(kind)
					     ? "faults: \"%s\": say feed = "
					       "whose, or \"all\""
					     : "faults: \"%s\" is no feed's",
			       t->fault);
	if (fault_is_once(kind) && t->lasts >= 0)
		return fail_at(r, s, "faults: \"%s\" happens once: it has no "
				     "lasts",
			       t->fault);
	if ((kind == FAULT_KILL || kind == FAULT_PAUSE) && t->lasts < 0)
		return fail_at(r, s, "faults: \"%s\": say lasts = how long",
			       t->fault);
	return 0;
}

static const struct field fault_fields[] = {
	FIELD(fault_text, fault, FIELD_TEXT, 0, 0),
	FIELD(fault_text, feed, FIELD_TEXT, 0, 0),
	FIELD(fault_text, at, FIELD_SECONDS, 0, 31622400e9),
	FIELD(fault_text, lasts, FIELD_SECONDS, 0.1e9, 31622400e9),
	{"value", FIELD_TEXT, SIZE_MAX, 0, 0, 0},
	{NULL, FIELD_TEXT, 0, 0, 0, 0}};

/* As read_group(), but a value's type is the kind's. */
static int read_fault_fields(const struct reader *r,
			     const config_setting_t *group,
			     struct fault_text *ret)
{
	if (!config_setting_is_group(group))
		return fail_at(r, group, "a fault: write { ... }");
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s =
			config_setting_get_elem(group, (unsigned int)i);
		const struct field *f =
			find_field(fault_fields, config_setting_name(s));
		int err = 0;

		if (!f)
			return fail_unknown(r, s, "a fault", fault_fields);
		if (f->offset != SIZE_MAX)
			err = read_field(r, s, f, ret);
		if (err)
			return err;
	}
	return 0;
}

static int read_fault(const struct reader *r, const config_setting_t *s, int i)
{
	struct fault_text t = {.at = -1, .lasts = -1};
	struct fault *f = &r->file->scenario.fault[i];
	int err = read_fault_fields(r, s, &t);

	if (err)
		return err;
	if (!fault_parse(t.fault, &f->kind))
		return fail_at(r, s, "faults: \"%s\" is no fault; tt-sim list "
				     "has them",
			       t.fault);
	err = check_fault(r, s, &t, f->kind);
	if (!err && *t.feed)
		err = find_feed(r, s, t.feed, &f->feed);
	if (!err)
		err = read_fault_value(r, s, f->kind, &f->value);
	if (err)
		return err;
	f->from_s = t.at;
	f->to_s = fault_is_once(f->kind) ? 0 : t.lasts < 0 ? EVER : t.at + t.lasts;
	r->file->scenario.fault_count = i + 1;
	return 0;
}

/* --- what is broken ----------------------------------------------------- */

static void set_broken(struct scenario_file *f, const char *axiom,
		       double from_s, const char *why)
{
	if (f->scenario.breaks && f->scenario.broken_from_s <= from_s)
		return;
	f->scenario.breaks = axiom;
	f->scenario.broken_from_s = from_s;
	f->scenario.broken_to_s = EVER;
	snprintf(f->why_broken, sizeof(f->why_broken), "%s", why);
}

static bool is_lie(enum fault_kind kind)
{
	return kind == FAULT_LIE || kind == FAULT_RAMP ||
	       kind == FAULT_FREEZE || kind == FAULT_SPURIOUS;
}

/* Feeds of one configured group share one fate: the number of the first. */
static int fate_of(const struct scenario_file *f, int feed)
{
	for (int g = 0; g < f->scenario.group_count; g++) {
		const struct engine_group *x = &f->group[g];
		bool is_in = false;

		for (int m = 0; m < x->count; m++)
			is_in |= !strcmp(x->member[m], f->feed_name[feed]);
		if (is_in)
			return FEEDS_MAX + g;
	}
	return feed;
}

/* A3: how many fates of a class lie some time, against how many may. */
static void find_liars(struct scenario_file *f, bool is_ntp)
{
	const struct scenario *sc = &f->scenario;
	bool is_fate[FEEDS_MAX + ENGINE_GROUPS_MAX] = {false};
	bool lies[FEEDS_MAX + ENGINE_GROUPS_MAX] = {false};
	double from_s = EVER;
	int n = 0, liars = 0, allowed;

	for (int i = 0; i < sc->feed_count; i++) {
		if ((sc->feed[i].class == SOURCE_NTP) != is_ntp)
			continue;
		is_fate[fate_of(f, i)] = true;
		for (int k = 0; k < sc->fault_count; k++) {
			const struct fault *x = &sc->fault[k];

			if (!is_lie(x->kind) ||
			    (x->feed != i && x->feed != FAULT_ALL_FEEDS))
				continue;
			lies[fate_of(f, i)] = true;
			from_s = fmin(from_s, x->from_s);
		}
	}
	for (int i = 0; i < FEEDS_MAX + ENGINE_GROUPS_MAX; i++) {
		n += is_fate[i];
		liars += lies[i];
	}
	allowed = sc->axioms.liars >= 0 ? sc->axioms.liars : (n - 1) / 2;
	if (liars > allowed)
		set_broken(f, "A3", from_s, "more sources lie than may");
}

/* A4 as declared, against the paths as they are. */
static void find_asymmetry(struct scenario_file *f, const struct config *cfg)
{
	for (int i = 0; i < f->scenario.feed_count; i++) {
		const struct feed_law *law = &f->scenario.feed[i];
		const struct path_law *p = &law->path;

		if (law->class != SOURCE_NTP)
			continue;
		if (law->delay_ns_min > fmin(p->base_ns[0], p->base_ns[1]))
			set_broken(f, "A4", 0, "chrony.delay_min is more "
					       "than a path's delay");
		if (cfg->chrony_asymmetry_ns >= 0 &&
		    (p->queue_ns[0] > 0 || p->queue_ns[1] > 0 ||
		     p->burst > 0 || p->hops > 0 ||
		     fabs(p->base_ns[0] - p->base_ns[1]) >
			     2 * law->asymmetry_ns))
			set_broken(f, "A4", 0, "a path may differ by more "
					       "than chrony.asymmetry allows");
	}
}

static void find_broken(struct scenario_file *f, const struct config *cfg)
{
	for (int k = 0; k < f->scenario.fault_count; k++) {
		const struct fault *x = &f->scenario.fault[k];

		if (fault_breaks(x->kind))
			set_broken(f, fault_breaks(x->kind), x->from_s,
				   fault_says(x->kind));
		if (x->kind == FAULT_ASYMMETRY && cfg->chrony_asymmetry_ns >= 0)
			set_broken(f, "A4", x->from_s,
				   fault_says(x->kind));
	}
	find_liars(f, true);
	find_liars(f, false);
	find_asymmetry(f, cfg);
	if (f->scenario.axioms.swing_ppb >= 0)
		set_broken(f, "A2", 0, "axioms.swing is declared, and this "
				       "oscillator is not held to it");
}

/* --- the whole ---------------------------------------------------------- */

struct top_text {
	char name[SOURCE_NAME_SIZE], says[SCENARIO_TEXT_SIZE];
	double length;
	int seed;
};

static const struct field top_fields[] = {
	FIELD(top_text, name, FIELD_TEXT, 0, 0),
	FIELD(top_text, says, FIELD_TEXT, 0, 0),
	FIELD(top_text, length, FIELD_SECONDS, 60e9, 31622400e9),
	FIELD(top_text, seed, FIELD_INT, 0, INT32_MAX),
	{"oscillator", FIELD_TEXT, SIZE_MAX, 0, 0, 0},
	{"feeds", FIELD_TEXT, SIZE_MAX, 0, 0, 0},
	{"faults", FIELD_TEXT, SIZE_MAX, 0, 0, 0},
	{NULL, FIELD_TEXT, 0, 0, 0, 0}};

static int read_top(const struct reader *r, const config_setting_t *root)
{
	struct scenario_file *f = r->file;
	struct top_text t = {.name = "scenario", .seed = SEED_DEFAULT};

	for (int i = 0; i < config_setting_length(root); i++) {
		const config_setting_t *s =
			config_setting_get_elem(root, (unsigned int)i);
		const struct field *x =
			find_field(top_fields, config_setting_name(s));
		int err = 0;

		if (!x)
			return fail_unknown(r, s, "a scenario", top_fields);
		if (x->offset != SIZE_MAX)
			err = read_field(r, s, x, &t);
		if (err)
			return err;
	}
	if (!(t.length > 0))
		return fail_at(r, NULL, "say length = how long it is, as "
					"\"24h\"");
	memcpy(f->name, t.name, sizeof(f->name));
	memcpy(f->says, t.says, sizeof(f->says));
	f->scenario.hours = t.length / 3600;
	f->seed = (uint64_t)t.seed;
	return 0;
}

static int read_list(const struct reader *r, const config_setting_t *s,
		     int most,
		     int (*read)(const struct reader *r,
				 const config_setting_t *s, int i))
{
	const int count = s ? config_setting_length(s) : 0;

	if (s && !config_setting_is_list(s))
		return fail_at(r, s, "%s: write a list, as ( { ... }, { ... } "
				     ")",
			       config_setting_name(s));
	if (count > most)
		return fail_at(r, s, "%s: %d of them; at most %d are possible",
			       config_setting_name(s), count, most);
	for (int i = 0; i < count; i++) {
		int err = read(r, config_setting_get_elem(s, (unsigned int)i),
			       i);

		if (err)
			return err;
	}
	return 0;
}

static int read_root(const struct reader *r, const config_setting_t *root)
{
	const config_setting_t *oscillator =
		config_setting_get_member(root, "oscillator");
	const config_setting_t *feeds =
		config_setting_get_member(root, "feeds");
	int err = read_top(r, root);

	if (!err && !oscillator)
		err = fail_at(r, NULL, "say which oscillator = { grade = "
				       "\"...\"; };");
	if (!err)
		err = read_oscillator(r, oscillator);
	if (!err && (!feeds || config_setting_length(feeds) == 0))
		err = fail_at(r, feeds, "no feeds: there is nothing to bound "
					"time by");
	if (!err)
		err = read_list(r, feeds, FEEDS_MAX, read_feed);
	if (!err)
		err = read_list(r, config_setting_get_member(root, "faults"),
				FAULTS_MAX, read_fault);
	return err;
}

static void set_daemon(const struct config *cfg, struct scenario *ret)
{
	config_axioms(cfg, &ret->axioms);
	ret->publish_ns = cfg->publish_interval_ns;
	ret->horizon_ns = cfg->horizon_ns;
	ret->void_after_ns = cfg->void_after_ns;
	ret->is_stepped = cfg->leap == LEAP_MODE_STEP;
	ret->group_count = config_group_count(cfg);
	ret->start_tai_ns = START_TAI_NS;
	ret->table_expires_unix_s = EXPIRES_2100;
	ret->violations_min = -1;
}

static int fail_syntax(const struct reader *r, const config_t *c)
{
	const char *text = config_error_text(c);

	if (text && strcmp(text, "duplicate setting name") == 0)
		text = "this setting is there twice";
	snprintf(r->ret_error, CONFIG_ERROR_SIZE, "%.256s:%d: %s", r->name,
		 config_error_line(c), text ? text : "syntax error");
	return -EINVAL;
}

/* The pointers of a scenario lead into its own file's struct. */
static void tie(struct scenario_file *f)
{
	f->scenario.name = f->name;
	f->scenario.says = f->says;
	f->scenario.groups = f->group;
	for (int i = 0; i < f->scenario.feed_count; i++)
		f->scenario.feed[i].name = f->feed_name[i];
}

int scenario_file_parse(const char *name, const char *text, size_t size,
			const struct config *cfg, struct scenario_file *ret,
			char ret_error[CONFIG_ERROR_SIZE])
{
	static char copy[CONFIG_FILE_SIZE_MAX + 1];
	static struct scenario_file file;
	const struct reader r = {name, cfg, &file, ret_error};
	unsigned int line;
	const char *wrong;
	config_t c;
	int err;

	if (size > CONFIG_FILE_SIZE_MAX) {
		snprintf(ret_error, CONFIG_ERROR_SIZE,
			 "%.400s: more than %d bytes: this is no scenario",
			 name, CONFIG_FILE_SIZE_MAX);
		return -EFBIG;
	}
	wrong = config_scan(text, size, &line);
	if (wrong) {
		snprintf(ret_error, CONFIG_ERROR_SIZE, "%.256s:%u: %s", name,
			 line, wrong);
		return -EINVAL;
	}
	memcpy(copy, text, size);
	copy[size] = '\0';
	memset(&file, 0, sizeof(file));
	memcpy(file.group, cfg->group, sizeof(file.group));
	set_daemon(cfg, &file.scenario);
	config_init(&c);
	err = config_read_string(&c, copy) == CONFIG_TRUE
		      ? read_root(&r, config_root_setting(&c))
		      : fail_syntax(&r, &c);
	config_destroy(&c);
	if (err)
		return err;
	find_broken(&file, cfg);
	*ret = file;
	tie(ret);
	return 0;
}

static int read_file(const char *path, char *ret, size_t size,
		     size_t *ret_size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t have = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (have < size && n > 0) {
		n = read(fd, ret + have, size - have);
		if (n > 0)
			have += (size_t)n;
	}
	*ret_size = have;
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}

int scenario_file_load(const char *path, const struct config *cfg,
		       struct scenario_file *ret,
		       char ret_error[CONFIG_ERROR_SIZE])
{
	static char text[CONFIG_FILE_SIZE_MAX + 1];
	size_t size = 0;
	const int err = read_file(path, text, sizeof(text), &size);

	if (err) {
		snprintf(ret_error, CONFIG_ERROR_SIZE, "%.400s: %s", path,
			 strerror(-err));
		return err;
	}
	return scenario_file_parse(path, text, size, cfg, ret, ret_error);
}

bool scenario_file_is_unfit(const struct scenario_file *f, uint64_t seconds)
{
	for (int i = 0; i < f->scenario.fault_count; i++)
		if (f->scenario.fault[i].kind == FAULT_RATE_JUMP)
			return false;
	return seconds > 0;
}
