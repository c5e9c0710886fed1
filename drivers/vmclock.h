/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hypervisor's vmclock page: what it says of the counter (a marker that
 * changes when that was disrupted, as by a live migration) and of its time's
 * error. UAPI.13, "VMClock", version 1: uapi-group.org/specifications. The time
 * itself is read through the PTP clock that the kernel makes of the page.
 */
#ifndef VMCLOCK_H
#define VMCLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VMCLOCK_SIZE 104 /* up to time_maxerror_nanosec, included */

enum vmclock_type { VMCLOCK_UTC, VMCLOCK_TAI, VMCLOCK_OTHER };

struct vmclock_page {
	uint64_t marker;       /* changes when the counter was disrupted */
	enum vmclock_type type;
	bool is_reliable;      /* synchronized, or free running since */
	bool has_tai_offset;
	int tai_offset_s;      /* TAI - UTC */
	int64_t time_ns;       /* the instant that all this is told of */
	bool has_error;        /* both of: */
	int64_t error_ns;      /* of the time then, a half-width */
	double error_ppb;      /* by which it grows since */
};

/* One consistent copy of the page's bytes. 0; -EAGAIN it is being changed;
 * -EPROTO it is no such page, or of another version. */
int vmclock_parse(const uint8_t bytes[VMCLOCK_SIZE], struct vmclock_page *ret);

struct vmclock;

/* 0 or negative errno: -ENOENT there is none; -EPROTO that is none. */
int vmclock_open(const char *path, struct vmclock **ret);
void vmclock_close(struct vmclock *v); /* NULL is allowed */

/* 0 or what vmclock_parse() says. -EAGAIN: it was never whole in some tries. */
int vmclock_read(const struct vmclock *v, struct vmclock_page *ret);

#endif
