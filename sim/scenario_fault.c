/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario file's faults. See scenario_reader.h. */
#include <string.h>

#include "sim/scenario_reader.h"

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

/* Leap seconds. */
static int read_count(const struct scenario_reader *r,
		      const config_setting_t *s, double *ret)
{
	const int value = config_setting_get_int(s);

	if (config_setting_type(s) != CONFIG_TYPE_INT || value < -1 ||
	    value > 1)
		return scenario_fail(r, s, "value: write 1, -1 or 0");
	*ret = value;
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
	if (!strcmp(unit, "leap seconds"))
		return read_count(r, s, ret);
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
	if ((kind == FAULT_KILL || kind == FAULT_PAUSE ||
	     kind == FAULT_PREEMPT) &&
	    t->lasts < 0)
		return scenario_fail(
			r, s, "faults: \"%s\": say lasts = how long", t->fault);
	return 0;
}

static const struct scenario_field fault_fields[] = {
	FIELD(fault_text, fault, FIELD_TEXT, 0, 0),
	FIELD(fault_text, feed, FIELD_TEXT, 0, 0),
	FIELD(fault_text, at, FIELD_SECONDS, 0, 31622400e9),
	FIELD(fault_text, lasts, FIELD_SECONDS, 0.1e9, 31622400e9),
	FIELD_ELSEWHERE("value"),
	FIELD_END};

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

int scenario_fault(const struct scenario_reader *r, const config_setting_t *s,
		   int i)
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
