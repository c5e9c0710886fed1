/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be done with one setting. A default is text and is read as a file's
 * text is, so that there is one notation and one reader for it.
 */
#include "timed/config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "timed/units.h"

static void *value_of(const struct config_key *key, struct config *cfg)
{
	return (char *)cfg + key->offset;
}

static const void *const_value_of(const struct config_key *key,
				  const struct config *cfg)
{
	return (const char *)cfg + key->offset;
}

bool config_key_is_quoted(const struct config_key *key)
{
	return key->type != CONFIG_INT && key->type != CONFIG_NUMBER &&
	       key->type != CONFIG_BOOL;
}

static int join_choices(const struct config_key *key, char *ret, size_t size)
{
	size_t n = 0;

	for (int i = 0; key->choices[i] && n < size; i++)
		n += (size_t)snprintf(ret + n, size - n, "%s\"%s\"",
				      i == 0		    ? ""
				      : key->choices[i + 1] ? ", "
							    : " or ",
				      key->choices[i]);
	return 0;
}

static void describe_quantity(const struct config_key *key, const char *what,
			      enum units_kind kind, char *ret)
{
	snprintf(ret, CONFIG_VALUE_SIZE, "a %s with its unit, as \"%s\" (%s)",
		 what, key->preset ? key->preset : key->example,
		 units_names(kind));
}

void config_key_describe(const struct config_key *key,
			 char ret[CONFIG_VALUE_SIZE])
{
	const char *what = "";

	const char *example = key->preset && *key->preset ? key->preset
							  : key->example;

	switch (key->type) {
	case CONFIG_DURATION:
		describe_quantity(key, "duration", UNITS_DURATION, ret);
		return;
	case CONFIG_RATE:
		describe_quantity(key, "rate", UNITS_RATE, ret);
		return;
	case CONFIG_WANDER:
		describe_quantity(key, "change of rate", UNITS_WANDER, ret);
		return;
	case CONFIG_CHOICE:
		join_choices(key, ret, CONFIG_VALUE_SIZE);
		return;
	case CONFIG_NUMBER:
	case CONFIG_INT:
		snprintf(ret, CONFIG_VALUE_SIZE,
			 "a %snumber without quotes, from %s to %s",
			 key->type == CONFIG_INT ? "whole " : "", key->least,
			 key->most);
		return;
	case CONFIG_BOOL:
		what = "true or false";
		break;
	case CONFIG_STRING:
		snprintf(ret, CONFIG_VALUE_SIZE, "a text in quotes%s%s%s",
			 example ? ", as \"" : "", example ? example : "",
			 example ? "\"" : "");
		return;
	case CONFIG_GROUPS:
		what = "a list of groups, as ( { name = \"site\"; "
		       "members = (\"192.0.2.1\", \"192.0.2.2\"); } )";
		break;
	}
	snprintf(ret, CONFIG_VALUE_SIZE, "%s", what);
}

static int fail_range(const struct config_key *key, const char *text,
		      char *ret_error)
{
	const char *quote = config_key_is_quoted(key) ? "\"" : "";

	snprintf(ret_error, CONFIG_ERROR_SIZE,
		 "%s%.64s%s is out of range: from %s to %s", quote, text,
		 quote, key->least, key->most);
	return -EINVAL;
}

static int fail_quantity(const struct config_key *key, const char *text,
			 int err, char *ret_error)
{
	char what[CONFIG_VALUE_SIZE];
	const char *why = "is not a number with a unit";

	if (err == -ERANGE)
		return fail_range(key, text, ret_error);
	if (err == -ENODATA)
		why = "has no unit";
	if (err == -ENOENT)
		why = "has no unit known here";
	if (err == -EDOM)
		why = "is not a whole number of nanoseconds";
	config_key_describe(key, what);
	snprintf(ret_error, CONFIG_ERROR_SIZE, "\"%.64s\" %s: write %s", text,
		 why, what);
	return -EINVAL;
}

static int parse_duration(const struct config_key *key, const char *text,
			  int64_t *ret, char *ret_error)
{
	int64_t ns, least = 0, most = 0;
	int err = units_parse_duration(text, &ns);

	if (err)
		return fail_quantity(key, text, err, ret_error);
	err = units_parse_duration(key->least, &least) |
	      units_parse_duration(key->most, &most);
	assert(!err);
	if (ns < least || ns > most)
		return fail_range(key, text, ret_error);
	*ret = ns;
	return 0;
}

static int parse_rate(const struct config_key *key, enum units_kind kind,
		      const char *text, double *ret, char *ret_error)
{
	double rate, least = 0, most = 0;
	int err = units_parse_rate(kind, text, &rate);

	if (err)
		return fail_quantity(key, text, err, ret_error);
	err = units_parse_rate(kind, key->least, &least) |
	      units_parse_rate(kind, key->most, &most);
	assert(!err);
	if (rate < least || rate > most)
		return fail_range(key, text, ret_error);
	*ret = rate;
	return 0;
}

static int parse_choice(const struct config_key *key, const char *text,
			int *ret, char *ret_error)
{
	char what[CONFIG_VALUE_SIZE];

	for (int i = 0; key->choices[i]; i++) {
		if (strcmp(key->choices[i], text) == 0) {
			*ret = i;
			return 0;
		}
	}
	config_key_describe(key, what);
	snprintf(ret_error, CONFIG_ERROR_SIZE, "\"%.64s\" should be %s", text,
		 what);
	return -EINVAL;
}

static int parse_string(const struct config_key *key, const char *text,
			char *ret, char *ret_error)
{
	size_t length = strlen(text);
	char what[CONFIG_VALUE_SIZE];

	if (length == 0 && !key->is_optional) {
		config_key_describe(key, what);
		snprintf(ret_error, CONFIG_ERROR_SIZE,
			 "must not be empty: write %s", what);
		return -EINVAL;
	}
	if (length >= key->size) {
		snprintf(ret_error, CONFIG_ERROR_SIZE,
			 "is too long: %zu bytes, at most %zu", length,
			 key->size - 1);
		return -EINVAL;
	}
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 127) {
			snprintf(ret_error, CONFIG_ERROR_SIZE,
				 "has a control character: write it without");
			return -EINVAL;
		}
	}
	memset(ret, 0, key->size);
	memcpy(ret, text, length);
	return 0;
}

static int parse_bool(const char *text, bool *ret, char *ret_error)
{
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
		snprintf(ret_error, CONFIG_ERROR_SIZE,
			 "should be true or false");
		return -EINVAL;
	}
	*ret = text[0] == 't';
	return 0;
}

int config_key_set_number(const struct config_key *key, double value,
			  struct config *ret,
			  char ret_error[CONFIG_ERROR_SIZE])
{
	char text[UNITS_TEXT_SIZE];

	/* NaN fails both comparisons. */
	if (!(value >= strtod(key->least, NULL) &&
	      value <= strtod(key->most, NULL))) {
		snprintf(text, sizeof(text), "%.12g", value);
		return fail_range(key, text, ret_error);
	}
	if (key->type == CONFIG_INT)
		*(int *)value_of(key, ret) = (int)value;
	else
		*(double *)value_of(key, ret) = value;
	return 0;
}

int config_key_parse(const struct config_key *key, const char *text,
		     struct config *ret, char ret_error[CONFIG_ERROR_SIZE])
{
	void *value = value_of(key, ret);

	switch (key->type) {
	case CONFIG_DURATION:
		return parse_duration(key, text, value, ret_error);
	case CONFIG_RATE:
		return parse_rate(key, UNITS_RATE, text, value, ret_error);
	case CONFIG_WANDER:
		return parse_rate(key, UNITS_WANDER, text, value, ret_error);
	case CONFIG_NUMBER:
	case CONFIG_INT:
		return config_key_set_number(key, strtod(text, NULL), ret,
					     ret_error);
	case CONFIG_BOOL:
		return parse_bool(text, value, ret_error);
	case CONFIG_STRING:
		return parse_string(key, text, value, ret_error);
	case CONFIG_CHOICE:
		return parse_choice(key, text, value, ret_error);
	case CONFIG_GROUPS:
		break;
	}
	assert(false); /* a list is no text */
	return -EINVAL;
}

/* The shortest text that reads back as the same number. */
static void format_number(double value, char *ret)
{
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(ret, CONFIG_VALUE_SIZE, "%.*g", digits, value);
		if (strtod(ret, NULL) == value)
			break;
	}
	/* libconfig knows a float by its point or exponent. */
	if (!strpbrk(ret, ".en"))
		strcat(ret, ".0");
}

bool config_key_format(const struct config_key *key, const struct config *cfg,
		       char ret[CONFIG_VALUE_SIZE])
{
	const void *value = const_value_of(key, cfg);
	int number = 0;
	int64_t ns = 0;
	double rate = 0;

	switch (key->type) {
	case CONFIG_DURATION:
		memcpy(&ns, value, sizeof(ns));
		if (ns < 0)
			return false;
		units_format_duration(ns, ret);
		return true;
	case CONFIG_RATE:
	case CONFIG_WANDER:
		memcpy(&rate, value, sizeof(rate));
		if (rate < 0)
			return false;
		units_format_rate(key->type == CONFIG_RATE ? UNITS_RATE
							   : UNITS_WANDER,
				  rate, ret);
		return true;
	case CONFIG_NUMBER:
		memcpy(&rate, value, sizeof(rate));
		format_number(rate, ret);
		return true;
	case CONFIG_INT:
		memcpy(&number, value, sizeof(number));
		snprintf(ret, CONFIG_VALUE_SIZE, "%d", number);
		return number >= 0;
	case CONFIG_BOOL:
		snprintf(ret, CONFIG_VALUE_SIZE, "%s",
			 *(const bool *)value ? "true" : "false");
		return true;
	case CONFIG_STRING:
		snprintf(ret, CONFIG_VALUE_SIZE, "%s", (const char *)value);
		return *ret || key->preset;
	case CONFIG_CHOICE:
		memcpy(&number, value, sizeof(number));
		if (number < 0)
			return false;
		snprintf(ret, CONFIG_VALUE_SIZE, "%s", key->choices[number]);
		return true;
	case CONFIG_GROUPS:
		break;
	}
	return false;
}

/* A number without a default is unset, -1; a text is "". */
static void unset(const struct config_key *key, struct config *cfg)
{
	const int64_t ns = -1;
	const double rate = -1;
	const int number = -1;

	memset(value_of(key, cfg), 0, key->size);
	if (key->type == CONFIG_DURATION)
		memcpy(value_of(key, cfg), &ns, sizeof(ns));
	else if (key->type == CONFIG_RATE || key->type == CONFIG_WANDER)
		memcpy(value_of(key, cfg), &rate, sizeof(rate));
	else if (key->type == CONFIG_INT || key->type == CONFIG_CHOICE)
		memcpy(value_of(key, cfg), &number, sizeof(number));
}

void config_key_set_default(const struct config_key *key, struct config *cfg)
{
	char error[CONFIG_ERROR_SIZE];
	int err;

	unset(key, cfg);
	err = key->preset ? config_key_parse(key, key->preset, cfg, error) : 0;
	assert(!err);
}

/* Unused bytes of every value are 0: config_defaults() and parse_string() see
 * to it; -0.0 cannot be written. */
bool config_key_is_equal(const struct config_key *key, const struct config *a,
			 const struct config *b)
{
	return memcmp(const_value_of(key, a), const_value_of(key, b),
		      key->size) == 0;
}

void config_key_copy(const struct config_key *key, const struct config *from,
		     struct config *to)
{
	memcpy(value_of(key, to), const_value_of(key, from), key->size);
}
