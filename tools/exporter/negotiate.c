/* SPDX-License-Identifier: Apache-2.0 */
/* The Accept header. What is malformed in it counts as not said. */
#include "tools/exporter/negotiate.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RANGES_MAX 32

struct wish {
	double openmetrics, text; /* q, 0: not wanted */
	bool has_text;		  /* told by name: wildcards no longer count */
};

/* Is the token of `len` bytes this word? Blanks around it do not count. */
static bool is_word(const char *s, size_t len, const char *word)
{
	while (len && strchr(" \t", *s))
		s++, len--;
	while (len && strchr(" \t", s[len - 1]))
		len--;
	return len == strlen(word) && !strncasecmp(s, word, len);
}

/* What stands after "name=" in the parameter, or NULL. */
static const char *parameter(const char *s, size_t len, const char *name)
{
	size_t n = strlen(name);

	while (len && strchr(" \t", *s))
		s++, len--;
	return len > n && !strncasecmp(s, name, n) && s[n] == '=' ? s + n + 1
								  : NULL;
}

/* One media range with its parameters, `len` bytes. */
static void take_range(struct wish *w, const char *s, size_t len)
{
	size_t type_len = strcspn(s, ";,");
	const char *type = s, *end = s + len, *value;
	bool is_version = true;
	double q = 1;

	for (s += type_len; s < end;) {
		size_t n = strcspn(++s, ";,");

		if ((value = parameter(s, n, "q")))
			q = strtod(value, NULL);
		if ((value = parameter(s, n, "version")))
			is_version =
				!strncmp(value + (*value == '"'), "1.0.0", 5);
		s += n;
	}
	if (!(q >= 0 && q <= 1))
		return;
	if (is_word(type, type_len, "application/openmetrics-text")) {
		if (is_version && q > w->openmetrics)
			w->openmetrics = q;
	} else if (is_word(type, type_len, "text/plain")) {
		w->text = q;
		w->has_text = true;
	} else if (!w->has_text && q > w->text &&
		   is_word(type, type_len, "text/*")) {
		w->text = q;
	}
}

enum expo_dialect negotiate(const char *accept)
{
	struct wish w = {0};

	for (int i = 0; accept && *accept && i < RANGES_MAX; i++) {
		size_t len = strcspn(accept, ",");

		take_range(&w, accept, len);
		accept += len + (accept[len] == ',');
	}
	return w.openmetrics > 0 && w.openmetrics >= w.text ? EXPO_OPENMETRICS
							    : EXPO_CLASSIC;
}
