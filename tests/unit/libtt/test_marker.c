/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hypervisor's disruption marker, and readers that are told to heed it: with
 * another marker than the publication's there is no bound, until one is
 * published by the new marker; and who cannot look gets none. The page is a
 * file; libtt and the reader without it are held to the same.
 */
#include <errno.h>

#include "tests/unit/libtt/live.h"
#include "tt/lease.h"
#include "tt/tt_inline.h"

#define AT_SIZE	   0x04
#define AT_VERSION 0x08
#define AT_MARKER  0x10

static struct live live;
static char path[80];
static uint8_t *page; /* NULL: none made */

static void put(size_t at, uint64_t value, size_t size)
{
	memcpy(page + at, &value, size);
}

static void make_page(uint64_t marker)
{
	const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	void *at;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 4096), 0);
	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(at != MAP_FAILED);
	close(fd);
	page = at;
	put(0, 0x4b4c4356, 4);
	put(AT_SIZE, 4096, 4);
	put(AT_VERSION, 1, 2);
	put(AT_MARKER, marker, 8);
}

static int setup(void **state)
{
	(void)state;
	live_open(&live);
	snprintf(path, sizeof(path), "%s/vmclock", live.dir);
	setenv("TT_VMCLOCK", path, 1);
	page = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	if (page != NULL)
		munmap(page, 4096);
	unsetenv("TT_VMCLOCK");
	live_close(&live);
	return 0;
}

static void publish(uint64_t marker, enum tt_inline_counter counter)
{
	struct segment_slot slot = live_slot(live_raw_ns());

	slot.flags |= TT_FLAG_VMCLOCK;
	slot.marker = marker;
	slot.counter = counter;
	slot.tsc_anchor = tt_inline_ticks_ordered();
	slot.tsc_mult = UINT64_C(1) << TT_INLINE_TICK_SHIFT;
	segment_publish(live.seg, &slot);
}

/* Every reading, by either reader, gives this. */
static void expect(struct tt_clock *clk, struct tt_inline *in, int rc)
{
	const int64_t raw_ns = live_raw_ns();
	struct tt_interval a;
	struct tt_lease lease = { INT64_MAX };
	int64_t ns;

	errno = 77;
	assert_int_equal(tt_now(clk, &a), rc);
	assert_int_equal(rc == 0, rc == 0 && a.flags & TT_FLAG_VMCLOCK);
	assert_int_equal(tt_now_strict(clk, &a), rc);
	assert_int_equal(tt_now_relaxed(clk, &a), rc);
	assert_int_equal(tt_now_tai(clk, &a), rc);
	assert_int_equal(tt_at_raw(clk, raw_ns, &a), rc);
	assert_int_equal(tt_tai_offset(clk, &ns), rc);
	assert_int_equal(tt_wait_hint(clk, LIVE_UNIX_NS, &ns), rc);
	assert_int_equal(tt_wait_after(clk, 1, 0), rc);
	assert_int_equal(tt_commit_timestamp(clk, 0, &ns), rc);
	assert_int_equal(tt_after(clk, 1), rc == 0);
	assert_int_equal(tt_before(clk, INT64_MAX), rc == 0);
	assert_int_equal(tt_lease_is_held(clk, &lease), rc == 0);
	assert_int_equal(tt_inline_now(in, &a), rc);
	assert_int_equal(tt_inline_now_strict(in, &a), rc);
	assert_int_equal(tt_inline_now_relaxed(in, &a), rc);
	assert_int_equal(tt_inline_now_tai(in, &a), rc);
	assert_int_equal(tt_inline_at_raw(in, raw_ns, &a), rc);
	assert_int_equal(errno, 77);
}

static void open_both(struct tt_clock **clk, struct tt_inline *in)
{
	assert_int_equal(tt_open(live.path, clk), 0);
	assert_int_equal(tt_inline_open(live.path, in), 0);
}

static void close_both(struct tt_clock *clk, struct tt_inline *in)
{
	tt_close(clk);
	tt_inline_close(in);
}

static void heed(enum tt_inline_counter counter)
{
	const uint64_t first = UINT64_C(0xfeedfacecafebeef);
	struct tt_inline in;
	struct tt_clock *clk;

	make_page(first);
	publish(first, counter);
	open_both(&clk, &in);
	expect(clk, &in, 0);
	put(AT_MARKER, first + 1, 8);
	expect(clk, &in, -ESTALE);
	publish(first, counter); /* before the daemon has seen it */
	expect(clk, &in, -ESTALE);
	publish(first + 1, counter);
	expect(clk, &in, 0);
	put(AT_MARKER, 0, 8); /* a marker like any other */
	expect(clk, &in, -ESTALE);
	publish(0, counter);
	expect(clk, &in, 0);
	close_both(clk, &in);
}

static void a_marker_that_changed_ends_the_bound(void **state)
{
	(void)state;
	heed(TT_INLINE_COUNTER_RAW);
}

static void so_it_does_for_the_cpus_counter(void **state)
{
	(void)state;
	if (!tt_inline_has_ticks())
		skip();
	/* A tick taken for a ns: raw time is off, which no marker tells, and
	 * the bound still stands. */
	heed(TT_INLINE_COUNTER_TSC);
}

static void who_cannot_look_gets_no_bound(void **state)
{
	struct tt_inline in;
	struct tt_clock *clk;

	(void)state;
	publish(5, TT_INLINE_COUNTER_RAW);
	open_both(&clk, &in);
	expect(clk, &in, -EACCES);
	make_page(5);
	expect(clk, &in, 0); /* from its coming on */
	assert_int_equal(unlink(path), 0);
	expect(clk, &in, 0); /* and it stays mapped */
	close_both(clk, &in);
}

static void what_is_no_vmclock_page_is_not_heeded(void **state)
{
	static const struct {
		size_t at, size;
		uint64_t value, right;
	} wrong[] = {
		{ 0, 4, 0, 0x4b4c4356 },
		{ AT_SIZE, 4, 103, 4096 },
		{ AT_VERSION, 2, 2, 1 },
	};
	struct tt_inline in;
	struct tt_clock *clk;

	(void)state;
	make_page(5);
	publish(5, TT_INLINE_COUNTER_RAW);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		put(wrong[i].at, wrong[i].value, wrong[i].size);
		open_both(&clk, &in);
		expect(clk, &in, -EACCES);
		put(wrong[i].at, wrong[i].right, wrong[i].size);
		expect(clk, &in, 0);
		close_both(clk, &in);
	}
	assert_int_equal(truncate(path, 103), 0); /* reading it would kill */
	open_both(&clk, &in);
	expect(clk, &in, -EACCES);
	close_both(clk, &in);
}

static void without_the_flag_nobody_looks(void **state)
{
	struct tt_interval a;
	struct tt_inline in;
	struct tt_clock *clk;

	(void)state;
	make_page(5);
	live_publish(&live, 0);
	open_both(&clk, &in);
	put(AT_MARKER, 6, 8);
	assert_int_equal(tt_now(clk, &a), 0);
	assert_int_equal(a.flags & TT_FLAG_VMCLOCK, 0);
	assert_int_equal(tt_inline_now(&in, &a), 0);
	close_both(clk, &in);
}

static void other_errors_come_first(void **state)
{
	struct segment_slot slot = live_slot(live_raw_ns());
	struct tt_interval a;
	struct tt_inline in;
	struct tt_clock *clk;

	(void)state;
	open_both(&clk, &in);
	slot.flags = TT_FLAG_VMCLOCK;
	slot.state = TT_UNSYNCHRONIZED;
	segment_publish(live.seg, &slot);
	assert_int_equal(tt_now(clk, &a), -ENODATA);
	assert_int_equal(tt_inline_now(&in, &a), -ENODATA);
	slot.state = 9;
	segment_publish(live.seg, &slot);
	assert_int_equal(tt_now(clk, &a), -EPROTO);
	assert_int_equal(tt_inline_now(&in, &a), -EPROTO);
	close_both(clk, &in);
}

static void a_path_too_long_is_refused(void **state)
{
	struct tt_clock *clk;
	char name[200];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	setenv("TT_VMCLOCK", name, 1);
	assert_int_equal(tt_open(live.path, &clk), -EINVAL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_marker_that_changed_ends_the_bound),
		TEST(so_it_does_for_the_cpus_counter),
		TEST(who_cannot_look_gets_no_bound),
		TEST(what_is_no_vmclock_page_is_not_heeded),
		TEST(without_the_flag_nobody_looks),
		TEST(other_errors_come_first),
		TEST(a_path_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
