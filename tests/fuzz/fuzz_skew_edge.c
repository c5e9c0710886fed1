/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as edges: refused with file and line, or edges that are in range
 * and that write and read back. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools/skew/edge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int same(const struct edge *e, void *arg)
{
	const struct edge *want = arg;

	assert(!strcmp(e->from, want->from) && !strcmp(e->to, want->to));
	assert(e->offset_ns == want->offset_ns);
	assert(e->error_ns == want->error_ns && e->kind == want->kind);
	assert(e->delay_ns == want->delay_ns && e->raw_ns == want->raw_ns);
	assert(e->real_ns == want->real_ns && e->stamping == want->stamping);
	assert(e->is_interleaved == want->is_interleaved);
	return 0;
}

static int take(const struct edge *e, void *arg)
{
	struct edge copy = *e;
	char why[EDGE_WHY_SIZE], *text;
	size_t size;
	FILE *out = open_memstream(&text, &size), *in;

	(void)arg;
	assert(edge_is_name(e->from) && edge_is_name(e->to));
	assert(e->error_ns >= 0 && e->error_ns <= EDGE_NS_MAX);
	assert(e->offset_ns >= -EDGE_NS_MAX && e->offset_ns <= EDGE_NS_MAX);
	edge_csv_write_header(out);
	edge_csv_write(out, e);
	fclose(out);
	in = fmemopen(text, size, "r");
	assert(edge_csv_read(in, "back", same, &copy, why) == 0);
	fclose(in);
	free(text);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[EDGE_WHY_SIZE] = "";
	FILE *in =
		size > 0 ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;

	if (!in)
		return 0;
	if (edge_csv_read(in, "file", take, NULL, why) != 0) {
		assert(!strncmp(why, "file:", 5));
		for (const char *c = why; *c; c++)
			assert(*c >= ' ' && *c <= '~');
	}
	fclose(in);
	return 0;
}
