/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader without the library, in C99 to C17 and C++11 to C++20, in a
 * program that is linked with libtt all the same: no name meets another's, and
 * both give the same, to the bit. Its argument is a segment as docs/vectors has
 * them, which is of another boot; a copy of it is made one of this boot.
 */
#include <tt/tt_inline.h>

#include <stdio.h>

static int fails(const char *what, int rc)
{
	printf("%s: %d (%s)\n", what, rc, tt_strerror(rc));
	return 1;
}

/* A copy at `path`, with the header of here and now. */
static int copy(const char *from, const char *path)
{
	static uint64_t words[TT_INLINE_SIZE / 8];
	int64_t origin_ns;
	FILE *f;
	int is_good;

	f = fopen(from, "rb");
	if (f == NULL || fread(words, sizeof(words), 1, f) != 1)
		return -1;
	fclose(f);
	if (!tt_inline_boot_id(&words[TT_INLINE_AT_BOOT_ID]))
		return -1;
	if (!tt_inline_raw_origin(&origin_ns))
		return -1;
	words[TT_INLINE_AT_RAW_ORIGIN] = (uint64_t)origin_ns;
	f = fopen(path, "wb");
	if (f == NULL)
		return -1;
	is_good = fwrite(words, sizeof(words), 1, f) == 1;
	return fclose(f) == 0 && is_good ? 0 : -1;
}

/* From before the epoch to past the end, by either; how many intervals. */
static int compare(struct tt_clock *clk, struct tt_inline *in)
{
	const uint64_t *w = tt_inline_slot_at(in->segment, 1);
	const int64_t from_ns = (int64_t)w[TT_INLINE_EPOCH_RAW];
	const int64_t to_ns = (int64_t)w[TT_INLINE_VOID_RAW];
	const int64_t step_ns = (to_ns - from_ns) / 1000 + 1;
	struct tt_interval a, b;
	int64_t raw_ns;
	int rc, count = 0;

	for (raw_ns = from_ns - 2 * step_ns; raw_ns < to_ns + 2 * step_ns;
	     raw_ns += step_ns) {
		memset(&a, 0x55, sizeof(a));
		memset(&b, 0x55, sizeof(b));
		rc = tt_at_raw(clk, raw_ns, &a);
		if (tt_inline_at_raw(in, raw_ns, &b) != rc ||
		    memcmp(&a, &b, sizeof(a)) != 0)
			return -1;
		count += rc == 0;
	}
	rc = tt_now(clk, &a);
	return tt_inline_now(in, &b) == rc ? count : -1;
}

int main(int argc, char **argv)
{
	struct tt_interval now;
	struct tt_clock *clk;
	struct tt_inline in;
	int rc;

	if (argc != 3)
		return 2;
	rc = tt_inline_open(argv[1], &in);
	if (rc != -ESTALE)
		return fails("a segment of another boot", rc);
	rc = tt_inline_open("/nonexistent/clock", &in);
	if (rc != -ENOENT)
		return fails("no segment", rc);
	memset(&in, 0, sizeof(in));
	rc = tt_inline_now(&in, &now);
	if (rc != -ENOENT)
		return fails("nothing mapped", rc);
	if (tt_inline_after(&in, 0) || tt_inline_before(&in, 0))
		return fails("no bound, and yet an answer", 0);
	tt_inline_close(&in);

	if (copy(argv[1], argv[2]) < 0)
		return fails("cannot copy it", -errno);
	rc = tt_open(argv[2], &clk);
	if (rc == 0)
		rc = tt_inline_open(argv[2], &in);
	if (rc < 0)
		return fails("a segment of this boot", rc);
	rc = compare(clk, &in);
	if (rc < 900)
		return fails("they differ, or have few answers", rc);
	tt_inline_close(&in);
	tt_close(clk);
	return 0;
}
