/* SPDX-License-Identifier: Apache-2.0 */
/* The segment's file: one inode, one writer, nothing of others destroyed. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "timed/publish.h"

static const uint64_t boot[2] = { 11, 22 };
static const uint64_t other_boot[2] = { 11, 23 };

static const struct segment_slot slot = {
	.anchor_raw_ns = 2000000000,
	.tai_lo_ns = 1795380037000000000,
	.tai_hi_ns = 1795380037000200000,
	.horizon_ns = 1000000000,
	.drift = 54975581, /* 50 ppm */
	.void_raw_ns = 3602000000000,
	.epoch = 1,
	.epoch_raw_ns = 1000000000,
	.state = 1,
	.leap_mode = SEGMENT_LEAP_SMEAR,
	.utc_offset_ns = 37000000000,
	.leap_tai_ns = INT64_MAX,
	.best_tai_ns = 1795380037000100000,
};

static char dir[] = "/tmp/test_publish.XXXXXX";
static char sub[48], path[64];
static char error[PUBLISH_ERROR_SIZE];

static int open_as(const uint64_t id[2], struct publish *ret)
{
	return publish_open(path, id, 4711, 1000000000, ret, error);
}

static ino_t inode(void)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static void put_file(const void *bytes, size_t size)
{
	FILE *out;

	mkdir(sub, 0755);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, size, out), size);
	fclose(out);
}

static void it_is_created_with_its_directory_and_readable_by_all(void **state)
{
	mode_t mask = umask(077);
	struct publish p;
	struct stat st;

	(void)state;
	assert_int_equal(open_as(boot, &p), 0);
	umask(mask);
	assert_false(p.has_earlier);
	assert_int_equal(stat(sub, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(st.st_size, SEGMENT_SIZE);
	assert_int_equal(segment_check_header(p.seg, boot), 0);
	publish_close(&p);
	publish_close(&p); /* closed already */
}

static void a_restart_keeps_the_inode_and_the_bound(void **state)
{
	struct publish p, again;
	uint64_t sequence;
	ino_t ino;

	(void)state;
	assert_int_equal(open_as(boot, &p), 0);
	ino = inode();
	publish_write(&p, &slot);
	publish_write(&p, &slot);
	assert_int_equal(p.written, 2);
	sequence = publish_sequence(&p);
	publish_close(&p);

	assert_int_equal(open_as(boot, &again), 0);
	assert_true(inode() == ino);
	assert_true(again.has_earlier);
	assert_int_equal(again.earlier.tai_hi_ns, slot.tai_hi_ns);
	assert_true(publish_sequence(&again) >= sequence);
	publish_write(&again, &slot);
	assert_true(publish_sequence(&again) > sequence);
	publish_close(&again);
}

/* A reader that mapped it before the restart sees what comes after. */
static void a_mapping_of_before_sees_what_comes_after(void **state)
{
	struct segment_slot read = slot, next = slot;
	struct segment *seen;
	struct publish p;
	uint64_t sequence;
	int fd;

	(void)state;
	assert_int_equal(open_as(boot, &p), 0);
	fd = open(path, O_RDONLY);
	seen = mmap(NULL, SEGMENT_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(seen != MAP_FAILED);
	close(fd);
	publish_close(&p);
	assert_int_equal(open_as(boot, &p), 0);
	next.tai_hi_ns += 5;
	publish_write(&p, &next);
	assert_int_equal(segment_read(seen, &read, &sequence), 0);
	assert_int_equal(read.tai_hi_ns, next.tai_hi_ns);
	publish_close(&p);
	munmap(seen, SEGMENT_SIZE);
}

static void another_boots_bound_is_withdrawn(void **state)
{
	struct segment_slot read;
	struct publish p;
	uint64_t sequence;
	ino_t ino;
	int rc;

	(void)state;
	assert_int_equal(open_as(boot, &p), 0);
	publish_write(&p, &slot);
	publish_close(&p);
	ino = inode();
	assert_int_equal(open_as(other_boot, &p), 0);
	assert_false(p.has_earlier);
	rc = segment_read(p.seg, &read, &sequence);
	assert_true(rc == -ENODATA || (rc == 0 && read.state == 0));
	assert_true(inode() == ino);
	publish_close(&p);
}

/* Guards against readers who attached in another time namespace, and read on when
 * a daemon of this one wrote the same file: wrong by the namespaces' offset. */
static void one_of_another_time_namespace_is_left_to_its_readers(void **state)
{
	struct segment_slot read;
	struct segment *seen;
	struct publish p;
	uint64_t sequence;
	ino_t ino;
	int fd;

	(void)state;
	assert_int_equal(open_as(boot, &p), 0);
	publish_write(&p, &slot);
	sequence = publish_sequence(&p);
	atomic_store(&p.seg->raw_origin_ns, 100000);
	publish_close(&p);
	ino = inode();
	fd = open(path, O_RDONLY);
	seen = mmap(NULL, SEGMENT_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(seen != MAP_FAILED);
	close(fd);

	assert_int_equal(open_as(boot, &p), 0);
	assert_true(inode() != ino);
	assert_false(p.has_earlier);
	assert_int_equal(segment_check_header(p.seg, boot), 0);
	publish_write(&p, &slot);
	publish_write(&p, &slot);
	/* What they have is what they had. */
	assert_int_equal(segment_check_header(seen, boot), 0);
	assert_int_equal(atomic_load(&seen->raw_origin_ns), 100000);
	assert_int_equal(atomic_load(&seen->sequence), sequence);
	assert_int_equal(segment_read(seen, &read, &sequence), 0);
	munmap(seen, SEGMENT_SIZE);
	publish_close(&p);
	/* And now it is ours, and stays. */
	ino = inode();
	assert_int_equal(open_as(boot, &p), 0);
	assert_true(inode() == ino);
	publish_close(&p);
}

/* Guards against a segment that nobody will write any more, because whoever made
 * it was killed before the magic. */
static void one_that_was_never_finished_is_taken(void **state)
{
	struct publish p;

	(void)state;
	assert_int_equal(open_as(boot, &p), 0);
	publish_write(&p, &slot);
	atomic_store(&p.seg->magic, SEGMENT_MAGIC_UNMADE);
	publish_close(&p);
	assert_int_equal(open_as(boot, &p), 0);
	assert_false(p.has_earlier);
	assert_int_equal(segment_check_header(p.seg, boot), 0);
	publish_close(&p);
}

/* Of one with a hole the store of a word may be fatal, where /run is full. */
static void a_hole_is_filled(void **state)
{
	struct publish p;
	struct stat st;
	int fd;

	(void)state;
	mkdir(sub, 0755);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, SEGMENT_SIZE), 0);
	close(fd);
	assert_int_equal(stat(path, &st), 0);
	if (st.st_blocks != 0)
		skip(); /* a file system without holes */
	assert_int_equal(open_as(boot, &p), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_blocks > 0);
	publish_close(&p);
}

static void what_no_honest_writer_wrote_is_not_resumed(void **state)
{
	struct segment_slot crossed = slot;
	struct publish p;

	(void)state;
	crossed.tai_hi_ns = crossed.tai_lo_ns - 1;
	assert_int_equal(open_as(boot, &p), 0);
	segment_publish(p.seg, &crossed);
	publish_close(&p);
	assert_int_equal(open_as(boot, &p), 0);
	assert_false(p.has_earlier);
	publish_close(&p);
}

static int end_of_a_writer_of(const struct segment_slot *bad)
{
	const struct rlimit none = {0, 0};
	const pid_t pid = fork();
	struct publish p;
	int status = 0;

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &none);
		if (!freopen("/dev/null", "w", stderr) || open_as(boot, &p))
			_exit(2);
		publish_write(&p, bad);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

/* Readers would refuse it, or be given edges that cross before the horizon. */
static void no_slot_is_published_that_no_reader_may_take(void **state)
{
	struct segment_slot bad = slot;
	uint64_t sequence;
	struct publish p;

	(void)state;
	assert_int_equal(open_as(boot, &p), 0);
	publish_write(&p, &slot);
	sequence = publish_sequence(&p);
	publish_close(&p);
	bad.state = 4;
	assert_int_equal(end_of_a_writer_of(&bad), SIGABRT);
	bad = slot;
	bad.tai_hi_ns = bad.tai_lo_ns;
	bad.lo_slope = INT64_C(1) << 30; /* 1 in 2^10 */
	bad.hi_slope = -bad.lo_slope;
	assert_int_equal(end_of_a_writer_of(&bad), SIGABRT);
	assert_int_equal(end_of_a_writer_of(&slot), 0);
	assert_int_equal(open_as(boot, &p), 0);
	assert_true(p.has_earlier);
	assert_true(publish_sequence(&p) == sequence + 1);
	publish_close(&p);
}

static void a_second_writer_is_refused_by_name(void **state)
{
	struct publish first, second = { .lock_fd = -7 };
	char expected[200];

	(void)state;
	assert_int_equal(open_as(boot, &first), 0);
	publish_write(&first, &slot);
	assert_int_equal(open_as(other_boot, &second), -EBUSY);
	snprintf(expected, sizeof(expected),
		 "%s: another timed (pid 4711) writes it", path);
	assert_string_equal(error, expected);
	assert_int_equal(second.lock_fd, -7); /* not written */
	/* and it has touched nothing */
	assert_int_equal(segment_check_header(first.seg, boot), 0);
	publish_close(&first);
	assert_int_equal(open_as(boot, &second), 0);
	publish_close(&second);
}

/* A reader can take any lock on the segment itself; that must not matter. */
static void a_readers_lock_keeps_nobody_from_writing(void **state)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct publish p;
	int fd;

	(void)state;
	assert_int_equal(open_as(boot, &p), 0);
	publish_close(&p);
	fd = open(path, O_RDONLY);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
	assert_int_equal(open_as(boot, &p), 0);
	publish_close(&p);
	close(fd);
}

static void something_else_is_left_as_it_is(void **state)
{
	static const char precious[] = "precious data, no segment";
	static char big[SEGMENT_SIZE + 1];
	char expected[400], back[64] = "";
	struct publish p;
	FILE *in;

	(void)state;
	put_file(precious, sizeof(precious));
	assert_int_equal(open_as(boot, &p), -EEXIST);
	snprintf(expected, sizeof(expected),
		 "%s: is not a clock segment and is not empty; if nothing "
		 "needs it, remove it and start timed again, or name another "
		 "file in the setting \"segment\"", path);
	assert_string_equal(error, expected);
	in = fopen(path, "r");
	assert_int_equal(fread(back, 1, sizeof(back), in), sizeof(precious));
	fclose(in);
	assert_string_equal(back, precious);

	put_file(big, sizeof(big)); /* zeros, but longer than a segment */
	assert_int_equal(open_as(boot, &p), -EEXIST);
	unlink(path);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_true(open_as(boot, &p) < 0);
	rmdir(path);
	assert_int_equal(mkfifo(path, 0644), 0);
	assert_int_equal(open_as(boot, &p), -EEXIST);
}

static void zeros_and_a_short_segment_are_taken(void **state)
{
	static const char zeros[100];
	struct publish p;
	struct stat st;
	ino_t ino;

	(void)state;
	put_file(zeros, sizeof(zeros));
	ino = inode();
	assert_int_equal(open_as(boot, &p), 0);
	publish_close(&p);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, SEGMENT_SIZE);
	assert_true(inode() == ino);
}

static void a_longer_segment_is_not_shortened(void **state)
{
	struct publish p;
	struct stat st;

	(void)state;
	assert_int_equal(open_as(boot, &p), 0);
	publish_close(&p);
	assert_int_equal(truncate(path, 65536), 0);
	assert_int_equal(open_as(boot, &p), 0);
	publish_close(&p);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 65536);
}

static void a_directory_that_cannot_be_made_is_said(void **state)
{
	struct publish p;

	(void)state;
	assert_int_equal(publish_open("/nonexistent/a/clock", boot, 1, 0, &p,
				      error), -ENOENT);
	assert_string_equal(error, "/nonexistent/a/clock: its directory: No "
				   "such file or directory");
}

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(sub, sizeof(sub), "%s/run", dir);
	snprintf(path, sizeof(path), "%s/clock", sub);
	return 0;
}

static int empty_directory(void **state)
{
	char command[80];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", sub);
	return system(command);
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(dir);
}

#define EACH(test) cmocka_unit_test_teardown(test, empty_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(it_is_created_with_its_directory_and_readable_by_all),
		EACH(a_restart_keeps_the_inode_and_the_bound),
		EACH(a_mapping_of_before_sees_what_comes_after),
		EACH(another_boots_bound_is_withdrawn),
		EACH(one_of_another_time_namespace_is_left_to_its_readers),
		EACH(one_that_was_never_finished_is_taken),
		EACH(a_hole_is_filled),
		EACH(no_slot_is_published_that_no_reader_may_take),
		EACH(what_no_honest_writer_wrote_is_not_resumed),
		EACH(a_second_writer_is_refused_by_name),
		EACH(a_readers_lock_keeps_nobody_from_writing),
		EACH(something_else_is_left_as_it_is),
		EACH(zeros_and_a_short_segment_are_taken),
		EACH(a_longer_segment_is_not_shortened),
		EACH(a_directory_that_cannot_be_made_is_said),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
