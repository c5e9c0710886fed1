/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds what the phc driver reads of a NIC's clock against what the clock was:
 * phc - raw lies within each reading. In the VM lab's guest.
 *
 * usage: phc_judge [--mode precise|extended_raw|extended|basic]
 *        [--batch N] [--readings N] [--stamp-ns N] INTERFACE
 * One line: the mode that was found, and the widths.
 * exit: 0 contained, 1 not, or it cannot be read (it says why), 2 usage.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/phc_device.h"
#include "tests/judge/argument.h"
#include "tests/judge/judge_widths.h"
#include "tests/vm/truth.h"
#include "timed/env_linux.h"

#define READINGS_MAX 10000
#define APART_US     10000

static const struct {
	const char *name;
	enum phc_mode mode;
} modes[] = {
	{"precise", PHC_PRECISE},
	{"extended_raw", PHC_EXTENDED_RAW},
	{"extended", PHC_EXTENDED},
	{"basic", PHC_BASIC},
};

static enum phc_mode mode_of(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(name, modes[i].name) == 0)
			return modes[i].mode;
	}
	exit(2);
}

/* 0 or negative errno; the reading's width, and whether it holds. */
static int judge(struct phc *phc, int fd, int64_t *ret_width_ns, int *ret_holds)
{
	const struct truth a = truth_read(fd);
	struct phc_reading r;
	const int err = phc_read(phc, &r);
	const struct truth b = truth_read(fd);
	int64_t x_ns;

	if (err)
		return err;
	x_ns = truth_between(&a, &b, r.raw_ns) - r.raw_ns;
	*ret_holds = r.lo_ns <= x_ns && x_ns <= r.hi_ns;
	*ret_width_ns = r.hi_ns - r.lo_ns;
	if (!*ret_holds)
		fprintf(stderr, "phc_judge: [%+" PRId64 ", %+" PRId64 "] ns\n",
			r.lo_ns - x_ns, r.hi_ns - x_ns);
	return 0;
}

static int run(struct phc *phc, int fd, int readings)
{
	static struct judge_widths widths;
	int violations = 0, failures = 0;

	for (int i = 0; i < readings; i++) {
		int64_t width_ns;
		int holds = 1;

		if (judge(phc, fd, &width_ns, &holds))
			failures++;
		else
			judge_widths_add(&widths, width_ns);
		violations += !holds;
		usleep(APART_US);
	}
	printf("mode=%s readings=%" PRIu64 " failures=%d violations=%d ",
	       phc_mode_name(phc_mode(phc)), widths.count, failures,
	       violations);
	judge_widths_print(&widths, ' ');
	printf("fallback=\"%s\"\n", phc_fallback(phc));
	return violations || !widths.count ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"mode", required_argument, NULL, 'm'},
		{"batch", required_argument, NULL, 'b'},
		{"readings", required_argument, NULL, 'n'},
		{"stamp-ns", required_argument, NULL, 's'},
		{NULL, 0, NULL, 0}};
	struct phc_device_options opt = {.batch = 5, .drift_ppb = 100e3};
	char error[PHC_ERROR_SIZE] = "", path[128];
	int c, fd, readings = 100, code = EXIT_FAILURE;
	struct phc *phc;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'm':
			opt.mode = mode_of(optarg);
			break;
		case 'b':
			opt.batch =
				(int)argument_number(optarg, 1, PHC_BATCH_MAX);
			break;
		case 'n':
			readings =
				(int)argument_number(optarg, 1, READINGS_MAX);
			break;
		case 's':
			opt.stamp_ns = argument_number(optarg, 0, 1000000);
			break;
		default:
			return 2;
		}
	}
	if (optind + 1 != argc)
		return 2;
	opt.name = argv[optind];
	snprintf(path, sizeof(path), "/sys/kernel/debug/ttlab/%s/phc/truth",
		 opt.name);
	fd = truth_open(path);
	if (fd < 0) {
		fprintf(stderr, "phc_judge: %s: %s\n", path, strerror(-fd));
		return EXIT_FAILURE;
	}
	if (phc_open(&opt, env_linux_open(), &phc, error)) {
		fprintf(stderr, "phc_judge: %s\n", error);
	} else {
		code = run(phc, fd, readings);
		phc_close(phc);
	}
	close(fd);
	return code;
}
