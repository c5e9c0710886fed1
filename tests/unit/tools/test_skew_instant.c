/* SPDX-License-Identifier: Apache-2.0 */
/* What a node publishes of its clock: read, kept, written, and read by others
 * who trust nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <tt/tt.h>

#include "tools/skew/instant.h"

#define S INT64_C(1000000000)

static const struct instant bounded = {.raw_ns = 5 * S,
				       .real_ns = 1785000000 * S + 1,
				       .has_bound = true,
				       .tai = {37 * S - 7, 37 * S + 9},
				       .unix_time = {-7, 9},
				       .tai_offset_ns = 37 * S};
static const struct instant unbounded = {.raw_ns = 6 * S,
					 .real_ns = 1785000001 * S};

static char *text_of(const struct instants *list)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	instants_write(out, list);
	fclose(out);
	return text;
}

static void what_is_written_is_read_again(void **state)
{
	struct instants list = {.count = 0}, got;
	char why[INSTANT_WHY_SIZE], *text;

	(void)state;
	text = text_of(&list);
	assert_int_equal(instants_parse(text, strlen(text), &got, why), 0);
	assert_int_equal(got.count, 0);
	free(text);
	instants_add(&list, &bounded);
	instants_add(&list, &unbounded);
	text = text_of(&list);
	assert_int_equal(instants_parse(text, strlen(text), &got, why), 0);
	assert_int_equal(got.count, 2);
	assert_memory_equal(&got.at[0], &bounded, sizeof(bounded));
	assert_false(got.at[1].has_bound);
	assert_int_equal(got.at[1].real_ns, unbounded.real_ns);
	free(text);
}

static void the_last_64_are_kept(void **state)
{
	struct instants list = {.count = 0}, got;
	struct instant i = bounded;
	char why[INSTANT_WHY_SIZE], *text;

	(void)state;
	for (int n = 1; n <= 100; n++) {
		i.raw_ns = n * S;
		instants_add(&list, &i);
	}
	assert_int_equal(list.count, 64);
	assert_int_equal(list.at[0].raw_ns, 37 * S);
	assert_int_equal(list.at[63].raw_ns, 100 * S);
	text = text_of(&list);
	assert_true(strlen(text) < INSTANTS_BYTES_MAX / 2);
	assert_int_equal(instants_parse(text, strlen(text), &got, why), 0);
	assert_int_equal(got.count, 64);
	free(text);
	/* A raw counter that went back is another boot's: begin anew. */
	i.raw_ns = 7;
	instants_add(&list, &i);
	assert_int_equal(list.count, 1);
}

static void junk_is_refused_and_said_to_be(void **state)
{
	static const struct {
		const char *text, *why;
	} table[] = {
		{"", "it closed without an answer"},
		{"<html>", "its answer is not JSON"},
		{"{\"schema_version\": 1, \"instants\": [[1, 2]",
		 "its answer is cut short"},
		{"[]", "its schema_version is not 1"},
		{"{\"instants\": []}", "its schema_version is not 1"},
		{"{\"schema_version\": 2, \"instants\": []}",
		 "its schema_version is not 1"},
		{"{\"schema_version\": 1, \"instants\": {}}",
		 "it has no array \"instants\""},
		{"{\"schema_version\": 1, \"instants\": [1]}",
		 "an instant is no array"},
		{"{\"schema_version\": 1, \"instants\": [[1, 2, 3]]}",
		 "an instant has not 2 or 7 numbers"},
		{"{\"schema_version\": 1, \"instants\": [[1, \"2\"]]}",
		 "an instant has what no clock shows"},
		{"{\"schema_version\": 1, \"instants\": [[1, 2.5]]}",
		 "an instant has what no clock shows"},
		{"{\"schema_version\": 1, \"instants\": "
		 "[[1, 9000000000000000000]]}",
		 "an instant has what no clock shows"},
		{"{\"schema_version\": 1, \"instants\": "
		 "[[1, 2, 0, 1000000000000000001, 0, 0, 0]]}",
		 "an instant has what no clock shows"},
		{"{\"schema_version\": 1, \"instants\": [[1, 2, 4, 3, 0, 0, "
		 "0]]}",
		 "an interval ends before it begins"},
		{"{\"schema_version\": 1, \"instants\": [[1, 2, 3, 4, 6, 5, "
		 "0]]}",
		 "an interval ends before it begins"},
		{"{\"schema_version\": 1, \"instants\": [[2, 2], [2, 3]]}",
		 "its instants are not in their order"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct instants got = {.count = -5};
		char why[INSTANT_WHY_SIZE];

		assert_int_equal(instants_parse(table[i].text,
						strlen(table[i].text), &got,
						why),
				 -EPROTO);
		assert_string_equal(why, table[i].why);
		assert_int_equal(got.count, -5);
	}
}

static void too_much_is_refused(void **state)
{
	struct instants got;
	char why[INSTANT_WHY_SIZE];
	char *text = malloc(INSTANTS_BYTES_MAX + 2);
	size_t len;

	(void)state;
	memset(text, ' ', INSTANTS_BYTES_MAX + 1);
	assert_int_equal(
		instants_parse(text, INSTANTS_BYTES_MAX + 1, &got, why),
		-EPROTO);
	assert_string_equal(why, "it is longer than 32 KiB");
	len = (size_t)sprintf(text, "{\"schema_version\":1,\"instants\":[");
	for (int i = 0; i < 65; i++)
		len += (size_t)sprintf(text + len, "%s[%d,1]", i ? "," : "", i);
	len += (size_t)sprintf(text + len, "]}");
	assert_int_equal(instants_parse(text, len, &got, why), -EPROTO);
	assert_string_equal(why, "there are more than 64 instants");
	free(text);
}

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * S + ts.tv_nsec;
}

/* A clock set by hand to +-2 s around now: true time less CLOCK_REALTIME. */
static void a_reading_is_of_now_and_holds_it(void **state)
{
	const int64_t now_ns = clock_ns(CLOCK_REALTIME);
	struct tt_clock *clk;
	struct instant i;

	(void)state;
	assert_int_equal(tt_manual_open(&clk), 0);
	assert_int_equal(instant_read(clk, &i), -ENODATA);
	assert_false(i.has_bound);
	assert_true(i.real_ns >= now_ns);
	assert_int_equal(tt_manual_set(clk, now_ns - 2 * S, now_ns + 2 * S,
				       TT_SYNCHRONIZED),
			 0);
	assert_int_equal(instant_read(clk, &i), 0);
	assert_true(i.has_bound);
	assert_in_range(i.real_ns, now_ns, clock_ns(CLOCK_REALTIME));
	assert_true(i.raw_ns <= clock_ns(CLOCK_MONOTONIC_RAW));
	assert_true(i.unix_time.lo_ns <= now_ns - 2 * S - i.real_ns);
	assert_true(i.unix_time.hi_ns >= now_ns + 2 * S - i.real_ns);
	/* and no wider than the reading took, which is below a second */
	assert_true(i.unix_time.hi_ns - i.unix_time.lo_ns < 5 * S);
	assert_int_equal(i.tai.lo_ns - i.tai_offset_ns, i.unix_time.lo_ns);
	tt_close(clk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(the_last_64_are_kept),
		cmocka_unit_test(junk_is_refused_and_said_to_be),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(a_reading_is_of_now_and_holds_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
