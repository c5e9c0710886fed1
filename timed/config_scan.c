/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scan over the text before libconfig sees it: just enough of its lexical
 * grammar (strings, three kinds of comment, names) to find the numbers; and, for
 * config_names.c, the names.
 */
#include "timed/config_scan.h"

#include <stdint.h>
#include <string.h>

struct scan {
	const char *at, *end;
	unsigned int line;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*';
}

static bool is_word(char c)
{
	return is_letter(c) || is_digit(c) || c == '_' || c == '-';
}

static void step(struct scan *s)
{
	if (*s->at++ == '\n')
		s->line++;
}

static bool is_at(const struct scan *s, const char *what)
{
	size_t length = strlen(what);

	return (size_t)(s->end - s->at) >= length &&
	       memcmp(s->at, what, length) == 0;
}

static void skip_line(struct scan *s)
{
	while (s->at < s->end && *s->at != '\n')
		s->at++;
}

/* libconfig takes a comment without an end for one that ends with the file,
 * and every setting in it for said. */
static const char *skip_comment(struct scan *s)
{
	s->at += 2;
	while (s->at < s->end && !is_at(s, "*/"))
		step(s);
	if (s->at == s->end)
		return "a comment begins here that no */ ends";
	s->at += 2;
	return NULL;
}

static const char *skip_string(struct scan *s)
{
	step(s);
	while (s->at < s->end && *s->at != '"') {
		if (*s->at == '\\')
			step(s);
		if (s->at < s->end)
			step(s);
	}
	if (s->at == s->end)
		return "a text begins here that no \" ends";
	step(s);
	return NULL;
}

static const char *skip_word(struct scan *s)
{
	while (s->at < s->end && is_word(*s->at))
		s->at++;
	if (s->at < s->end && *s->at == '.')
		return "names have no dots here; write a group, as "
		       "chrony = { port = 323; };";
	return NULL;
}

static int digit_of(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* Takes the digits; false: they do not fit. A sign, which may allow one more,
 * is not looked at. */
static bool take_digits(struct scan *s, int base)
{
	int64_t value = 0;

	for (; s->at < s->end && digit_of(*s->at) < base; s->at++) {
		value = value * base + digit_of(*s->at);
		if (value > INT32_MAX)
			return false;
	}
	return true;
}

static const char *take_number(struct scan *s)
{
	struct scan first = *s;
	bool fits;

	if (is_at(s, "0x") || is_at(s, "0X")) {
		s->at += 2;
		fits = take_digits(s, 16);
	} else {
		while (s->at < s->end && is_digit(*s->at))
			s->at++;
		/* A point or an exponent: a float, which libconfig keeps. */
		if (s->at < s->end && strchr(".eE", *s->at)) {
			while (s->at < s->end &&
			       (is_word(*s->at) || *s->at == '.'))
				s->at++;
			return NULL;
		}
		*s = first;
		fits = take_digits(s, 10);
	}
	if (!fits)
		return "this whole number is too large; write a quantity as a "
		       "text with its unit, as \"5s\"";
	if (s->at < s->end && *s->at == 'L')
		return "write whole numbers without L; write a quantity as a "
		       "text with its unit, as \"5s\"";
	return NULL;
}

/* To the next thing that is neither white nor a comment. */
static void skip_blank(struct scan *s)
{
	while (s->at < s->end) {
		if (*s->at == '#' || is_at(s, "//"))
			skip_line(s);
		else if (is_at(s, "/*"))
			skip_comment(s);
		else if (memchr(" \t\r\n\f\v", *s->at, 6))
			step(s);
		else
			return;
	}
}

bool config_scan_token(const char *text, size_t size, size_t *at,
		       unsigned int *line, struct config_token *ret)
{
	struct scan s = { text + *at, text + size, *line };

	skip_blank(&s);
	ret->text = s.at;
	ret->line = s.line;
	ret->type = CONFIG_TOKEN_BYTE;
	if (s.at == s.end) {
		*at = size;
		return false;
	}
	if (*s.at == '"') {
		ret->type = CONFIG_TOKEN_TEXT;
		skip_string(&s);
	} else if (is_letter(*s.at)) {
		ret->type = CONFIG_TOKEN_WORD;
		while (s.at < s.end && is_word(*s.at))
			s.at++;
	} else {
		step(&s);
	}
	ret->length = (size_t)(s.at - ret->text);
	*at = (size_t)(s.at - text);
	*line = s.line;
	return true;
}

const char *config_scan(const char *text, size_t size, unsigned int *ret_line,
			size_t *ret_at)
{
	struct scan s = { text, text + size, 1 };
	const char *wrong = NULL, *nul;

	*ret_line = 1;
	nul = memchr(text, '\0', size);
	*ret_at = nul ? (size_t)(nul - text) : 0;
	if (nul)
		return "a NUL byte: this is not a text";
	if (is_at(&s, "\xef\xbb\xbf"))
		return "a byte order mark: save it as UTF-8 without one";
	while (s.at < s.end && !wrong) {
		*ret_line = s.line;
		*ret_at = (size_t)(s.at - text);
		if (*s.at == '@')
			wrong = "no @include here; put a file into conf.d "
				"instead";
		else if (*s.at == '#' || is_at(&s, "//"))
			skip_line(&s);
		else if (is_at(&s, "/*"))
			wrong = skip_comment(&s);
		else if (*s.at == '"')
			wrong = skip_string(&s);
		else if (is_letter(*s.at))
			wrong = skip_word(&s);
		else if (is_digit(*s.at))
			wrong = take_number(&s);
		else
			step(&s);
	}
	return wrong;
}
