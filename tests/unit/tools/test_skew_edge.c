/* SPDX-License-Identifier: Apache-2.0 */
/* Edges as CSV: what is written reads back; what is not quite right is refused
 * with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/skew/edge.h"

#define EDGES_MAX 8

struct taken {
	struct edge edge[EDGES_MAX];
	int count;
	int refuse_at; /* 0: none */
};

static int take(const struct edge *e, void *arg)
{
	struct taken *t = arg;

	if (t->refuse_at && t->count + 1 == t->refuse_at)
		return -ENOMEM;
	assert_true(t->count < EDGES_MAX);
	t->edge[t->count++] = *e;
	return 0;
}

static int read_bytes(const char *text, size_t size, struct taken *ret,
		      char why[EDGE_WHY_SIZE])
{
	FILE *in = fmemopen((void *)(uintptr_t)text, size, "r");
	int err;

	assert_non_null(in);
	ret->count = 0;
	why[0] = '\0';
	err = edge_csv_read(in, "x.csv", take, ret, why);
	fclose(in);
	return err;
}

static int read_text(const char *text, struct taken *ret,
		     char why[EDGE_WHY_SIZE])
{
	return read_bytes(text, strlen(text), ret, why);
}

static void what_is_written_reads_back(void **state)
{
	static const struct edge row[] = {
		{.from = "a:1",
		 .to = "[::1]:9",
		 .offset_ns = -EDGE_NS_MAX,
		 .error_ns = EDGE_NS_MAX,
		 .delay_ns = -1,
		 .real_ns = -5,
		 .raw_ns = 7,
		 .stamping = EDGE_HARDWARE,
		 .is_interleaved = true,
		 .kind = EDGE_ESTIMATE},
		{.from = "b",
		 .to = "a:1",
		 .offset_ns = 12,
		 .error_ns = 0,
		 .delay_ns = 34,
		 .stamping = EDGE_KERNEL},
	};
	struct taken t = {.refuse_at = 0};
	char why[EDGE_WHY_SIZE], *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	edge_csv_write_header(out);
	for (int i = 0; i < 2; i++)
		edge_csv_write(out, &row[i]);
	fclose(out);
	assert_int_equal(read_text(text, &t, why), 0);
	assert_int_equal(t.count, 2);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(t.edge[i].from, row[i].from);
		assert_string_equal(t.edge[i].to, row[i].to);
		assert_int_equal(t.edge[i].offset_ns, row[i].offset_ns);
		assert_int_equal(t.edge[i].error_ns, row[i].error_ns);
		assert_int_equal(t.edge[i].delay_ns, row[i].delay_ns);
		assert_int_equal(t.edge[i].real_ns, row[i].real_ns);
		assert_int_equal(t.edge[i].raw_ns, row[i].raw_ns);
		assert_int_equal(t.edge[i].stamping, row[i].stamping);
		assert_int_equal(t.edge[i].kind, row[i].kind);
		assert_int_equal(t.edge[i].is_interleaved,
				 row[i].is_interleaved);
	}
	free(text);
}

static void columns_in_any_order_and_what_is_missing_is_unknown(void **state)
{
	struct taken t = {.refuse_at = 0};
	char why[EDGE_WHY_SIZE];

	(void)state;
	assert_int_equal(read_text("to,error_ns,offset_ns,from\r\n"
				   "b,5,-7,a\r\n"
				   "\n"
				   "c,6,+8,a",
				   &t, why),
			 -EINVAL); /* a sign that nobody writes */
	assert_string_equal(why, "x.csv:4: offset_ns: '+8' is no whole number");
	assert_int_equal(t.count, 1);
	assert_string_equal(t.edge[0].from, "a");
	assert_string_equal(t.edge[0].to, "b");
	assert_int_equal(t.edge[0].offset_ns, -7);
	assert_int_equal(t.edge[0].error_ns, 5);
	assert_int_equal(t.edge[0].delay_ns, -1);
	assert_int_equal(t.edge[0].real_ns, 0);
	assert_int_equal(t.edge[0].raw_ns, 0);
	assert_int_equal(t.edge[0].stamping, EDGE_DAEMON);
	assert_int_equal(t.edge[0].kind, EDGE_HARD);
	assert_false(t.edge[0].is_interleaved);
}

#define HEADER "from,to,offset_ns,error_ns\n"

static void what_is_not_quite_right_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *why;
	} row[] = {
		{"\n", "x.csv:1: empty: not even a header"},
		{"from,to\n",
		 "x.csv:1: no column 'offset_ns', which is needed"},
		{"from,to,offset_ns,error_ns,from\n",
		 "x.csv:1: column 'from' twice"},
		{HEADER "a,b,1\n",
		 "x.csv:2: too few fields: the header has 4 columns"},
		{HEADER "a,b,1,2,3\n",
		 "x.csv:2: too many fields: the header has 4 columns"},
		{HEADER "a,b,1,2\na,a,1,2\n",
		 "x.csv:3: 'a' has measured itself"},
		{HEADER "a,b,1,-2\n",
		 "x.csv:2: error_ns: -2 is not within 0 and "
		 "4000000000000000000"},
		{HEADER "a,b,4000000000000000001,2\n",
		 "x.csv:2: offset_ns: 4000000000000000001 is not within "
		 "-4000000000000000000 and 4000000000000000000"},
		{HEADER "a,b,99999999999999999999999,2\n",
		 "x.csv:2: offset_ns: 99999999999999999999999 is not within "
		 "-4000000000000000000 and 4000000000000000000"},
		{HEADER "a,b,1e3,2\n",
		 "x.csv:2: offset_ns: '1e3' is no whole number"},
		{HEADER "a,b,,2\n",
		 "x.csv:2: offset_ns: '' is no whole number"},
		{HEADER "a,b,-,2\n",
		 "x.csv:2: offset_ns: '-' is no whole number"},
		{"from,to,offset_ns,error_ns,kind\na,b,1,2,guess\n",
		 "x.csv:2: kind: 'guess': hard or estimate"},
		{"from,to,offset_ns,error_ns,stamping\na,b,1,2,\n",
		 "x.csv:2: stamping: '': daemon, kernel or hardware"},
		{"from,to,offset_ns,error_ns,interleaved\na,b,1,2,yes\n",
		 "x.csv:2: interleaved: 'yes': 0 or 1"},
	};
	struct taken t = {.refuse_at = 0};
	char why[EDGE_WHY_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		assert_int_equal(read_text(row[i].text, &t, why), -EINVAL);
		assert_string_equal(why, row[i].why);
	}
}

static void names_cannot_carry_anything_into_terminals_and_pages(void **state)
{
	static const char *const bad[] = {"",	      "a b", "a\"b", "a\033[1m",
					  "\xc3\xa4", "a'b", "a`b",  "a\tb"};
	char longest[EDGE_NAME_SIZE + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(edge_is_name(bad[i]));
	memset(longest, 'x', EDGE_NAME_SIZE);
	longest[EDGE_NAME_SIZE] = '\0';
	assert_false(edge_is_name(longest));
	longest[EDGE_NAME_SIZE - 1] = '\0';
	assert_true(edge_is_name(longest));
	assert_true(edge_is_name("[2001:db8::1]:9345"));
}

static void junk_is_said_without_its_control_characters(void **state)
{
	static const char nul[] = HEADER "a,b\0,1,2\n";
	struct taken t = {.refuse_at = 0};
	char why[EDGE_WHY_SIZE];

	(void)state;
	assert_int_equal(read_bytes(nul, sizeof(nul) - 1, &t, why), -EINVAL);
	assert_string_equal(why, "x.csv:2: a NUL byte: this is no text");
	assert_int_equal(read_text("fr\033[31mom\n", &t, why), -EINVAL);
	assert_null(strchr(why, '\033'));
	assert_non_null(strstr(why, "'fr?[31mom'"));
}

static void what_the_taker_refuses_ends_the_reading(void **state)
{
	struct taken t = {.refuse_at = 2};
	char why[EDGE_WHY_SIZE];

	(void)state;
	assert_int_equal(
		read_text(HEADER "a,b,1,2\nb,c,1,2\nc,d,1,2\n", &t, why),
		-ENOMEM);
	assert_int_equal(t.count, 1);
	assert_memory_equal(why, "x.csv:3: ", 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(
			columns_in_any_order_and_what_is_missing_is_unknown),
		cmocka_unit_test(
			what_is_not_quite_right_is_refused_with_its_line),
		cmocka_unit_test(
			names_cannot_carry_anything_into_terminals_and_pages),
		cmocka_unit_test(junk_is_said_without_its_control_characters),
		cmocka_unit_test(what_the_taker_refuses_ends_the_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
