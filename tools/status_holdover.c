/* SPDX-License-Identifier: Apache-2.0 */
/* The forecast of the half-width without sources. See status_holdover.h. */
#include "tools/status_holdover.h"

#include <inttypes.h>

#include "tools/human.h"
#include "tools/status_doc.h"

/* "1 ms in 12 min", "100 us now" */
static void print_width(FILE *out, struct json_object *o)
{
	char width[HUMAN_SIZE], age[HUMAN_SIZE];
	int64_t half_ns, in_ns;

	if (!doc_int(o, "half_width_ns", &half_ns))
		return;
	if (half_ns >= 1000000)
		snprintf(width, sizeof(width), "%" PRId64 " ms",
			 half_ns / 1000000);
	else
		snprintf(width, sizeof(width), "%" PRId64 " us",
			 half_ns / 1000);
	if (!doc_int(o, "in_ns", &in_ns))
		fprintf(out, "%s not in 100 d", width);
	else if (in_ns == 0)
		fprintf(out, "%s now", width);
	else
		fprintf(out, "%s in %s", width, human_age(in_ns, age));
}

void status_holdover_print(FILE *out, struct json_object *doc)
{
	struct json_object *list = doc_array(doc, "holdover.forecast");
	const size_t n = list ? json_object_array_length(list) : 0;

	if (n == 0)
		return;
	fprintf(out, "%-13s +-", "If all silent");
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", " : "", out);
		print_width(out, json_object_array_get_idx(list, i));
	}
	fputc('\n', out);
}
