/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a precision probe or its answer: refused, or one that is written
 * as the same bytes again; and what a responder makes of it is one of ours. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "tools/skew/precision_packet.h"
#include "tools/skew/precision_responder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same responder for all inputs: it meets them in every order. */
static struct precision_responder r;
static int64_t mono_ns = 1;

static void respond(const struct precision_packet *probe)
{
	const struct precision_address from = {.size = 0};
	const struct precision_stamps stamps = {.user_ns = 5, .kernel_ns = 4};
	uint8_t bytes[PRECISION_PACKET_SIZE];
	struct precision_packet answer, again;

	mono_ns += 100000;
	if (precision_responder_take(&r, probe, &from, &stamps, mono_ns,
				     &answer))
		return;
	assert(probe->type == PRECISION_PROBE);
	assert(answer.session == probe->session && answer.pair == probe->pair);
	precision_packet_write(&answer, bytes);
	assert(!precision_packet_read(bytes, sizeof(bytes), &again));
	assert(again.type == PRECISION_ANSWER);
	precision_responder_sent(&r, &answer, &stamps);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t bytes[PRECISION_PACKET_SIZE];
	struct precision_packet p;
	int err;

	if (r.all_ns == 0)
		precision_responder_init(&r, 10000, 100000);
	err = precision_packet_read(data, size, &p);
	assert(err == 0 || err == -EPROTO);
	if (err)
		return 0;
	assert(size == sizeof(bytes));
	precision_packet_write(&p, bytes);
	assert(!memcmp(bytes, data, sizeof(bytes)));
	precision_responder_sent(&r, &p,
				 &(struct precision_stamps){.user_ns = 1});
	respond(&p);
	return 0;
}
