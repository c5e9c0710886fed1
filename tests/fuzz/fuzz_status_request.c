/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line that has come over the status socket, whoever made it: a request that
 * can be answered, whatever the number, or none.
 */
#include <stdlib.h>
#include <string.h>

#include "timed/history_doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t boot[2] = { 1, 2 };
	static struct history_store store;
	static struct history history;
	struct status_request r;
	struct json_object *doc;

	if (store.magic != HISTORY_MAGIC) {
		history_init(&history, &store, boot);
		store.written[0] = 5000;
		store.written[1] = 1;
	}
	if (size > STATUS_REQUEST_SIZE)
		size = STATUS_REQUEST_SIZE;
	if (status_request_parse((const char *)data, size, &r))
		return 0;
	if (!r.wants_history)
		return 0;
	doc = history_doc_new(&store, &r);
	if (!doc || json_object_array_length(json_object_object_get(
			    doc, "records")) > HISTORY_PAGE)
		abort();
	json_object_put(doc);
	return 0;
}
