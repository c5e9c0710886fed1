/* SPDX-License-Identifier: Apache-2.0 */
/* Is a line what gpsd would write? See gnss_json.h. */
#include "drivers/gnss_json.h"

#include <stddef.h>
#include <string.h>

/* SKY has an array of objects in its object. */
#define DEPTH_MAX 4

/* gpsd's longest text is a device's path, its longest figure a double. */
#define STRING_MAX 128
#define NUMBER_MAX 32

/* What may come next. */
enum expect {
	EXPECT_KEY_OR_END, /* after { */
	EXPECT_KEY,	   /* after a comma in an object */
	EXPECT_COLON,
	EXPECT_VALUE,
	EXPECT_VALUE_OR_END, /* after [ */
	EXPECT_COMMA_OR_END
};

struct place {
	const char *at;
	enum expect expect;
	int depth;
	char open[DEPTH_MAX]; /* '{' or '[', the innermost last */
};

/* Past the closing quote; NULL: there is none, or it is too far. */
static const char *skip_string(const char *at)
{
	const char *const start = at++;

	while (*at && *at != '"') {
		if (*at == '\\' && *++at == '\0')
			return NULL;
		at++;
		if (at - start > STRING_MAX)
			return NULL;
	}
	return *at == '"' ? at + 1 : NULL;
}

static const char *skip_digits(const char *at)
{
	while (*at >= '0' && *at <= '9')
		at++;
	return at;
}

/* Past a number, a decimal one as gpsd writes them; NULL: it is none. */
static const char *skip_number(const char *at)
{
	const char *const start = at;
	const char *digits;

	at += *at == '-';
	digits = at;
	at = skip_digits(at);
	if (at == digits)
		return NULL;
	if (*at == '.') {
		digits = ++at;
		at = skip_digits(at);
		if (at == digits)
			return NULL;
	}
	if (*at == 'e' || *at == 'E') {
		at++;
		at += *at == '-' || *at == '+';
		digits = at;
		at = skip_digits(at);
		if (at == digits)
			return NULL;
	}
	return at - start <= NUMBER_MAX ? at : NULL;
}

static const char *skip_word(const char *at)
{
	static const char *const word[] = {"true", "false", "null"};

	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if (strncmp(at, word[i], strlen(word[i])) == 0)
			return at + strlen(word[i]);
	return NULL;
}

static bool open_one(struct place *p)
{
	if (p->depth == DEPTH_MAX)
		return false;
	p->open[p->depth++] = *p->at;
	p->expect = *p->at == '{' ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
	p->at++;
	return true;
}

static bool take_value(struct place *p)
{
	if (*p->at == '{' || *p->at == '[')
		return open_one(p);
	if (*p->at == '"')
		p->at = skip_string(p->at);
	else if (*p->at == '-' || (*p->at >= '0' && *p->at <= '9'))
		p->at = skip_number(p->at);
	else
		p->at = skip_word(p->at);
	p->expect = EXPECT_COMMA_OR_END;
	return p->at;
}

static bool take_key(struct place *p)
{
	if (*p->at != '"')
		return false;
	p->at = skip_string(p->at);
	p->expect = EXPECT_COLON;
	return p->at;
}

static bool take_end(struct place *p)
{
	const char open = p->open[p->depth - 1];

	if (*p->at != (open == '{' ? '}' : ']'))
		return false;
	p->at++;
	p->depth--;
	p->expect = EXPECT_COMMA_OR_END;
	return true;
}

static bool take_comma_or_end(struct place *p)
{
	if (*p->at != ',')
		return take_end(p);
	p->at++;
	p->expect = p->open[p->depth - 1] == '{' ? EXPECT_KEY : EXPECT_VALUE;
	return true;
}

static bool take(struct place *p)
{
	switch (p->expect) {
	case EXPECT_KEY_OR_END:
		return *p->at == '}' ? take_end(p) : take_key(p);
	case EXPECT_KEY:
		return take_key(p);
	case EXPECT_COLON:
		p->expect = EXPECT_VALUE;
		return *p->at++ == ':';
	case EXPECT_VALUE:
		return take_value(p);
	case EXPECT_VALUE_OR_END:
		return *p->at == ']' ? take_end(p) : take_value(p);
	case EXPECT_COMMA_OR_END:
		return take_comma_or_end(p);
	}
	return false;
}

static bool is_printable(const char *line)
{
	for (; *line; line++)
		if (*line < ' ' || *line > '~')
			return false;
	return true;
}

/* Each step takes a byte at least, so the line's length bounds them. */
bool gnss_json_is_sound(const char *line)
{
	struct place p = {.at = line};

	if (*line != '{' || !is_printable(line) || !open_one(&p))
		return false;
	while (p.depth > 0) {
		while (*p.at == ' ')
			p.at++;
		if (!*p.at || !take(&p))
			return false;
	}
	return *p.at == '\0';
}

bool gnss_json_is_of(const char *line, const char *class)
{
	static const char first[] = "{\"class\":\"";
	const size_t n = strlen(class);

	return strncmp(line, first, sizeof(first) - 1) == 0 &&
	       strncmp(line + sizeof(first) - 1, class, n) == 0 &&
	       line[sizeof(first) - 1 + n] == '"';
}
