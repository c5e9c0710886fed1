/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a history log: what is made of it is a verdict, never a crash, and
 * keeps the promises of trail.h. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tools/trail.h"
#include "tools/trail_read.h"
#include "tools/trail_width.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hear(void *arg, const struct trail_note *note)
{
	assert(strlen(note->text) < sizeof(note->text));
	assert(note->line > 0);
	++*(int64_t *)arg;
}

static void check_answer(const struct trail_answer *a)
{
	if (a->kind == ANSWER_UNKNOWN) {
		assert(*a->why);
		return;
	}
	assert(a->state >= 0 && a->state < TRAIL_STATES);
	assert(a->age_ns >= 0);
}

static void check_summary(const struct trail *t, int64_t notes)
{
	const struct trail_summary *s = &t->sum;

	assert(s->inconsistent + s->unreadable + s->torn + s->gaps <= notes);
	assert(s->covered_ns >= 0 && s->gap_ns >= 0);
	for (int i = 0; i < TRAIL_STATES; i++)
		assert(s->state_ns[i] >= 0 && s->state_ns[i] <= s->covered_ns);
	if (s->has_half) {
		assert(s->half_ns_least <= s->half_ns_worst);
		assert(trail_half_ns(t, 0.5) <= trail_half_ns(t, 0.99));
		assert(trail_half_ns(t, 1) <= s->half_ns_worst);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trail t;
	static char copy[1 << 20];
	int64_t notes = 0, at_ns = 0;
	FILE *in;

	if (size < sizeof(at_ns) || size > sizeof(copy))
		return 0;
	memcpy(&at_ns, data, sizeof(at_ns));
	memcpy(copy, data + sizeof(at_ns), size - sizeof(at_ns));
	size -= sizeof(at_ns);
	in = size > 0 ? fmemopen(copy, size, "r") : NULL;
	if (!in)
		return 0;
	trail_init(&t, hear, &notes);
	trail_ask(&t, at_ns);
	assert(trail_read_stream(&t, "fuzz", in) == 0);
	trail_finish(&t);
	fclose(in);
	check_summary(&t, notes);
	check_answer(&t.answer);
	return 0;
}
