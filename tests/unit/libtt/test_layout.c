/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments of other layouts: a reader takes an image of its own version and
 * refuses the one before and the one after, whatever else is in them.
 * docs/vectors has the images of layout 1.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "libtt/segment.h"

#define WORD_VERSION 1

static union {
	struct segment seg;
	uint64_t word[SEGMENT_SIZE / 8];
} image;

static void load(const char *name)
{
	char path[256];
	FILE *in;

	snprintf(path, sizeof(path), TT_VECTORS_DIR "/%s", name);
	in = fopen(path, "r");
	assert_non_null(in);
	assert_int_equal(fread(&image, 1, sizeof(image), in), SEGMENT_SIZE);
	fclose(in);
}

static int check(void)
{
	const uint64_t boot_id[2] = { image.word[2], image.word[3] };

	return segment_check_header(&image.seg, boot_id);
}

static void an_image_of_this_layout_is_read(void **state)
{
	static const char *const names[] = { "segment-1.bin", "segment-2.bin" };
	struct segment_slot slot;
	uint64_t sequence;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		load(names[i]);
		assert_int_equal(check(), 0);
		assert_int_equal(segment_read(&image.seg, &slot, &sequence), 0);
		assert_int_equal(segment_check_slot(&slot), 0);
	}
}

static void one_of_another_layout_is_refused(void **state)
{
	const uint64_t own = UINT64_C(1) << 32 | SEGMENT_SIZE;

	(void)state;
	load("segment-1.bin");
	assert_true(image.word[WORD_VERSION] == own);
	for (uint64_t version = 0; version <= 3; version++) {
		image.word[WORD_VERSION] = version << 32 | SEGMENT_SIZE;
		assert_int_equal(check(), version == 1 ? 0 : -EPROTO);
	}
	/* and of this one in another size */
	image.word[WORD_VERSION] = own + 4096;
	assert_int_equal(check(), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_image_of_this_layout_is_read),
		cmocka_unit_test(one_of_another_layout_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
