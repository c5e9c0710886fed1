/* SPDX-License-Identifier: Apache-2.0 */
/* The program and the page of a hypervisor that tells of disruptions. */
#include <time.h>

#include "tests/unit/timed/daemon_run.h"

static void put_word(int fd, off_t at, uint64_t value, size_t size)
{
	assert_int_equal(pwrite(fd, &value, size, at), (ssize_t)size);
}

static int new_vmclock(void)
{
	int fd = open(at("vmclock0"), O_RDWR | O_CREAT, 0644);

	assert_int_equal(ftruncate(fd, 4096), 0);
	put_word(fd, 0x00, 0x4b4c4356, 4);
	put_word(fd, 0x04, 4096, 4);
	put_word(fd, 0x08, 1, 2);
	put_word(fd, 0x10, 1, 8);
	return fd;
}

/* timed on that page, with more settings. */
static void put_vmclock(const char *page, const char *more)
{
	char text[256];

	snprintf(text, sizeof(text), NO_CHRONY "vmclock = \"%s\";%s",
		 at(page), more);
	put_config(text);
}

static void a_disruption_that_the_hypervisor_tells_is_a_new_epoch(void **state)
{
	struct json_object *doc;
	int fd = new_vmclock();

	(void)state;
	put_vmclock("vmclock0", "");
	pid = start_daemon("log");
	expect_line("log", "vmclock0: disruptions are told there");
	expect_line("log", "publishes to");
	put_word(fd, 0x0c, 1, 4); /* being changed: not looked at */
	put_word(fd, 0x10, 2, 8);
	put_word(fd, 0x0c, 2, 4);
	expect_line("log", "new epoch: the hypervisor disrupted the counter");
	doc = get_status();
	assert_string_equal(json_object_get_string(member(doc, "clock",
							  "epoch_reason")),
			    "the hypervisor disrupted the counter");
	json_object_put(doc);
	the_daemon_stops(SIGTERM);
	close(fd);
}

/* One that was made after now. */
static struct segment_slot next_publication(void)
{
	struct segment_slot slot;
	struct segment *seg;
	uint64_t sequence;
	ino_t ino;

	seg = map_segment(&ino);
	expect_publications(seg, atomic_load(&seg->sequence) + 2);
	assert_int_equal(segment_read(seg, &slot, &sequence), 0);
	munmap(seg, SEGMENT_SIZE);
	return slot;
}

/* Readers are told by which marker to believe, and only where that is asked. */
static void the_marker_is_published_for_readers_to_check(void **state)
{
	struct segment_slot slot;
	int fd = new_vmclock();

	(void)state;
	put_vmclock("vmclock0", "vmclock_readers = \"check\";");
	pid = start_daemon("log");
	expect_line("log", "publishes to");
	slot = next_publication();
	assert_true(slot.flags & TT_FLAG_VMCLOCK);
	assert_int_equal(slot.marker, 1);
	put_word(fd, 0x10, 2, 8);
	expect_line("log", "new epoch: the hypervisor disrupted the counter");
	slot = next_publication();
	assert_true(slot.flags & TT_FLAG_VMCLOCK);
	assert_int_equal(slot.marker, 2);
	put_vmclock("vmclock0", "");
	kill(pid, SIGHUP);
	expect_line("log", "reloaded");
	slot = next_publication();
	assert_false(slot.flags & TT_FLAG_VMCLOCK);
	assert_int_equal(slot.marker, 0);
	the_daemon_stops(SIGTERM);
	close(fd);
}

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* What an earlier life may have left: a second wide, around the system clock. */
static void leave_bound(uint64_t marker)
{
	const int64_t s_ns = INT64_C(1000000000);
	const int64_t raw_ns = clock_ns(CLOCK_MONOTONIC_RAW);
	const int64_t tai_ns = clock_ns(CLOCK_REALTIME) + 37 * s_ns;
	const struct segment_slot slot = {
		.anchor_raw_ns = raw_ns,
		.tai_lo_ns = tai_ns - s_ns / 2,
		.tai_hi_ns = tai_ns + s_ns / 2,
		.horizon_ns = s_ns,
		.drift = 54975581, /* 50 ppm */
		.void_raw_ns = raw_ns + 3600 * s_ns,
		.epoch = 1,
		.epoch_raw_ns = raw_ns,
		.state = TT_SYNCHRONIZED,
		.flags = TT_FLAG_NTP | TT_FLAG_VMCLOCK,
		.utc_offset_ns = 37 * s_ns,
		.leap_tai_ns = INT64_MAX,
		.best_tai_ns = tai_ns,
		.marker = marker,
	};
	const int fd = open(at("run/clock"), O_RDWR);
	struct segment *seg;

	assert_true(fd >= 0);
	seg = mmap(NULL, SEGMENT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   0);
	assert_true(seg != MAP_FAILED);
	close(fd);
	segment_publish(seg, &slot);
	munmap(seg, SEGMENT_SIZE);
}

/* A life, a bound left, and what the next life says of that. */
static void live_twice(const char *first, uint64_t marker, const char *second,
		       const char *says)
{
	pid = start_daemon(first);
	expect_line(first, "publishes to");
	the_daemon_stops(SIGTERM);
	leave_bound(marker);
	pid = start_daemon(second);
	expect_line(second, "publishes to");
	assert_non_null(strstr(file_text(second), says));
	the_daemon_stops(SIGTERM);
}

static void an_earlier_bound_counts_by_its_marker_alone(void **state)
{
	int fd = new_vmclock();

	(void)state;
	put_vmclock("vmclock0", "vmclock_readers = \"check\";");
	live_twice("first", 1, "second", "s old, is taken on");
	live_twice("third", 2, "fourth",
		   "the hypervisor has disrupted the counter since");
	close(fd);
}

static void a_page_to_check_that_is_not_there_is_told(void **state)
{
	(void)state;
	put_vmclock("vmclock9", "vmclock_readers = \"check\";");
	pid = start_daemon("log");
	expect_line("log", "readers are not told to look");
	the_daemon_stops(SIGTERM);
}

static void a_page_that_is_no_vmclock_is_told_and_left(void **state)
{
	(void)state;
	put_file("vmclock0", "rubbish");
	put_vmclock("vmclock0", "");
	pid = start_daemon("log");
	expect_line("log", "vmclock0: Protocol error: no disruption will be "
			   "told");
	the_daemon_stops(SIGTERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(a_disruption_that_the_hypervisor_tells_is_a_new_epoch),
		EACH(the_marker_is_published_for_readers_to_check),
		EACH(an_earlier_bound_counts_by_its_marker_alone),
		EACH(a_page_to_check_that_is_not_there_is_told),
		EACH(a_page_that_is_no_vmclock_is_told_and_left),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
