/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's side of steering: the right to steer that is not there, that is
 * lost while it runs and comes back; settings that change; a step by order. The
 * kernel is played here: no clock is touched.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>
#include <cmocka.h>

#include "timed/daemon_private.h"

#define S    NS_PER_S
#define UNIX (INT64_C(1795305600) * S) /* of raw 0 */

/* ---- the machine ---- */

static struct {
	int64_t raw_ns;
	int64_t off_ns; /* CLOCK_REALTIME less true time */
	double rate_ppb;
	int status;
	int may, obeys; /* 0 or negative errno */
	int orders;
	struct env_order order;
} kernel;

int64_t env_raw_ns(struct env *env)
{
	(void)env;
	return kernel.raw_ns;
}

int env_pair(struct env *env, struct env_pair *ret)
{
	(void)env;
	*ret = (struct env_pair){ kernel.raw_ns - 50,
				  UNIX + kernel.raw_ns + kernel.off_ns,
				  kernel.raw_ns + 50 };
	return 0;
}

int env_steering(struct env *env, struct env_steering *ret)
{
	(void)env;
	*ret = (struct env_steering){ .rate_ppb = kernel.rate_ppb,
				      .status = kernel.status };
	return 0;
}

int env_may_steer(struct env *env)
{
	(void)env;
	return kernel.may;
}

/* What it is told to slew is gone by the next look. */
int env_steer(struct env *env, const struct env_order *order)
{
	(void)env;
	if (kernel.obeys)
		return kernel.obeys;
	kernel.orders++;
	kernel.order = *order;
	kernel.rate_ppb = order->rate_ppb;
	kernel.status = STA_PLL | STA_FREQHOLD | STA_NANO |
			(order->is_synchronized ? 0 : STA_UNSYNC);
	kernel.off_ns += order->has_step ? order->step_ns : 0;
	kernel.off_ns += (int64_t)order->slew_ns;
	return 0;
}

void env_ticks(struct env *env, struct env_ticks *ret)
{
	(void)env;
	memset(ret, 0, sizeof(*ret));
}

/* ---- the daemon ---- */

static struct daemon d;
static char log_path[] = "/tmp/test_discipline.XXXXXX";
static int stderr_fd, log_fd;

static const char *log_text(void)
{
	static char text[65536];
	FILE *in = fopen(log_path, "r");

	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	return text;
}

static int times_logged(const char *line)
{
	int n = 0;

	for (const char *at = log_text(); (at = strstr(at, line)); at++)
		n++;
	return n;
}

static int setup(void **state)
{
	const struct engine_options opt = {
		.axioms = { 50000, 20, 200, -1, 1024 * S, -1 },
		.horizon_ns = S,
		.void_after_ns = 3600 * S };
	const struct engine_sink sink = { NULL, NULL };
	struct leap_table leap;

	(void)state;
	memset(&d, 0, sizeof(d));
	memset(&kernel, 0, sizeof(kernel));
	config_defaults(&d.cfg);
	leap_builtin(&leap);
	leap.expires_unix_s = INT64_C(4102444800);
	kernel.raw_ns = S;
	kernel.status = STA_UNSYNC;
	d.raw_ns = S;
	return dup2(log_fd, STDERR_FILENO) < 0 || ftruncate(log_fd, 0) < 0 ||
	       engine_new(&opt, &leap, S, &sink, &d.engine) < 0;
}

static int teardown(void **state)
{
	(void)state;
	engine_free(d.engine);
	return dup2(stderr_fd, STDERR_FILENO) < 0; /* for what has failed */
}

/* The last line may be looked at a second later. */
static void pass(int64_t ns)
{
	kernel.raw_ns += ns;
	d.raw_ns = kernel.raw_ns;
	engine_publish(d.engine, d.raw_ns, &d.slot);
	discipline_update(&d);
}

static void hear_at(int source, int64_t off_ns)
{
	struct sample m = { .raw_ns = kernel.raw_ns,
			    .mid_ns = UNIX + off_ns,
			    .fresh_ns = 8 * S };

	m.lo_ns[TERM_DELAY] = m.hi_ns[TERM_DELAY] = 1000;
	engine_sample(d.engine, source, &m);
}

static int add_source(const char *name)
{
	struct source_info info = { .class = SOURCE_NTP,
				    .scale = SCALE_UTC,
				    .reachable = true };

	snprintf(info.name, sizeof(info.name), "%s", name);
	return engine_source(d.engine, &info);
}

static enum steer_state state_now(void)
{
	return d.steer.view.state;
}

static void steer_for(int seconds)
{
	const int a = add_source("a");

	for (int i = 0; i < seconds; i++) {
		hear_at(a, 0);
		pass(S);
	}
}

/* ---- the right to steer ---- */

static void without_the_right_it_does_not_start(void **state)
{
	(void)state;
	kernel.may = -EPERM;
	d.cfg.discipline = DISCIPLINE_STEER;
	assert_int_equal(discipline_open(&d), -EPERM);
	assert_int_equal(times_logged("may not steer the system clock "
				      "(Operation not permitted): its unit "
				      "needs CAP_SYS_TIME"), 1);
	d.cfg.discipline = DISCIPLINE_OBSERVE; /* needs none */
	assert_int_equal(discipline_open(&d), 0);
	assert_false(d.status.discipline.is_on);
}

/* EPERM: the capability is gone, or a filter of system calls stands before it;
 * ENOSYS: another kind of filter. */
static void a_right_that_is_lost_is_told_once_and_tried_again(void **state)
{
	static const int errors[] = { -EPERM, -ENOSYS };

	(void)state;
	d.cfg.discipline = DISCIPLINE_STEER;
	assert_int_equal(discipline_open(&d), 0);
	steer_for(5);
	assert_int_equal(state_now(), STEER_STEERING);
	for (int i = 0; i < 2; i++) {
		const int orders = kernel.orders;

		kernel.obeys = errors[i];
		steer_for(30);
		assert_int_equal(kernel.orders, orders);
		assert_int_equal(d.status.discipline.err, errors[i]);
		assert_int_equal(times_logged("cannot be steered"), i + 1);
		/* what the clock did by itself meanwhile is nobody's doing */
		kernel.off_ns += 2000000;
		kernel.obeys = 0;
		steer_for(2);
		assert_true(kernel.orders > orders);
		assert_int_equal(d.status.discipline.err, 0);
		assert_int_equal(times_logged("can be steered again"), i + 1);
		assert_int_equal(d.steer.view.yields, 0);
		assert_int_equal(state_now(), STEER_STEERING);
		steer_for(5);
	}
}

/* ---- a reload ---- */

static void steering_without_the_right_is_refused_in_words(void **state)
{
	char error[CONFIG_ERROR_SIZE];
	struct config fresh = d.cfg;

	(void)state;
	assert_int_equal(discipline_open(&d), 0);
	kernel.may = -EPERM;
	fresh.discipline = DISCIPLINE_STEER;
	assert_int_equal(discipline_check(&d, &fresh, error), -EPERM);
	assert_non_null(strstr(error, "CAP_SYS_TIME"));
	assert_non_null(strstr(error, "restart"));
	fresh.discipline = DISCIPLINE_AUTO; /* nothing to steer from */
	assert_int_equal(discipline_check(&d, &fresh, error), 0);
	fresh.phc_count = 1;
	fresh.phc[0].enable = true;
	assert_int_equal(discipline_check(&d, &fresh, error), -EPERM);
	/* taken over all the same, it does not begin */
	d.cfg = fresh;
	discipline_reload(&d);
	assert_false(d.status.discipline.is_on);
}

static void steering_begins_and_ends_by_reload(void **state)
{
	double rate_ppb;
	int orders;

	(void)state;
	assert_int_equal(discipline_open(&d), 0);
	steer_for(5);
	assert_int_equal(kernel.orders, 0);
	d.cfg.discipline = DISCIPLINE_STEER;
	d.cfg.steer_step_ns = 1000000;
	kernel.off_ns = 5000000;
	discipline_reload(&d);
	steer_for(5);
	assert_int_equal(state_now(), STEER_STEERING);
	assert_int_equal(d.steer.view.steps, 1); /* it is a start */
	assert_true(d.status.discipline.since_raw_ns > S);
	orders = kernel.orders;
	rate_ppb = kernel.rate_ppb;
	d.cfg.discipline = DISCIPLINE_OBSERVE;
	discipline_reload(&d);
	steer_for(5);
	assert_int_equal(kernel.orders, orders);
	assert_true(kernel.rate_ppb >= rate_ppb && kernel.rate_ppb <= rate_ppb);
	assert_false(d.status.discipline.is_on);
	assert_int_equal(times_logged("steers the system clock no more"), 1);
}

static void a_limit_changes_under_way(void **state)
{
	uint64_t orders;

	(void)state;
	d.cfg.discipline = DISCIPLINE_STEER;
	assert_int_equal(discipline_open(&d), 0);
	steer_for(5);
	orders = d.steer.view.orders;
	d.cfg.steer_slew_ppb_max = 1000;
	discipline_reload(&d);
	assert_int_equal(d.steer.view.orders, orders); /* it goes on */
	assert_int_equal(state_now(), STEER_STEERING);
	kernel.off_ns += 90000; /* short of what is a hand */
	steer_for(1);
	/* 1 ppm, in the 4 s that the rest falls in */
	assert_true(kernel.order.slew_ns >= -4001 &&
		    kernel.order.slew_ns <= -3999);
}

/* ---- a step by order ---- */

static void a_step_is_made_at_once_whatever_the_limit(void **state)
{
	char error[CONFIG_ERROR_SIZE];
	int64_t step_ns = 0;

	(void)state;
	d.cfg.discipline = DISCIPLINE_STEER; /* step_above is unset */
	assert_int_equal(discipline_open(&d), 0);
	kernel.off_ns = 300 * S;
	steer_for(3);
	assert_int_equal(d.steer.view.steps, 0);
	assert_int_equal(discipline_step(&d, &step_ns, error), 0);
	assert_in_range(-step_ns, 299 * S, 301 * S);
	assert_in_range(llabs(kernel.off_ns), 0, 1000);
	assert_int_equal(d.steer.view.steps, 1);
	assert_int_equal(times_logged("the system clock was stepped by -"), 1);
	steer_for(20);
	assert_int_equal(d.steer.view.steps, 1); /* once */
	assert_int_equal(d.steer.view.yields, 0);
	assert_in_range(llabs(kernel.off_ns), 0, 1000);
}

static void expect_refused(const char *says)
{
	char error[CONFIG_ERROR_SIZE] = "";
	const int64_t off_ns = kernel.off_ns;
	int64_t step_ns;

	assert_true(discipline_step(&d, &step_ns, error) < 0);
	if (!strstr(error, says))
		fail_msg("\"%s\" has no \"%s\"", error, says);
	assert_true(kernel.off_ns == off_ns);
	assert_false(d.steer.wants_step);
}

static void a_step_is_refused_where_it_is_not_ours_to_make(void **state)
{
	int b;

	(void)state;
	assert_int_equal(discipline_open(&d), 0);
	steer_for(3);
	expect_refused("set discipline = \"steer\" and reload");
	d.cfg.discipline = DISCIPLINE_STEER;
	discipline_reload(&d);
	steer_for(3);
	kernel.rate_ppb += 1000; /* another hand, between two looks */
	expect_refused("somebody else moves the clock: the frequency was");
	expect_refused("yielded to somebody else");
	steer_for(70);
	assert_int_equal(state_now(), STEER_STEERING);
	b = add_source("b");
	hear_at(b, 50 * S);
	pass(S);
	assert_int_equal(d.slot.state, ENGINE_DISPUTED);
	expect_refused("DISPUTED");
	kernel.obeys = -EPERM;
	engine_gone(d.engine, b);
	for (int i = 0; i < 40; i++)
		steer_for(1);
	assert_int_equal(d.slot.state, ENGINE_SYNCHRONIZED);
	expect_refused("the kernel refused it: Operation not permitted");
}

static void a_step_without_a_bound_is_refused(void **state)
{
	(void)state;
	d.cfg.discipline = DISCIPLINE_STEER;
	assert_int_equal(discipline_open(&d), 0);
	pass(S);
	expect_refused("no bound on true time");
}

static int to_file(void **state)
{
	(void)state;
	log_fd = mkostemp(log_path, O_APPEND);
	stderr_fd = dup(STDERR_FILENO);
	log_open(LOG_PLAIN, LEVEL_NOTICE);
	return log_fd < 0 || stderr_fd < 0;
}

static int from_file(void **state)
{
	(void)state;
	close(log_fd);
	close(stderr_fd);
	return unlink(log_path);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(without_the_right_it_does_not_start),
		EACH(a_right_that_is_lost_is_told_once_and_tried_again),
		EACH(steering_without_the_right_is_refused_in_words),
		EACH(steering_begins_and_ends_by_reload),
		EACH(a_limit_changes_under_way),
		EACH(a_step_is_made_at_once_whatever_the_limit),
		EACH(a_step_is_refused_where_it_is_not_ours_to_make),
		EACH(a_step_without_a_bound_is_refused),
	};

	return cmocka_run_group_tests(tests, to_file, from_file);
}
