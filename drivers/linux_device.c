/* SPDX-License-Identifier: Apache-2.0 */
/* Devices of Linux. See linux_device.h. */
#include "drivers/linux_device.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

void linux_device_close(void *arg, int fd)
{
	(void)arg;
	close(fd);
}

int linux_device_control(void *arg, int fd, unsigned long request, void *data)
{
	(void)arg;
	return ioctl(fd, request, data) < 0 ? -errno : 0;
}
