/* SPDX-License-Identifier: Apache-2.0 */
/* External timestamps of a PHC. See extts.h. */
#include "drivers/extts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ptp_clock.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "drivers/linux_device.h"

#define NS_PER_S INT64_C(1000000000)

/* Others' channels are in the same queue: so many are passed over at once. */
#define SKIP_MAX 128

/* ---- the kernel ---- */

static int linux_open(void *arg, const char *path)
{
	const int fd = open(path, O_RDWR | O_CLOEXEC);

	(void)arg;
	return fd < 0 ? -errno : fd;
}

/* The kernel's read waits whatever O_NONBLOCK says (drivers/ptp/ptp_chardev.c):
 * only where there is something to read may it be called. */
static int linux_read(void *arg, int fd, void *buf, int size)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ssize_t n;

	(void)arg;
	if (poll(&p, 1, 0) <= 0)
		return -EAGAIN;
	n = read(fd, buf, (size_t)size);
	return n < 0 ? -errno : (int)n;
}

const struct extts_ops extts_linux = {.open = linux_open,
				      .close = linux_device_close,
				      .control = linux_device_control,
				      .read = linux_read};

/* ---- the channel ---- */

static int control(struct extts *e, unsigned long request, void *data)
{
	return e->opt.ops->control(e->opt.ops->arg, e->fd, request, data);
}

static int set_pin(struct extts *e)
{
	struct ptp_pin_desc pin = {.index = (unsigned int)e->opt.pin,
				   .func = PTP_PF_EXTTS,
				   .chan = (unsigned int)e->opt.channel};

	return e->opt.pin < 0 ? 0 : control(e, PTP_PIN_SETFUNC, &pin);
}

static unsigned int edge_flag(const struct extts *e)
{
	return e->opt.is_clear ? PTP_FALLING_EDGE : PTP_RISING_EDGE;
}

/* The second request is strict: it fails where the hardware would stamp other
 * edges than those asked for. Drivers that do not know it stamp what they do:
 * both edges are a doubled pulse, which is not believed. */
static int request(struct extts *e, bool on)
{
	struct ptp_extts_request r = {.index = (unsigned int)e->opt.channel};
	int err;

	if (on)
		r.flags = PTP_ENABLE_FEATURE | PTP_STRICT_FLAGS | edge_flag(e);
	err = control(e, PTP_EXTTS_REQUEST2, &r);
	if (err != -EOPNOTSUPP && err != -ENOTTY && err != -EINVAL)
		return err;
	r.flags &= ~(unsigned int)PTP_STRICT_FLAGS;
	return control(e, PTP_EXTTS_REQUEST, &r);
}

static int set_up(struct extts *e, const char *path,
		  char ret_error[EXTTS_ERROR_SIZE])
{
	struct ptp_clock_caps caps;
	int err = control(e, PTP_CLOCK_GETCAPS, &caps);

	if (!err && caps.n_ext_ts <= e->opt.channel) {
		snprintf(ret_error, EXTTS_ERROR_SIZE,
			 "%.60s has %d inputs: no channel %d", path,
			 caps.n_ext_ts, e->opt.channel);
		return -EOPNOTSUPP;
	}
	if (!err)
		err = set_pin(e);
	if (!err)
		err = request(e, true);
	if (err)
		snprintf(ret_error, EXTTS_ERROR_SIZE, "%.60s: channel %d: %s",
			 path, e->opt.channel, strerror(-err));
	return err;
}

static void close_fd(struct extts *e)
{
	e->opt.ops->close(e->opt.ops->arg, e->fd);
	e->fd = -1;
}

int extts_open(struct extts *e, const char *path,
	       const struct extts_options *opt,
	       char ret_error[EXTTS_ERROR_SIZE])
{
	int err;

	*e = (struct extts){.opt = *opt};
	if (!e->opt.ops)
		e->opt.ops = &extts_linux;
	e->fd = e->opt.ops->open(e->opt.ops->arg, path);
	if (e->fd < 0) {
		err = e->fd;
		e->fd = -1;
		snprintf(ret_error, EXTTS_ERROR_SIZE, "%.60s: %s", path,
			 strerror(-err));
		return err;
	}
	err = set_up(e, path, ret_error);
	if (err)
		close_fd(e);
	return err;
}

void extts_close(struct extts *e)
{
	if (e->fd < 0)
		return;
	request(e, false);
	close_fd(e);
}

int extts_next(struct extts *e, struct extts_pulse *ret)
{
	struct ptp_extts_event event;

	for (int i = 0; i < SKIP_MAX; i++) {
		const int n = e->opt.ops->read(e->opt.ops->arg, e->fd, &event,
					       (int)sizeof(event));

		if (n == -EAGAIN || n == -EINTR)
			return -EAGAIN;
		if (n < 0)
			return n;
		if (n != (int)sizeof(event))
			return -EIO;
		if (event.index != (unsigned int)e->opt.channel)
			continue;
		if (event.t.nsec >= NS_PER_S || event.t.sec < 0 ||
		    event.t.sec > INT64_MAX / NS_PER_S - 1)
			continue;
		e->sequence++;
		ret->sequence = e->sequence;
		ret->phc_ns = event.t.sec * NS_PER_S + event.t.nsec;
		return 0;
	}
	return -EAGAIN;
}
