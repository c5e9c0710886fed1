/* SPDX-License-Identifier: Apache-2.0 */
/* The published bound: lines, the left edge that never goes back, the hull
 * after a contradiction, memory and its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "libtt/eval.h"
#include "sim/rng.h"
#include "timed/bound.h"

#define S INT64_C(1000000000)

static const struct engine_options opt = {
	.axioms = {50000, 20, 200, -1, 1024 * S, -1},
	.horizon_ns = S,
	.void_after_ns = 3600 * S};

static struct fusion fusion_of(int64_t lo_ns, int64_t hi_ns)
{
	return (struct fusion){.is_bounded = true,
			       .is_fresh = true,
			       .range = {lo_ns, hi_ns, -100, 100}};
}

static enum bound_outcome compose(struct bound *b, int64_t raw_ns,
				  int64_t lo_ns, int64_t hi_ns)
{
	const struct fusion f = fusion_of(lo_ns, hi_ns);

	return bound_compose(b, &f, &opt, false, raw_ns);
}

/* At 100 s it is true time +- 1 us. */
static void begin(struct bound *b)
{
	bound_init(b, 0);
	compose(b, 100 * S, -1000, 1000);
}

static void slopes_round_outward(void **state)
{
	(void)state;
	/* 1 ppb = 1099.511627776 parts of 2^-40. */
	assert_int_equal(bound_slope_floor(1), 1098);
	assert_int_equal(bound_slope_ceil(1), 1101);
	assert_int_equal(bound_slope_floor(-1), -1101);
	assert_int_equal(bound_slope_ceil(-1), -1098);
}

static void edges_are_lines_that_A2_holds_over_H(void **state)
{
	struct bound b;
	int64_t lo, hi;

	(void)state;
	bound_init(&b, 0);
	assert_int_equal(compose(&b, 100 * S, -1000, 1000), BOUND_KEPT);
	assert_int_equal(b.slot.state, ENGINE_SYNCHRONIZED);
	/* After 1 s: 100 + 200 + 20 / 2 = 310 ppb outward. */
	assert_int_equal(eval_tai(&b.slot, 101 * S, &lo, &hi), 0);
	assert_in_range(101 * S - 1310 - lo, 0, 2);
	assert_in_range(hi - 101 * S - 1310, 0, 2);
	/* Past H by A1: 50 us a second. */
	assert_int_equal(eval_tai(&b.slot, 102 * S, &lo, &hi), 0);
	assert_in_range(102 * S - 51310 - lo, 0, 4);
	assert_in_range(hi - 102 * S - 51310, 0, 4);
}

static void earliest_is_held_within_an_epoch(void **state)
{
	struct bound b;
	uint64_t epoch;
	int64_t lo, hi;

	(void)state;
	begin(&b);
	epoch = b.slot.epoch;
	/* The left edge would go back by 9 us; it gets there within H. */
	compose(&b, 100 * S + S / 10, -10000, 1000);
	assert_int_equal(b.slot.epoch, epoch);
	assert_true(b.slot.tai_lo_ns >= 100 * S + S / 10 - 1000 - 40);
	assert_true(b.remembers_lo);
	assert_int_equal(eval_tai(&b.slot, 101 * S + S / 10, &lo, &hi), 0);
	assert_in_range(101 * S + S / 10 - 10310 - lo, 0, 2);
	/* Each tenth of H lets go of a tenth of the rest, and a little more. */
	for (int i = 2; i < 70; i++)
		compose(&b, 100 * S + i * S / 10, -10000, 1000);
	assert_int_equal(b.slot.tai_lo_ns, 100 * S + 69 * S / 10 - 10000);
	assert_false(b.remembers_lo);
}

/* What is further off than A1 can open within H goes by A1. */
static void what_is_held_goes_no_faster_than_A1(void **state)
{
	struct bound b;
	int64_t lo, hi;

	(void)state;
	begin(&b);
	compose(&b, 100 * S + S / 10, -500000, 1000);
	assert_int_equal(eval_tai(&b.slot, 101 * S + S / 10, &lo, &hi), 0);
	assert_in_range(101 * S + S / 10 - 51031 - lo, 0, 4);
}

static void a_new_bound_that_misses_the_old_is_a_contradiction(void **state)
{
	struct bound b;
	uint64_t epoch;

	(void)state;
	begin(&b);
	epoch = b.slot.epoch;
	assert_int_equal(compose(&b, 100 * S + S / 10, 5000, 6000),
			 BOUND_CONTRADICTED);
	assert_int_equal(b.slot.state, ENGINE_DISPUTED);
	assert_int_equal(b.slot.epoch, epoch + 1);
	assert_true(b.slot.tai_lo_ns <= 100 * S + S / 10 - 1000);
	assert_true(b.slot.tai_hi_ns >= 100 * S + S / 10 + 6000);
	/* Four agreeing samples end it. */
	for (int i = 0; i < BOUND_GHOST_SAMPLES; i++)
		bound_agreed(&b);
	assert_int_equal(compose(&b, 101 * S, 5000, 6000), BOUND_KEPT);
	assert_int_equal(b.slot.state, ENGINE_SYNCHRONIZED);
	assert_int_equal(b.slot.tai_lo_ns, 101 * S + 5000);
}

static void a_dispute_is_counted_once(void **state)
{
	struct fusion f = fusion_of(-5000, 5000);
	struct bound b;
	uint64_t epoch;

	(void)state;
	begin(&b);
	f.is_disputed = true;
	assert_int_equal(bound_compose(&b, &f, &opt, false, 101 * S),
			 BOUND_DISPUTED);
	epoch = b.slot.epoch;
	assert_int_equal(bound_compose(&b, &f, &opt, false, 102 * S), BOUND_KEPT);
	assert_int_equal(b.slot.epoch, epoch);
	assert_int_equal(b.slot.state, ENGINE_DISPUTED);
	/* The clamp never cuts a hull: its left edge may go back, and then
	 * the epoch ends. */
	f.range.lo_ns = -900000;
	bound_compose(&b, &f, &opt, false, 103 * S);
	assert_int_equal(b.slot.tai_lo_ns, 103 * S - 900000);
	assert_int_equal(b.slot.epoch, epoch + 1);
}

/* Edges that graze each other do so at every poll: one dispute, not many. */
static void a_dispute_lasts_until_it_has_not_come_back(void **state)
{
	struct fusion f = fusion_of(-5000, 5000);
	struct bound b;

	(void)state;
	begin(&b);
	f.is_disputed = true;
	assert_int_equal(bound_compose(&b, &f, &opt, false, 101 * S),
			 BOUND_DISPUTED);
	for (int i = 0; i < BOUND_GHOST_SAMPLES; i++)
		bound_agreed(&b);
	/* Over at 102 s, back at 110 s: still the same one. */
	assert_int_equal(compose(&b, 102 * S, -1000, 1000), BOUND_KEPT);
	assert_int_equal(b.slot.state, ENGINE_DISPUTED);
	/* Its hull opens by A1: 50 us after a second. */
	assert_int_equal(b.slot.tai_hi_ns, 102 * S + 55000);
	assert_int_equal(bound_compose(&b, &f, &opt, false, 110 * S), BOUND_KEPT);
	assert_int_equal(compose(&b, 141 * S, -1000, 1000), BOUND_KEPT);
	assert_int_equal(b.slot.state, ENGINE_DISPUTED);
	assert_int_equal(compose(&b, 142 * S, -1000, 1000), BOUND_KEPT);
	assert_int_equal(b.slot.state, ENGINE_SYNCHRONIZED);
	assert_int_equal(b.slot.tai_hi_ns, 142 * S + 1000);
}

static void without_sources_memory_opens_by_A1_until_void(void **state)
{
	const struct fusion none = {.is_bounded = false};
	struct bound b;
	uint64_t epoch;

	(void)state;
	begin(&b);
	epoch = b.slot.epoch;
	bound_compose(&b, &none, &opt, false, 110 * S);
	assert_int_equal(b.slot.state, ENGINE_HOLDOVER);
	assert_in_range(b.slot.tai_hi_ns - 110 * S, 1310 + 450000,
			1310 + 450010);
	assert_int_equal(b.slot.void_raw_ns, 3700 * S);
	bound_compose(&b, &none, &opt, false, 3700 * S);
	assert_int_equal(b.slot.state, ENGINE_UNSYNCHRONIZED);
	compose(&b, 3701 * S, -1000, 1000);
	assert_int_equal(b.slot.epoch, epoch + 1);
}

static void stale_sources_are_holdover(void **state)
{
	struct fusion f = fusion_of(-1000, 1000);
	struct bound b;

	(void)state;
	bound_init(&b, 0);
	f.is_fresh = false;
	bound_compose(&b, &f, &opt, false, 100 * S);
	assert_int_equal(b.slot.state, ENGINE_HOLDOVER);
	assert_true(b.state_since_raw_ns == 100 * S);
}

/*
 * Readers by the CPU's counter have raw time up to err late, never early, and
 * always going on. Whatever the publications go over to and back from, what any
 * reader sees holds, and its earliest never goes back within an epoch.
 */
static void counters_may_change_from_one_page_to_the_next(void **state)
{
	struct engine_options mapped = opt;
	int64_t earliest_ns = INT64_MIN, late_ns = 0;
	struct segment_slot page = {.state = ENGINE_UNSYNCHRONIZED};
	uint64_t epoch = 0;
	struct bound b;
	struct rng rng;
	int changes = 0;

	(void)state;
	mapped.counter_err_ns = 64;
	rng_seed(&rng, 5);
	bound_init(&b, 0);
	for (int i = 1; i < 20000; i++) {
		const int64_t raw_ns = i * (S / 10);
		const int64_t width_ns = (int64_t)rng_uniform(&rng, 0, 300);
		const int64_t left_ns = (int64_t)rng_uniform(
			&rng, -(double)width_ns, 0);
		const struct fusion f = {
			.is_bounded = rng_uniform(&rng, 0, 1) < 0.9,
			.is_fresh = true,
			.range = {left_ns, left_ns + width_ns, -1, 1}};
		const uint32_t counter = b.slot.counter;
		int64_t lo_ns, hi_ns, true_ns, read_ns;

		/* True time is the raw clock's. */
		bound_compose(&b, &f, &mapped, i % 40 < 25, raw_ns);
		changes += counter != b.slot.counter;
		/* One in five is never stored: readers go on with older ones. */
		if (rng_uniform(&rng, 0, 1) < 0.8) {
			page = b.slot;
			bound_shown(&b);
		}
		if (page.state == ENGINE_UNSYNCHRONIZED)
			continue;
		late_ns = (late_ns + (int64_t)rng_uniform(&rng, 0, 65)) % 65;
		true_ns = raw_ns + (int64_t)rng_uniform(&rng, 0, S / 10.0);
		read_ns = true_ns +
			  (page.counter == SEGMENT_COUNTER_TSC ? late_ns : 0);
		assert_int_equal(eval_tai(&page, read_ns, &lo_ns, &hi_ns), 0);
		assert_true(lo_ns <= true_ns && true_ns <= hi_ns);
		if (page.epoch == epoch)
			assert_true(lo_ns >= earliest_ns);
		epoch = page.epoch;
		earliest_ns = lo_ns;
	}
	assert_true(changes > 100);
	assert_true(epoch <= 1);
}

/* Held up after it made a page with a flatter left edge, the daemon makes it
 * anew: not behind where the readers of the one before have been going on. */
static void what_readers_have_is_held_too(void **state)
{
	const int64_t late_ns = 100 * S + 6 * S / 10;
	int64_t shown_ns, lo_ns, hi_ns;
	struct bound b;

	(void)state;
	begin(&b);
	bound_shown(&b);
	assert_false(bound_is_behind(&b, late_ns));
	compose(&b, 100 * S + S / 10, -10000, 1000);
	assert_false(bound_is_behind(&b, 100 * S + S / 10 + 100000));
	assert_true(bound_is_behind(&b, late_ns));
	assert_int_equal(eval_tai(&b.shown, late_ns, &shown_ns, &hi_ns), 0);
	compose(&b, late_ns, -10000, 1000);
	assert_int_equal(b.slot.epoch, b.shown.epoch);
	assert_int_equal(eval_tai(&b.slot, late_ns, &lo_ns, &hi_ns), 0);
	assert_int_equal(lo_ns, shown_ns);
	assert_false(bound_is_behind(&b, late_ns + 100000));
}

/* Nobody's memory binds a new epoch. */
static void what_readers_have_binds_its_epoch_only(void **state)
{
	struct bound b;

	(void)state;
	begin(&b);
	bound_shown(&b);
	bound_new_epoch(&b, "test");
	compose(&b, 100 * S + S / 10, -10000, 1000);
	compose(&b, 100 * S + 2 * S / 10, -10000, 1000);
	assert_false(bound_is_behind(&b, 100 * S + 3 * S / 10));
	assert_int_equal(b.slot.tai_lo_ns, 100 * S + 2 * S / 10 - 10000);
}

/* Void at 3700 s, it said last that true time is past L there; L is 1310 ns and
 * 3599 s of A1 behind, 180 ms. 1 ms later it is held against L, to the ns. */
static void past_void_an_epoch_goes_on_unless_earliest_goes_back(void **state)
{
	const int64_t raw_ns = 3700 * S + S / 1000;
	int64_t last_ns, hi_ns;
	struct bound b;

	(void)state;
	begin(&b);
	assert_int_equal(eval_tai(&b.slot, 3700 * S - 1, &last_ns, &hi_ns), 0);
	assert_in_range(3700 * S - last_ns, 179951310, 179951320);
	compose(&b, raw_ns, last_ns - raw_ns, 1000);
	assert_int_equal(b.slot.epoch, 0);
	begin(&b);
	compose(&b, raw_ns, last_ns - raw_ns - 1, 1000);
	assert_int_equal(b.slot.epoch, 1);
	assert_string_equal(b.epoch_reason,
			    "the bound was void, and goes back");
	assert_int_equal(b.slot.epoch_raw_ns, raw_ns);
	assert_int_equal(b.slot.tai_lo_ns, last_ns - 1);
}

/* A page of 1 s, and a steeper one that has not reached readers when it ends:
 * at 101 s that is 4.3 us behind what they had 1 ns before. */
static void what_readers_had_until_void_is_held_too(void **state)
{
	struct engine_options brief = opt;
	struct fusion f = fusion_of(-1000, 1000);
	int64_t last_ns, hi_ns;
	struct bound b;

	(void)state;
	brief.void_after_ns = S;
	bound_init(&b, 0);
	bound_compose(&b, &f, &brief, false, 100 * S);
	bound_shown(&b);
	f.range.lo_ns = -10000;
	bound_compose(&b, &f, &brief, false, 100 * S + S / 2);
	assert_false(bound_is_behind(&b, 100 * S + S / 2 + 1000));
	assert_true(bound_is_behind(&b, 101 * S));
	assert_false(bound_is_behind(&b, 101 * S + 5000));
	assert_int_equal(eval_tai(&b.shown, 101 * S - 1, &last_ns, &hi_ns), 0);
	bound_compose(&b, &f, &brief, false, 101 * S);
	assert_int_equal(b.slot.epoch, b.shown.epoch);
	assert_int_equal(b.slot.tai_lo_ns, last_ns);
	assert_false(bound_is_behind(&b, 101 * S));
}

/* Void at once, as one is where a leap second may be near: readers went on with
 * the page of before while the daemon was held up. */
static void a_void_page_does_not_hide_what_readers_have(void **state)
{
	const int64_t late_ns = 100 * S + 6 * S / 10;
	struct bound b;

	(void)state;
	begin(&b);
	bound_shown(&b);
	compose(&b, 100 * S + S / 10, -1000, 1000);
	b.slot.void_raw_ns = b.slot.anchor_raw_ns;
	assert_true(bound_is_behind(&b, late_ns));
	compose(&b, late_ns, -1000, 1000);
	assert_int_equal(b.slot.epoch, b.shown.epoch);
	b.slot.void_raw_ns = b.slot.anchor_raw_ns;
	compose(&b, late_ns, -10000, 1000);
	assert_int_equal(b.slot.epoch, b.shown.epoch + 1);
	/* Nor is anything asked of it before its epoch began. */
	b.slot.void_raw_ns = b.slot.anchor_raw_ns;
	compose(&b, late_ns, -10000, 1000);
	assert_int_equal(b.slot.epoch, b.shown.epoch + 1);
}

/* Readers of `page` until until_ns, up to late_ns late if it is mapped: true time
 * is the raw clock's. False: there were none. */
static bool read_last(const struct segment_slot *page, int64_t until_ns,
		      int64_t late_ns, int64_t *ret_lo_ns)
{
	int64_t read_ns = until_ns - 1, hi_ns;

	late_ns = page->counter == SEGMENT_COUNTER_TSC ? late_ns : 0;
	read_ns += late_ns;
	if (read_ns >= page->void_raw_ns)
		read_ns = page->void_raw_ns - 1;
	if (read_ns - late_ns < page->anchor_raw_ns ||
	    eval_tai(page, read_ns, ret_lo_ns, &hi_ns) != 0)
		return false;
	assert_true(*ret_lo_ns <= read_ns - late_ns && read_ns <= hi_ns);
	return true;
}

/* Pages that end before the next one comes, or are never stored. */
static void earliest_is_held_over_any_void(void **state)
{
	struct engine_options brief = opt;
	int64_t raw_ns = S, earliest_ns = INT64_MIN, lo_ns;
	int ends = 0, mapped = 0;
	uint64_t epoch = 0;
	struct bound b;
	struct rng rng;

	(void)state;
	brief.void_after_ns = S;
	brief.counter_err_ns = 64;
	rng_seed(&rng, 7);
	bound_init(&b, 0);
	for (int i = 0; i < 20000; i++) {
		const double most_ns = i % 200 < 100 ? 2e3 : 2e6;
		struct fusion f = fusion_of(
			(int64_t)rng_uniform(&rng, -most_ns, 0), 1000);

		f.is_bounded = rng_uniform(&rng, 0, 1) < 0.9;
		bound_compose(&b, &f, &brief, i % 40 < 25, raw_ns);
		if (rng_uniform(&rng, 0, 1) < 0.3)
			b.slot.void_raw_ns =
				raw_ns + (int64_t)rng_uniform(&rng, 0, most_ns);
		assert_false(bound_is_behind(&b, raw_ns));
		if (rng_uniform(&rng, 0, 1) < 0.8)
			bound_shown(&b);
		raw_ns += (int64_t)rng_uniform(&rng, 1, 2 * most_ns);
		if (!b.has_shown || !read_last(&b.shown, raw_ns, 64, &lo_ns))
			continue;
		ends += raw_ns > b.shown.void_raw_ns;
		mapped += b.shown.counter == SEGMENT_COUNTER_TSC;
		if (b.shown.epoch == epoch)
			assert_true(lo_ns >= earliest_ns);
		epoch = b.shown.epoch;
		earliest_ns = lo_ns;
	}
	assert_true(ends > 1000 && mapped > 1000);
	assert_in_range(epoch, 100, 15000);
}

/* Guards against a daemon that was held up for a minute, and takes the map from
 * readers then, going back behind what it may have run off by. */
static void a_map_that_ran_off_is_held_too(void **state)
{
	const int64_t raw_ns = 160 * S, horizon_end_ns = 101 * S;
	struct engine_options mapped = opt;
	const struct fusion f = {.is_bounded = true,
				 .range = {-1000000000, 1000000000, -1, 1}};
	int64_t read_ns, lo_ns, hi_ns;
	struct bound b;

	(void)state;
	mapped.counter_err_ns = 64;
	begin(&b);
	b.slot.counter = SEGMENT_COUNTER_TSC;
	b.slot.tsc_err_ns = 64;
	b.slot.drift += bound_slope_ceil(BOUND_MAP_PPB);
	assert_int_equal(b.slot.anchor_raw_ns + b.slot.horizon_ns,
			 horizon_end_ns);
	bound_shown(&b);
	read_ns = raw_ns + 64 + (raw_ns - horizon_end_ns) / 100000000;
	assert_int_equal(eval_tai(&b.shown, read_ns, &lo_ns, &hi_ns), 0);
	bound_compose(&b, &f, &mapped, false, raw_ns);
	assert_int_equal(b.slot.counter, SEGMENT_COUNTER_RAW);
	assert_int_equal(b.slot.epoch, b.shown.epoch);
	assert_true(b.slot.tai_lo_ns >= lo_ns);
	assert_true(b.slot.tai_lo_ns <= lo_ns + 4);
}

/* After a restart the earlier life's page may have been read by its map. */
static void a_mapped_page_is_taken_over(void **state)
{
	struct engine_options mapped = opt;
	const struct fusion none = {.is_bounded = false};
	int64_t lo_ns, hi_ns;
	struct bound b;

	(void)state;
	mapped.counter_err_ns = 64;
	begin(&b);
	b.slot.counter = SEGMENT_COUNTER_TSC;
	b.slot.tsc_err_ns = 48;
	bound_compose(&b, &none, &mapped, false, 100 * S);
	assert_int_equal(b.slot.counter, SEGMENT_COUNTER_RAW);
	assert_int_equal(eval_tai(&b.slot, 100 * S, &lo_ns, &hi_ns), 0);
	assert_int_equal(lo_ns, 100 * S - 1000 + 48);
	/* That edge allows for no map, so none may come before it is gone. */
	bound_compose(&b, &none, &mapped, true, 100 * S);
	assert_int_equal(b.slot.counter, SEGMENT_COUNTER_RAW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slopes_round_outward),
		cmocka_unit_test(edges_are_lines_that_A2_holds_over_H),
		cmocka_unit_test(earliest_is_held_within_an_epoch),
		cmocka_unit_test(what_is_held_goes_no_faster_than_A1),
		cmocka_unit_test(
			a_new_bound_that_misses_the_old_is_a_contradiction),
		cmocka_unit_test(a_dispute_is_counted_once),
		cmocka_unit_test(
			a_dispute_lasts_until_it_has_not_come_back),
		cmocka_unit_test(
			without_sources_memory_opens_by_A1_until_void),
		cmocka_unit_test(stale_sources_are_holdover),
		cmocka_unit_test(counters_may_change_from_one_page_to_the_next),
		cmocka_unit_test(what_readers_have_is_held_too),
		cmocka_unit_test(what_readers_have_binds_its_epoch_only),
		cmocka_unit_test(
			past_void_an_epoch_goes_on_unless_earliest_goes_back),
		cmocka_unit_test(what_readers_had_until_void_is_held_too),
		cmocka_unit_test(a_void_page_does_not_hide_what_readers_have),
		cmocka_unit_test(earliest_is_held_over_any_void),
		cmocka_unit_test(a_map_that_ran_off_is_held_too),
		cmocka_unit_test(a_mapped_page_is_taken_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
