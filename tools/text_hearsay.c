/* SPDX-License-Identifier: Apache-2.0 */
/* The page's warning of clients that were sent a time beyond their latest. */
#include <inttypes.h>

#include "tools/human.h"
#include "tools/status_doc.h"
#include "tools/text_page.h"

void text_hearsay_warn(const struct page *p)
{
	int64_t rejected = 0, most_ns = 0, last_ns = 0, pid = 0, uid = 0;
	char most[HUMAN_SIZE], last[HUMAN_SIZE];

	if (!doc_int(p->doc, "hlc.rejected", &rejected) || rejected <= 0)
		return;
	doc_int(p->doc, "hlc.excess_ns_max", &most_ns);
	doc_int(p->doc, "hlc.last_excess_ns", &last_ns);
	doc_int(p->doc, "hlc.last_pid", &pid);
	doc_int(p->doc, "hlc.last_uid", &uid);
	page_warn(p,
		  "clients say that they rejected times beyond their latest: "
		  "%" PRId64 ", by up to %s; the last by %s, in process %" PRId64
		  " of user %" PRId64 ": some bound is wrong",
		  rejected, human_ns(most_ns, most), human_ns(last_ns, last),
		  pid, uid);
}
