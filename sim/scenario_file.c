/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a scenario. Each section has a table of its settings; what only the
 * whole can tell (does the hardware keep to the configured axioms?) comes
 * last. See scenario_file.h.
 */
#include "sim/scenario_file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "sim/scenario_reader.h"
#include "timed/config_scan.h"

/* 2026-11-22 00:00:00 UTC, in TAI, and a leap table that lasts. */
#define START_TAI_NS ((INT64_C(1795305600) + 37) * SECOND_NS)
#define EXPIRES_2100 INT64_C(4102444800)
#define SEED_DEFAULT 1

/* --- the oscillator ----------------------------------------------------- */

struct oscillator_text {
	char grade[16], adversary[16];
	double rate, cooling_failure;
};

static const struct scenario_field oscillator_fields[] = {
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

static int set_adversary(const struct scenario_reader *r,
			 const config_setting_t *s, const char *name,
			 struct oscillator_law *ret)
{
	for (size_t i = 0; i < sizeof(adversaries) / sizeof(adversaries[0]);
	     i++) {
		if (strcmp(adversaries[i].name, name) != 0)
			continue;
		ret->slow = adversaries[i].slow;
		ret->fast = adversaries[i].fast;
		return 0;
	}
	return scenario_fail(r, s,
			     "oscillator: adversary: \"%s\" should be "
			     "\"still\", \"walk\", \"sine\" or \"bang\"",
			     name);
}

static int set_grade(const struct scenario_reader *r, const config_setting_t *s,
		     const struct oscillator_text *t,
		     struct oscillator_law *ret)
{
	char all[200];
	size_t n = 0;

	ret->slow = SLOW_PHYSICAL;
	ret->grade = oscillator_grade_find(t->grade);
	ret->cooling_raw_s = t->cooling_failure;
	if (ret->grade && t->cooling_failure > 0 &&
	    ret->grade->cooling_ppb <= 0)
		return scenario_fail(r, s,
				     "oscillator: \"%s\" is watched: its "
				     "cooling does not fail",
				     t->grade);
	if (ret->grade)
		return 0;
	for (int i = 0; i < oscillator_grade_count && n < sizeof(all); i++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s\"%s\"",
				      i ? ", " : "", oscillator_grades[i].name);
	return scenario_fail(r, s, "oscillator: grade: \"%s\" is none of %s",
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

static int read_oscillator(const struct scenario_reader *r,
			   const config_setting_t *s)
{
	struct oscillator_law *law = &r->file->scenario.oscillator;
	struct oscillator_text t = {.grade = ""};
	int err = scenario_group(r, s, "oscillator", oscillator_fields, &t);

	if (err)
		return err;
	if (!*t.grade == !*t.adversary)
		return scenario_fail(r, s,
				     "oscillator: name a grade or an "
				     "adversary");
	if (*t.adversary && t.cooling_failure > 0)
		return scenario_fail(r, s,
				     "oscillator: cooling_failure is for a "
				     "grade");
	law->axioms = r->file->scenario.axioms;
	law->start_ppb = t.rate;
	err = *t.grade ? set_grade(r, s, &t, law)
		       : set_adversary(r, s, t.adversary, law);
	if (err)
		return err;
	if (rate_ppb_max(law) > law->axioms.drift_ppb - law->axioms.jitter_ppb)
		return scenario_fail(r, s,
				     "oscillator: its rate reaches %.0f ppb, "
				     "and axiom A1 is configured as %.0f ppb: "
				     "no bound would hold",
				     rate_ppb_max(law), law->axioms.drift_ppb);
	return 0;
}

/* --- faults ------------------------------------------------------------- */

struct fault_text {
	char fault[16], feed[SOURCE_NAME_SIZE];
	double at, lasts;
};

static int read_percent(const struct scenario_reader *r,
			const config_setting_t *s, double *ret)
{
	double percent = -1;

	if (config_setting_type(s) == CONFIG_TYPE_INT)
		percent = config_setting_get_int(s);
	else if (config_setting_type(s) == CONFIG_TYPE_FLOAT)
		percent = config_setting_get_float(s);
	if (percent < 0 || percent > 100)
		return scenario_fail(r, s,
				     "value: write a number from 0 to 100: "
				     "per cent");
	*ret = percent;
	return 0;
}

static int read_fault_value(const struct scenario_reader *r,
			    const config_setting_t *f, enum fault_kind kind,
			    double *ret)
{
	const config_setting_t *s = config_setting_get_member(f, "value");
	const char *unit = fault_unit(kind);
	int err;

	if (!*unit && s)
		return scenario_fail(r, s, "faults: \"%s\" has no value",
				     fault_name(kind));
	if (!*unit)
		return 0;
	if (!s)
		return scenario_fail(r, f, "faults: \"%s\" needs a value",
				     fault_name(kind));
	if (!strcmp(unit, "ppb"))
		return scenario_quantity(r, s, UNITS_RATE, true, ret);
	if (!strcmp(unit, "%"))
		return read_percent(r, s, ret);
	err = scenario_quantity(r, s, UNITS_DURATION, strcmp(unit, "s") != 0,
				ret);
	if (!err && !strcmp(unit, "s"))
		*ret /= 1e9;
	return err;
}

static int find_feed(const struct scenario_reader *r, const config_setting_t *s,
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
	return scenario_fail(r, s, "faults: no feed is called \"%s\"", name);
}

static int check_fault(const struct scenario_reader *r,
		       const config_setting_t *s, const struct fault_text *t,
		       enum fault_kind kind)
{
	if (kind == FAULT_LEAP)
		return scenario_fail(r, s,
				     "faults: \"leap\" is for the named "
				     "scenarios only");
	if (t->at < 0)
		return scenario_fail(r, s, "faults: \"%s\": say at = when",
				     t->fault);
	if (t->at >= r->file->scenario.hours * 3600)
		return scenario_fail(r, s, "faults: \"%s\" comes after the end",
				     t->fault);
	if (fault_is_of_feed(kind) == !*t->feed)
		return scenario_fail(r, s,
				     fault_is_of_feed(kind)
					     ? "faults: \"%s\": say feed = "
					       "whose, or \"all\""
					     : "faults: \"%s\" is no feed's",
				     t->fault);
	if (fault_is_once(kind) && t->lasts >= 0)
		return scenario_fail(r, s,
				     "faults: \"%s\" happens once: it has no "
				     "lasts",
				     t->fault);
	if ((kind == FAULT_KILL || kind == FAULT_PAUSE) && t->lasts < 0)
		return scenario_fail(
			r, s, "faults: \"%s\": say lasts = how long", t->fault);
	return 0;
}

static const struct scenario_field fault_fields[] = {
	FIELD(fault_text, fault, FIELD_TEXT, 0, 0),
	FIELD(fault_text, feed, FIELD_TEXT, 0, 0),
	FIELD(fault_text, at, FIELD_SECONDS, 0, 31622400e9),
	FIELD(fault_text, lasts, FIELD_SECONDS, 0.1e9, 31622400e9),
	{"value", FIELD_TEXT, SIZE_MAX, 0, 0, 0},
	{NULL, FIELD_TEXT, 0, 0, 0, 0}};

/* As scenario_group(), but a value's type is the kind's. */
static int read_fault_fields(const struct scenario_reader *r,
			     const config_setting_t *group,
			     struct fault_text *ret)
{
	if (!config_setting_is_group(group))
		return scenario_fail(r, group, "a fault: write { ... }");
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s =
			config_setting_get_elem(group, (unsigned int)i);
		const struct scenario_field *f = scenario_field_find(
			fault_fields, config_setting_name(s));
		int err = 0;

		if (!f)
			return scenario_fail_unknown(r, s, "a fault",
						     fault_fields);
		if (f->offset != SIZE_MAX)
			err = scenario_setting(r, s, f, ret);
		if (err)
			return err;
	}
	return 0;
}

static int read_fault(const struct scenario_reader *r,
		      const config_setting_t *s, int i)
{
	struct fault_text t = {.at = -1, .lasts = -1};
	struct fault *f = &r->file->scenario.fault[i];
	int err = read_fault_fields(r, s, &t);

	if (err)
		return err;
	if (!fault_parse(t.fault, &f->kind))
		return scenario_fail(r, s,
				     "faults: \"%s\" is no fault; tt-sim list "
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
	f->to_s = fault_is_once(f->kind) ? 0
		  : t.lasts < 0		 ? SCENARIO_EVER
					 : t.at + t.lasts;
	r->file->scenario.fault_count = i + 1;
	return 0;
}

/* --- the whole ---------------------------------------------------------- */

struct top_text {
	char name[SOURCE_NAME_SIZE], says[SCENARIO_TEXT_SIZE];
	double length;
	int seed;
};

static const struct scenario_field top_fields[] = {
	FIELD(top_text, name, FIELD_TEXT, 0, 0),
	FIELD(top_text, says, FIELD_TEXT, 0, 0),
	FIELD(top_text, length, FIELD_SECONDS, 60e9, 31622400e9),
	FIELD(top_text, seed, FIELD_INT, 0, INT32_MAX),
	{"oscillator", FIELD_TEXT, SIZE_MAX, 0, 0, 0},
	{"feeds", FIELD_TEXT, SIZE_MAX, 0, 0, 0},
	{"faults", FIELD_TEXT, SIZE_MAX, 0, 0, 0},
	{NULL, FIELD_TEXT, 0, 0, 0, 0}};

static int read_top(const struct scenario_reader *r,
		    const config_setting_t *root)
{
	struct scenario_file *f = r->file;
	struct top_text t = {.name = "scenario", .seed = SEED_DEFAULT};

	for (int i = 0; i < config_setting_length(root); i++) {
		const config_setting_t *s =
			config_setting_get_elem(root, (unsigned int)i);
		const struct scenario_field *x =
			scenario_field_find(top_fields, config_setting_name(s));
		int err = 0;

		if (!x)
			return scenario_fail_unknown(r, s, "a scenario",
						     top_fields);
		if (x->offset != SIZE_MAX)
			err = scenario_setting(r, s, x, &t);
		if (err)
			return err;
	}
	if (!(t.length > 0))
		return scenario_fail(r, NULL,
				     "say length = how long it is, as "
				     "\"24h\"");
	memcpy(f->name, t.name, sizeof(f->name));
	memcpy(f->says, t.says, sizeof(f->says));
	f->scenario.hours = t.length / 3600;
	f->seed = (uint64_t)t.seed;
	return 0;
}

static int read_list(const struct scenario_reader *r, const config_setting_t *s,
		     int most,
		     int (*read)(const struct scenario_reader *r,
				 const config_setting_t *s, int i))
{
	const int count = s ? config_setting_length(s) : 0;

	if (s && !config_setting_is_list(s))
		return scenario_fail(r, s,
				     "%s: write a list, as ( { ... }, { ... } "
				     ")",
				     config_setting_name(s));
	if (count > most)
		return scenario_fail(r, s,
				     "%s: %d of them; at most %d are possible",
				     config_setting_name(s), count, most);
	for (int i = 0; i < count; i++) {
		int err =
			read(r, config_setting_get_elem(s, (unsigned int)i), i);

		if (err)
			return err;
	}
	return 0;
}

static int read_root(const struct scenario_reader *r,
		     const config_setting_t *root)
{
	const config_setting_t *oscillator =
		config_setting_get_member(root, "oscillator");
	const config_setting_t *feeds =
		config_setting_get_member(root, "feeds");
	int err = read_top(r, root);

	if (!err && !oscillator)
		err = scenario_fail(r, NULL,
				    "say which oscillator = { grade = "
				    "\"...\"; };");
	if (!err)
		err = read_oscillator(r, oscillator);
	if (!err && (!feeds || config_setting_length(feeds) == 0))
		err = scenario_fail(r, feeds,
				    "no feeds: there is nothing to bound "
				    "time by");
	if (!err)
		err = read_list(r, feeds, FEEDS_MAX, scenario_feed);
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

static int fail_syntax(const struct scenario_reader *r, const config_t *c)
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
	const struct scenario_reader r = {name, cfg, &file, ret_error};
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
	scenario_find_broken(&file, cfg);
	*ret = file;
	tie(ret);
	return 0;
}

static int read_file(const char *path, char *ret, size_t size, size_t *ret_size)
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
