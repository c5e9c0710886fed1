/* SPDX-License-Identifier: Apache-2.0 */
/* A hypervisor's vmclock page. See vmclock.h. */
#include "drivers/vmclock.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

/* "VCLK" and version: UAPI.13, "Structure Fields". */
#define MAGIC	UINT32_C(0x4b4c4356)
#define VERSION 1

/* Where the fields lie. */
#define AT_MAGIC      0x00
#define AT_SIZE	      0x04
#define AT_VERSION    0x08
#define AT_TYPE	      0x0b
#define AT_SEQUENCE   0x0c
#define AT_MARKER     0x10
#define AT_FLAGS      0x18
#define AT_STATUS     0x22
#define AT_TAI_OFFSET 0x24
#define AT_PERIOD     0x30
#define AT_PERIOD_MAX 0x40 /* of its error, in the same unit */
#define AT_TIME_S     0x48
#define AT_TIME_FRAC  0x50
#define AT_TIME_MAX   0x60

#define HAS_TAI_OFFSET (UINT64_C(1) << 0)
#define HAS_PERIOD_MAX (UINT64_C(1) << 4)
#define HAS_TIME_MAX   (UINT64_C(1) << 6)

#define STATUS_SYNCHRONIZED 2
#define STATUS_FREERUNNING  3

/* An hour says nothing any more; and sums with it do not overflow. */
#define ERROR_NS_MAX (3600 * NS_PER_S)

/* Times beyond 2^62 ns, the year 2116, are none. */
#define SECONDS_MAX UINT64_C(4611686018)

/* The hypervisor changes it within microseconds. */
#define TRIES 100

struct vmclock {
	const uint8_t *page;
	size_t size;
};

static uint64_t u64(const uint8_t *bytes, int at)
{
	uint64_t v;

	memcpy(&v, bytes + at, sizeof(v));
	return le64toh(v);
}

static uint32_t u32(const uint8_t *bytes, int at)
{
	uint32_t v;

	memcpy(&v, bytes + at, sizeof(v));
	return le32toh(v);
}

static uint16_t u16(const uint8_t *bytes, int at)
{
	uint16_t v;

	memcpy(&v, bytes + at, sizeof(v));
	return le16toh(v);
}

static enum vmclock_type type_of(uint8_t value)
{
	return value == 0   ? VMCLOCK_UTC
	       : value == 1 ? VMCLOCK_TAI
			    : VMCLOCK_OTHER;
}

/* The error of the time, and of the rate against the rate itself. */
static void parse_error(const uint8_t *bytes, struct vmclock_page *p)
{
	const uint64_t wanted = HAS_TIME_MAX | HAS_PERIOD_MAX;
	const uint64_t error_ns = u64(bytes, AT_TIME_MAX);
	const double period = (double)u64(bytes, AT_PERIOD);

	p->has_error = (u64(bytes, AT_FLAGS) & wanted) == wanted &&
		       error_ns <= (uint64_t)ERROR_NS_MAX && period > 0;
	if (!p->has_error)
		return;
	p->error_ns = (int64_t)error_ns + 1; /* and the time's rounding */
	p->error_ppb = (double)u64(bytes, AT_PERIOD_MAX) / period * 1e9;
}

int vmclock_parse(const uint8_t bytes[VMCLOCK_SIZE], struct vmclock_page *ret)
{
	const uint64_t time_s = u64(bytes, AT_TIME_S);
	struct vmclock_page p = {.marker = u64(bytes, AT_MARKER)};

	if (u32(bytes, AT_MAGIC) != MAGIC ||
	    u32(bytes, AT_SIZE) < VMCLOCK_SIZE ||
	    u16(bytes, AT_VERSION) != VERSION)
		return -EPROTO;
	if (u32(bytes, AT_SEQUENCE) & 1)
		return -EAGAIN;
	p.type = type_of(bytes[AT_TYPE]);
	p.is_reliable = (bytes[AT_STATUS] == STATUS_SYNCHRONIZED ||
			 bytes[AT_STATUS] == STATUS_FREERUNNING) &&
			time_s <= SECONDS_MAX;
	p.has_tai_offset = u64(bytes, AT_FLAGS) & HAS_TAI_OFFSET;
	p.tai_offset_s = (int16_t)u16(bytes, AT_TAI_OFFSET);
	if (p.is_reliable)
		p.time_ns =
			(int64_t)time_s * NS_PER_S +
			(int64_t)ldexp((double)u64(bytes, AT_TIME_FRAC) * 1e9,
				       -64);
	parse_error(bytes, &p);
	*ret = p;
	return 0;
}

/* It is odd while the page is being changed, and another one after. */
static uint32_t sequence(const struct vmclock *v)
{
	const void *at = v->page + AT_SEQUENCE;

	/* pairs with the barriers that the specification asks of the writer */
	return atomic_load_explicit((const _Atomic uint32_t *)at,
				    memory_order_acquire);
}

/* Word by word: each of them is read once, and before the sequence again. */
static void copy(const struct vmclock *v, uint8_t ret[VMCLOCK_SIZE])
{
	for (size_t i = 0; i < VMCLOCK_SIZE; i += sizeof(uint64_t)) {
		const void *at = v->page + i;
		const uint64_t word = atomic_load_explicit(
			(const _Atomic uint64_t *)at, memory_order_acquire);

		memcpy(ret + i, &word, sizeof(word));
	}
}

int vmclock_read(const struct vmclock *v, struct vmclock_page *ret)
{
	uint8_t bytes[VMCLOCK_SIZE];

	for (int i = 0; i < TRIES; i++) {
		const uint32_t before = sequence(v);

		copy(v, bytes);
		if (!(before & 1) && sequence(v) == before)
			return vmclock_parse(bytes, ret);
	}
	return -EAGAIN;
}

/* A device has no size; a file must hold the page, or reading it is fatal. */
static int map(int fd, size_t size, const uint8_t **ret)
{
	struct stat st;
	void *page;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISREG(st.st_mode) && st.st_size < VMCLOCK_SIZE)
		return -EPROTO;
	page = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	*ret = page;
	return 0;
}

int vmclock_open(const char *path, struct vmclock **ret)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct vmclock_page page;
	struct vmclock *v;
	int err;

	if (fd < 0)
		return -errno;
	v = calloc(1, sizeof(*v));
	if (v)
		v->size = (size_t)sysconf(_SC_PAGESIZE);
	err = v ? map(fd, v->size, &v->page) : -ENOMEM;
	close(fd);
	if (!err)
		err = vmclock_read(v, &page);
	if (err && err != -EAGAIN) {
		vmclock_close(v);
		return err;
	}
	*ret = v;
	return 0;
}

void vmclock_close(struct vmclock *v)
{
	if (!v)
		return;
	if (v->page)
		munmap((void *)(uintptr_t)v->page, v->size);
	free(v);
}
