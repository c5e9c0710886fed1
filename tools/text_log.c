/* SPDX-License-Identifier: Apache-2.0 */
/* The page: the history log, where one is configured. */
#include <inttypes.h>
#include <stdio.h>

#include "tools/human.h"
#include "tools/status_doc.h"
#include "tools/text_page.h"

/* "/var/log/timed/history.log, line 6789, 3 s ago; 12 lines wait" */
void text_history_log(const struct page *p)
{
	const char *path = doc_string(p->doc, "history_log.path");
	int64_t sequence, age_ns, waiting = 0;
	bool is_alive;
	char age[HUMAN_SIZE];

	if (!path)
		return;
	page_label(p, "History log");
	fprintf(p->out, "%.40s", path);
	if (doc_int(p->doc, "history_log.sequence", &sequence))
		fprintf(p->out, ", line %" PRId64, sequence);
	if (doc_int(p->doc, "history_log.last_written_age_ns", &age_ns))
		fprintf(p->out, ", %s ago", human_age(age_ns, age));
	if (doc_bool(p->doc, "history_log.writer_alive", &is_alive) &&
	    !is_alive)
		page_paint(p, PAINT_BAD, "; not written any more");
	else if (doc_int(p->doc, "history_log.lines_waiting", &waiting) &&
		 waiting > 1)
		fprintf(p->out, "; %" PRId64 " lines wait", waiting);
	fputc('\n', p->out);
}

void text_history_log_warn(const struct page *p)
{
	const char *error = doc_string(p->doc, "history_log.error");
	int64_t lost = 0;

	if (error)
		page_warn(p, "history log %s: %s",
			  page_or_dash(doc_string(p->doc, "history_log.path")),
			  error);
	if (doc_int(p->doc, "history_log.lines_lost", &lost) && lost > 0)
		page_warn(p, "history log: %" PRId64 " line%s lost", lost,
			  human_plural(lost));
}
