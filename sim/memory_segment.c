/* SPDX-License-Identifier: Apache-2.0 */
/* A segment in memory. See memory_segment.h. */
#include "sim/memory_segment.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int map(struct memory_segment *m)
{
	void *p;

	m->fd = memfd_create("sim", MFD_CLOEXEC);
	if (m->fd < 0 || ftruncate(m->fd, SEGMENT_SIZE) != 0)
		return -errno;
	p = mmap(NULL, SEGMENT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd,
		 0);
	if (p == MAP_FAILED)
		return -errno;
	m->segment = p;
	return 0;
}

int memory_segment_renew(struct memory_segment *m)
{
	char path[64];
	uint64_t boot_id[2];
	int err = segment_boot_id(boot_id);

	if (err < 0)
		return err;
	tt_close(m->clock);
	m->clock = NULL;
	memset(m->segment, 0, SEGMENT_SIZE);
	segment_init(m->segment, boot_id, 1, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", m->fd);
	return tt_open(path, &m->clock);
}

int memory_segment_open(struct memory_segment *m)
{
	int err;

	*m = (struct memory_segment){.fd = -1};
	err = map(m);
	return err < 0 ? err : memory_segment_renew(m);
}

void memory_segment_close(struct memory_segment *m)
{
	tt_close(m->clock);
	if (m->segment)
		munmap(m->segment, SEGMENT_SIZE);
	if (m->fd >= 0)
		close(m->fd);
	*m = (struct memory_segment){.fd = -1};
}
