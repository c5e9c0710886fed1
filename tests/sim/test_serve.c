/* SPDX-License-Identifier: Apache-2.0 */
/* What `tt-sim serve` publishes, in virtual time: truth is within, whatever is
 * ordered and however late a publication comes; a lie misses by its amount. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "libtt/interval.h"
#include "sim/serve_clock.h"
#include "sim/serve_fault.h"
#include "sim/serve_truth.h"

#define US     INT64_C(1000)
#define MS     INT64_C(1000000)
#define S      INT64_C(1000000000)
#define ORIGIN (INT64_C(1700000000) * S)

static const struct serve_law cloud = {.half_ns = MS,
				       .ahead_ns = 300 * US,
				       .drift_ppb = 20000,
				       .wander_ppb_s = 50,
				       .max_drift_ppb = 50000,
				       .void_after_ns = 1000 * S,
				       .flags = TT_FLAG_NTP};

static int64_t truth(int64_t raw_ns)
{
	return raw_ns + ORIGIN - SERVE_UTC_NS;
}

static void start(struct serve_clock *c, const struct serve_law *law,
		  uint64_t seed)
{
	assert_null(serve_law_check(law));
	serve_clock_init(c, law, ORIGIN, seed, NULL);
}

static struct segment_slot compose(struct serve_clock *c, int64_t raw_ns)
{
	struct segment_slot slot;

	assert_true(serve_clock_compose(c, raw_ns, &slot));
	assert_int_equal(segment_check_slot(&slot), 0);
	return slot;
}

static int read_at(const struct segment_slot *slot, int64_t raw_ns,
		   struct tt_interval *ret)
{
	return interval_now(slot, SEGMENT_COUNTER_RAW, raw_ns, INTERVAL_UNIX,
			    ret);
}

static int64_t middle(const struct tt_interval *i)
{
	return i->earliest_ns + (i->latest_ns - i->earliest_ns) / 2;
}

/* --- one claim each ------------------------------------------------------- */

static void it_starts_where_the_options_say(void **state)
{
	struct serve_clock c;
	struct tt_interval i;
	struct segment_slot slot;

	(void)state;
	start(&c, &cloud, 1);
	slot = compose(&c, 10 * S);
	assert_int_equal(read_at(&slot, 10 * S, &i), 0);
	/* 300 us ahead, 1 ms about that. */
	assert_int_equal(i.earliest_ns, truth(10 * S) - 700 * US);
	assert_int_equal(i.latest_ns, truth(10 * S) + 1300 * US);
	assert_int_equal(i.state, TT_SYNCHRONIZED);
	assert_int_equal(i.flags, TT_FLAG_NTP);
	assert_int_equal(i.epoch, 10 * S);
	/* 20 us a second, until the next publication. */
	assert_int_equal(read_at(&slot, 11 * S, &i), 0);
	assert_in_range(middle(&i) - truth(11 * S), 319900, 320100);
}

/* A plain clock at 20 ppm goes to and fro within its half-width. */
static void the_drift_turns_before_the_edge(void **state)
{
	int64_t least = INT64_MAX, most = INT64_MIN;
	struct serve_clock c;
	struct tt_interval i;

	(void)state;
	start(&c, &cloud, 2);
	for (int64_t t = S; t < 400 * S; t += 100 * MS) {
		struct segment_slot slot = compose(&c, t);

		assert_int_equal(read_at(&slot, t, &i), 0);
		assert_true(i.latest_ns - i.earliest_ns <= 2 * MS + 2);
		least = middle(&i) - truth(t) < least ? middle(&i) - truth(t)
						      : least;
		most = middle(&i) - truth(t) > most ? middle(&i) - truth(t)
						    : most;
	}
	assert_in_range(most, 900 * US, MS);
	assert_in_range(-least, 900 * US, MS);
}

static void holdover_opens_and_the_clock_drifts_on(void **state)
{
	struct segment_slot slot;
	struct serve_law law = cloud;
	struct serve_clock c;
	struct tt_interval i;

	(void)state;
	law.wander_ppb_s = 0;
	start(&c, &law, 3);
	compose(&c, S);
	serve_clock_order(&c, SERVE_HOLDOVER, 0);
	for (int64_t t = S; t <= 101 * S; t += 100 * MS)
		slot = compose(&c, t);
	assert_int_equal(read_at(&slot, 101 * S, &i), 0);
	assert_int_equal(i.state, TT_HOLDOVER);
	assert_int_equal(i.epoch, S);
	/* 100 s of 20 ppm: 2 ms, more than its width; of 50 ppm: 5 ms more at
	 * each edge. */
	assert_in_range(middle(&i) - truth(101 * S), 2299 * US, 2302 * US);
	assert_in_range(i.latest_ns - i.earliest_ns, 11999 * US, 12002 * US);
	serve_clock_order(&c, SERVE_NORMAL, 0);
	slot = compose(&c, 101 * S + 50 * MS);
	assert_int_equal(read_at(&slot, 101 * S + 50 * MS, &i), 0);
	assert_int_equal(i.state, TT_SYNCHRONIZED);
	assert_int_equal(i.epoch, S);
	assert_true(i.latest_ns - i.earliest_ns <= 2 * MS + 2);
}

static void holdover_ends_at_void_after(void **state)
{
	struct serve_law law = cloud;
	struct segment_slot slot;
	struct serve_clock c;
	struct tt_interval i;

	(void)state;
	law.void_after_ns = 3 * S;
	start(&c, &law, 4);
	serve_clock_order(&c, SERVE_HOLDOVER, 0);
	slot = compose(&c, S);
	for (int64_t t = S + 100 * MS; t < 4 * S; t += 100 * MS) {
		slot = compose(&c, t);
		assert_int_equal(read_at(&slot, t, &i), 0);
	}
	assert_int_equal(read_at(&slot, 4 * S, &i), -ESTALE);
	slot = compose(&c, 4 * S);
	assert_int_equal(read_at(&slot, 4 * S, &i), -ENODATA);
	serve_clock_order(&c, SERVE_NORMAL, 0);
	slot = compose(&c, 5 * S);
	assert_int_equal(read_at(&slot, 5 * S, &i), 0);
	assert_int_equal(i.epoch, S + 1);
}

static void a_dispute_is_a_hull_in_a_new_epoch(void **state)
{
	struct segment_slot slot;
	struct serve_clock c;
	struct tt_interval i;

	(void)state;
	start(&c, &cloud, 5);
	compose(&c, S);
	serve_clock_order(&c, SERVE_DISPUTED, 0);
	slot = compose(&c, 2 * S);
	assert_int_equal(read_at(&slot, 2 * S, &i), 0);
	assert_int_equal(i.state, TT_DISPUTED);
	assert_int_equal(i.epoch, S + 1);
	assert_int_equal(i.latest_ns - i.earliest_ns, 4 * MS);
}

static void unsynchronized_gives_no_answer(void **state)
{
	struct segment_slot slot;
	struct serve_clock c;
	struct tt_interval i;

	(void)state;
	start(&c, &cloud, 6);
	compose(&c, S);
	serve_clock_order(&c, SERVE_UNSYNCHRONIZED, 0);
	slot = compose(&c, 2 * S);
	assert_int_equal(read_at(&slot, 2 * S, &i), -ENODATA);
	serve_clock_order(&c, SERVE_NORMAL, 0);
	slot = compose(&c, 3 * S);
	assert_int_equal(read_at(&slot, 3 * S, &i), 0);
	assert_int_equal(i.epoch, S + 1);
}

static void stale_publishes_nothing(void **state)
{
	struct segment_slot slot, none;
	struct serve_clock c;
	struct tt_interval i;

	(void)state;
	start(&c, &cloud, 7);
	slot = compose(&c, S);
	serve_clock_order(&c, SERVE_STALE, 0);
	assert_false(serve_clock_compose(&c, 2 * S, &none));
	assert_int_equal(read_at(&slot, 3 * S, &i), 0);
	assert_int_equal(i.state, TT_HOLDOVER); /* as the reader sees it */
}

/* A step past the half-width widens the interval; it is slewed back. */
static void a_step_keeps_truth_within(void **state)
{
	struct segment_slot slot;
	struct serve_clock c;
	struct tt_interval i;

	(void)state;
	start(&c, &cloud, 8);
	compose(&c, S);
	serve_clock_order(&c, SERVE_STEP, -5 * MS);
	slot = compose(&c, 2 * S);
	assert_int_equal(read_at(&slot, 2 * S, &i), 0);
	assert_int_equal(i.epoch, S + 1);
	assert_in_range(truth(2 * S) - middle(&i), 4650 * US, 4750 * US);
	assert_true(i.latest_ns >= truth(2 * S));
	for (int64_t t = 2 * S; t < 240 * S; t += 100 * MS)
		slot = compose(&c, t);
	assert_int_equal(read_at(&slot, 240 * S, &i), 0);
	assert_true(i.latest_ns - i.earliest_ns <= 2 * MS + 2);
}

static void a_lie_misses_by_its_amount(void **state)
{
	static const int64_t lies[] = {5 * MS, -5 * MS, 1, -1};
	struct segment_slot slot;
	struct serve_clock c;
	struct tt_interval i;

	(void)state;
	for (size_t k = 0; k < 4; k++) {
		start(&c, &cloud, 9);
		compose(&c, S);
		serve_clock_order(&c, SERVE_LIAR, lies[k]);
		for (int64_t t = 2 * S; t < 4 * S; t += 100 * MS) {
			slot = compose(&c, t);
			assert_int_equal(read_at(&slot, t + 99 * MS, &i), 0);
			if (lies[k] > 0)
				assert_int_equal(i.earliest_ns -
							 truth(t + 99 * MS),
						 lies[k]);
			else
				assert_int_equal(i.latest_ns -
							 truth(t + 99 * MS),
						 lies[k]);
			assert_int_equal(i.state, TT_SYNCHRONIZED);
		}
		/* Readers are promised that earliest does not go back. */
		assert_int_equal(i.epoch, lies[k] > 0 ? S : S + 1);
		serve_clock_order(&c, SERVE_NORMAL, 0);
		slot = compose(&c, 4 * S);
		assert_int_equal(read_at(&slot, 4 * S, &i), 0);
		assert_true(i.earliest_ns <= truth(4 * S) &&
			    truth(4 * S) <= i.latest_ns);
		assert_int_equal(i.epoch, S + 1);
	}
}

static void laws_that_cannot_hold_are_refused(void **state)
{
	struct serve_law law = cloud;

	(void)state;
	law.ahead_ns = -MS - 1;
	assert_non_null(strstr(serve_law_check(&law), "--offset"));
	law = cloud;
	law.drift_ppb = -50001;
	assert_non_null(strstr(serve_law_check(&law), "--max-drift"));
	law = cloud;
	law.half_ns = law.ahead_ns = 19 * US; /* 20 ppm x 1 s x 1.05 */
	assert_non_null(strstr(serve_law_check(&law), "--half-width"));
	law.half_ns = law.ahead_ns = 21 * US;
	assert_null(serve_law_check(&law));
	law.half_ns = 0;
	assert_non_null(strstr(serve_law_check(&law), "--half-width"));
}

/* --- everything at once ---------------------------------------------------- */

struct reader {
	struct segment_slot slot;
	int64_t earliest_ns;
	uint64_t epoch;
	uint64_t answers;
};

static void judge(struct reader *r, int64_t raw_ns)
{
	struct tt_interval i;

	if (read_at(&r->slot, raw_ns, &i) != 0)
		return;
	r->answers++;
	assert_true(i.earliest_ns <= truth(raw_ns));
	assert_true(truth(raw_ns) <= i.latest_ns);
	if (i.epoch == r->epoch)
		assert_true(i.earliest_ns >= r->earliest_ns);
	r->epoch = i.epoch;
	r->earliest_ns = i.earliest_ns;
}

static struct serve_law any_law(struct rng *rng)
{
	struct serve_law law = cloud;
	const double half_ns = exp(rng_uniform(rng, log(1e3), log(1e9)));
	const double most_ppb = fmin(half_ns / 1.1, 1e6);

	law.half_ns = (int64_t)half_ns;
	law.ahead_ns = (int64_t)rng_uniform(rng, -half_ns, half_ns);
	law.drift_ppb = rng_uniform(rng, -most_ppb, most_ppb);
	law.wander_ppb_s = rng_uniform(rng, 0, most_ppb);
	law.max_drift_ppb = most_ppb * rng_uniform(rng, 1, 3);
	law.void_after_ns = (int64_t)rng_uniform(rng, 2e9, 2e10);
	return law;
}

/* Publications 1 us to 3 s apart, now and then late in being seen; readings in
 * between; any order but a lie. */
static void an_hour_of(uint64_t seed)
{
	struct reader r = {0};
	struct serve_clock c;
	struct rng rng;
	struct serve_law law;
	int64_t t = S, next, late_ns;

	rng_seed(&rng, seed);
	law = any_law(&rng);
	start(&c, &law, seed);
	r.slot = compose(&c, t);
	while (t < 3600 * S) {
		struct segment_slot slot;

		next = t + (int64_t)exp(rng_uniform(&rng, log(1e3), log(3e9)));
		for (int k = 1; k <= 4; k++)
			judge(&r, t + (next - t) * k / 4);
		t = next;
		if (rng_next(&rng) % 50 == 0) {
			struct serve_fault f =
				serve_draw_fault(&rng, 0, law.half_ns);

			serve_clock_order(&c, f.mode, f.amount_ns);
		} else if (rng_next(&rng) % 50 == 0) {
			serve_clock_order(&c, SERVE_NORMAL, 0);
		}
		if (!serve_clock_compose(&c, t, &slot))
			continue;
		assert_int_equal(segment_check_slot(&slot), 0);
		/* By the old one, a moment before the new is there. */
		late_ns = (int64_t)rng_uniform(&rng, 0, 1e7);
		t += late_ns;
		judge(&r, t);
		r.slot = slot;
		judge(&r, t + 20);
	}
	assert_true(r.answers > 1000);
}

static void truth_is_within_whatever_is_ordered(void **state)
{
	const uint64_t fresh = (uint64_t)getpid() << 16;

	(void)state;
	print_message("seeds 1 to 150, and %llu and 149 more\n",
		      (unsigned long long)fresh);
	for (uint64_t seed = 0; seed < 150; seed++) {
		an_hour_of(1 + seed);
		an_hour_of(fresh + seed);
	}
}

/* --- words ------------------------------------------------------------------ */

static void faults_are_read(void **state)
{
	char error[SERVE_ERROR_SIZE];
	struct serve_fault f;

	(void)state;
	assert_int_equal(
		serve_parse_fault("at=10s,kind=liar:+5ms,for=2s", &f, error),
		0);
	assert_int_equal(f.mode, SERVE_LIAR);
	assert_int_equal(f.amount_ns, 5 * MS);
	assert_int_equal(f.at_ns, 10 * S);
	assert_int_equal(f.for_ns, 2 * S);
	assert_int_equal(serve_parse_order("step -20us", &f, error), 0);
	assert_int_equal(f.mode, SERVE_STEP);
	assert_int_equal(f.amount_ns, -20 * US);
	assert_int_equal(serve_parse_order("unsynchronised", &f, error), 0);
	assert_int_equal(f.mode, SERVE_UNSYNCHRONIZED);
	assert_int_equal(serve_parse_order("recover", &f, error), 0);
	assert_int_equal(f.mode, SERVE_NORMAL);
}

static void wrong_words_are_told(void **state)
{
	static const char *const wrong[][2] = {
		{"lier:+5ms", "no fault \"lier\""},
		{"", "no fault"},
		{"liar", "by how much"},
		{"liar:5", "is not a duration"},
		{"liar:--5ms", "is not a duration"},
		{"liar +0ms", "by 0"},
		{"step:2h", "up to 1h"},
		{"holdover 5s", "takes no amount"}};
	static const char *const wrong_fault[][2] = {
		{"at=10s", "which kind"},
		{"at=10,kind=holdover", "at=10 is not a duration"},
		{"when=1s,kind=holdover", "none of at="},
		{"kind", "none of at="},
		{"kind=stale,for=-1s", "for=-1s"}};
	char error[SERVE_ERROR_SIZE], text[400];
	struct serve_fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(serve_parse_order(wrong[i][0], &f, error),
				 -EINVAL);
		assert_non_null(strstr(error, wrong[i][1]));
	}
	for (size_t i = 0; i < sizeof(wrong_fault) / sizeof(wrong_fault[0]);
	     i++) {
		assert_int_equal(
			serve_parse_fault(wrong_fault[i][0], &f, error),
			-EINVAL);
		assert_non_null(strstr(error, wrong_fault[i][1]));
	}
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(serve_parse_fault(text, &f, error), -EINVAL);
	assert_int_equal(serve_parse_order(text, &f, error), -EINVAL);
}

/* --- the truth that is shared ------------------------------------------------ */

static void the_second_finds_the_first_ones_truth(void **state)
{
	static const uint64_t boot[2] = {1, UINT64_MAX}, other[2] = {1, 2};
	static const char text[] = "tt-sim truth 1\n"
				   "boot 0000000000000001ffffffffffffffff\n"
				   "unix_ns_less_raw_ns 1795379440187810054\n";
	char path[] = "/tmp/tt-test-serve.XXXXXX", link[64];
	char error[SERVE_TRUTH_ERROR_SIZE];
	int64_t first = 0, second = 0;
	const int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(serve_truth_open(path, boot, &first, error), 0);
	assert_true(first > 0);
	usleep(1000);
	assert_int_equal(serve_truth_open(path, boot, &second, error), 0);
	assert_int_equal(first, second);

	assert_int_equal(pwrite(fd, text, sizeof(text) - 1, 0),
			 sizeof(text) - 1);
	assert_int_equal(serve_truth_open(path, boot, &first, error), 0);
	assert_int_equal(first, INT64_C(1795379440187810054));
	/* Of another boot raw time is another. */
	assert_int_equal(serve_truth_open(path, other, &second, error), 0);
	assert_int_not_equal(first, second);

	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(pwrite(fd, "a letter", 8, 0), 8);
	assert_int_equal(serve_truth_open(path, boot, &second, error), -EEXIST);
	assert_non_null(strstr(error, "something else"));
	snprintf(link, sizeof(link), "%s.link", path);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(serve_truth_open(link, boot, &second, error), -ELOOP);
	assert_int_equal(serve_truth_open("/tmp", boot, &second, error),
			 -EISDIR);
	unlink(link);
	unlink(path);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_starts_where_the_options_say),
		cmocka_unit_test(the_drift_turns_before_the_edge),
		cmocka_unit_test(holdover_opens_and_the_clock_drifts_on),
		cmocka_unit_test(holdover_ends_at_void_after),
		cmocka_unit_test(a_dispute_is_a_hull_in_a_new_epoch),
		cmocka_unit_test(unsynchronized_gives_no_answer),
		cmocka_unit_test(stale_publishes_nothing),
		cmocka_unit_test(a_step_keeps_truth_within),
		cmocka_unit_test(a_lie_misses_by_its_amount),
		cmocka_unit_test(laws_that_cannot_hold_are_refused),
		cmocka_unit_test(truth_is_within_whatever_is_ordered),
		cmocka_unit_test(faults_are_read),
		cmocka_unit_test(wrong_words_are_told),
		cmocka_unit_test(the_second_finds_the_first_ones_truth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
