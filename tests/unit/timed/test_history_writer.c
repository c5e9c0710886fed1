/* SPDX-License-Identifier: Apache-2.0 */
/* The history log's files: what is added, chained and rotated, a disk that is
 * full, and what a crash leaves. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "tests/unit/timed/scratch.h"
#include "timed/history_tail.h"
#include "timed/history_writer.h"

static char path[128];
static struct history_writer w;

static void open_again(int64_t size_max, int keep)
{
	const struct history_writer_options opt = { .path = path,
						    .size_max = size_max,
						    .keep = keep,
						    .syncs_each = true };

	history_writer_close(&w);
	history_writer_init(&w, &opt);
}

static int begin(void **state)
{
	static int n;

	(void)state;
	snprintf(path, sizeof(path), "%s/log%d", scratch_dir, n++);
	w.out = w.lock = -1;
	open_again(1 << 20, 2);
	return 0;
}

static int end(void **state)
{
	(void)state;
	history_writer_close(&w);
	return 0;
}

static int put(const char *body)
{
	return history_writer_put(&w, body, strlen(body));
}

static const char *text_of(const char *suffix)
{
	static char text[1 << 17];
	char name[160];
	FILE *in;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	in = fopen(name, "r");
	if (!in)
		return NULL;
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	return text;
}

static void append_text(const char *text)
{
	FILE *out = fopen(path, "a");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

/* What is in FILE: "seq body" of each line, chained by what was before. */
static void expect_lines(const char *suffix, int64_t first, const char *before,
			 const char *const *body)
{
	char sha256[HISTORY_SHA256_SIZE], want[512];
	const char *at = text_of(suffix);

	assert_non_null(at);
	snprintf(sha256, sizeof(sha256), "%s", before);
	for (int i = 0; body[i]; i++) {
		const char *quote = *sha256 ? "\"" : "";
		const size_t n = (size_t)snprintf(
			want, sizeof(want),
			"{\"seq\":%lld,\"prev\":%s%s%s,%s\n",
			(long long)first + i, quote, *sha256 ? sha256 : "null",
			quote, body[i]);

		assert_memory_equal(at, want, n);
		history_tail_sha256(at, n - 1, sha256);
		at += n;
	}
	assert_string_equal(at, "");
}

#define LINES(...) (const char *const[]){ __VA_ARGS__, NULL }

/* `printf abc | sha256sum` */
static void the_hash_is_sha256(void **state)
{
	char sha256[HISTORY_SHA256_SIZE];

	(void)state;
	history_tail_sha256("abc", 3, sha256);
	assert_string_equal(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396"
				    "177a9cb410ff61f20015ad");
}

static void lines_are_numbered_and_chained_over_restarts(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(put("\"a\":1}"), 0);
	assert_int_equal(put("\"a\":2}"), 0);
	open_again(1 << 20, 2);
	assert_int_equal(put("\"a\":3}"), 0);
	expect_lines("", 0, "", LINES("\"a\":1}", "\"a\":2}", "\"a\":3}"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

/* Said to be on the disk when it was asked for, and not before. */
static void a_batch_is_synced_at_once(void **state)
{
	(void)state;
	w.opt.syncs_each = false;
	assert_int_equal(put("\"a\":1}"), 0);
	assert_int_equal(put("\"a\":2}"), 0);
	assert_true(w.is_unsynced);
	assert_int_equal(history_writer_sync(&w), 0);
	assert_false(w.is_unsynced);
	expect_lines("", 0, "", LINES("\"a\":1}", "\"a\":2}"));
}

/* The first line has 33 bytes, a chained basis 95, a line 90, and 166 are
 * reckoned for one that is to come: 400 hold 33 + 3 x 90 and 95 + 2 x 90. */
static void a_full_file_is_rotated_and_the_next_begins_with_the_basis(
	void **state)
{
	char before[6][HISTORY_SHA256_SIZE];

	(void)state;
	open_again(400, 2);
	assert_int_equal(history_writer_basis(&w, "\"basis\":1}", 11), 0);
	for (int i = 0; i < 6; i++) {
		memcpy(before[i], w.sha256, sizeof(before[i]));
		assert_int_equal(put("\"a\":1}"), 0);
	}
	assert_int_equal(w.rotations, 2);
	expect_lines(".2", 0, "",
		     LINES("\"basis\":1}", "\"a\":1}", "\"a\":1}", "\"a\":1}"));
	expect_lines(".1", 4, before[3],
		     LINES("\"basis\":1}", "\"a\":1}", "\"a\":1}"));
	expect_lines("", 7, before[5], LINES("\"basis\":1}", "\"a\":1}"));
}

static void no_more_files_are_kept_than_said(void **state)
{
	(void)state;
	open_again(1, 2);
	for (int i = 0; i < 6; i++)
		assert_int_equal(put("\"a\":1}"), 0);
	assert_non_null(text_of(".2"));
	assert_null(text_of(".3"));
}

/* Killed between the renames and the new file's first line. */
static void the_chain_goes_on_from_a_rotated_file(void **state)
{
	char before[HISTORY_SHA256_SIZE], name[160];

	(void)state;
	assert_int_equal(put("\"a\":1}"), 0);
	memcpy(before, w.sha256, sizeof(before));
	snprintf(name, sizeof(name), "%s.1", path);
	assert_int_equal(rename(path, name), 0);
	open_again(1 << 20, 2);
	assert_int_equal(put("\"a\":2}"), 0);
	expect_lines("", 1, before, LINES("\"a\":2}"));
}

/* ---- who meddles ---- */

/* Guards: lines went on into a file that had no name any more. */
static void a_removed_file_is_begun_anew_and_its_lines_are_counted(void **state)
{
	char before[HISTORY_SHA256_SIZE];

	(void)state;
	assert_int_equal(history_writer_basis(&w, "\"basis\":1}", 11), 0);
	assert_int_equal(put("\"a\":1}"), 0);
	memcpy(before, w.sha256, sizeof(before));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(put("\"a\":2}"), 0);
	expect_lines("", 2, before, LINES("\"basis\":1}", "\"a\":2}"));
	assert_int_equal(w.moved, 1);
	assert_int_equal(w.removed, 2);
}

static void a_moved_file_keeps_its_lines(void **state)
{
	char before[HISTORY_SHA256_SIZE], name[160];

	(void)state;
	assert_int_equal(put("\"a\":1}"), 0);
	memcpy(before, w.sha256, sizeof(before));
	snprintf(name, sizeof(name), "%s.20261123", path);
	assert_int_equal(rename(path, name), 0);
	append_text(""); /* made anew by who moved it, as logrotate does */
	assert_int_equal(put("\"a\":2}"), 0);
	expect_lines("", 1, before, LINES("\"a\":2}"));
	expect_lines(".20261123", 0, "", LINES("\"a\":1}"));
	assert_int_equal(w.moved, 1);
	assert_int_equal(w.removed, 0);
}

/* As logrotate's copytruncate. It was told of as if nothing had been. */
static void a_file_that_was_cut_off_is_begun_anew(void **state)
{
	char before[HISTORY_SHA256_SIZE];

	(void)state;
	assert_int_equal(put("\"a\":1}"), 0);
	memcpy(before, w.sha256, sizeof(before));
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(put("\"a\":2}"), 0);
	expect_lines("", 1, before, LINES("\"a\":2}"));
	assert_int_equal(w.size, (off_t)strlen(text_of("")));
	assert_int_equal(w.removed, 1);
	/* In the middle of a line: not what a crash leaves, and it shows. */
	assert_int_equal(put("\"a\":3}"), 0);
	memcpy(before, w.sha256, sizeof(before));
	assert_int_equal(truncate(path, w.size - 40), 0);
	assert_int_equal(put("\"a\":4}"), 0);
	assert_non_null(strstr(text_of(""), "\"kind\":\"torn\""));
	assert_non_null(strstr(text_of(""), before)); /* of line 2, not of 1 */
	assert_int_equal(w.moved, 2);
}

/* ---- crashes ---- */

static void expect_torn(const char *piece, int pieces, size_t bytes)
{
	char want[192], sha256[HISTORY_SHA256_SIZE];
	const char *text;

	open_again(1 << 20, 2);
	assert_int_equal(put("\"a\":2}"), 0);
	/* What is chained to the piece alone would leave line 0 open. */
	history_tail_sha256("{\"seq\":0,\"prev\":null,\"a\":1}", 27, sha256);
	snprintf(want, sizeof(want),
		 "\"kind\":\"torn\",\"pieces\":%d,\"bytes\":%zu,"
		 "\"whole\":\"%s\"}\n",
		 pieces, bytes, sha256);
	text = text_of("");
	assert_non_null(strstr(text, want));
	history_tail_sha256(piece, strlen(piece), sha256);
	snprintf(want, sizeof(want), "\n{\"seq\":1,\"prev\":\"%s\",", sha256);
	assert_non_null(strstr(text, want));
	assert_non_null(strstr(text, "{\"seq\":2,"));
}

static void a_torn_line_is_closed_and_told_of(void **state)
{
	static const char piece[] = "{\"seq\":1,\"prev\":\"12";

	(void)state;
	assert_int_equal(put("\"a\":1}"), 0);
	append_text(piece);
	expect_torn(piece, 1, sizeof(piece) - 1);
}

/* A second crash, while the first one's piece was being told of. */
static void pieces_of_two_crashes_are_told_of_at_once(void **state)
{
	(void)state;
	assert_int_equal(put("\"a\":1}"), 0);
	append_text("{\"seq\":1,\n{\"se");
	expect_torn("{\"se", 2, 13);
}

/* Its last byte alone was missing: it is a line. */
static void a_line_without_its_end_is_given_one(void **state)
{
	char before[HISTORY_SHA256_SIZE];

	(void)state;
	assert_int_equal(put("\"a\":1}"), 0);
	memcpy(before, w.sha256, sizeof(before));
	assert_int_equal(truncate(path, (off_t)strlen(text_of("")) - 1), 0);
	open_again(1 << 20, 2);
	assert_int_equal(put("\"a\":2}"), 0);
	expect_lines("", 0, "", LINES("\"a\":1}", "\"a\":2}"));
}

static void a_first_line_that_is_torn_is_still_ours(void **state)
{
	(void)state;
	append_text("{\"seq\":0,\"pr");
	open_again(1 << 20, 2);
	assert_int_equal(put("\"a\":2}"), 0);
	assert_non_null(strstr(text_of(""), "\"kind\":\"torn\",\"pieces\":1,"
					    "\"bytes\":12,\"whole\":null}\n{\"seq\":1,"));
}

/* ---- what is not ours, or in the way ---- */

static void somebody_elses_file_is_left_alone(void **state)
{
	(void)state;
	append_text("dear diary\n");
	assert_int_equal(put("\"a\":1}"), -EEXIST);
	assert_string_equal(text_of(""), "dear diary\n");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(put("\"a\":1}"), -EISDIR);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(put("\"a\":1}"), -EEXIST);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(put("\"a\":1}"), -EEXIST);
}

static void two_do_not_write_at_once(void **state)
{
	static struct history_writer other;
	const struct history_writer_options opt = { .path = path,
						    .size_max = 1 << 20,
						    .keep = 1 };

	(void)state;
	assert_int_equal(put("\"a\":1}"), 0);
	history_writer_init(&other, &opt);
	assert_int_equal(history_writer_put(&other, "\"a\":2}", 6), -EBUSY);
	history_writer_close(&w);
	assert_int_equal(history_writer_put(&other, "\"a\":2}", 6), 0);
	history_writer_close(&other);
	expect_lines("", 0, "", LINES("\"a\":1}", "\"a\":2}"));
}

/* A file may not grow beyond 150 bytes, 28 + 90 and not 90 more: the third line
 * is cut off in its middle. Nothing of it stays, and it is there when there is room again. */
static void a_full_disk_leaves_no_half_lines(void **state)
{
	struct rlimit was, small = { .rlim_cur = 150 };

	(void)state;
	assert_int_equal(put("\"a\":1}"), 0);
	assert_int_equal(put("\"a\":2}"), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small.rlim_max = was.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(put("\"a\":3}"), -ENOSPC);
	assert_int_equal(put("\"a\":3}"), -ENOSPC);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	expect_lines("", 0, "", LINES("\"a\":1}", "\"a\":2}"));
	assert_int_equal(put("\"a\":3}"), 0);
	expect_lines("", 0, "", LINES("\"a\":1}", "\"a\":2}", "\"a\":3}"));
}

static void a_line_too_long_is_refused(void **state)
{
	static char body[HISTORY_LINE_SIZE + 200];

	(void)state;
	memset(body, 'x', sizeof(body) - 1);
	assert_int_equal(put(body), -EMSGSIZE);
	assert_int_equal(history_writer_basis(&w, body, sizeof(body) - 1),
			 -EMSGSIZE);
	assert_int_equal(put("\"a\":1}"), 0);
	expect_lines("", 0, "", LINES("\"a\":1}"));
}

/* A directory in the way of the oldest: the file grows on, and says so. */
static void what_cannot_be_rotated_grows_on(void **state)
{
	char name[160];

	(void)state;
	snprintf(name, sizeof(name), "%s.1", path);
	open_again(300, 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(put("\"a\":1}"), 0);
	assert_int_equal(mkdir(name, 0755), 0);
	assert_int_equal(put("\"a\":2}"), 0);
	assert_int_equal(w.rotation_err, -EISDIR);
	assert_int_equal(w.rotations, 0);
	assert_int_equal(rmdir(name), 0);
	assert_int_equal(put("\"a\":3}"), 0);
	assert_int_equal(w.rotation_err, 0);
	expect_lines(".1", 0, "", LINES("\"a\":1}", "\"a\":1}", "\"a\":1}", "\"a\":2}"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_hash_is_sha256),
		CASE(lines_are_numbered_and_chained_over_restarts),
		CASE(a_batch_is_synced_at_once),
		CASE(a_full_file_is_rotated_and_the_next_begins_with_the_basis),
		CASE(no_more_files_are_kept_than_said),
		CASE(the_chain_goes_on_from_a_rotated_file),
		CASE(a_removed_file_is_begun_anew_and_its_lines_are_counted),
		CASE(a_moved_file_keeps_its_lines),
		CASE(a_file_that_was_cut_off_is_begun_anew),
		CASE(a_torn_line_is_closed_and_told_of),
		CASE(pieces_of_two_crashes_are_told_of_at_once),
		CASE(a_line_without_its_end_is_given_one),
		CASE(a_first_line_that_is_torn_is_still_ours),
		CASE(somebody_elses_file_is_left_alone),
		CASE(two_do_not_write_at_once),
		CASE(a_full_disk_leaves_no_half_lines),
		CASE(a_line_too_long_is_refused),
		CASE(what_cannot_be_rotated_grows_on),
	};

	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
