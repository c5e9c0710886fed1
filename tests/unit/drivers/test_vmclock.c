/* SPDX-License-Identifier: Apache-2.0 */
/* A hypervisor's page in a file, and the error bound that it makes. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "drivers/phc_bound.h"
#include "drivers/vmclock.h"

#define S    INT64_C(1000000000)
#define NOW  INT64_C(1795305600) /* 2026-11-22 00:00:00 UTC */
#define PAGE 4096

/* The page as a hypervisor maps it, and a file of it. */
static uint8_t *page;
static char path[] = "/tmp/vmclock.XXXXXX";

static void put(int at, uint64_t value, size_t size)
{
	const uint64_t v = htole64(value);

	memcpy(page + at, &v, size);
}

/* 1 GHz, TAI, +-500 ns and 10 ppm, synchronized. */
static int set_up(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/vmclock.XXXXXX");
	fd = mkstemp(path);
	if (fd < 0 || ftruncate(fd, PAGE))
		return -1;
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	put(0x00, 0x4b4c4356, 4);
	put(0x04, PAGE, 4);
	put(0x08, 1, 2);
	put(0x0a, 1, 1); /* TSC */
	put(0x0b, 1, 1); /* TAI */
	put(0x0c, 2, 4);
	put(0x10, 4711, 8);
	put(0x18, 1 << 0 | 1 << 4 | 1 << 6, 8);
	put(0x22, 2, 1);
	put(0x24, 37, 2);
	put(0x27, 29, 1);
	put(0x30, UINT64_C(0x89705f4136b4a597), 8); /* 1 ns */
	put(0x40, UINT64_C(0x89705f4136b4a597) / 100000, 8);
	put(0x48, NOW + 37, 8);
	put(0x50, UINT64_C(1) << 63, 8); /* half a second */
	put(0x60, 500, 8);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	munmap(page, PAGE);
	return unlink(path);
}

static void each_field_is_read_where_the_page_has_it(void **state)
{
	struct vmclock_page p;

	(void)state;
	assert_int_equal(vmclock_parse(page, &p), 0);
	assert_true(p.marker == 4711);
	assert_int_equal(p.type, VMCLOCK_TAI);
	assert_true(p.is_reliable);
	assert_true(p.has_tai_offset);
	assert_int_equal(p.tai_offset_s, 37);
	assert_true(p.time_ns == (NOW + 37) * S + S / 2);
	assert_true(p.has_error);
	assert_true(p.error_ns == 501);
	assert_true(p.error_ppb > 9999.9 && p.error_ppb < 10000.1);
}

static void no_page_and_no_other_version_is_taken_for_one(void **state)
{
	struct vmclock_page p;

	(void)state;
	put(0x00, 0x4b4c4357, 4);
	assert_int_equal(vmclock_parse(page, &p), -EPROTO);
	put(0x00, 0x4b4c4356, 4);
	put(0x08, 2, 2);
	assert_int_equal(vmclock_parse(page, &p), -EPROTO);
	put(0x08, 1, 2);
	put(0x04, VMCLOCK_SIZE - 1, 4);
	assert_int_equal(vmclock_parse(page, &p), -EPROTO);
	put(0x04, PAGE, 4);
	put(0x0c, 3, 4); /* it is being changed */
	assert_int_equal(vmclock_parse(page, &p), -EAGAIN);
}

static void what_is_not_valid_is_not_there(void **state)
{
	struct vmclock_page p;

	(void)state;
	for (uint64_t status = 0; status < 6; status++) {
		put(0x22, status, 1);
		assert_int_equal(vmclock_parse(page, &p), 0);
		assert_true(p.is_reliable == (status == 2 || status == 3));
	}
	put(0x22, 2, 1);
	put(0x18, 1 << 0 | 1 << 6, 8);
	assert_int_equal(vmclock_parse(page, &p), 0);
	assert_false(p.has_error);
	put(0x18, 1 << 4 | 1 << 6, 8);
	put(0x60, UINT64_MAX, 8);
	assert_int_equal(vmclock_parse(page, &p), 0);
	assert_false(p.has_error);
	assert_false(p.has_tai_offset);
	put(0x60, 500, 8);
	put(0x30, 0, 8);
	assert_int_equal(vmclock_parse(page, &p), 0);
	assert_false(p.has_error);
	put(0x48, UINT64_MAX, 8);
	assert_int_equal(vmclock_parse(page, &p), 0);
	assert_false(p.is_reliable);
	put(0x0b, 2, 1);
	assert_int_equal(vmclock_parse(page, &p), 0);
	assert_int_equal(p.type, VMCLOCK_OTHER);
}

static void a_file_is_opened_and_followed(void **state)
{
	struct vmclock_page p;
	struct vmclock *v;

	(void)state;
	assert_int_equal(vmclock_open(path, &v), 0);
	assert_int_equal(vmclock_read(v, &p), 0);
	assert_true(p.marker == 4711);
	put(0x0c, 3, 4);
	put(0x10, 4712, 8);
	assert_int_equal(vmclock_read(v, &p), -EAGAIN);
	put(0x0c, 4, 4);
	assert_int_equal(vmclock_read(v, &p), 0);
	assert_true(p.marker == 4712);
	vmclock_close(v);
	vmclock_close(NULL);
}

static void a_file_that_is_none_is_refused(void **state)
{
	struct vmclock *v;

	(void)state;
	assert_int_equal(vmclock_open("/nowhere/vmclock0", &v), -ENOENT);
	put(0x00, 0, 4);
	assert_int_equal(vmclock_open(path, &v), -EPROTO);
	assert_int_equal(truncate(path, 64), 0);
	assert_int_equal(vmclock_open(path, &v), -EPROTO);
	assert_int_equal(truncate(path, PAGE), 0);
}

/* ---- the bound ------------------------------------------------------------ */

static char error[PHC_BOUND_ERROR_SIZE];

static int bound_at(int64_t phc_ns, enum source_scale scale, int64_t *ret_ns)
{
	struct phc_bound b;
	int err;

	phc_bound_init(&b, 0, path, NULL);
	err = phc_bound_read(&b, phc_ns, scale, ret_ns, error);
	phc_bound_close(&b);
	return err;
}

static void the_bound_grows_with_the_age_of_the_page(void **state)
{
	const int64_t at_ns = (NOW + 37) * S + S / 2;
	int64_t ns = 0;

	(void)state;
	assert_int_equal(bound_at(at_ns, SCALE_TAI, &ns), 0);
	assert_in_range(ns, 501, 503);
	/* 10 ppm over 10 s are 100 us, forward and back */
	assert_int_equal(bound_at(at_ns + 10 * S, SCALE_TAI, &ns), 0);
	assert_in_range(ns, 100501, 100503);
	assert_int_equal(bound_at(at_ns - 10 * S, SCALE_TAI, &ns), 0);
	assert_in_range(ns, 100501, 100503);
	/* the PTP clock of the page may be in UTC */
	assert_int_equal(bound_at(at_ns - 27 * S, SCALE_UTC, &ns), 0);
	assert_in_range(ns, 100501, 100503);
	put(0x0b, 0, 1);
	put(0x48, NOW, 8);
	assert_int_equal(bound_at(at_ns + 10 * S, SCALE_TAI, &ns), 0);
	assert_in_range(ns, 100501, 100503);
}

static void a_page_that_vouches_for_nothing_gives_no_bound(void **state)
{
	const int64_t at_ns = (NOW + 37) * S;
	int64_t ns = -1;

	(void)state;
	assert_int_equal(bound_at(0, SCALE_TAI, &ns), -ENODATA);
	assert_string_equal(
		error, "error bound: the hypervisor's has grown too large");
	put(0x18, 1 << 4 | 1 << 6, 8);
	assert_int_equal(bound_at(at_ns, SCALE_UTC, &ns), -ENODATA);
	assert_string_equal(error,
			    "error bound: the vmclock is of another scale");
	put(0x18, 0, 8);
	assert_int_equal(bound_at(at_ns, SCALE_TAI, &ns), -ENODATA);
	assert_string_equal(error, "error bound: the hypervisor states none");
	put(0x22, 4, 1);
	assert_int_equal(bound_at(at_ns, SCALE_TAI, &ns), -ENODATA);
	assert_string_equal(
		error, "error bound: the hypervisor's clock is not in order");
	put(0x00, 0, 4);
	assert_int_equal(bound_at(at_ns, SCALE_TAI, &ns), -EPROTO);
	assert_true(ns == -1);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(each_field_is_read_where_the_page_has_it),
		EACH(no_page_and_no_other_version_is_taken_for_one),
		EACH(what_is_not_valid_is_not_there),
		EACH(a_file_is_opened_and_followed),
		EACH(a_file_that_is_none_is_refused),
		EACH(the_bound_grows_with_the_age_of_the_page),
		EACH(a_page_that_vouches_for_nothing_gives_no_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
