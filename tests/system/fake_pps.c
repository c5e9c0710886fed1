/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PPS device for an unmodified program, where the kernel has none: preloaded,
 * it answers open and the PPS ioctls for one path that need not exist,
 * $FAKE_PPS. Its pulses are at the seconds of CLOCK_REALTIME, which is true time
 * here. What is wrong with them is in the file $FAKE_PPS_ORDERS, looked at with
 * every fetch: words, one a line.
 *
 *   phase N    they are N ns after their second
 *   latency N  a stamp is late by N ns
 *   tail N     and, one in eight, by up to N ns more
 *   lose N     one in N does not come
 *   double     a second one comes 100 us after each
 *   noise      and, every third second, one at some other time
 *   stop       none comes
 *   gone       the device has vanished
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/pps.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S  INT64_C(1000000000)
#define DOUBLE_NS 100000
#define PER_S	  4 /* numbers a second has, of which most are unused */

struct orders {
	long phase_ns, latency_ns, tail_ns, lose;
	bool is_double, has_noise, is_stopped, is_gone;
};

static int device_fd = -1;
static uint32_t sequence;
static int64_t last_stamp_ns;

static struct orders read_orders(void)
{
	struct orders o = {.latency_ns = 3000};
	const char *path = getenv("FAKE_PPS_ORDERS");
	FILE *in = path ? fopen(path, "r") : NULL;
	char word[16];
	long n;

	while (in && fscanf(in, "%15s", word) == 1) {
		if (!strcmp(word, "double"))
			o.is_double = true;
		else if (!strcmp(word, "noise"))
			o.has_noise = true;
		else if (!strcmp(word, "stop"))
			o.is_stopped = true;
		else if (!strcmp(word, "gone"))
			o.is_gone = true;
		else if (fscanf(in, "%ld", &n) != 1)
			break;
		else if (!strcmp(word, "phase"))
			o.phase_ns = n;
		else if (!strcmp(word, "latency"))
			o.latency_ns = n;
		else if (!strcmp(word, "tail"))
			o.tail_ns = n;
		else if (!strcmp(word, "lose"))
			o.lose = n;
	}
	if (in)
		fclose(in);
	return o;
}

/* Chance that is the same for a second whenever it is asked (splitmix64). */
static uint64_t chance(int64_t second_s)
{
	uint64_t z = (uint64_t)second_s * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static int64_t latency_of(const struct orders *o, int64_t second_s)
{
	const uint64_t c = chance(second_s);
	const bool is_tail = o->tail_ns > 0 && (c & 7) == 0;

	return o->latency_ns + (int64_t)((c >> 8) % 1000) +
	       (is_tail ? (int64_t)((c >> 20) % (uint64_t)o->tail_ns) : 0);
}

/* The stamp of this second's pulse number `which`; 0: there is none. */
static int64_t stamp_of(const struct orders *o, int64_t second_s, int which)
{
	const int64_t at_ns =
		second_s * NS_PER_S + o->phase_ns + latency_of(o, second_s);

	if (which == 0)
		return o->lose > 0 && chance(second_s + 1) %
						       (uint64_t)o->lose ==
					       0
			       ? 0
			       : at_ns;
	if (which == 1 && o->is_double)
		return at_ns + DOUBLE_NS;
	if (which == 2 && o->has_noise && second_s % 3 == 0)
		return at_ns + 50000000 +
		       (int64_t)(chance(second_s) % 800000000);
	return 0;
}

/* All pulses since the last fetch count; the last one is shown. */
static void look(const struct orders *o, struct pps_kinfo *info)
{
	struct timespec now;
	int64_t now_ns, from_s;

	clock_gettime(CLOCK_REALTIME, &now);
	now_ns = now.tv_sec * NS_PER_S + now.tv_nsec;
	from_s = last_stamp_ns ? last_stamp_ns / NS_PER_S - 1 : now.tv_sec - 1;
	for (int64_t s = from_s; s <= now.tv_sec && !o->is_stopped; s++)
		for (int i = 0; i < PER_S; i++) {
			const int64_t ns = stamp_of(o, s, i);

			if (ns <= last_stamp_ns || ns > now_ns)
				continue;
			last_stamp_ns = ns;
			sequence++;
		}
	info->assert_sequence = sequence;
	info->assert_tu.sec = last_stamp_ns / NS_PER_S;
	info->assert_tu.nsec = (int)(last_stamp_ns % NS_PER_S);
	info->current_mode = PPS_CAPTUREASSERT;
}

static bool is_device(const char *path)
{
	const char *ours = getenv("FAKE_PPS");

	return path && ours && strcmp(path, ours) == 0;
}

static int open_device(void)
{
	if (read_orders().is_gone) {
		errno = ENOENT;
		return -1;
	}
	/* never readable, and allowed to a timed that is confined */
	device_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return device_fd;
}

typedef int (*open_fn)(const char *path, int flags, ...);
typedef int (*close_fn)(int fd);
typedef int (*ioctl_fn)(int fd, unsigned long request, ...);

int open(const char *path, int flags, ...)
{
	static open_fn real;
	mode_t mode;
	va_list args;

	if (is_device(path))
		return open_device();
	if (!real)
		real = (open_fn)dlsym(RTLD_NEXT, "open");
	va_start(args, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	return real(path, flags, mode);
}

int close(int fd)
{
	static close_fn real;

	if (!real)
		real = (close_fn)dlsym(RTLD_NEXT, "close");
	if (fd >= 0 && fd == device_fd)
		device_fd = -1;
	return real(fd);
}

static int answer(unsigned long request, void *data)
{
	const struct orders o = read_orders();
	struct pps_kparams *params = data;

	if (o.is_gone) {
		errno = ENODEV;
		return -1;
	}
	switch (request) {
	case PPS_GETCAP:
		*(int *)data =
			PPS_CAPTUREASSERT | PPS_CANWAIT | PPS_TSFMT_TSPEC;
		return 0;
	case PPS_GETPARAMS:
		memset(params, 0, sizeof(*params));
		params->api_version = PPS_API_VERS;
		params->mode = PPS_CAPTUREASSERT;
		return 0;
	case PPS_FETCH:
		look(&o, &((struct pps_fdata *)data)->info);
		return 0;
	default:
		errno = ENOTTY;
		return -1;
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	static ioctl_fn real;
	va_list args;
	void *data;

	va_start(args, request);
	data = va_arg(args, void *);
	va_end(args);
	if (fd >= 0 && fd == device_fd)
		return answer(request, data);
	if (!real)
		real = (ioctl_fn)dlsym(RTLD_NEXT, "ioctl");
	return real(fd, request, data);
}
