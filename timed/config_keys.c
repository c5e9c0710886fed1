/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of settings, and what can be done with one setting. A default is
 * text and is read as a file's text is, so that there is one notation and one
 * reader for it.
 */
#include "timed/config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "timed/units.h"

static const char *const oscillators[] = { "vm",   "server", "steady",
					   "tcxo", "ocxo",   NULL };
static const char *const leap_modes[] = { "smear", "step", NULL };
static const char *const counters[] = { "raw", NULL };
static const char *const log_levels[] = { "error", "warning", "notice",
					  "info",  "debug",   NULL };

#define KEY(key_name, key_type, member)                    \
	.name = key_name, .type = key_type,                \
	.offset = offsetof(struct config, member),         \
	.size = sizeof(((struct config *)0)->member)

/* clang-format off */
const struct config_key config_keys[] = {
	{ KEY("oscillator", CONFIG_CHOICE, oscillator),
	  .preset = "server", .choices = oscillators,
	  .help =
"How steady this machine's raw counter is: axioms A1 (drift) and A2\n"
"(wander, jitter).\n"
"  vm      50ppm,  50ppb/s,   1ppm    a virtual machine\n"
"  server  50ppm,  20ppb/s,   200ppb  a server, failing fans included\n"
"  steady  50ppm,  2ppb/s,    200ppb  a machine room that is watched\n"
"  tcxo    5ppm,   0.2ppb/s,  20ppb   a temperature-compensated oscillator\n"
"  ocxo    0.5ppm, 0.01ppb/s, 1ppb    an oven-controlled one\n" },
	{ KEY("axioms.drift", CONFIG_RATE, drift_ppb),
	  .example = "50ppm", .least = "1ppb", .most = "500ppm",
	  .help =
"A1: the counter's rate is within this of nominal. Unset: as the oscillator\n"
"has it.\n" },
	{ KEY("axioms.wander", CONFIG_WANDER, wander_ppb_s),
	  .example = "20ppb/s", .least = "0ppb/s", .most = "10ppm/s",
	  .help =
"A2: the slow part of the rate changes by at most this. Unset: as the\n"
"oscillator has it.\n" },
	{ KEY("axioms.jitter", CONFIG_RATE, jitter_ppb),
	  .example = "200ppb", .least = "0ppb", .most = "100ppm",
	  .help =
"A2: the fast part of the rate is at most this. Unset: as the oscillator\n"
"has it.\n" },
	{ KEY("axioms.swing", CONFIG_RATE, swing_ppb),
	  .example = "2ppm", .least = "0ppb", .most = "500ppm",
	  .help =
"A2, where it can be said: the rate is never further than this from where it\n"
"was at the last good sample. Unset: nothing is assumed.\n" },
	{ KEY("axioms.memory", CONFIG_DURATION, memory_ns),
	  .preset = "1024s", .least = "16s", .most = "1d",
	  .help =
"A3: what a source has said is forgotten after this, so that a lie is too.\n" },
	{ KEY("axioms.liars", CONFIG_INT, liars),
	  .example = "1", .least = "0", .most = "31",
	  .help =
"A3: so many groups of sources of one class may lie. Unset: a minority of\n"
"those configured, (n - 1) / 2.\n" },
	{ KEY("chrony.enable", CONFIG_BOOL, chrony_enable),
	  .preset = "true", .is_reloadable = true,
	  .help =
"Take NTP measurements from chronyd.\n" },
	{ KEY("chrony.host", CONFIG_STRING, chrony_host),
	  .preset = "127.0.0.1", .is_reloadable = true,
	  .help =
"Where chronyd's command port is: a numeric address.\n" },
	{ KEY("chrony.port", CONFIG_INT, chrony_port),
	  .preset = "323", .least = "1", .most = "65535",
	  .is_reloadable = true,
	  .help =
"chronyd's cmdport.\n" },
	{ KEY("chrony.socket", CONFIG_STRING, chrony_socket),
	  .preset = "/run/chrony/chronyd.sock", .is_optional = true,
	  .is_reloadable = true,
	  .help =
"chronyd's Unix socket, which alone gives each exchange in full. \"\": none.\n" },
	{ KEY("chrony.poll", CONFIG_DURATION, chrony_poll_ns),
	  .preset = "250ms", .least = "50ms", .most = "1min",
	  .is_reloadable = true,
	  .help =
"How often to ask chronyd what is new. No packet leaves the host for it.\n" },
	{ KEY("chrony.asymmetry", CONFIG_DURATION, chrony_asymmetry_ns),
	  .example = "20us", .least = "0s", .most = "1s",
	  .is_reloadable = true,
	  .help =
"A4, where it can be said: in each exchange, queueing included, the two\n"
"directions differ by at most twice this. Unset: nothing is assumed, and half\n"
"the round trip is the error.\n" },
	{ KEY("chrony.delay_min", CONFIG_DURATION, chrony_delay_ns_min),
	  .preset = "0s", .least = "0s", .most = "1s",
	  .is_reloadable = true,
	  .help =
"A4: each direction takes at least this.\n" },
	{ KEY("chrony.server_scale", CONFIG_NUMBER, chrony_server_scale),
	  .preset = "2.0", .least = "1", .most = "100",
	  .is_reloadable = true,
	  .help =
"A6: a server's own root distance counts so many times, from stratum 2 on.\n" },
	{ KEY("chrony.smeared", CONFIG_BOOL, chrony_smeared),
	  .preset = "false", .is_reloadable = true,
	  .help =
"The servers smear leap seconds (24 h linear, noon to noon, as Google's and\n"
"Amazon's do). All of chronyd's servers must, or none.\n" },
	{ KEY("groups", CONFIG_GROUPS, group),
	  .help =
"Sources that share a fate (one site, one antenna, one upstream) count as\n"
"one. Members are names as tt-status shows them.\n" },
	{ KEY("leap", CONFIG_CHOICE, leap),
	  .preset = "smear", .choices = leap_modes,
	  .help =
"Unix time over a leap second: smeared over 24 h, noon to noon UTC, or\n"
"stepped as POSIX has it (TAI alone is monotonic then).\n" },
	{ KEY("leap_file", CONFIG_STRING, leap_file),
	  .preset = "/usr/share/zoneinfo/leap-seconds.list",
	  .is_reloadable = true,
	  .help =
"The table of leap seconds. Its expiry is honoured.\n" },
	{ KEY("counter", CONFIG_CHOICE, counter),
	  .preset = "raw", .choices = counters,
	  .help =
"What readers of the segment read: CLOCK_MONOTONIC_RAW.\n" },
	{ KEY("segment", CONFIG_STRING, segment),
	  .preset = "/run/timed/clock",
	  .help =
"The shared clock segment that libtt reads.\n" },
	{ KEY("status_socket", CONFIG_STRING, status_socket),
	  .preset = "/run/timed/status.sock", .is_optional = true,
	  .is_reloadable = true,
	  .help =
"Where the status document is served. \"\": nowhere.\n" },
	{ KEY("drift_file", CONFIG_STRING, drift_file),
	  .preset = "/var/lib/timed/drift", .is_optional = true,
	  .is_reloadable = true,
	  .help =
"Where the counter's rate is kept over a restart. \"\": nowhere.\n" },
	{ KEY("publish_interval", CONFIG_DURATION, publish_interval_ns),
	  .preset = "100ms", .least = "10ms", .most = "10s",
	  .is_reloadable = true,
	  .help =
"How often the segment is written, besides at every change.\n" },
	{ KEY("horizon", CONFIG_DURATION, horizon_ns),
	  .preset = "1s", .least = "20ms", .most = "1min",
	  .help =
"How long what is published stays narrow when no more follows; at least\n"
"twice publish_interval.\n" },
	{ KEY("void_after", CONFIG_DURATION, void_after_ns),
	  .preset = "1h", .least = "1s", .most = "7d",
	  .help =
"A bound that nobody renews ends after this.\n" },
	{ KEY("log_level", CONFIG_CHOICE, log_level),
	  .preset = "notice", .choices = log_levels, .is_reloadable = true,
	  .help =
"The least urgent lines to log.\n" },
	{ .name = NULL },
};
/* clang-format on */

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
		what = "a number without quotes";
		break;
	case CONFIG_INT:
		what = "a whole number without quotes";
		break;
	case CONFIG_BOOL:
		what = "true or false";
		break;
	case CONFIG_STRING:
		what = "a text in quotes";
		break;
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

	if (length == 0 && !key->is_optional) {
		snprintf(ret_error, CONFIG_ERROR_SIZE, "must not be empty");
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
				 "has a control character");
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
		return true;
	case CONFIG_CHOICE:
		memcpy(&number, value, sizeof(number));
		snprintf(ret, CONFIG_VALUE_SIZE, "%s", key->choices[number]);
		return true;
	case CONFIG_GROUPS:
		break;
	}
	return false;
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
