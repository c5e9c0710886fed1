/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an answer of Prometheus': refused with words, or samples that
 * are edges. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "tools/skew/prom.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(const struct prom_sample *s, void *arg)
{
	(void)arg;
	assert(edge_is_name(s->from) && edge_is_name(s->to));
	assert(strcmp(s->from, s->to) != 0);
	assert(s->ns >= -EDGE_NS_MAX && s->ns <= EDGE_NS_MAX);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[PROM_WHY_SIZE] = "";
	size_t skipped = 0;
	int err =
		prom_parse((const char *)data, size, take, NULL, &skipped, why);

	assert((err != 0) == (*why != '\0'));
	for (const char *c = why; *c; c++)
		assert(*c >= ' ' && *c <= '~');
	return 0;
}
