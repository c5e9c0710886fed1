/* SPDX-License-Identifier: Apache-2.0 */
/* Text in a page. See xml.h. */
#include "chart/xml.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	default:
		return NULL;
	}
}

static bool is_rest(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return false;
	return true;
}

/* Bytes of the character that begins here, 0: it is none (RFC 3629; no
 * surrogates, and not the two that XML leaves out). */
static size_t character(const char *text)
{
	const unsigned char a = (unsigned char)text[0];
	const unsigned char b = a ? (unsigned char)text[1] : 0;

	if (a >= 0xc2 && a <= 0xdf)
		return is_rest(text + 1, 1) ? 2 : 0;
	if (a >= 0xe0 && a <= 0xef) {
		if ((a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f) ||
		    !strncmp(text, "\xef\xbf\xbe", 3) ||
		    !strncmp(text, "\xef\xbf\xbf", 3))
			return 0;
		return is_rest(text + 1, 2) ? 3 : 0;
	}
	if (a < 0xf0 || a > 0xf4 || (a == 0xf0 && b < 0x90) ||
	    (a == 0xf4 && b > 0x8f))
		return 0;
	return is_rest(text + 1, 3) ? 4 : 0;
}

static size_t put_wide(FILE *out, const char *text)
{
	const size_t n = character(text);

	if (n == 0)
		fputc('?', out);
	else
		fwrite(text, 1, n, out);
	return n ? n : 1;
}

void xml_text(FILE *out, const char *text)
{
	while (text && *text) {
		const unsigned char c = (unsigned char)*text;
		const char *as = entity(*text);

		if (c >= 0x80) {
			text += put_wide(out, text);
			continue;
		}
		if (as)
			fputs(as, out);
		else if ((c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t')
			fputc(c, out);
		text++;
	}
}
