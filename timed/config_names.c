/* SPDX-License-Identifier: Apache-2.0 */
/* Where the settings of a configuration's text stand, for messages. */
#include "timed/config_names.h"

#include <stdio.h>
#include <string.h>

#include "timed/config_scan.h"

/* More in one line are not compared with those before. */
#define TWICE_MAX 256

static struct config_names_frame *top(struct config_names *w)
{
	return w->depth < CONFIG_NAMES_DEEP ? &w->frame[w->depth] : NULL;
}

static void set_name(struct config_names *w)
{
	size_t n = 0;

	w->name[0] = '\0';
	for (int i = 0; i <= w->depth && i < CONFIG_NAMES_DEEP; i++) {
		const struct config_names_frame *f = &w->frame[i];

		if (f->index >= 0)
			n += (size_t)snprintf(w->name + n, sizeof(w->name) - n,
					      "[%d]", f->index);
		else if (*f->word)
			n += (size_t)snprintf(w->name + n, sizeof(w->name) - n,
					      "%s%s", n ? "." : "", f->word);
		if (n >= sizeof(w->name))
			return;
	}
}

static void open_frame(struct config_names *w, bool is_group)
{
	struct config_names_frame *f;

	w->depth++;
	w->groups += is_group;
	f = top(w);
	if (!f)
		return;
	memset(f, 0, sizeof(*f));
	f->index = is_group ? -1 : 0;
	f->group = w->groups;
	f->line = w->at_line;
}

static bool is_entry(const struct config_names *w)
{
	return w->depth > 0 && w->depth < CONFIG_NAMES_DEEP &&
	       w->frame[w->depth - 1].index >= 0;
}

/* One byte that is no part of a word, a text or a comment. True: it has made
 * something to tell of. */
static bool take(struct config_names *w, char c, const char *word,
		 size_t length)
{
	struct config_names_frame *f = top(w);

	switch (c) {
	case '=':
	case ':':
		if (!length || !f || f->index >= 0)
			return false;
		snprintf(f->word, sizeof(f->word), "%.*s",
			 (int)(length < sizeof(f->word) ? length
							: sizeof(f->word)),
			 word);
		w->group = f->group;
		return true;
	case '{':
		open_frame(w, true);
		return is_entry(w);
	case '(':
	case '[':
		open_frame(w, false);
		return false;
	case '}':
	case ')':
	case ']':
		w->depth -= w->depth > 0;
		return false;
	case ',':
		if (f && f->index >= 0)
			f->index++;
		return false;
	default:
		return false;
	}
}

bool config_names_next(struct config_names *w)
{
	struct config_token t;
	const char *word = NULL;
	size_t length = 0;
	unsigned int line = 0;

	if (!w->at) {
		w->at_line = 1;
		w->frame[0].index = -1;
	}
	while (config_scan_token(w->text, w->size, &w->at, &w->at_line, &t)) {
		if (t.type == CONFIG_TOKEN_WORD) {
			word = t.text;
			length = t.length;
			line = t.line;
			continue;
		}
		w->line = *t.text == '{' ? t.line : line;
		if (t.type == CONFIG_TOKEN_BYTE &&
		    take(w, *t.text, word, length)) {
			set_name(w);
			return true;
		}
		length = 0;
	}
	return false;
}

/* Was it set in the same group before place `end`? */
static bool first_line(const struct config_names *of, size_t end,
		       unsigned int *ret_line)
{
	struct config_names w = {.text = of->text, .size = end};

	while (config_names_next(&w)) {
		if (w.at >= of->at)
			return false;
		if (w.group == of->group && !strcmp(w.name, of->name)) {
			*ret_line = w.line;
			return true;
		}
	}
	return false;
}

bool config_names_twice(const char *text, size_t size, unsigned int line,
			char ret_name[CONFIG_NAME_SIZE],
			unsigned int *ret_first)
{
	struct config_names w = {.text = text, .size = size};

	for (int n = 0; n < TWICE_MAX && config_names_next(&w);) {
		if (w.line > line)
			return false;
		if (w.line < line)
			continue;
		n++;
		if (!first_line(&w, size, ret_first))
			continue;
		strcpy(ret_name, w.name);
		return true;
	}
	return false;
}

bool config_names_last(const char *text, size_t size, unsigned int line,
		       char ret_name[CONFIG_NAME_SIZE])
{
	struct config_names w = {.text = text, .size = size};

	ret_name[0] = '\0';
	while (config_names_next(&w) && w.line <= line)
		strcpy(ret_name, w.name);
	return *ret_name;
}

bool config_names_open(const char *text, size_t size,
		       char ret_name[CONFIG_NAME_SIZE], unsigned int *ret_line)
{
	struct config_names w = {.text = text, .size = size};

	while (config_names_next(&w))
		;
	if (w.depth < 1 || w.depth >= CONFIG_NAMES_DEEP)
		return false;
	*ret_line = w.frame[w.depth].line;
	w.depth--;
	set_name(&w);
	strcpy(ret_name, w.name);
	return *ret_name;
}

/* `phc = { }` is `phc = ( { } )`. */
static bool is_same(const char *a, const char *b)
{
	while (*a || *b) {
		if (*a == *b) {
			a++;
			b++;
		} else if (!strncmp(a, "[0]", 3)) {
			a += 3;
		} else if (!strncmp(b, "[0]", 3)) {
			b += 3;
		} else {
			return false;
		}
	}
	return true;
}

unsigned int config_names_line(const char *text, size_t size, const char *name)
{
	struct config_names w = {.text = text, .size = size};

	while (config_names_next(&w)) {
		if (is_same(w.name, name))
			return w.line;
	}
	return 0;
}
