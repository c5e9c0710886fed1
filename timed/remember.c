/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of each publication: the history. Trouble with it is
 * logged and stops nothing. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libtt/interval.h"
#include "timed/daemon_private.h"
#include "timed/history_file.h"
#include "timed/status_private.h"

/* How often the sources and the system's clock are looked at. */
#define LOOK_NS NS_PER_S

void remember_open(struct daemon *d)
{
	struct history_store *store = NULL;
	char path[PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s.history", d->cfg.segment);
	err = history_file_open(path, &store);
	if (err) {
		log_write(LEVEL_WARNING, "%s: %s: the history will not outlive "
			  "this process", path,
			  err == -EEXIST ? "something else is there"
					 : strerror(-err));
		err = history_file_open("", &store);
	}
	if (err)
		log_write(LEVEL_ERROR, "the history: %s: there is none",
			  strerror(-err));
	else
		history_init(&d->history, store, d->status.process.boot_id);
	remember_rest(d);
}

void remember_rest(struct daemon *d)
{
	history_file_rest(d->history.store);
}

void remember_close(struct daemon *d)
{
	history_file_close(d->history.store);
	d->history.store = NULL;
}

static void read_clocks(struct daemon *d, struct history_look *look)
{
	struct status *s = &d->status;
	struct status_reading r;

	s->raw_ns = d->raw_ns;
	s->publications = d->publish.written;
	s->has_pair = env_pair(d->env, &s->pair) == 0;
	status_clock_read(s, &r);
	look->has_bound = r.has_bound;
	look->has_offset = r.has_bound && r.has_real;
	look->offset_ns = r.best_unix_ns - r.real_ns;
	look->has_unix = r.has_now;
	look->unix_raw_ns = r.now_unix_ns - d->raw_ns;
	look->best_ns = status_clock_best_ns(&d->view.slot, d->view.raw_ns);
}

static void look(struct daemon *d)
{
	struct history_look look = { .raw_ns = d->raw_ns, .view = &d->view };

	d->next_look_raw_ns = d->raw_ns + LOOK_NS;
	engine_view(d->engine, &d->view);
	read_clocks(d, &look);
	history_look(&d->history, &look);
}

void remember(struct daemon *d)
{
	if (!d->history.store)
		return;
	history_publish(&d->history, d->raw_ns, &d->slot);
	if (d->raw_ns >= d->next_look_raw_ns)
		look(d);
}

void remember_event(struct daemon *d, enum event_ring_kind kind,
		    const char *format, ...)
{
	char text[EVENT_RING_TEXT_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	record_event(d, kind, text);
	if (!d->history.store)
		return;
	history_event(&d->history, d->raw_ns, kind, text);
}
