/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several drivers at once, on the real engine: whose source is whose, what
 * goes when one of them is closed, who is called when.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "timed/drivers.h"
#include "timed/log.h"

#define S INT64_C(1000000000)

struct env {
	int64_t raw_ns;
};

int64_t env_raw_ns(struct env *env)
{
	return env->raw_ns;
}

int env_pair(struct env *env, struct env_pair *ret)
{
	*ret = (struct env_pair){env->raw_ns, env->raw_ns, env->raw_ns};
	return 0;
}

int env_steering(struct env *env, struct env_steering *ret)
{
	(void)env;
	memset(ret, 0, sizeof(*ret));
	return 0;
}

/* A driver that does nothing by itself: the test speaks through its sink. */
struct fake {
	struct driver driver;
	struct driver_sink sink;
	int fd;
	int64_t next_raw_ns;
	int ticks, reads, closed;
	int err; /* what its opening gives */
};

static struct env env;
static struct engine_view view;
static struct engine *engine;
static struct drivers drivers;
static struct event_base *base;
static struct fake a, b;
static int readied;

static int fake_fd(const struct driver *d)
{
	return ((const struct fake *)d)->fd;
}

static int64_t fake_next(const struct driver *d)
{
	return ((const struct fake *)d)->next_raw_ns;
}

static void fake_readable(struct driver *d)
{
	char c;

	((struct fake *)d)->reads++;
	assert_int_equal(read(((struct fake *)d)->fd, &c, 1), 1);
}

static void fake_tick(struct driver *d)
{
	((struct fake *)d)->ticks++;
}

static void fake_close(struct driver *d)
{
	((struct fake *)d)->closed++;
}

static const struct driver_ops fake_ops = {
	"fake", fake_fd, fake_next, fake_readable, fake_tick, fake_close};

static int fake_open(const void *opt, struct env *e,
		     const struct driver_sink *sink, struct driver **ret)
{
	struct fake *f = (struct fake *)(uintptr_t)opt;

	(void)e;
	if (f->err)
		return f->err;
	f->driver.ops = &fake_ops;
	f->sink = *sink;
	*ret = &f->driver;
	return 0;
}

static void on_ready(void *arg, struct drivers_slot *slot)
{
	(void)arg;
	readied++;
	slot->driver->ops->readable(slot->driver);
}

static int set_up(void **state)
{
	const struct engine_options opt = {
		.axioms = {50000, 20, 200, -1, 1024 * S, -1},
		.horizon_ns = S,
		.void_after_ns = 3600 * S};
	const struct engine_sink sink = {NULL, NULL};
	static struct leap_table leap;

	(void)state;
	leap_builtin(&leap);
	env.raw_ns = S;
	base = event_base_new();
	if (engine_new(&opt, &leap, S, &sink, &engine))
		return -1;
	a = b = (struct fake){.fd = -1, .next_raw_ns = INT64_MAX};
	readied = 0;
	drivers.base = base;
	drivers.env = &env;
	drivers.engine = engine;
	drivers.ready = on_ready;
	drivers_init(&drivers);
	log_open(LOG_PLAIN, LEVEL_ERROR);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	drivers_close(&drivers, NULL);
	engine_free(engine);
	event_base_free(base);
	return 0;
}

static void both_run(void)
{
	assert_int_equal(drivers_add(&drivers, "one", "a", fake_open, &a), 0);
	assert_int_equal(drivers_add(&drivers, "two", "b", fake_open, &b), 0);
}

static int announce(struct fake *f, const char *name)
{
	struct source_info info = {.class = SOURCE_PHC, .scale = SCALE_TAI};

	snprintf(info.name, sizeof(info.name), "%s", name);
	return f->sink.source(f->sink.arg, &info);
}

static const struct engine_view *viewed(void)
{
	engine_view(engine, &view);
	return &view;
}

static void two_drivers_have_their_own_numbers_in_one_engine(void **state)
{
	(void)state;
	both_run();
	assert_int_equal(announce(&a, "x"), 0);
	assert_int_equal(announce(&b, "y"), 1);
	assert_int_equal(announce(&a, "z"), 2);
	assert_int_equal(announce(&a, "x"), 0);
	assert_int_equal(announce(&b, "y"), 1);
	assert_int_equal(viewed()->source_count, 3);
}

static void one_name_of_two_drivers_makes_two_sources(void **state)
{
	(void)state;
	both_run();
	assert_int_equal(announce(&a, "eth0"), 0);
	assert_int_equal(announce(&b, "eth0"), 1);
	assert_int_equal(announce(&a, "eth0"), 0);
	assert_int_equal(announce(&b, "eth0"), 1);
	assert_string_equal(viewed()->source[0].info.name, "eth0");
	assert_string_equal(view.source[1].info.name, "b:eth0");
	assert_int_equal(announce(&a, "b:eth0"), 2);
	assert_string_equal(viewed()->source[2].info.name, "a:b:eth0");
	/* the second keeps its name when the first has gone */
	a.sink.gone(a.sink.arg, 0);
	assert_int_equal(announce(&b, "eth0"), 1);
	assert_string_equal(viewed()->source[0].info.name, "b:eth0");
}

static void a_name_too_long_to_be_told_apart_is_refused(void **state)
{
	char name[SOURCE_NAME_SIZE];

	(void)state;
	both_run();
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(announce(&a, name), 0);
	assert_int_equal(announce(&b, name), -ENAMETOOLONG);
	assert_int_equal(viewed()->source_count, 1);
}

static void closing_one_section_takes_its_sources_alone(void **state)
{
	(void)state;
	both_run();
	announce(&a, "x");
	announce(&b, "y");
	announce(&a, "z");
	drivers_close(&drivers, "one");
	assert_int_equal(a.closed, 1);
	assert_int_equal(b.closed, 0);
	assert_int_equal(drivers_count(&drivers), 1);
	assert_int_equal(viewed()->source_count, 1);
	assert_string_equal(view.source[0].info.name, "y");
	/* its place and its names are free again */
	assert_int_equal(drivers_add(&drivers, "one", "a", fake_open, &a), 0);
	assert_int_equal(announce(&a, "x"), 0);
	assert_string_equal(viewed()->source[0].info.name, "x");
}

static void samples_reach_the_source_of_their_driver(void **state)
{
	struct sample m = {.raw_ns = S, .mid_ns = 37 * S, .fresh_ns = S};
	struct segment_slot slot;

	(void)state;
	both_run();
	announce(&a, "x");
	m.lo_ns[TERM_SERVER] = m.hi_ns[TERM_SERVER] = 100;
	b.sink.sample(b.sink.arg, announce(&b, "y"), &m);
	engine_publish(engine, S, &slot);
	assert_int_equal(viewed()->source[0].samples, 0);
	assert_int_equal(view.source[1].samples, 1);
}

static void each_is_ticked_at_its_own_time(void **state)
{
	(void)state;
	both_run();
	assert_true(drivers_next_raw_ns(&drivers) == INT64_MAX);
	a.next_raw_ns = 5 * S;
	b.next_raw_ns = 3 * S;
	assert_true(drivers_next_raw_ns(&drivers) == 3 * S);
	drivers_tick(&drivers, 3 * S - 1);
	assert_int_equal(a.ticks + b.ticks, 0);
	drivers_tick(&drivers, 3 * S);
	assert_int_equal(a.ticks, 0);
	assert_int_equal(b.ticks, 1);
	drivers_tick(&drivers, 5 * S);
	assert_int_equal(a.ticks, 1);
}

static void each_fd_calls_its_own_driver_and_may_change(void **state)
{
	int one[2], two[2];

	(void)state;
	assert_int_equal(pipe(one), 0);
	assert_int_equal(pipe(two), 0);
	a.fd = one[0];
	both_run();
	assert_int_equal(write(one[1], "x", 1), 1);
	assert_int_equal(write(two[1], "x", 1), 1);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(a.reads, 1);
	assert_int_equal(b.reads, 0);
	b.fd = two[0];
	drivers_watch(&drivers);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(a.reads, 1);
	assert_int_equal(b.reads, 1);
	b.fd = -1;
	drivers_watch(&drivers);
	assert_int_equal(write(two[1], "x", 1), 1);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(b.reads, 1);
	assert_int_equal(readied, 2);
	drivers_close(&drivers, NULL);
	for (int i = 0; i < 2; i++) {
		close(one[i]);
		close(two[i]);
	}
}

static void health_is_kept_by_driver_and_the_instant_is_its_change(void **state)
{
	struct status_driver told[STATUS_DRIVERS_MAX];

	(void)state;
	both_run();
	env.raw_ns = 2 * S;
	b.sink.health(b.sink.arg, "unwell");
	env.raw_ns = 3 * S;
	b.sink.health(b.sink.arg, "unwell");
	assert_int_equal(drivers_status(&drivers, told), 2);
	assert_string_equal(told[0].name, "a");
	assert_string_equal(told[0].health, "");
	assert_string_equal(told[1].name, "b");
	assert_string_equal(told[1].health, "unwell");
	assert_true(told[1].since_raw_ns == 2 * S);
	b.sink.health(b.sink.arg, "");
	drivers_status(&drivers, told);
	assert_string_equal(told[1].health, "");
	assert_true(told[1].since_raw_ns == 3 * S);
}

static void one_that_cannot_be_opened_is_shown_with_the_reason(void **state)
{
	struct status_driver told[STATUS_DRIVERS_MAX];

	(void)state;
	a.err = -EINVAL;
	assert_int_equal(drivers_add(&drivers, "one", "a", fake_open, &a),
			 -EINVAL);
	assert_int_equal(drivers_status(&drivers, told), 1);
	assert_string_equal(told[0].health, "Invalid argument");
	drivers_tick(&drivers, S);
	drivers_watch(&drivers);
	assert_true(drivers_has_failed(&drivers));
	drivers_close(&drivers, "one");
	assert_int_equal(a.closed, 0);
	assert_int_equal(drivers_count(&drivers), 0);
	assert_false(drivers_has_failed(&drivers));
}

static void only_those_that_failed_are_opened_again(void **state)
{
	struct status_driver told[STATUS_DRIVERS_MAX];

	(void)state;
	b.err = -EADDRINUSE;
	assert_int_equal(drivers_add(&drivers, "one", "a", fake_open, &a), 0);
	assert_int_equal(drivers_add(&drivers, "one", "b", fake_open, &b),
			 -EADDRINUSE);
	announce(&a, "x");
	env.raw_ns = 5 * S;
	assert_int_equal(drivers_add(&drivers, "one", "a", fake_open, &a), 0);
	assert_int_equal(drivers_add(&drivers, "one", "b", fake_open, &b),
			 -EADDRINUSE);
	assert_int_equal(drivers_status(&drivers, told), 2);
	assert_true(told[1].since_raw_ns == S); /* no news */
	b.err = 0;
	assert_int_equal(drivers_add(&drivers, "one", "b", fake_open, &b), 0);
	assert_int_equal(drivers_status(&drivers, told), 2);
	assert_string_equal(told[1].health, "");
	assert_false(drivers_has_failed(&drivers));
	assert_int_equal(a.closed, 0);
	assert_int_equal(viewed()->source_count, 1);
}

static void say(struct fake *f, int source, int64_t mid_ns, int64_t err_ns)
{
	struct sample m = {
		.raw_ns = 6 * S, .mid_ns = mid_ns, .fresh_ns = 64 * S};

	m.lo_ns[TERM_SERVER] = m.hi_ns[TERM_SERVER] = err_ns;
	f->sink.sample(f->sink.arg, source, &m);
}

/* Guards: of three that are configured one may lie (A3), also while another
 * cannot be opened. */
static void one_that_cannot_be_opened_counts_among_them(void **state)
{
	const struct source_info silent = {
		.name = "x", .class = SOURCE_PHC, .scale = SCALE_TAI};
	const int64_t truth_ns = 1000000 * S;
	struct segment_slot slot;

	(void)state;
	b.err = -EACCES;
	assert_int_equal(drivers_stand_in(&drivers, "two", "b", &silent),
			 -ENOENT);
	assert_int_equal(drivers_add(&drivers, "one", "a", fake_open, &a), 0);
	for (int i = 0; i < 2; i++) { /* and tried again, it is one still */
		assert_int_equal(
			drivers_add(&drivers, "two", "b", fake_open, &b),
			-EACCES);
		assert_int_equal(
			drivers_stand_in(&drivers, "two", "b", &silent), 0);
	}
	say(&a, announce(&a, "true"), truth_ns, 1000);
	say(&a, announce(&a, "liar"), truth_ns + 900, 800);
	engine_publish(engine, 6 * S, &slot);
	assert_true(slot.tai_lo_ns <= truth_ns + 6 * S);
	assert_true(slot.tai_hi_ns >= truth_ns + 6 * S);
	assert_int_equal(viewed()->source_count, 3);
	/* opened at last, it is itself, and in no other's place */
	b.err = 0;
	assert_int_equal(drivers_add(&drivers, "two", "b", fake_open, &b), 0);
	assert_int_equal(viewed()->source_count, 2);
	announce(&b, "x");
	assert_int_equal(viewed()->source_count, 3);
}

static void there_are_so_many_and_no_more(void **state)
{
	(void)state;
	for (int i = 0; i < STATUS_DRIVERS_MAX; i++) {
		const char name[] = {(char)('A' + i), '\0'};

		assert_int_equal(
			drivers_add(&drivers, "one", name, fake_open, &a), 0);
	}
	assert_int_equal(drivers_add(&drivers, "one", "a", fake_open, &a),
			 -ENOSPC);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(two_drivers_have_their_own_numbers_in_one_engine),
		EACH(one_name_of_two_drivers_makes_two_sources),
		EACH(a_name_too_long_to_be_told_apart_is_refused),
		EACH(closing_one_section_takes_its_sources_alone),
		EACH(samples_reach_the_source_of_their_driver),
		EACH(each_is_ticked_at_its_own_time),
		EACH(each_fd_calls_its_own_driver_and_may_change),
		EACH(health_is_kept_by_driver_and_the_instant_is_its_change),
		EACH(one_that_cannot_be_opened_is_shown_with_the_reason),
		EACH(only_those_that_failed_are_opened_again),
		EACH(one_that_cannot_be_opened_counts_among_them),
		EACH(there_are_so_many_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
