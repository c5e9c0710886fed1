/* SPDX-License-Identifier: Apache-2.0 */
/* One setting of a scenario file, by its table. See scenario_reader.h. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "sim/scenario_reader.h"

/* --- messages ----------------------------------------------------------- */

int scenario_fail(const struct scenario_reader *r, const config_setting_t *s,
		  const char *format, ...)
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

static int fail_quantity(const struct scenario_reader *r,
			 const config_setting_t *s, const char *text, int err,
			 enum units_kind kind)
{
	const char *why = err == -ENODATA  ? "has no unit"
			  : err == -ENOENT ? "has no unit known here"
			  : err == -ERANGE ? "is out of range"
					   : "is not a number with a unit";

	return scenario_fail(r, s, "%s: \"%.64s\" %s (%s)",
			     config_setting_name(s), text, why,
			     units_names(kind));
}

/* A duration in ns or a rate in ppb, with a sign where one makes sense. */
int scenario_quantity(const struct scenario_reader *r,
		      const config_setting_t *s, enum units_kind kind,
		      bool has_sign, double *ret)
{
	const char *text = config_setting_get_string(s), *digits = text;
	double value = 0;
	int64_t ns = 0;
	int err;

	if (!text)
		return scenario_fail(r, s,
				     "%s: write a quantity with its unit in "
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

static int read_text(const struct scenario_reader *r, const config_setting_t *s,
		     char *ret, size_t size)
{
	const char *text = config_setting_get_string(s);

	if (!text || !*text)
		return scenario_fail(r, s, "%s: write a text in quotes",
				     config_setting_name(s));
	if (strlen(text) >= size)
		return scenario_fail(r, s, "%s: at most %zu bytes",
				     config_setting_name(s), size - 1);
	strcpy(ret, text);
	return 0;
}

static int read_part(const struct scenario_reader *r, const config_setting_t *s,
		     double *ret)
{
	if (config_setting_type(s) == CONFIG_TYPE_INT)
		*ret = config_setting_get_int(s);
	else if (config_setting_type(s) == CONFIG_TYPE_FLOAT)
		*ret = config_setting_get_float(s);
	else
		return scenario_fail(r, s, "%s: write a number from 0 to 1",
				     config_setting_name(s));
	return 0;
}

static int read_bool(const struct scenario_reader *r, const config_setting_t *s,
		     void *ret)
{
	const bool value = config_setting_get_bool(s) != 0;

	if (config_setting_type(s) != CONFIG_TYPE_BOOL)
		return scenario_fail(r, s, "%s: write true or false",
				     config_setting_name(s));
	memcpy(ret, &value, sizeof(value));
	return 0;
}

static int read_number(const struct scenario_reader *r,
		       const config_setting_t *s,
		       const struct scenario_field *f, double *ret)
{
	switch (f->type) {
	case FIELD_DURATION:
	case FIELD_SECONDS:
	case FIELD_SIGNED:
		return scenario_quantity(r, s, UNITS_DURATION,
					 f->type == FIELD_SIGNED, ret);
	case FIELD_RATE:
		return scenario_quantity(r, s, UNITS_RATE, true, ret);
	case FIELD_PART:
		return read_part(r, s, ret);
	case FIELD_INT:
		if (config_setting_type(s) != CONFIG_TYPE_INT)
			return scenario_fail(r, s, "%s: write a whole number",
					     config_setting_name(s));
		*ret = config_setting_get_int(s);
		return 0;
	case FIELD_TEXT:
	case FIELD_BOOL:
		break;
	}
	return -EINVAL;
}

static int fail_range(const struct scenario_reader *r,
		      const config_setting_t *s, const struct scenario_field *f)
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
	return scenario_fail(r, s, "%s is out of range: from %s%s to %s",
			     config_setting_name(s),
			     f->type == FIELD_SIGNED ? "-" : "", least, most);
}

int scenario_setting(const struct scenario_reader *r, const config_setting_t *s,
		     const struct scenario_field *f, void *ret)
{
	char *at = (char *)ret + f->offset;
	double value = 0;
	int number, err;

	if (f->type == FIELD_TEXT)
		return read_text(r, s, at, f->size);
	if (f->type == FIELD_BOOL)
		return read_bool(r, s, at);
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

const struct scenario_field *
scenario_field_find(const struct scenario_field *fields, const char *name)
{
	for (; fields->name; fields++)
		if (!strcmp(fields->name, name))
			return fields;
	return NULL;
}

int scenario_fail_unknown(const struct scenario_reader *r,
			  const config_setting_t *s, const char *section,
			  const struct scenario_field *fields)
{
	char all[600];
	size_t n = 0;

	for (const struct scenario_field *f = fields;
	     f->name && n < sizeof(all); f++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s",
				      f == fields ? "" : ", ", f->name);
	return scenario_fail(r, s, "unknown setting \"%.40s\"; %s has %s",
			     config_setting_name(s), section, all);
}

/* All of a group's settings by its table. */
int scenario_group(const struct scenario_reader *r,
		   const config_setting_t *group, const char *section,
		   const struct scenario_field *fields, void *ret)
{
	if (!config_setting_is_group(group))
		return scenario_fail(r, group, "%s: write { ... }", section);
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s =
			config_setting_get_elem(group, (unsigned int)i);
		const struct scenario_field *f =
			scenario_field_find(fields, config_setting_name(s));
		int err;

		if (!f)
			return scenario_fail_unknown(r, s, section, fields);
		err = scenario_setting(r, s, f, ret);
		if (err)
			return err;
	}
	return 0;
}
