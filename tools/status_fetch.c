/* SPDX-License-Identifier: Apache-2.0 */
/* The status document, fetched. */
#include "tools/status_fetch.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tools/status_doc.h"

#define SCHEMA_VERSION 1

static int fail(char why[STATUS_FETCH_WHY_SIZE], int err, const char *text)
{
	snprintf(why, STATUS_FETCH_WHY_SIZE, "%s", text);
	return err;
}

/* What the page cannot do without. */
static int check(struct json_object *doc, char why[STATUS_FETCH_WHY_SIZE])
{
	int64_t version;

	if (!doc_int(doc, "schema_version", &version))
		return fail(why, -EPROTO,
			    "its answer is not a status document");
	if (version != SCHEMA_VERSION) {
		snprintf(why, STATUS_FETCH_WHY_SIZE,
			 "its answer has schema_version %lld, this program "
			 "knows %d",
			 (long long)version, SCHEMA_VERSION);
		return -EPROTO;
	}
	if (!doc_string(doc, "clock.state") || !doc_array(doc, "sources") ||
	    !doc_array(doc, "budget.terms") || !doc_object(doc, "axioms"))
		return fail(why, -EPROTO,
			    "its answer lacks parts of a status document");
	return 0;
}

static int check_or_put(struct json_object *doc, struct json_object **ret,
			char why[STATUS_FETCH_WHY_SIZE])
{
	int err = check(doc, why);

	if (err)
		json_object_put(doc);
	else
		*ret = doc;
	return err;
}

int status_fetch_parse(const char *text, size_t len, struct json_object **ret,
		       char ret_why[STATUS_FETCH_WHY_SIZE])
{
	struct json_object *doc = NULL;
	int err = query_parse(text, len, &doc, ret_why);

	return err ? err : check_or_put(doc, ret, ret_why);
}

int status_fetch(const char *path, struct json_object **ret,
		 char ret_why[STATUS_FETCH_WHY_SIZE])
{
	struct json_object *doc = NULL;
	/* Who says what he wants has it at once; older daemons do not listen. */
	int err = query(path, "status\n", STATUS_FETCH_NS_MAX, &doc, ret_why);

	return err ? err : check_or_put(doc, ret, ret_why);
}
