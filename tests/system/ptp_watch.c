/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ptp-watch: the ptp driver, watched (watch.h), with a ptp4l that stamps in
 * software: its clock is CLOCK_REALTIME, and its grandmaster's time is that
 * too, which is UTC.
 *
 * usage: ptp-watch SERVER PATH SECONDS [OPTION=NUMBER]...
 *        domain, asymmetry, delay_min, delay_max, accuracy: ns; refuse: 1, no
 *        arbitrary timescale
 * exit: 0, 1 on a miss or without samples, 2 usage
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/ptp.h"
#include "tests/system/watch.h"

static bool set_option(struct ptp_options *opt, const char *text)
{
	const char *equals = strchr(text, '=');
	const long long value = equals ? atoll(equals + 1) : 0;
	const size_t len = equals ? (size_t)(equals - text) : 0;

	if (!strncmp(text, "domain", len))
		opt->domain = (int)value;
	else if (!strncmp(text, "asymmetry", len))
		opt->asymmetry_ns = value;
	else if (!strncmp(text, "delay_min", len))
		opt->delay_ns_min = value;
	else if (!strncmp(text, "delay_max", len))
		opt->delay_ns_max = value;
	else if (!strncmp(text, "accuracy", len))
		opt->accuracy_ns = value;
	else if (!strncmp(text, "refuse", len))
		opt->arbitrary = PTP_ARBITRARY_REFUSED;
	else
		return false;
	return len > 0;
}

int main(int argc, char **argv)
{
	struct ptp_options opt = ptp_defaults;
	struct driver *driver;
	bool ok = argc >= 4;
	int err;

	opt.device.name = PTP_DEVICE_REALTIME;
	opt.arbitrary = PTP_ARBITRARY_UTC;
	for (int i = 4; ok && i < argc; i++)
		ok = set_option(&opt, argv[i]);
	if (!ok) {
		fputs("usage: ptp-watch SERVER PATH SECONDS "
		      "[OPTION=NUMBER]...\n",
		      stderr);
		return 2;
	}
	opt.socket = argv[1];
	opt.monitor = argv[2];
	err = driver_ptp_open(&opt, watch_env(), &watch_sink, &driver);
	if (err) {
		fprintf(stderr, "ptp-watch: %s\n", strerror(-err));
		return 1;
	}
	return watch_run(driver, atoll(argv[3]));
}
