/* SPDX-License-Identifier: Apache-2.0 */
/* Prometheus' answers, and what may come instead; a matrix' short numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tools/skew/matrix.h"
#include "tools/skew/prom.h"

#define HEAD                                                                   \
	"{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","         \
	"\"result\":["
#define TAIL "]}}"
#define ONE(labels, value)                                                     \
	"{\"metric\":{" labels "},\"value\":[1700000000.5,\"" value "\"]}"
#define AB "\"from\":\"a\",\"to\":\"b\""

struct taken {
	struct prom_sample sample[4];
	int count;
	int refuse; /* with this */
};

static int take(const struct prom_sample *s, void *arg)
{
	struct taken *t = arg;

	assert_true(t->count < 4);
	t->sample[t->count++] = *s;
	return t->refuse;
}

static int parse(const char *text, struct taken *ret, size_t *ret_skipped)
{
	char why[PROM_WHY_SIZE] = "";
	int err;

	ret->count = 0;
	*ret_skipped = 0;
	err = prom_parse(text, strlen(text), take, ret, ret_skipped, why);
	assert_true((err == -EPROTO) == (*why != '\0'));
	return err;
}

static void samples_are_edges_in_nanoseconds(void **state)
{
	struct taken t = {.refuse = 0};
	size_t skipped;

	(void)state;
	assert_int_equal(
		parse(HEAD ONE(AB, "-1.2345e-05") "," ONE(
			      "\"to\":\"c}\\\"\",\"from\":\"a\"",
			      "1") "," ONE("\"from\":\"x\",\"to\":\"[::1]:9\","
					   "\"kind\":\"estimate\","
					   "\"stamping\":\"hardware\","
					   "\"interleaved\":\"true\"",
					   "0.5") TAIL,
		      &t, &skipped),
		0);
	assert_int_equal(t.count, 2);
	assert_int_equal(skipped, 1); /* a quote is in no name */
	assert_string_equal(t.sample[0].from, "a");
	assert_string_equal(t.sample[0].to, "b");
	assert_int_equal(t.sample[0].ns, -12345);
	assert_int_equal(t.sample[0].kind, EDGE_HARD);
	assert_int_equal(t.sample[1].ns, 500000000);
	assert_int_equal(t.sample[1].kind, EDGE_ESTIMATE);
	assert_int_equal(t.sample[1].stamping, EDGE_HARDWARE);
	assert_true(t.sample[1].is_interleaved);
	assert_int_equal(parse(HEAD TAIL, &t, &skipped), 0);
	assert_int_equal(t.count, 0);
}

static void what_is_no_edge_or_no_number_is_skipped(void **state)
{
	static const char *const junk[] = {
		ONE("\"from\":\"a\"", "1"),
		ONE("\"from\":\"a\",\"to\":\"a\"", "1"),
		ONE("\"from\":\"a\",\"to\":7", "1"),
		ONE(AB, "NaN"),
		ONE(AB, "+Inf"),
		ONE(AB, "1x"),
		ONE(AB, ""),
		ONE(AB, "1e12"),
		ONE(AB ",\"kind\":\"guess\"", "1"),
		"{\"metric\":7,\"value\":[1,\"1\"]}",
		"{\"metric\":{" AB "},\"value\":[1]}",
		"{\"metric\":{" AB "},\"value\":[1,1]}",
		"{" AB "}"};

	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(*junk); i++) {
		struct taken t = {.refuse = 0};
		char text[400];
		size_t skipped;

		snprintf(text, sizeof(text), HEAD "%s" TAIL, junk[i]);
		assert_int_equal(parse(text, &t, &skipped), 0);
		assert_int_equal(t.count, 0);
		assert_int_equal(skipped, 1);
	}
}

static void what_is_no_answer_is_refused(void **state)
{
	static const char *const text[] = {
		"",
		"{}",
		"<html>",
		HEAD,
		HEAD ONE(AB, "1"),
		HEAD "{\"metric\":{\"from\":\"",
		HEAD "7" TAIL,
		("{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\","
		 "\"result\":[]}}")};
	struct taken t = {.refuse = 0};
	size_t skipped;

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++)
		assert_int_equal(parse(text[i], &t, &skipped), -EPROTO);
}

static void what_the_taker_refuses_ends_it(void **state)
{
	struct taken t = {.refuse = -ENOMEM};
	size_t skipped;

	(void)state;
	assert_int_equal(
		parse(HEAD ONE(AB, "1") "," ONE(AB, "2") TAIL, &t, &skipped),
		-ENOMEM);
	assert_int_equal(t.count, 1);
}

static void short_numbers_have_three_digits(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} row[] = {{0, "+0n"},
		   {-999, "-999n"},
		   {1000, "+1.00u"},
		   {9994, "+9.99u"},
		   {9996, "+10.0u"},
		   {99960, "+100u"},
		   {-999499, "-999u"},
		   {999500, "+1.00m"},
		   {12345678, "+12.3m"},
		   {-5000000000, "-5.00s"},
		   {999000000000, "+999s"},
		   {INT64_MIN, "-9e+09s"}};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		char text[MATRIX_SHORT_SIZE];

		assert_string_equal(matrix_short(row[i].ns, text), row[i].text);
	}
}

static void only_hard_edges_prove_that_clocks_differ(void **state)
{
	struct graph_edge e = {.offset_ns = -150, .error_ns = 50};

	(void)state;
	assert_true(matrix_is_beyond(&e, 99));
	assert_false(matrix_is_beyond(&e, 100));
	e.kind = EDGE_ESTIMATE;
	assert_false(matrix_is_beyond(&e, 0));
	e = (struct graph_edge){.offset_ns = EDGE_NS_MAX,
				.error_ns = EDGE_NS_MAX};
	assert_false(matrix_is_beyond(&e, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_edges_in_nanoseconds),
		cmocka_unit_test(what_is_no_edge_or_no_number_is_skipped),
		cmocka_unit_test(what_is_no_answer_is_refused),
		cmocka_unit_test(what_the_taker_refuses_ends_it),
		cmocka_unit_test(short_numbers_have_three_digits),
		cmocka_unit_test(only_hard_edges_prove_that_clocks_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
