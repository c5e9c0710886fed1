/* SPDX-License-Identifier: Apache-2.0 */
/* The command line made into an order. See ctl.h. */
#include "tools/ctl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tools/status_doc.h"

#define SCHEMA_VERSION 1

/* What can be said: two words, and perhaps a value that goes with them. */
static const struct command {
	const char *first, *second; /* NULL: one word does */
	const char *action;
	const char *key;            /* of the value; NULL: none */
} commands[] = {
	{"step", NULL, "step", NULL},
	{"reload", NULL, "reload", NULL},
	{"holdover", "start", "holdover-start", NULL},
	{"holdover", "stop", "holdover-stop", NULL},
	{"source", "enable", "source-enable", "source"},
	{"source", "disable", "source-disable", "source"},
	{"log-level", NULL, "log-level", "level"},
	{"withdraw", NULL, "withdraw", NULL},
	{"restore", NULL, "restore", NULL},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

__attribute__((format(printf, 2, 3))) static int
fail(char why[CTL_WHY_SIZE], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, CTL_WHY_SIZE, format, args);
	va_end(args);
	return -EINVAL;
}

static int word_count(const struct command *c)
{
	return (c->second ? 2 : 1) + (c->key ? 1 : 0);
}

static const struct command *find(int count, char *const words[])
{
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *c = &commands[i];

		if (count >= 1 && !strcmp(words[0], c->first) &&
		    (!c->second ||
		     (count >= 2 && !strcmp(words[1], c->second))))
			return c;
	}
	return NULL;
}

/* "90min": digits and a unit. */
static int parse_duration(const char *text, int64_t *ret_ns)
{
	static const struct {
		const char *name;
		int64_t s;
	} units[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || end == text || *text < '0' || *text > '9' ||
	    n > 1000000000)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		return __builtin_mul_overflow(n, units[i].s * 1000000000,
					      ret_ns)
			       ? -EINVAL
			       : 0;
	}
	return -EINVAL;
}

static int put_value(struct json_object *o, const struct command *c,
		     char *const words[], const char *for_text,
		     char why[CTL_WHY_SIZE])
{
	int64_t for_ns;

	if (c->key)
		json_object_object_add(
			o, c->key,
			json_object_new_string(words[word_count(c) - 1]));
	if (!for_text)
		return 0;
	if (strcmp(c->action, "holdover-start") != 0 &&
	    strcmp(c->action, "withdraw") != 0)
		return fail(why, "--for goes with \"holdover start\" and "
			    "\"withdraw\" alone");
	if (parse_duration(for_text, &for_ns))
		return fail(why, "--for %.40s: write it as 90s, 30min, 2h or "
			    "1d", for_text);
	json_object_object_add(o, "for_ns", json_object_new_int64(for_ns));
	return 0;
}

static int check_words(const struct command *c, int count,
		       char *const words[], char why[CTL_WHY_SIZE])
{
	if (count == 0)
		return fail(why, "no command");
	if (!c && count == 1 && !strcmp(words[0], "source"))
		return fail(why, "source: enable or disable which?");
	if (!c && count == 1 && !strcmp(words[0], "holdover"))
		return fail(why, "holdover: start or stop?");
	if (!c)
		return fail(why, "no command \"%.40s%s%.40s\"", words[0],
			    count > 1 ? " " : "", count > 1 ? words[1] : "");
	if (count < word_count(c))
		return fail(why, "%s%s%s: which %s?", c->first,
			    c->second ? " " : "", c->second ? c->second : "",
			    c->key);
	if (count > word_count(c))
		return fail(why, "what is \"%.40s\"?", words[word_count(c)]);
	return 0;
}

int ctl_line(int count, char *const words[], const char *for_text,
	     char ret_line[CTL_LINE_SIZE], char ret_why[CTL_WHY_SIZE])
{
	const struct command *c = find(count, words);
	int err = check_words(c, count, words, ret_why), n;
	struct json_object *o;

	if (err)
		return err;
	o = json_object_new_object();
	if (!o)
		return fail(ret_why, "out of memory");
	json_object_object_add(o, "schema_version",
			       json_object_new_int(SCHEMA_VERSION));
	json_object_object_add(o, "action", json_object_new_string(c->action));
	err = put_value(o, c, words, for_text, ret_why);
	n = snprintf(ret_line, CTL_LINE_SIZE, "%s\n",
		     json_object_to_json_string_ext(
			     o, JSON_C_TO_STRING_PLAIN |
					JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
	if (!err && (n < 0 || n >= CTL_LINE_SIZE))
		err = fail(ret_why, "\"%.40s...\" is too long",
			   words[count - 1]);
	return err;
}

enum ctl_exit ctl_judge(struct json_object *answer)
{
	struct json_object *unchanged = doc_array(answer, "unchanged");
	bool done;

	if (!doc_bool(answer, "done", &done))
		return CTL_UNREADABLE;
	if (!done)
		return CTL_REFUSED;
	return unchanged && json_object_array_length(unchanged) > 0
		       ? CTL_IN_PART
		       : CTL_DONE;
}
