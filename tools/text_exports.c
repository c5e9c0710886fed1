/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the time is given to. See text_exports.h. */
#include "tools/text_exports.h"

#include <inttypes.h>

#include "tools/human.h"
#include "tools/status_doc.h"

static void print_served(FILE *out, struct json_object *e)
{
	int64_t error_ns = 0, sent = 0, age_ns;
	char error[HUMAN_SIZE], age[HUMAN_SIZE];

	doc_int(e, "error_ns", &error_ns);
	doc_int(e, "sent", &sent);
	fprintf(out, "    serves, good to %s; told %" PRId64 " times",
		human_ns(error_ns, error), sent);
	if (doc_int(e, "last_sent_age_ns", &age_ns))
		fprintf(out, ", last %s ago", human_ns(age_ns, age));
	fputc('\n', out);
}

static void print_one(FILE *out, struct json_object *e)
{
	const char *type = doc_string(e, "type");
	const char *socket = doc_string(e, "socket");
	const char *reason = doc_string(e, "reason");
	const char *health = doc_string(e, "health");
	bool is_serving = false;

	fprintf(out, "  %s at %s\n", type ? type : "-", socket ? socket : "-");
	doc_bool(e, "serving", &is_serving);
	if (is_serving)
		print_served(out, e);
	else
		fprintf(out, "    does not serve: %s\n", reason ? reason : "-");
	if (health)
		fprintf(out, "    %s\n", health);
}

void text_exports_print(FILE *out, struct json_object *doc,
			void (*heading)(void *arg, const char *text), void *arg)
{
	struct json_object *list = doc_array(doc, "exports");
	const size_t n = list ? json_object_array_length(list) : 0;

	if (n == 0)
		return;
	heading(arg, "Served to others by");
	for (size_t i = 0; i < n; i++)
		print_one(out, json_object_array_get_idx(list, i));
}
