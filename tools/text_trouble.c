/* SPDX-License-Identifier: Apache-2.0 */
/* The page: a segment or a socket that cannot be read, and what to do. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/segment_file.h"
#include "tools/status_doc.h"
#include "tools/text_page.h"

const char *text_no_bound(int err)
{
	switch (err) {
	case -ENOENT:
		return "there is no segment";
	case -EACCES:
		return "the segment may not be read";
	case -EPROTO:
		return "what is there is no segment of this version";
	case -ESTALE:
		return "the last one has run out";
	default:
		return tt_strerror(err);
	}
}

/* The daemon that answers knows where it writes to. */
static const char *other_segment(const struct page *p)
{
	const char *path = doc_string(p->doc, "segment.path");

	return path && strcmp(path, p->s->segment_path) != 0 ? path : NULL;
}

static const char *socket_remedy(int err)
{
	switch (err) {
	case -ENOENT:
		return ": timed does not run, or its status_socket is another "
		       "(--socket)";
	case -ECONNREFUSED:
		return ": nobody listens there, timed does not run";
	case -EACCES:
		return ": a folder on the way is closed to this user, or the "
		       "socket is";
	default:
		return "";
	}
}

static void warn_segment(const struct page *p)
{
	const int err = p->s->segment_err;
	const char *other = other_segment(p);
	char what[SEGMENT_FILE_SIZE] = "";

	if (err == -EPROTO)
		segment_file_describe(p->s->segment_path, what);
	page_warn(p, "%s: %s%s%s", p->s->segment_path, tt_strerror(err),
		  *what ? ": " : "", what);
	if (other)
		page_warn(p, "the daemon that answers publishes to %s: name "
			  "that (--segment, or $TT_CLOCK)", other);
}

void text_trouble(const struct page *p)
{
	if (p->s->is_contradictory)
		page_warn(p, "the segment and the status socket tell different "
			"times: of two daemons?");
	if (p->s->socket_err) {
		page_warn(p, "%s: %s%s", p->s->socket_path, p->s->socket_why,
			  socket_remedy(p->s->socket_err));
		if (!p->s->segment_err)
			page_warn(p, "this is what the segment %s gives alone",
			     p->s->segment_path);
	}
	if (p->s->segment_err && p->s->segment_err != -ENODATA)
		warn_segment(p);
}
