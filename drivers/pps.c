/* SPDX-License-Identifier: Apache-2.0 */
/* A kernel PPS device. See pps.h. */
#include "drivers/pps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pps.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "drivers/linux_device.h"

#define NS_PER_S INT64_C(1000000000)

/* Seconds beyond these are no stamp of any clock that is set. */
#define STAMP_S_MAX INT64_C(4102444800)

/* ---- the kernel ---- */

static int linux_open(void *arg, const char *path)
{
	int fd;

	(void)arg;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno == EACCES)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

const struct pps_ops pps_linux = {
	.open = linux_open, .close = linux_device_close, .control = linux_device_control};

/* ---- the device ---- */

static int control(struct pps *p, unsigned long request, void *data)
{
	return p->ops->control(p->ops->arg, p->fd, request, data);
}

static int wanted(const struct pps *p)
{
	return p->is_clear ? PPS_CAPTURECLEAR : PPS_CAPTUREASSERT;
}

/* Others may use the device: what they have set stays. */
static int set_capture(struct pps *p)
{
	struct pps_kparams params;
	int err = control(p, PPS_GETPARAMS, &params);

	if (err || (params.mode & wanted(p)))
		return err;
	params.api_version = PPS_API_VERS;
	params.mode |= wanted(p) | PPS_TSFMT_TSPEC;
	return control(p, PPS_SETPARAMS, &params);
}

static int set_up(struct pps *p, const char *path,
		  char ret_error[PPS_ERROR_SIZE])
{
	const char *edge = p->is_clear ? "clear" : "assert";
	int caps, err = control(p, PPS_GETCAP, &caps);

	if (err) {
		snprintf(ret_error, PPS_ERROR_SIZE, "%.60s: no PPS device: %s",
			 path, strerror(-err));
		return err;
	}
	if (!(caps & wanted(p))) {
		snprintf(ret_error, PPS_ERROR_SIZE,
			 "%.60s cannot capture %s edges", path, edge);
		return -EOPNOTSUPP;
	}
	err = set_capture(p);
	if (err)
		snprintf(ret_error, PPS_ERROR_SIZE,
			 "%.60s: %s edges are off: %s%s", path, edge,
			 strerror(-err),
			 err == -EPERM ? " (as root, gpsd or ppstest(8) "
					 "switch them on)"
				       : "");
	return err;
}

int pps_open(struct pps *p, const char *path, bool is_clear,
	     const struct pps_ops *ops, char ret_error[PPS_ERROR_SIZE])
{
	int err;

	*p = (struct pps){.ops = ops ? ops : &pps_linux, .is_clear = is_clear};
	p->fd = p->ops->open(p->ops->arg, path);
	if (p->fd < 0) {
		err = p->fd;
		p->fd = -1;
		snprintf(ret_error, PPS_ERROR_SIZE, "%.60s: %s", path,
			 strerror(-err));
		return err;
	}
	err = set_up(p, path, ret_error);
	if (err)
		pps_close(p);
	return err;
}

void pps_close(struct pps *p)
{
	if (p->fd >= 0)
		p->ops->close(p->ops->arg, p->fd);
	p->fd = -1;
}

/* Offsets that somebody set in the kernel's parameters are in the stamps, and
 * cannot be told from them: docs/quickstart-gnss.md asks for none. */
int pps_fetch(struct pps *p, struct pps_pulse *ret)
{
	struct pps_fdata data;
	const struct pps_ktime *t;
	int err;

	memset(&data, 0, sizeof(data)); /* a timeout of zero: at once */
	err = control(p, PPS_FETCH, &data);
	if (err == -EINTR || err == -ETIMEDOUT)
		return -EAGAIN;
	if (err)
		return err == -EAGAIN ? -EIO : err;
	t = p->is_clear ? &data.info.clear_tu : &data.info.assert_tu;
	if (t->sec <= 0 || t->sec > STAMP_S_MAX || t->nsec < 0 ||
	    t->nsec >= NS_PER_S)
		return -EAGAIN;
	ret->sequence = p->is_clear ? data.info.clear_sequence
				    : data.info.assert_sequence;
	ret->real_ns = t->sec * NS_PER_S + t->nsec;
	return ret->sequence == 0 ? -EAGAIN : 0;
}
