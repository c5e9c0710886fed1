/* SPDX-License-Identifier: Apache-2.0 */
/* Text that others wrote: escaped, and of characters that XML has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chart/xml.h"

static void expect(const char *text, const char *as)
{
	char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	xml_text(out, text);
	fclose(out);
	assert_string_equal(got, as);
	free(got);
}

static void markup_is_escaped(void **state)
{
	(void)state;
	expect("<a href=\"x\">&amp;</a>",
	       "&lt;a href=&quot;x&quot;&gt;&amp;amp;&lt;/a&gt;");
	expect(NULL, "");
}

static void control_characters_are_left_out(void **state)
{
	(void)state;
	expect("a\1b\33[31m\177c\n\td", "ab[31mc\n\td");
}

static void what_is_utf_8_stays(void **state)
{
	(void)state;
	expect("\xc2\xb1 5 \xe2\x89\xa4 \xf0\x9f\x95\x90",
	       "\xc2\xb1 5 \xe2\x89\xa4 \xf0\x9f\x95\x90");
}

/* Cut short, overlong, surrogates, beyond the last one, U+FFFE. */
static void what_is_not_becomes_question_marks(void **state)
{
	(void)state;
	expect("a\xc2", "a?");
	expect("\xe2\x89", "??");
	expect("\xf0\x9f\x95", "???");
	expect("\xc0\xaf", "??");
	expect("\xe0\x80\xaf", "???");
	expect("\xed\xa0\x80", "???");
	expect("\xf4\x90\x80\x80", "????");
	expect("\xef\xbf\xbe", "???");
	expect("\xff<", "?&lt;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markup_is_escaped),
		cmocka_unit_test(control_characters_are_left_out),
		cmocka_unit_test(what_is_utf_8_stays),
		cmocka_unit_test(what_is_not_becomes_question_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
