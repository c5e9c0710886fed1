/* SPDX-License-Identifier: Apache-2.0 */
/* struct phc_ops on Linux. Nothing here sets a clock: clock_adjtime is called
 * with no modes, and tells. */
#include "drivers/linux_device.h"
#include "drivers/phc_device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

/* The clock behind an fd: include/linux/posix-timers.h, fd_to_clockid(). */
#define CLOCKFD	     3
#define CLOCK_OF(fd) ((clockid_t)((~(unsigned int)(fd) << 3) | CLOCKFD))

/* timex.freq is ppm in 16.16 fixed point. */
#define PPB_PER_FREQ (1000.0 / 65536)

/* For writing if that is allowed: until Linux 6.14 the kernel tells the
 * frequency to no one else. */
static int linux_open(void *arg, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	(void)arg;
	if (fd < 0 && (errno == EACCES || errno == EPERM || errno == EROFS))
		fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int linux_rate(void *arg, int fd, double *ret_ppb)
{
	struct timex tx = {.modes = 0};

	(void)arg;
	if (clock_adjtime(CLOCK_OF(fd), &tx) < 0)
		return -errno;
	*ret_ppb = (double)tx.freq * PPB_PER_FREQ;
	return 0;
}

static int linux_interface(void *arg, const char *name, int *ret_index)
{
	struct ethtool_ts_info info = {.cmd = ETHTOOL_GET_TS_INFO};
	struct ifreq request = {.ifr_data = (char *)&info};
	int fd, err = 0;

	(void)arg;
	if (strlen(name) >= sizeof(request.ifr_name))
		return -ENODEV;
	strcpy(request.ifr_name, name);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		return -errno;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (ioctl(fd, SIOCETHTOOL, &request) < 0)
		err = errno == EOPNOTSUPP ? -ENODATA : -errno;
	close(fd);
	if (!err && info.phc_index < 0)
		err = -ENODATA;
	if (!err)
		*ret_index = info.phc_index;
	return err;
}

static int linux_line(void *arg, const char *path, char *ret, int size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	(void)arg;
	if (fd < 0)
		return -errno;
	n = read(fd, ret, (size_t)size - 1);
	close(fd);
	if (n < 0)
		return -errno;
	ret[n] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	return 0;
}

const struct phc_ops phc_linux = {.open = linux_open,
				  .close = linux_device_close,
				  .control = linux_device_control,
				  .rate = linux_rate,
				  .interface = linux_interface,
				  .line = linux_line};
