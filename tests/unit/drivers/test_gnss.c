/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gnss driver between a gpsd of this file's own, on a real socket, and
 * pulses of this file's own, in a machine whose clocks are all known: every
 * sample is held against the truth, which is CLOCK_REALTIME.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <linux/pps.h>
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "drivers/gnss.h"
#include "tests/unit/drivers/fake_gpsd.h"
#include "tests/unit/drivers/fake_phc.h"

#define S  FAKE_S
#define MS INT64_C(1000000)
#define US INT64_C(1000)

static struct env machine;
static struct phc_ops phc_ops;
static struct driver *driver;
static struct gnss_options opt;

/* ---- what the driver says ---- */

static struct source_info info;
static int samples, legs, wide;
static struct sample last;
static int count_s; /* TAI - UTC, by gpsd */
static char health[256];

static int on_source(void *arg, const struct source_info *i)
{
	(void)arg;
	info = *i;
	return 5;
}

/* x is the same at all times here, so a ruler's rate is all that moves it. */
static void expect_truth(const struct sample *m)
{
	const double x = (double)(machine.real_raw_ns - m->mid_ns);
	const double far = m->ruler_ppb_min * (double)m->age_ns_max * 1e-9;
	double lo = 0, hi = 0;

	for (int t = 0; t < TERM_COUNT; t++) {
		lo += (double)m->lo_ns[t];
		hi += (double)m->hi_ns[t];
	}
	assert_true(x + fmax(far, 0) >= -lo);
	if (m->hi_ns[TERM_DELAY] != SAMPLE_NO_BOUND)
		assert_true(x + fmin(far, 0) <= hi);
}

static void on_sample(void *arg, int source, const struct sample *m)
{
	(void)arg;
	assert_int_equal(source, 5);
	assert_true(m->raw_ns >= last.raw_ns);
	/* what its UTC was made by is known before */
	if (opt.host[0])
		assert_int_equal(info.utc.offset_s, count_s);
	expect_truth(m);
	last = *m;
	samples++;
	legs += m->hi_ns[TERM_DELAY] == SAMPLE_NO_BOUND;
	wide += m->hi_ns[TERM_DELAY] != SAMPLE_NO_BOUND &&
		m->hi_ns[TERM_DELAY] > 100 * MS;
}

static void on_health(void *arg, const char *text)
{
	(void)arg;
	snprintf(health, sizeof(health), "%s", text);
}

/* ---- the others ---- */

static int64_t others_half_ns; /* 0: they know nothing */
static int64_t others_off_ns;
static int others_groups;

static int ask(void *arg, int source, int64_t raw_ns, struct gnss_others *ret)
{
	(void)arg;
	assert_int_equal(source, 5);
	if (!others_half_ns)
		return -ENODATA;
	ret->lo_ns =
		raw_ns + machine.real_raw_ns + others_off_ns - others_half_ns;
	ret->hi_ns = ret->lo_ns + 2 * others_half_ns;
	ret->groups = others_groups;
	return 0;
}

/* ---- gpsd ---- */

static struct fake_gpsd gpsd;
static int64_t shift_ns; /* of its time */
static bool has_toff;

static int64_t utc_ns(void)
{
	return machine.raw_ns + machine.real_raw_ns;
}

/* ---- pulses ---- */

static int64_t latency_ns, phase_ns;
static bool is_stopped;
static int pps_err;
static int64_t extts_last_s;
static int64_t
	extts_older_ns; /* the PHC was set back by so much since the pulse */

static int fake_pps_open(void *arg, const char *path)
{
	(void)arg;
	assert_string_equal(path, "/dev/pps0");
	return pps_err ? pps_err : 9;
}

static int fake_pps_control(void *arg, int fd, unsigned long request,
			    void *data)
{
	const int64_t since_ns = utc_ns() - phase_ns - latency_ns;
	struct pps_fdata *d = data;

	(void)arg;
	(void)fd;
	if (request == PPS_GETCAP)
		*(int *)data = PPS_CAPTUREASSERT;
	if (request == PPS_GETPARAMS)
		((struct pps_kparams *)data)->mode = PPS_CAPTUREASSERT;
	if (request != PPS_FETCH || pps_err)
		return pps_err;
	if (is_stopped)
		return 0;
	d->info.assert_sequence = (uint32_t)(since_ns / S);
	d->info.assert_tu.sec = since_ns / S;
	d->info.assert_tu.nsec = (int)(phase_ns + latency_ns);
	return 0;
}

static const struct pps_ops pps_ops = {fake_pps_open, fake_close,
				       fake_pps_control, &machine};

static int fake_extts_control(void *arg, int fd, unsigned long request,
			      void *data)
{
	(void)arg;
	(void)fd;
	if (request == PTP_CLOCK_GETCAPS)
		((struct ptp_clock_caps *)data)->n_ext_ts = 1;
	return 0;
}

static bool extts_is_other; /* than ptp0's */

static int fake_extts_open(void *arg, const char *path)
{
	const int fd = fake_open(arg, path);

	extts_is_other = machine.is_other;
	return fd;
}

/* The PHC shows TAI, and is 37 s ahead: its stamps are worth what its readings
 * make of them. */
static int fake_extts_read(void *arg, int fd, void *buf, int size)
{
	const int64_t at_s = utc_ns() / S;
	struct ptp_extts_event event = {.index = 0};
	int64_t phc_ns;

	(void)arg;
	(void)fd;
	if (at_s == extts_last_s || is_stopped)
		return -EAGAIN;
	extts_last_s = at_s;
	phc_ns = fake_phc_at(&machine,
			     at_s * S - machine.real_raw_ns + phase_ns) +
		 extts_older_ns + (extts_is_other ? machine.apart_ns : 0);
	extts_older_ns = 0;
	event.t = (struct ptp_clock_time){.sec = phc_ns / S,
					  .nsec = (unsigned int)(phc_ns % S)};
	memcpy(buf, &event, sizeof(event));
	return size;
}

static const struct extts_ops extts_ops = {
	fake_extts_open, fake_close, fake_extts_control, fake_extts_read,
	&machine};

/* ---- the loop ---- */

static void tick(void)
{
	driver->ops->tick(driver);
	if (driver->ops->fd(driver) >= 0)
		driver->ops->readable(driver);
}

static void step_to(int64_t raw_ns)
{
	while (driver->ops->next_raw_ns(driver) < raw_ns) {
		const int64_t next_ns = driver->ops->next_raw_ns(driver);

		if (next_ns > machine.raw_ns)
			machine.raw_ns = next_ns;
		tick();
	}
	if (raw_ns > machine.raw_ns)
		machine.raw_ns = raw_ns;
}

static void say_second(int64_t second_ns)
{
	step_to(second_ns - machine.real_raw_ns + 120 * MS);
	if (has_toff)
		fake_gpsd_say_toff(&gpsd, second_ns + shift_ns, utc_ns());
	fake_gpsd_say_tpv(&gpsd, "/dev/a", second_ns + shift_ns, false);
	tick();
	driver->ops->readable(driver);
}

/* Seconds, each with its message 120 ms late. */
static void run(int seconds)
{
	for (int i = 0; i < seconds; i++)
		say_second(utc_ns() / S * S + S);
}

static int begin(void **state)
{
	(void)state;
	fake_init(&machine, &phc_ops);
	opt = gnss_defaults;
	opt.others = ask;
	opt.pulse.pps_ops = &pps_ops;
	opt.pulse.extts_ops = &extts_ops;
	opt.pulse.phc.ops = &phc_ops;
	memset(&last, 0, sizeof(last));
	memset(&info, 0, sizeof(info));
	samples = legs = wide = 0;
	count_s = 37;
	health[0] = '\0';
	others_half_ns = others_off_ns = 0;
	others_groups = 1;
	shift_ns = phase_ns = 0;
	latency_ns = 3 * US;
	has_toff = true;
	is_stopped = false;
	pps_err = 0;
	extts_last_s = extts_older_ns = 0;
	fake_gpsd_open(&gpsd);
	opt.port = gpsd.port;
	return 0;
}

static void start(void)
{
	const struct driver_sink sink = {
		.source = on_source, .sample = on_sample, .health = on_health};

	assert_int_equal(driver_gnss_open(&opt, &machine, &sink, &driver), 0);
}

static int end(void **state)
{
	(void)state;
	if (driver)
		driver->ops->close(driver);
	driver = NULL;
	fake_gpsd_close(&gpsd);
	return 0;
}

static void with_pps(int64_t latency_ns_max)
{
	opt.pulse.kind = GNSS_PULSE_PPS;
	opt.pulse.device = "/dev/pps0";
	opt.pulse.edge.latency_ns_max = latency_ns_max;
	opt.pulse.edge.best_of = 4;
}

/* ---- claims ---- */

static void messages_alone_bound_by_what_they_may_take(void **state)
{
	(void)state;
	start();
	run(10);
	assert_in_range(samples, 8, 10);
	assert_int_equal(wide, samples);
	assert_true(last.declared);
	assert_int_equal(info.class, SOURCE_GNSS);
	assert_int_equal(info.scale, SCALE_UTC);
	assert_true(info.reachable);
	assert_string_equal(info.note, "");
	assert_int_equal(info.receiver.fix, 3);
	assert_true(info.utc.has_offset);
	assert_int_equal(info.utc.offset_s, 37);
	assert_in_range(last.hi_ns[TERM_SERVER], 100, 101);
}

static void without_gpsds_stamp_ours_does(void **state)
{
	(void)state;
	has_toff = false;
	start();
	run(10);
	assert_in_range(samples, 8, 10);
	assert_true(last.age_ns_max > 0);
}

/* It waits in the socket, and we are late: its age is not taken for nothing. */
static void a_stall_of_ours_makes_no_falsehood(void **state)
{
	(void)state;
	has_toff = false;
	start();
	run(5);
	for (int i = 0; i < 5; i++) {
		const int64_t second_ns = utc_ns() / S * S + S;

		machine.raw_ns = second_ns - machine.real_raw_ns + 120 * MS;
		fake_gpsd_say_tpv(&gpsd, "/dev/a", second_ns, false);
	}
	machine.raw_ns += 3 * S;
	tick();
	run(5);
	assert_true(samples > 5);
}

/* on_sample() looks whether it is told before the sample. */
static void a_count_is_told_before_what_rests_on_it(void **state)
{
	(void)state;
	start();
	run(5);
	gpsd.leap_s = 17;
	count_s = 36;
	samples = 0;
	run(5);
	assert_in_range(samples, 4, 5);
}

static void a_pulse_is_believed_when_two_agree(void **state)
{
	(void)state;
	with_pps(15 * US);
	start();
	run(8);
	assert_int_equal(legs, 0);
	assert_string_equal(info.note, "nobody confirms the pulse's second");
	others_half_ns = 20 * MS;
	run(4); /* best_of */
	assert_true(legs > 0);
	assert_string_equal(info.receiver.labels, "gpsd, others, count");
	assert_string_equal(info.note, "");
	wide = 0;
	run(5);
	assert_int_equal(wide, 0);
	/* a leg is the last one told of a second */
	assert_true(last.hi_ns[TERM_DELAY] == SAMPLE_NO_BOUND);
	assert_in_range(last.lo_ns[TERM_SERVER] + last.lo_ns[TERM_MAPPING], 100,
			1000);
	/* and the others may go */
	others_half_ns = 0;
	samples = 0;
	run(5);
	assert_true(samples >= 8);
	assert_string_equal(info.receiver.labels, "gpsd, count");
}

static void without_a_declared_latency_messages_go_on(void **state)
{
	(void)state;
	with_pps(-1);
	others_half_ns = 20 * MS;
	start();
	run(10);
	assert_true(legs >= 5);
	assert_true(wide >= 8);
}

static void labels_that_differ_are_shown_and_not_followed(void **state)
{
	(void)state;
	with_pps(15 * US);
	others_half_ns = 20 * MS;
	others_off_ns = -S;
	start();
	run(10);
	assert_int_equal(legs, 0);
	assert_int_equal(wide, samples);
	assert_string_equal(info.note, "the labels name different seconds for "
				       "its pulse");
	assert_string_equal(info.receiver.labels, "");
}

static void a_pulse_after_the_antenna_is_cut_is_not_believed(void **state)
{
	(void)state;
	with_pps(15 * US);
	others_half_ns = 20 * MS;
	start();
	run(10);
	assert_true(legs > 0);
	gpsd.mode = 1;
	phase_ns = 500 * US;
	legs = samples = 0;
	run(5);
	assert_int_equal(samples, 0);
	assert_string_equal(info.note, "no fix");
	assert_false(info.reachable);
	phase_ns = 0;
	gpsd.mode = 2;
	run(5);
	assert_int_equal(legs, 0);
	assert_true(wide > 0);
	gpsd.mode = 3;
	run(7);
	assert_true(legs > 0);
}

static void a_device_that_vanishes_comes_back(void **state)
{
	(void)state;
	with_pps(15 * US);
	others_half_ns = 20 * MS;
	start();
	run(10);
	pps_err = -ENODEV;
	run(8);
	assert_non_null(strstr(health, "/dev/pps0: No such device"));
	assert_string_equal(info.note, "no pulse any more");
	pps_err = 0;
	legs = 0;
	run(12);
	assert_string_equal(health, "");
	assert_true(legs > 0);
}

static void pulses_alone_need_two_others(void **state)
{
	(void)state;
	with_pps(15 * US);
	opt.host = "";
	others_half_ns = 20 * MS;
	start();
	run(8);
	assert_int_equal(samples, 0);
	others_groups = 2;
	run(8);
	assert_true(legs > 0 && wide == 0);
	assert_true(info.reachable);
}

static void a_pin_of_a_phc_has_two_sides_and_no_latency(void **state)
{
	(void)state;
	machine.precise_err = -EOPNOTSUPP;
	opt.pulse.kind = GNSS_PULSE_EXTTS;
	opt.pulse.phc.name = "eth0";
	opt.pulse.phc.stamp_ns = 8;
	opt.pulse.stamp_ns = 8;
	fake_set_rate(&machine, 12345);
	others_half_ns = 20 * MS;
	start();
	run(12);
	assert_string_equal(info.note, "");
	assert_int_equal(legs, 0);
	wide = samples = 0;
	run(10);
	assert_in_range(samples, 9, 11);
	assert_int_equal(wide, 0);
	assert_false(last.declared);
	/* 1 us of window with the stamps around it, both quanta, and the rate's
	 * jitter over 4 ms: the clock is read right before and after a pulse */
	assert_in_range(last.hi_ns[TERM_MAPPING] + last.hi_ns[TERM_STAMP], 500,
			540);
}

/* Guards: a clock that shows less than a stamp which it has made was set back
 * since. Once it shows that again the pulse is long gone; 2.05 ms later it would
 * pass for one of the train. */
static void a_pulse_of_before_a_step_back_is_not_placed_after_it(void **state)
{
	const int64_t steps_ns[] = {2050 * US, 2090 * US, 5 * MS, 3 * S};

	for (size_t i = 0; i < sizeof(steps_ns) / sizeof(steps_ns[0]); i++) {
		opt.pulse.kind = GNSS_PULSE_EXTTS;
		opt.pulse.phc.name = "eth0";
		others_half_ns = 20 * MS;
		start();
		run(12);
		step_to((utc_ns() / S + 1) * S - machine.real_raw_ns + MS);
		machine.phc_ns -= steps_ns[i];
		extts_older_ns = steps_ns[i];
		say_second(utc_ns() / S * S);
		samples = legs = 0;
		run(10);
		/* and it goes on, after what a train takes to be one */
		assert_in_range(wide, 0, 5);
		assert_in_range(samples, 5, 10);
		end(state);
		begin(state);
	}
}

/* A bond whose member has changed, or an interface that came back. */
static void a_pin_goes_with_the_clock_of_its_interface(void **state)
{
	(void)state;
	opt.pulse.kind = GNSS_PULSE_EXTTS;
	opt.pulse.phc.name = "eth0";
	others_half_ns = 20 * MS;
	start();
	run(12);
	for (int i = 1; i <= 6; i++) {
		machine.apart_ns = i * 300 * US;
		machine.interface_index[0] = i % 2;
		samples = wide = 0;
		run(20);
		assert_in_range(samples - wide, 5, 20);
		assert_int_equal(extts_is_other, i % 2);
	}
}

static void hardware_cross_timestamps_are_narrower(void **state)
{
	(void)state;
	opt.pulse.kind = GNSS_PULSE_EXTTS;
	opt.pulse.phc.name = "eth0";
	others_half_ns = 20 * MS;
	start();
	run(12);
	assert_string_equal(info.note, "");
	assert_in_range(last.hi_ns[TERM_MAPPING] + last.hi_ns[TERM_STAMP], 30,
			150);
}

static void gpsd_comes_and_goes(void **state)
{
	(void)state;
	start();
	run(5);
	fake_gpsd_hang_up(&gpsd);
	run(1);
	assert_non_null(strstr(health, "gpsd at 127.0.0.1 port"));
	assert_false(info.reachable);
	assert_string_equal(info.note, "gpsd is not there");
	samples = 0;
	run(5);
	assert_string_equal(health, "");
	assert_true(samples >= 2);
}

static void another_receiver_of_the_same_gpsd_is_not_ours(void **state)
{
	(void)state;
	start();
	run(3);
	for (int i = 0; i < 5; i++) {
		run(1);
		fake_gpsd_say_tpv(&gpsd, "/dev/b", utc_ns() - 3600 * S, false);
		tick();
	}
	assert_string_equal(info.note, "");
	end(NULL);
	begin(NULL);
	opt.device = "/dev/b";
	start();
	run(5);
	assert_int_equal(samples, 0);
	assert_string_equal(info.note, "no report yet");
}

static void options_that_cannot_be_are_refused(void **state)
{
	const struct driver_sink sink = {.source = on_source};

	(void)state;
	opt.host = "";
	assert_int_equal(driver_gnss_open(&opt, &machine, &sink, &driver),
			 -EINVAL);
	opt.host = "localhost";
	assert_int_equal(driver_gnss_open(&opt, &machine, &sink, &driver),
			 -EINVAL);
	opt.host = "127.0.0.1";
	opt.message_ns_max = S + 1;
	assert_int_equal(driver_gnss_open(&opt, &machine, &sink, &driver),
			 -EINVAL);
	opt.message_ns_max = S;
	opt.pulse.kind = GNSS_PULSE_EXTTS;
	assert_int_equal(driver_gnss_open(&opt, &machine, &sink, &driver),
			 -EINVAL);
	assert_null(driver);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(messages_alone_bound_by_what_they_may_take),
		EACH(without_gpsds_stamp_ours_does),
		EACH(a_stall_of_ours_makes_no_falsehood),
		EACH(a_count_is_told_before_what_rests_on_it),
		EACH(a_pulse_is_believed_when_two_agree),
		EACH(without_a_declared_latency_messages_go_on),
		EACH(labels_that_differ_are_shown_and_not_followed),
		EACH(a_pulse_after_the_antenna_is_cut_is_not_believed),
		EACH(a_device_that_vanishes_comes_back),
		EACH(pulses_alone_need_two_others),
		EACH(a_pin_of_a_phc_has_two_sides_and_no_latency),
		EACH(a_pulse_of_before_a_step_back_is_not_placed_after_it),
		EACH(a_pin_goes_with_the_clock_of_its_interface),
		EACH(hardware_cross_timestamps_are_narrower),
		EACH(gpsd_comes_and_goes),
		EACH(another_receiver_of_the_same_gpsd_is_not_ours),
		EACH(options_that_cannot_be_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
