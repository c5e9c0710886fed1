/* SPDX-License-Identifier: Apache-2.0 */
/* How the history log does. See record_health.h. */
#include "timed/record_health.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "timed/log.h"

#define NS_PER_S INT64_C(1000000000)

/* A disk that is slow takes a line within seconds; one that has not for so long
 * hangs, or the writer stands still. */
#define STALL_NS (30 * NS_PER_S)

void record_health_init(struct record_health *h, const char *path)
{
	memset(h, 0, sizeof(*h));
	h->path = path;
	h->told.sequence = -1;
}

/* ---- the log ---- */

static void tell_err(const struct record_health *h,
		     const struct history_log_view *v)
{
	const struct history_log_view *was = &h->told;
	const unsigned long long lost = (unsigned long long)v->lost;

	if (v->err == 0 && was->err != 0)
		log_write(LEVEL_NOTICE, "history log %s: it is written again; "
			  "%llu lines lost since the start", h->path, lost);
	else if (v->err == -EEXIST && was->err != v->err)
		log_write(LEVEL_ERROR, "history log %s: something else is "
			  "there: move it away, or name another file in "
			  "history.log", h->path);
	else if (v->err == -EBUSY && was->err != v->err)
		log_write(LEVEL_WARNING, "history log %s: another process "
			  "writes there: two must not; waiting for its end",
			  h->path);
	else if (v->err != was->err)
		log_write(LEVEL_ERROR, "history log %s: %s: lines wait, and "
			  "it is tried again", h->path, strerror(-v->err));
	if (v->lost > 0 && was->lost == 0)
		log_write(LEVEL_ERROR, "history log %s: lines are being lost",
			  h->path);
}

/* To the log that others keep: what was written up to here can be proved to be
 * what it was. */
static void tell_rotation(const struct record_health *h,
			  const struct history_log_view *v)
{
	const struct history_log_view *was = &h->told;

	if (v->rotation_err != 0 && v->rotation_err != was->rotation_err)
		log_write(LEVEL_ERROR, "history log %s: it cannot be rotated "
			  "(%s), and grows on", h->path,
			  strerror(-v->rotation_err));
	if (v->moved != was->moved)
		log_write(LEVEL_ERROR, "history log %s: somebody moved, removed "
			  "or cut off the file (%llu lines of it are gone): it "
			  "is begun anew, and rotated by timed alone", h->path,
			  (unsigned long long)(v->removed - was->removed));
	if (v->rotations != was->rotations && v->sequence >= 0)
		log_write(LEVEL_NOTICE, "history log %s: rotated; line %lld is "
			  "sha256 %s", h->path, (long long)v->sequence,
			  v->sha256);
}

static void tell_stall(const struct record_health *h, bool was_stalled)
{
	if (h->is_stalled && !was_stalled)
		log_write(LEVEL_ERROR, "history log %s: its writer stands "
			  "still, as if the disk did not answer: lines wait",
			  h->path);
	else if (!h->is_stalled && was_stalled && !h->told.has_ended)
		log_write(LEVEL_NOTICE, "history log %s: its writer goes on",
			  h->path);
}

/* ---- what is seen ---- */

/* What says why it waits, or has ended, does not stand still. */
static void watch_stall(struct record_health *h,
			const struct history_log_view *v, int64_t raw_ns)
{
	const bool goes_on = v->waiting == 0 || v->err != 0 || v->has_ended ||
			     v->written != h->told.written;

	if (goes_on || !h->is_waiting || raw_ns < h->waiting_raw_ns)
		h->waiting_raw_ns = raw_ns;
	h->is_waiting = v->waiting > 0;
	h->is_stalled = !goes_on && raw_ns - h->waiting_raw_ns >= STALL_NS;
}

void record_health_look(struct record_health *h,
			const struct history_log_view *v, int64_t raw_ns)
{
	const bool was_stalled = h->is_stalled;

	tell_err(h, v);
	tell_rotation(h, v);
	if (v->has_ended && !h->told.has_ended)
		log_write(LEVEL_ERROR, "history log %s: its writer has ended, "
			  "nothing is recorded any more: restart timed",
			  h->path);
	watch_stall(h, v, raw_ns);
	if (v->written != h->told.written) {
		h->has_written = true;
		h->written_raw_ns = raw_ns;
	}
	h->told = *v;
	tell_stall(h, was_stalled);
}

/* ---- the status ---- */

static void put_error(const struct record_health *h,
		      const struct history_log_view *v,
		      struct status_history_log *ret)
{
	const size_t size = sizeof(ret->error);

	if (v->has_ended)
		snprintf(ret->error, size,
			 "its writer has ended: restart timed");
	else if (v->err == -EEXIST)
		snprintf(ret->error, size, "something else is there");
	else if (v->err == -EBUSY)
		snprintf(ret->error, size, "another process writes there");
	else if (v->err)
		snprintf(ret->error, size, "%s", strerror(-v->err));
	else if (h->is_stalled && v->written == h->told.written)
		snprintf(ret->error, size, "its writer stands still, as if "
			 "the disk did not answer");
	else if (v->rotation_err)
		snprintf(ret->error, size, "it cannot be rotated: %s",
			 strerror(-v->rotation_err));
}

void record_health_status(const struct record_health *h,
			  const struct history_log_view *v, int64_t raw_ns,
			  struct status_history_log *ret)
{
	const bool is_news = v->written != h->told.written;

	memset(ret, 0, sizeof(*ret));
	ret->is_on = true;
	ret->is_alive = !v->has_ended;
	ret->lines = v->written;
	ret->lost = v->lost;
	ret->waiting = v->waiting;
	ret->bytes = v->bytes;
	ret->bytes_waiting = v->bytes_waiting;
	ret->bytes_waiting_max = v->bytes_waiting_max;
	ret->rotations = v->rotations;
	ret->has_written = is_news || h->has_written;
	ret->written_raw_ns = is_news || raw_ns < h->written_raw_ns
				      ? raw_ns
				      : h->written_raw_ns;
	ret->has_sequence = v->sequence >= 0 && *v->sha256;
	ret->sequence = v->sequence;
	memcpy(ret->sha256, v->sha256, sizeof(ret->sha256));
	put_error(h, v, ret);
}

void record_health_none(const char *path, int err,
			struct status_history_log *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (*path == '\0')
		return;
	ret->is_on = true;
	snprintf(ret->error, sizeof(ret->error), "none is kept: %s",
		 strerror(-err));
}
