/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far CLOCK_REALTIME, whoever steers it, is off true time, in the VM lab's
 * guest. Figures to compare steerers by; nothing is judged.
 *
 * usage: clock_judge SECONDS: prints one line: mean and standard deviation of
 * the offset (positive: ahead), 16 looks a second, how far it went from the
 * mean and in which second, and the rms of what the clock's rate
 * changes by from one second to the next.
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/judge/argument.h"
#include "tests/vm/truth.h"

#define NS_PER_S     INT64_C(1000000000)
#define TAI_UTC_NS   (37 * NS_PER_S)
#define RATE_HZ	     16
#define APART_NS_MAX 1000

static int64_t read_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* CLOCK_REALTIME - truth, at a reading of both counters a few instructions
 * apart; with an interrupt between them it is no reading. */
static bool look(int fd, double *ret_off_ns)
{
	const struct truth a = truth_read(fd);
	const int64_t before_ns = read_ns(CLOCK_MONOTONIC_RAW);
	const int64_t real_ns = read_ns(CLOCK_REALTIME);
	const int64_t after_ns = read_ns(CLOCK_MONOTONIC_RAW);
	const struct truth b = truth_read(fd);
	const int64_t raw_ns = before_ns + (after_ns - before_ns) / 2;

	*ret_off_ns = (double)(real_ns + TAI_UTC_NS -
			       truth_between(&a, &b, raw_ns));
	return after_ns - before_ns < APART_NS_MAX;
}

struct figures {
	double sum_ns, sum2_ns2, min_ns, max_ns, sum2_ppb2;
	double last_ns, last_ppb;
	int64_t looks, rates, min_look, max_look;
};

static void take_rate(struct figures *f, double off_ns)
{
	const double ppb = off_ns - f->last_ns;

	if (f->looks >= 2 * RATE_HZ) {
		f->sum2_ppb2 += pow(ppb - f->last_ppb, 2);
		f->rates++;
	}
	f->last_ns = off_ns;
	f->last_ppb = ppb;
}

static void take(struct figures *f, double off_ns)
{
	f->sum_ns += off_ns;
	f->sum2_ns2 += off_ns * off_ns;
	if (f->looks == 0 || off_ns > f->max_ns) {
		f->max_ns = off_ns;
		f->max_look = f->looks;
	}
	if (f->looks == 0 || off_ns < f->min_ns) {
		f->min_ns = off_ns;
		f->min_look = f->looks;
	}
	if (f->looks % RATE_HZ == 0)
		take_rate(f, off_ns);
	f->looks++;
}

static void tell(const struct figures *f)
{
	const double n = (double)f->looks, mean_ns = f->sum_ns / n;

	printf("seconds=%" PRId64 " mean_ns=%+.0f sd_ns=%.0f "
	       "lo_ns=%+.0f at_s=%" PRId64 " hi_ns=%+.0f at_s=%" PRId64
	       " rate_change_rms_ppb=%.0f\n",
	       f->looks / RATE_HZ, mean_ns,
	       sqrt(fmax(f->sum2_ns2 / n - mean_ns * mean_ns, 0)),
	       f->min_ns - mean_ns, f->min_look / RATE_HZ,
	       f->max_ns - mean_ns, f->max_look / RATE_HZ,
	       f->rates ? sqrt(f->sum2_ppb2 / (double)f->rates) : 0);
}

int main(int argc, char **argv)
{
	const struct timespec apart = {.tv_nsec = NS_PER_S / RATE_HZ};
	const int fd = truth_open(TRUTH_PATH);
	struct figures f = {.looks = 0};
	int64_t looks;

	if (argc != 2 || fd < 0)
		return 2;
	looks = argument_number(argv[1], 1, 100000) * RATE_HZ;
	while (f.looks < looks) {
		double off_ns;

		if (!look(fd, &off_ns))
			continue;
		take(&f, off_ns);
		clock_nanosleep(CLOCK_MONOTONIC, 0, &apart, NULL);
	}
	tell(&f);
	return 0;
}
