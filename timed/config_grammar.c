/* SPDX-License-Identifier: Apache-2.0 */
/* A text in libconfig's grammar, and what is said of one that is not. */
#include "timed/config_grammar.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "timed/config_names.h"
#include "timed/config_scan.h"

#define WORD_SIZE 80 /* of the text's own words in messages */

struct place {
	const char *name; /* the file's */
	const char *text;
	size_t size;
	char *ret_error;
};

__attribute__((format(printf, 3, 4))) static int
fail(const struct place *p, unsigned int line, const char *format, ...)
{
	const size_t n = (size_t)snprintf(p->ret_error, CONFIG_ERROR_SIZE,
					  "%.256s:%u: ", p->name, line);
	va_list args;

	va_start(args, format);
	vsnprintf(p->ret_error + n, CONFIG_ERROR_SIZE - n, format, args);
	va_end(args);
	return -EINVAL;
}

/* How many bytes at `at` are a word, dots in it. */
static int word_length(const struct place *p, size_t at)
{
	int n = 0;

	while (n < WORD_SIZE && at + (size_t)n < p->size) {
		const char c = p->text[at + (size_t)n];

		if (!isalnum((unsigned char)c) && !memchr("._-*", c, 4))
			break;
		n++;
	}
	return n;
}

/* What the scan holds against byte `at`: of a value, the setting's name; of a
 * name, itself. */
static int fail_scan(const struct place *p, size_t at, unsigned int line,
		     const char *wrong)
{
	const char c = at < p->size ? p->text[at] : ' ';
	char name[CONFIG_NAME_SIZE];

	if ((c == '"' || (c >= '0' && c <= '9')) &&
	    config_names_last(p->text, at, line, name))
		return fail(p, line, "%s: %s", name, wrong);
	if (isalpha((unsigned char)c))
		return fail(p, line, "%.*s: %s", word_length(p, at),
			    p->text + at, wrong);
	return fail(p, line, "%s", wrong);
}

static int fail_twice(const struct place *p, unsigned int line)
{
	char name[CONFIG_NAME_SIZE];
	unsigned int first;

	if (!config_names_twice(p->text, p->size, line, name, &first))
		return fail(p, line, "a setting is there twice: remove one");
	return fail(p, line, "%s: it is set in line %u already: remove one",
		    name, first);
}

/* libconfig's error and line, and what more the text itself shows. */
static int fail_syntax(const struct place *p, const config_t *c)
{
	const unsigned int line = (unsigned int)config_error_line(c);
	const char *why = config_error_text(c);
	char name[CONFIG_NAME_SIZE];
	unsigned int opened;

	if (why && !strcmp(why, "duplicate setting name"))
		return fail_twice(p, line);
	if (why && !strcmp(why, "memory exhausted"))
		return fail(p, line, "groups or lists too deep in each other");
	if (config_names_open(p->text, p->size, name, &opened))
		return fail(p, line,
			    "syntax error: %s, which begins in line "
			    "%u, is not closed",
			    name, opened);
	if (!config_names_last(p->text, p->size, line, name))
		strcpy(name, "the beginning");
	return fail(p, line,
		    "%s near %s: write settings as NAME = VALUE; and "
		    "texts in quotes, as NAME = \"text\";",
		    why ? why : "syntax error", name);
}

int config_grammar(const char *name, const char *text, size_t size, config_t *c,
		   char ret_error[CONFIG_ERROR_SIZE])
{
	static char copy[CONFIG_FILE_SIZE_MAX + 1];
	const struct place p = {name, copy, size, ret_error};
	const char *wrong;
	unsigned int line;
	size_t at;

	if (size > CONFIG_FILE_SIZE_MAX) {
		snprintf(ret_error, CONFIG_ERROR_SIZE,
			 "%.400s: more than %d bytes: this is no configuration",
			 name, CONFIG_FILE_SIZE_MAX);
		return -EFBIG;
	}
	memcpy(copy, text, size);
	copy[size] = '\0';
	wrong = config_scan(copy, size, &line, &at);
	if (wrong)
		return fail_scan(&p, at, line, wrong);
	return config_read_string(c, copy) == CONFIG_TRUE ? 0
							  : fail_syntax(&p, c);
}
