/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from a peer as a vector clock: refused, or encoded to the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tt/logical.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tt_vector *v;
	uint8_t *again;
	size_t length;

	if (tt_vector_decode(data, size, &v) < 0)
		return 0;
	again = malloc(size + 1);
	if (again == NULL ||
	    tt_vector_encode(v, again, size + 1, &length) < 0 ||
	    length != size || memcmp(again, data, size) != 0 ||
	    tt_vector_merge(v, v) < 0)
		abort();
	free(again);
	tt_vector_free(v);
	return 0;
}
