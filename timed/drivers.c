/* SPDX-License-Identifier: Apache-2.0 */
/* The drivers that run. See drivers.h. */
#include "timed/drivers.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "timed/log.h"
#include "timed/loop.h"

/* ---- what a driver says ---- */

static bool is_own(const struct drivers_slot *s, int source)
{
	return s->sources & UINT64_C(1) << source;
}

/* The source that the driver calls so, or -ENOENT. */
static int find_called(const struct drivers_slot *s, const char *name)
{
	for (int i = 0; i < ENGINE_SOURCES_MAX; i++) {
		if (is_own(s, i) && strcmp(s->all->called[i], name) == 0)
			return i;
	}
	return -ENOENT;
}

static bool is_taken(const struct drivers *all, const char *name)
{
	for (int i = 0; i < ENGINE_SOURCES_MAX; i++) {
		if (strcmp(all->name[i], name) == 0)
			return true;
	}
	return false;
}

/* A driver's names are unique within it only: where a source has the name
 * already, it gets the driver's own before it. */
static int make_unique(const struct drivers_slot *s, const char *called,
		       char ret[SOURCE_NAME_SIZE])
{
	const int known = find_called(s, called);
	int n;

	if (known >= 0) {
		memcpy(ret, s->all->name[known], SOURCE_NAME_SIZE);
		return 0;
	}
	if (!is_taken(s->all, called))
		return 0;
	n = snprintf(ret, SOURCE_NAME_SIZE, "%s:%s", s->status.name, called);
	if (n < 0 || n >= SOURCE_NAME_SIZE)
		return -ENAMETOOLONG;
	return is_taken(s->all, ret) ? -EEXIST : 0;
}

static int on_source(void *arg, const struct source_info *info)
{
	struct drivers_slot *s = arg;
	struct source_info own = *info;
	int source = make_unique(s, info->name, own.name);

	if (source == 0)
		source = engine_source(s->all->engine, &own);
	if (source < 0)
		return source;
	s->sources |= UINT64_C(1) << source;
	memcpy(s->all->name[source], own.name, sizeof(own.name));
	memcpy(s->all->called[source], info->name, sizeof(info->name));
	return source;
}

static void on_gone(void *arg, int source)
{
	struct drivers_slot *s = arg;

	assert(source >= 0 && source < ENGINE_SOURCES_MAX);
	assert(is_own(s, source));
	s->sources &= ~(UINT64_C(1) << source);
	s->all->name[source][0] = s->all->called[source][0] = '\0';
	engine_gone(s->all->engine, source);
}

static void on_sample(void *arg, int source, const struct sample *sample)
{
	struct drivers_slot *s = arg;

	assert(source >= 0 && source < ENGINE_SOURCES_MAX);
	assert(is_own(s, source));
	engine_sample(s->all->engine, source, sample);
}

static void on_health(void *arg, const char *text)
{
	struct drivers_slot *s = arg;
	struct status_driver *status = &s->status;

	if (strcmp(status->health, text) == 0)
		return;
	snprintf(status->health, sizeof(status->health), "%s", text);
	status->since_raw_ns = env_raw_ns(s->all->env);
	if (*text)
		log_write(LEVEL_WARNING, "%s: %s", status->name, text);
	else
		log_write(LEVEL_NOTICE, "%s: well", status->name);
	if (s->all->told)
		s->all->told(s->all->arg, status->name, text);
}

/* ---- one slot ---- */

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct drivers_slot *s = arg;

	(void)fd;
	(void)what;
	s->all->ready(s->all->arg, s);
}

static void unwatch(struct drivers_slot *s)
{
	if (s->fd >= 0)
		event_del(&s->ready);
	s->fd = -1;
}

static void watch(struct drivers_slot *s)
{
	int fd = s->driver ? s->driver->ops->fd(s->driver) : -1;

	if (fd == s->fd)
		return;
	unwatch(s);
	if (fd < 0)
		return;
	event_assign(&s->ready, s->all->base, fd, EV_READ | EV_PERSIST,
		     on_ready, s);
	event_priority_set(&s->ready, LOOP_CLOCK);
	if (event_add(&s->ready, NULL) == 0)
		s->fd = fd;
}

static void drop_sources(struct drivers_slot *s)
{
	for (int i = 0; i < ENGINE_SOURCES_MAX; i++) {
		if (is_own(s, i))
			on_gone(s, i);
	}
}

static void close_slot(struct drivers_slot *s)
{
	unwatch(s);
	if (s->driver)
		s->driver->ops->close(s->driver);
	s->driver = NULL;
	drop_sources(s);
	s->section = NULL;
	s->open_err = 0;
}

static struct drivers_slot *free_slot(struct drivers *all)
{
	for (int i = 0; i < STATUS_DRIVERS_MAX; i++) {
		if (!all->slot[i].section)
			return &all->slot[i];
	}
	return NULL;
}

static struct drivers_slot *find_slot(struct drivers *all, const char *section,
				      const char *name)
{
	for (int i = 0; i < STATUS_DRIVERS_MAX; i++) {
		struct drivers_slot *s = &all->slot[i];

		if (s->section && strcmp(s->section, section) == 0 &&
		    strcmp(s->status.name, name) == 0)
			return s;
	}
	return NULL;
}

static void take_slot(struct drivers_slot *s, const char *section,
		      const char *name)
{
	s->section = section;
	s->sink = (struct driver_sink){on_source, on_gone, on_sample, on_health,
				       s};
	memset(&s->status, 0, sizeof(s->status));
	snprintf(s->status.name, sizeof(s->status.name), "%s", name);
	s->status.since_raw_ns = env_raw_ns(s->all->env);
}

/* ---- all of them ---- */

void drivers_init(struct drivers *all)
{
	memset(all->name, 0, sizeof(all->name));
	memset(all->called, 0, sizeof(all->called));
	memset(all->slot, 0, sizeof(all->slot));
	for (int i = 0; i < STATUS_DRIVERS_MAX; i++) {
		all->slot[i].all = all;
		all->slot[i].fd = -1;
	}
}

int drivers_add(struct drivers *all, const char *section, const char *name,
		drivers_open_fn open, const void *opt)
{
	struct drivers_slot *s = find_slot(all, section, name);
	int err;

	if (!s) {
		s = free_slot(all);
		if (!s)
			return -ENOSPC;
		take_slot(s, section, name);
	}
	if (s->driver)
		return 0;
	drop_sources(s); /* what stood in for them */
	err = open(opt, all->env, &s->sink, &s->driver);
	if (err) {
		s->driver = NULL;
		s->open_err = err;
		on_health(s, strerror(-err));
		return err;
	}
	/* unless it has said something of itself by now */
	if (s->open_err && !strcmp(s->status.health, strerror(-s->open_err)))
		on_health(s, "");
	s->open_err = 0;
	watch(s);
	return 0;
}

int drivers_stand_in(struct drivers *all, const char *section, const char *name,
		     const struct source_info *info)
{
	struct drivers_slot *s = find_slot(all, section, name);
	int source;

	if (!s)
		return -ENOENT;
	source = on_source(s, info);
	return source < 0 ? source : 0;
}

void drivers_close(struct drivers *all, const char *section)
{
	for (int i = 0; i < STATUS_DRIVERS_MAX; i++) {
		struct drivers_slot *s = &all->slot[i];

		if (s->section && (!section || !strcmp(s->section, section)))
			close_slot(s);
	}
}

int drivers_count(const struct drivers *all)
{
	int n = 0;

	for (int i = 0; i < STATUS_DRIVERS_MAX; i++)
		n += all->slot[i].section != NULL;
	return n;
}

bool drivers_has_failed(const struct drivers *all)
{
	for (int i = 0; i < STATUS_DRIVERS_MAX; i++) {
		if (all->slot[i].section && !all->slot[i].driver)
			return true;
	}
	return false;
}

int64_t drivers_next_raw_ns(const struct drivers *all)
{
	int64_t next_raw_ns = INT64_MAX;

	for (int i = 0; i < STATUS_DRIVERS_MAX; i++) {
		const struct driver *d = all->slot[i].driver;
		int64_t raw_ns = d ? d->ops->next_raw_ns(d) : INT64_MAX;

		if (raw_ns < next_raw_ns)
			next_raw_ns = raw_ns;
	}
	return next_raw_ns;
}

void drivers_tick(struct drivers *all, int64_t raw_ns)
{
	for (int i = 0; i < STATUS_DRIVERS_MAX; i++) {
		struct driver *d = all->slot[i].driver;

		if (d && raw_ns >= d->ops->next_raw_ns(d))
			d->ops->tick(d);
	}
}

void drivers_watch(struct drivers *all)
{
	for (int i = 0; i < STATUS_DRIVERS_MAX; i++)
		watch(&all->slot[i]);
}

int drivers_status(const struct drivers *all,
		   struct status_driver ret[STATUS_DRIVERS_MAX])
{
	int n = 0;

	for (int i = 0; i < STATUS_DRIVERS_MAX; i++) {
		if (all->slot[i].section)
			ret[n++] = all->slot[i].status;
	}
	return n;
}
