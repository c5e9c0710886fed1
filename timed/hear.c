/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon listens to its clients: a logical clock that was sent a time beyond
 * its latest has met a broken bound, its own or another's. That is shown and
 * logged; a client's word changes nothing.
 */
#include <errno.h>
#include <string.h>

#include "timed/daemon_private.h"

static void on_heard(void *arg, struct hearsay_view *v)
{
	struct daemon *d = arg;

	v->raw_ns = env_raw_ns(d->env);
	if (!report_is_let_through(d, &d->rejections, LEVEL_WARNING))
		return;
	log_write(LEVEL_WARNING,
		  "process %d of user %u says that it was sent a time %lld ns "
		  "beyond its latest (%llu such since it told last): some "
		  "bound is wrong, the sender's, whom it heard, or ours",
		  (int)v->pid, (unsigned int)v->uid,
		  (long long)v->last.excess_ns,
		  (unsigned long long)v->last.rejected);
}

void hear_open(struct daemon *d)
{
	const int err = hearsay_open(d->base, d->cfg.segment, on_heard, d,
				     &d->hearsay);

	if (err == -EADDRINUSE)
		log_write(LEVEL_WARNING, "another process listens to clients "
			  "beside %s: not heard is who was sent a time beyond "
			  "latest", d->cfg.segment);
	else if (err)
		log_write(LEVEL_WARNING, "no socket for clients beside %s: %s: "
			  "not heard is who was sent a time beyond latest",
			  d->cfg.segment, strerror(-err));
}

void hear_close(struct daemon *d)
{
	hearsay_close(d->hearsay);
	d->hearsay = NULL;
}
