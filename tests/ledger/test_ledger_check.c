/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger's checker on histories made by hand: what is right is found right,
 * and each kind of wrong is found, with who did it. Lines are as history.h has
 * them: KIND CLIENT NODE BEGIN END TS KEY:READ@READ_TS:WROTE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/history.h"

static struct history read_text(const char *text)
{
	struct history h = {0};
	FILE *f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	assert_non_null(f);
	assert_int_equal(history_read(&h, f), 0);
	fclose(f);
	return h;
}

static bool is_linear(const char *text)
{
	struct history h = read_text(text);
	size_t op;
	const bool yes = linear_check(&h, 1, &op);

	history_free(&h);
	return yes;
}

static struct anomalies anomalies_of(const char *text)
{
	struct history h = read_text(text);
	struct anomalies a;

	order_check(&h, &a);
	history_free(&h);
	return a;
}

static void expect_only(const char *text, enum anomaly kind, size_t first,
			size_t second)
{
	const struct anomalies a = anomalies_of(text);

	for (int i = 0; i < ANOMALIES; i++)
		assert_int_equal(a.count[i], i == (int)kind);
	assert_int_equal(a.example[kind].first, first);
	assert_int_equal(a.example[kind].second, second);
}

static void expect_none(const char *text)
{
	const struct anomalies a = anomalies_of(text);

	for (int i = 0; i < ANOMALIES; i++)
		assert_int_equal(a.count[i], 0);
}

/* --- linearizability of key 1 -------------------------------------------- */

static void a_read_after_a_write_finds_it(void **state)
{
	(void)state;
	assert_true(is_linear("update 0 0 10 20 5 1:0@0:100\n"
			      "read 1 0 30 40 0 1:100@5:0\n"));
	assert_false(is_linear("update 0 0 10 20 5 1:0@0:100\n"
			       "read 1 0 30 40 0 1:0@0:0\n"));
}

static void a_read_during_a_write_finds_either(void **state)
{
	(void)state;
	assert_true(is_linear("update 0 0 10 50 5 1:0@0:100\n"
			      "read 1 0 20 30 0 1:0@0:0\n"));
	assert_true(is_linear("update 0 0 10 50 5 1:0@0:100\n"
			      "read 1 0 20 30 0 1:100@5:0\n"));
}

/* New, then old, while the write is still under way: it cannot be undone. */
static void two_reads_do_not_go_back(void **state)
{
	(void)state;
	assert_true(is_linear("update 0 0 10 90 5 1:-@0:100\n"
			      "read 1 0 20 30 0 1:0@0:0\n"
			      "read 2 0 40 50 0 1:100@5:0\n"));
	assert_false(is_linear("update 0 0 10 90 5 1:-@0:100\n"
			       "read 1 0 20 30 0 1:100@5:0\n"
			       "read 2 0 40 50 0 1:0@0:0\n"));
}

/* Three writes at once: the reads say in which order, if there is one. */
static void concurrent_writes_have_one_order_for_all(void **state)
{
	const char *writes = "update 0 0 10 90 1 1:-@0:100\n"
			     "update 1 0 10 90 2 1:-@0:200\n"
			     "update 2 0 10 90 3 1:-@0:300\n";
	char text[1000];

	(void)state;
	snprintf(text, sizeof(text), "%s%s", writes,
		 "read 3 0 20 30 0 1:300@3:0\nread 3 0 31 40 0 1:100@1:0\n"
		 "read 3 0 41 50 0 1:200@2:0\nread 4 0 95 99 0 1:200@2:0\n");
	assert_true(is_linear(text));
	snprintf(text, sizeof(text), "%s%s", writes,
		 "read 3 0 20 30 0 1:300@3:0\nread 3 0 31 40 0 1:100@1:0\n"
		 "read 3 0 41 50 0 1:300@3:0\n");
	assert_false(is_linear(text));
}

/* Both found version 0 and replaced it. */
static void of_two_updates_of_one_version_one_is_lost(void **state)
{
	(void)state;
	assert_false(is_linear("update 0 0 10 50 5 1:0@0:100\n"
			       "update 1 0 20 60 6 1:0@0:200\n"));
	assert_true(is_linear("update 0 0 10 50 5 1:0@0:100\n"
			      "update 1 0 20 60 6 1:100@5:200\n"));
}

/* Nobody was told what became of it: it may come at any time, or never; but not
 * before it began, and not twice. */
static void an_unknown_outcome_may_be_either(void **state)
{
	(void)state;
	assert_true(is_linear("update 0 0 10 ? 0 1:-@0:100\n"
			      "read 1 0 30 40 0 1:0@0:0\n"));
	assert_true(is_linear("update 0 0 10 ? 0 1:-@0:100\n"
			      "read 1 0 30 40 0 1:0@0:0\n"
			      "read 1 0 900 901 0 1:100@5:0\n"));
	assert_false(is_linear("read 1 0 1 5 0 1:100@5:0\n"
			       "update 0 0 10 ? 0 1:-@0:100\n"));
	assert_false(is_linear("update 0 0 10 ? 0 1:-@0:100\n"
			       "read 1 0 20 30 0 1:100@5:0\n"
			       "read 1 0 40 50 0 1:0@0:0\n"));
}

static void nobody_finds_what_nobody_wrote(void **state)
{
	(void)state;
	assert_false(is_linear("read 1 0 30 40 0 1:77@5:0\n"));
}

/* A long history of eight clients that always overlap, made by one copy of the
 * key; then one read of it finds what was there two writes before. */
static void a_long_history_is_decided(void **state)
{
	struct history h = {0};
	const size_t ops = 20000;
	size_t op;

	(void)state;
	for (size_t i = 0; i < ops; i++) {
		const int64_t at = (int64_t)(10 * i + 1000);
		struct op o = {.kind = TXN_UPDATE,
			       .client = (int32_t)(i % 8),
			       .count = 1,
			       .begin_ns = at - 35,
			       .end_ns = at + 35,
			       .ts = at};

		o.at[0] = (struct access){.key = 1,
					  .read = (int64_t)i,
					  .read_ts = i ? at - 10 : 0,
					  .value = (int64_t)i + 1};
		if (i % 3) {
			o.kind = TXN_READ;
			o.at[0].value = 0;
			o.at[0].read = (int64_t)(i - i % 3 + 1);
		} else {
			o.at[0].read = i ? (int64_t)i - 2 : 0;
		}
		history_add(&h, &o);
	}
	assert_true(linear_check(&h, 1, &op));
	h.op[ops - 1].at[0].read -= 30;
	assert_false(linear_check(&h, 1, &op));
	assert_int_equal(op, ops - 1);
	history_free(&h);
}

/* --- order --------------------------------------------------------------- */

static void what_is_in_order_has_no_anomaly(void **state)
{
	(void)state;
	expect_none("update 0 0 10 20 15 1:0@0:100\n"
		    "update 1 1 30 40 35 2:0@0:200\n"
		    "snapshot 2 0 50 60 55 1:100@15:0 2:200@35:0\n"
		    "update 0 2 70 80 75 1:100@15:300 2:200@35:400\n");
}

/* What overlaps may be stamped in any order. */
static void what_overlaps_has_no_order(void **state)
{
	(void)state;
	expect_none("update 0 0 10 40 35 1:0@0:100\n"
		    "update 1 1 20 30 15 2:0@0:200\n"
		    "snapshot 2 0 25 60 20 1:0@0:0 2:200@15:0\n");
}

static void a_stale_read_is_found(void **state)
{
	(void)state;
	expect_only("update 0 0 10 20 15 1:0@0:100\n"
		    "snapshot 1 1 30 40 14 1:0@0:0\n",
		    STALE_READ, 0, 1);
}

/* The write's client was told nothing, but another client has seen it. */
static void a_read_behind_another_read_is_stale(void **state)
{
	(void)state;
	expect_only("update 0 0 10 ? 0 1:-@0:100\n"
		    "read 1 1 20 25 0 1:100@15:0\n"
		    "read 2 2 30 40 0 1:0@0:0\n",
		    STALE_READ, 1, 2);
}

static void a_causal_reversal_is_found_and_who_saw_it(void **state)
{
	const char *text = "update 0 0 10 20 50 1:0@0:100\n"
			   "update 1 1 30 40 35 2:0@0:200\n"
			   "snapshot 2 2 36 60 40 1:0@0:0 2:200@35:0\n";
	struct anomalies a;

	(void)state;
	a = anomalies_of(text);
	assert_int_equal(a.count[CAUSAL_REVERSAL], 1);
	assert_int_equal(a.seen, 1);
	assert_int_equal(a.example[CAUSAL_REVERSAL].first, 0);
	assert_int_equal(a.example[CAUSAL_REVERSAL].second, 1);
	assert_true(a.example[CAUSAL_REVERSAL].has_witness);
	assert_int_equal(a.example[CAUSAL_REVERSAL].witness, 2);
	/* The reader began after the first was over: stale as well. */
	assert_int_equal(a.count[STALE_READ], 1);
	assert_int_equal(a.count[LOST_UPDATE], 0);
}

/* Equal is not greater. */
static void equal_timestamps_do_not_order(void **state)
{
	(void)state;
	expect_only("update 0 0 10 20 50 1:0@0:100\n"
		    "update 1 1 30 40 50 2:0@0:200\n",
		    CAUSAL_REVERSAL, 0, 1);
}

/* Last write wins: the second write lies below the first. */
static void a_lost_update_is_found_with_the_read_that_shows_it(void **state)
{
	const char *text = "update 0 0 10 20 50 1:-@0:100\n"
			   "update 1 1 30 40 35 1:-@0:200\n"
			   "read 2 2 60 70 50 1:100@50:0\n";
	const struct anomalies a = anomalies_of(text);

	(void)state;
	expect_only(text, LOST_UPDATE, 0, 1);
	assert_true(a.example[LOST_UPDATE].has_witness);
	assert_int_equal(a.example[LOST_UPDATE].witness, 2);
}

/* They overlap, so that only what they found tells. One of the two has a
 * timestamp above the other's, so that it should have found that. */
static void twins_are_a_lost_update(void **state)
{
	const struct anomalies a =
		anomalies_of("update 0 0 10 60 15 1:0@0:100\n"
			     "update 1 1 20 50 25 1:0@0:200\n");

	(void)state;
	assert_int_equal(a.count[LOST_UPDATE], 1);
	assert_int_equal(a.count[BROKEN_SNAPSHOT], 1);
}

/* One of two keys of one transaction, though both are below its timestamp. */
static void half_a_transaction_is_a_broken_snapshot(void **state)
{
	(void)state;
	expect_only("update 0 0 10 60 30 1:0@0:100 2:0@0:200\n"
		    "snapshot 1 1 20 50 40 1:100@30:0 2:0@0:0\n",
		    BROKEN_SNAPSHOT, 0, 1);
}

static void a_version_from_after_the_snapshot_breaks_it(void **state)
{
	(void)state;
	expect_only("update 0 0 10 60 45 1:0@0:100\n"
		    "snapshot 1 1 20 50 40 1:100@45:0\n",
		    BROKEN_SNAPSHOT, 0, 1);
}

/* --- as text ------------------------------------------------------------- */

static void a_history_survives_its_text(void **state)
{
	struct history h = read_text("update 3 1 10 ? 0 1:-@0:100 2:7@5:200\n"
				     "snapshot 0 2 11 22 21 1:0@0:0\n");
	char text[400] = "";
	FILE *f = fmemopen(text, sizeof(text), "w");

	(void)state;
	assert_non_null(f);
	history_print(&h, f);
	fclose(f);
	assert_string_equal(text, "update 3 1 10 ? 0 1:-@0:100 2:7@5:200\n"
				  "snapshot 0 2 11 22 21 1:0@0:0\n");
	history_free(&h);
}

static void what_is_no_history_is_refused_by_line(void **state)
{
	static const char *const bad[] = {
		"write 0 0 10 20 5 1:0@0:100\n",
		"update 0 0 10 20 5\n",
		"update 0 0 20 10 5 1:0@0:100\n",
		"update 0 0 10 20 5 64:0@0:100\n",
		"update 0 0 10 20 5 1:0@0:1 2:0@0:1 3:0@0:1 4:0@0:1 5:0@0:1\n",
		"update 0 0 10 2x0 5 1:0@0:100x\n"};
	struct history h = {0};
	FILE *f;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f = fmemopen((void *)(uintptr_t)bad[i], strlen(bad[i]), "r");
		assert_non_null(f);
		assert_int_equal(history_read(&h, f), 1);
		fclose(f);
	}
	history_free(&h);
}

static int64_t same(int64_t ts)
{
	return ts;
}

/* Every operation of the example has its row; the file is whole. */
static void a_diagram_shows_all_three(void **state)
{
	struct history h =
		read_text("update 0 0 10 20 50 1:0@0:100\n"
			  "update 1 1 30 40 35 2:0@0:200\n"
			  "snapshot 2 2 36 60 40 1:0@0:0 2:200@35:0\n");
	char path[] = "/tmp/ledger-XXXXXX", text[8000] = "";
	struct anomalies a;
	FILE *f;

	(void)state;
	assert_true(mkstemp(path) >= 0);
	order_check(&h, &a);
	assert_int_equal(diagram_draw(path, &h, &a, CAUSAL_REVERSAL, same), 0);
	assert_int_not_equal(diagram_draw(path, &h, &a, BROKEN_SNAPSHOT, same),
			     0);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	unlink(path);
	assert_non_null(strstr(text, "client 0, node 0"));
	assert_non_null(strstr(text, "client 1, node 1"));
	assert_non_null(strstr(text, "client 2, node 2"));
	assert_non_null(strstr(text, "wrote #200"));
	assert_non_null(strstr(text, "</svg>"));
	history_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_read_after_a_write_finds_it),
		cmocka_unit_test(a_read_during_a_write_finds_either),
		cmocka_unit_test(two_reads_do_not_go_back),
		cmocka_unit_test(concurrent_writes_have_one_order_for_all),
		cmocka_unit_test(of_two_updates_of_one_version_one_is_lost),
		cmocka_unit_test(an_unknown_outcome_may_be_either),
		cmocka_unit_test(nobody_finds_what_nobody_wrote),
		cmocka_unit_test(a_long_history_is_decided),
		cmocka_unit_test(what_is_in_order_has_no_anomaly),
		cmocka_unit_test(what_overlaps_has_no_order),
		cmocka_unit_test(a_stale_read_is_found),
		cmocka_unit_test(a_read_behind_another_read_is_stale),
		cmocka_unit_test(a_causal_reversal_is_found_and_who_saw_it),
		cmocka_unit_test(equal_timestamps_do_not_order),
		cmocka_unit_test(
			a_lost_update_is_found_with_the_read_that_shows_it),
		cmocka_unit_test(twins_are_a_lost_update),
		cmocka_unit_test(half_a_transaction_is_a_broken_snapshot),
		cmocka_unit_test(a_version_from_after_the_snapshot_breaks_it),
		cmocka_unit_test(a_history_survives_its_text),
		cmocka_unit_test(what_is_no_history_is_refused_by_line),
		cmocka_unit_test(a_diagram_shows_all_three),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
