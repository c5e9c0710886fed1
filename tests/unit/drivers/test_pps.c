/* SPDX-License-Identifier: Apache-2.0 */
/* PPS devices and the pins of PHCs, between us and a kernel of this file's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <errno.h>
#include <linux/pps.h>
#include <linux/ptp_clock.h>
#include <string.h>

#include "drivers/extts.h"
#include "drivers/pps.h"

#define S INT64_C(1000000000)

static struct {
	int open_err, fetch_err, set_err, strict_err;
	int caps, mode;
	struct pps_kinfo info;
	int set_count, closed;
	/* the PHC */
	int channels;
	unsigned int flags, pin, channel;
	struct ptp_extts_event event[4];
	int events, read_err, short_read;
} kernel;

static int fake_open(void *arg, const char *path)
{
	(void)arg;
	(void)path;
	return kernel.open_err ? kernel.open_err : 3;
}

static void fake_close(void *arg, int fd)
{
	(void)arg;
	assert_int_equal(fd, 3);
	kernel.closed++;
}

static int pps_control(void *arg, int fd, unsigned long request, void *data)
{
	struct pps_kparams *params = data;
	struct pps_fdata *f = data;

	(void)arg;
	(void)fd;
	switch (request) {
	case PPS_GETCAP:
		*(int *)data = kernel.caps;
		return 0;
	case PPS_GETPARAMS:
		params->mode = kernel.mode;
		return 0;
	case PPS_SETPARAMS:
		kernel.set_count++;
		if (!kernel.set_err)
			kernel.mode = params->mode;
		return kernel.set_err;
	default:
		assert_int_equal(f->timeout.sec, 0);
		assert_int_equal(f->timeout.nsec, 0);
		assert_int_equal(f->timeout.flags & PPS_TIME_INVALID, 0);
		f->info = kernel.info;
		return kernel.fetch_err;
	}
}

static const struct pps_ops pps_ops = {fake_open, fake_close, pps_control,
				       NULL};

static int phc_control(void *arg, int fd, unsigned long request, void *data)
{
	const struct ptp_extts_request *r = data;
	const struct ptp_pin_desc *pin = data;

	(void)arg;
	(void)fd;
	switch (request) {
	case PTP_CLOCK_GETCAPS:
		((struct ptp_clock_caps *)data)->n_ext_ts = kernel.channels;
		return 0;
	case PTP_PIN_SETFUNC:
		assert_int_equal(pin->func, PTP_PF_EXTTS);
		kernel.pin = pin->index;
		return 0;
	case PTP_EXTTS_REQUEST2:
		kernel.flags = r->flags;
		kernel.channel = r->index;
		return kernel.strict_err;
	case PTP_EXTTS_REQUEST:
		kernel.flags = r->flags;
		return 0;
	default:
		return -ENOTTY;
	}
}

static int phc_read(void *arg, int fd, void *buf, int size)
{
	(void)arg;
	(void)fd;
	if (kernel.read_err)
		return kernel.read_err;
	if (kernel.events == 0)
		return -EAGAIN;
	assert_int_equal(size, sizeof(kernel.event[0]));
	kernel.events--;
	memcpy(buf, &kernel.event[kernel.events], (size_t)size);
	return kernel.short_read ? 8 : size;
}

static const struct extts_ops extts_ops = {fake_open, fake_close, phc_control,
					   phc_read, NULL};

static struct pps pps;
static char error[PPS_ERROR_SIZE];

static int begin(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	kernel.caps = PPS_CAPTUREBOTH;
	kernel.mode = PPS_CAPTUREASSERT;
	kernel.channels = 2;
	return 0;
}

static void the_last_pulse_of_either_edge_is_fetched(void **state)
{
	struct pps_pulse pulse;

	(void)state;
	kernel.info.assert_sequence = 7;
	kernel.info.assert_tu.sec = 1795305600;
	kernel.info.assert_tu.nsec = 3000;
	kernel.info.clear_sequence = 8;
	kernel.info.clear_tu.sec = 1795305601;
	assert_int_equal(pps_open(&pps, "/dev/pps0", false, &pps_ops, error),
			 0);
	assert_int_equal(pps_fetch(&pps, &pulse), 0);
	assert_int_equal(pulse.sequence, 7);
	assert_true(pulse.real_ns == INT64_C(1795305600) * S + 3000);
	assert_int_equal(kernel.set_count, 0);
	pps_close(&pps);
	pps_close(&pps);
	assert_int_equal(kernel.closed, 1);
	assert_int_equal(pps_open(&pps, "/dev/pps0", true, &pps_ops, error), 0);
	assert_int_equal(kernel.mode & PPS_CAPTUREBOTH, PPS_CAPTUREBOTH);
	assert_int_equal(pps_fetch(&pps, &pulse), 0);
	assert_int_equal(pulse.sequence, 8);
}

static void before_the_first_pulse_there_is_none(void **state)
{
	struct pps_pulse pulse;

	(void)state;
	assert_int_equal(pps_open(&pps, "/dev/pps0", false, &pps_ops, error),
			 0);
	assert_int_equal(pps_fetch(&pps, &pulse), -EAGAIN);
	kernel.info.assert_sequence = 1;
	kernel.info.assert_tu.sec = -4;
	assert_int_equal(pps_fetch(&pps, &pulse), -EAGAIN);
	kernel.info.assert_tu.sec = 1;
	kernel.info.assert_tu.nsec = 1000000000;
	assert_int_equal(pps_fetch(&pps, &pulse), -EAGAIN);
	kernel.fetch_err = -ENODEV;
	assert_int_equal(pps_fetch(&pps, &pulse), -ENODEV);
}

static void what_cannot_be_opened_says_why(void **state)
{
	(void)state;
	kernel.open_err = -ENOENT;
	assert_int_equal(pps_open(&pps, "/dev/pps0", false, &pps_ops, error),
			 -ENOENT);
	assert_string_equal(error, "/dev/pps0: No such file or directory");
	kernel.open_err = 0;
	kernel.caps = PPS_CAPTUREASSERT;
	assert_int_equal(pps_open(&pps, "/dev/pps0", true, &pps_ops, error),
			 -EOPNOTSUPP);
	assert_string_equal(error, "/dev/pps0 cannot capture clear edges");
	kernel.caps = PPS_CAPTUREBOTH;
	kernel.set_err = -EPERM;
	assert_int_equal(pps_open(&pps, "/dev/pps0", true, &pps_ops, error),
			 -EPERM);
	assert_string_equal(error, "/dev/pps0: clear edges are off: Operation "
				   "not permitted (as root, gpsd or ppstest(8) "
				   "switch them on)");
	assert_int_equal(kernel.closed, 2);
}

static struct extts extts;

static int open_extts(int pin, int channel, bool is_clear)
{
	const struct extts_options opt = {pin, channel, is_clear, &extts_ops};

	return extts_open(&extts, "/dev/ptp0", &opt, error);
}

static void a_pin_is_set_and_its_edge_asked_for(void **state)
{
	(void)state;
	assert_int_equal(open_extts(3, 1, true), 0);
	assert_int_equal(kernel.pin, 3);
	assert_int_equal(kernel.channel, 1);
	assert_int_equal(kernel.flags, PTP_ENABLE_FEATURE | PTP_STRICT_FLAGS |
					       PTP_FALLING_EDGE);
	extts_close(&extts);
	assert_int_equal(kernel.flags, 0);
	/* a driver that is not strict is asked all the same */
	kernel.strict_err = -EOPNOTSUPP;
	assert_int_equal(open_extts(-1, 0, false), 0);
	assert_int_equal(kernel.flags, PTP_ENABLE_FEATURE | PTP_RISING_EDGE);
	extts_close(&extts);
	assert_int_equal(open_extts(-1, 2, false), -EOPNOTSUPP);
	assert_string_equal(error, "/dev/ptp0 has 2 inputs: no channel 2");
}

static void pulses_of_our_channel_are_read(void **state)
{
	struct extts_pulse pulse;

	(void)state;
	assert_int_equal(open_extts(-1, 1, false), 0);
	assert_int_equal(extts_next(&extts, &pulse), -EAGAIN);
	kernel.events = 3;
	kernel.event[2] = (struct ptp_extts_event){.index = 0, .t = {5, 1, 0}};
	kernel.event[1] = (struct ptp_extts_event){.index = 1, .t = {6, 2, 0}};
	kernel.event[0] =
		(struct ptp_extts_event){.index = 1, .t = {7, 2000000000, 0}};
	assert_int_equal(extts_next(&extts, &pulse), 0);
	assert_int_equal(pulse.sequence, 1);
	assert_true(pulse.phc_ns == 6 * S + 2);
	assert_int_equal(extts_next(&extts, &pulse), -EAGAIN);
	kernel.events = 1;
	kernel.short_read = 1;
	assert_int_equal(extts_next(&extts, &pulse), -EIO);
	kernel.read_err = -ENODEV;
	assert_int_equal(extts_next(&extts, &pulse), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_last_pulse_of_either_edge_is_fetched,
				       begin),
		cmocka_unit_test_setup(before_the_first_pulse_there_is_none,
				       begin),
		cmocka_unit_test_setup(what_cannot_be_opened_says_why, begin),
		cmocka_unit_test_setup(a_pin_is_set_and_its_edge_asked_for,
				       begin),
		cmocka_unit_test_setup(pulses_of_our_channel_are_read, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
