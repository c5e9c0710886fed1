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
	fprintf(out, "    serves, good to %s; told %" PRId64 " time%s",
		human_ns(error_ns, error), sent, human_plural(sent));
	if (doc_int(e, "last_sent_age_ns", &age_ns))
		fprintf(out, ", last %s ago", human_ns(age_ns, age));
	fputc('\n', out);
}

/* What a grandmaster announces of the clock that it serves. */
static void print_announced(FILE *out, struct json_object *e)
{
	const char *clock = doc_string(e, "clock");
	int64_t class, accuracy_ns;
	char accuracy[HUMAN_SIZE];
	bool is_tai = false;

	if (!doc_int(e, "clock_class", &class))
		return;
	doc_bool(e, "ptp_timescale", &is_tai);
	fprintf(out, "    announces clockClass %" PRId64, class);
	if (doc_int(e, "clock_accuracy_ns", &accuracy_ns))
		fprintf(out, ", %s", human_ns(accuracy_ns, accuracy));
	fprintf(out, ", of %s in %s\n", clock ? clock : "an unknown clock",
		is_tai ? "TAI" : "UTC");
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
	print_announced(out, e);
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
