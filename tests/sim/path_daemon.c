/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon in a path test. See path_daemon.h. */
#include "path_daemon.h"

#include <assert.h>
#include <string.h>

static int on_source(void *arg, const struct source_info *info)
{
	struct path_daemon *d = arg;

	return engine_source(d->engine, info);
}

static void on_gone(void *arg, int source)
{
	struct path_daemon *d = arg;

	engine_gone(d->engine, source);
}

static void on_sample(void *arg, int source, const struct sample *sample)
{
	struct path_daemon *d = arg;
	struct sample m = *sample;

	if (d->look)
		d->look(d->arg, &m);
	engine_sample(d->engine, source, &m);
}

static void on_health(void *arg, const char *text)
{
	struct path_daemon *d = arg;

	if (d->health)
		d->health(d->arg, text);
}

void path_daemon_open(struct path_daemon *d)
{
	memset(d, 0, sizeof(*d));
	leap_builtin(&d->leap);
	d->leap.expires_unix_s = INT64_C(4000000000);
	assert(memory_segment_open(&d->memory) == 0);
}

void path_daemon_start(struct path_daemon *d, const struct engine_options *opt,
		       const struct engine_sink *events, int64_t raw_ns,
		       struct driver_sink *ret)
{
	assert(engine_new(opt, &d->leap, raw_ns, events, &d->engine) == 0);
	d->publish_raw_ns = raw_ns;
	*ret = (struct driver_sink){.source = on_source,
				    .gone = on_gone,
				    .sample = on_sample,
				    .health = on_health,
				    .arg = d};
}

void path_daemon_stop(struct path_daemon *d)
{
	if (d->driver)
		d->driver->ops->close(d->driver);
	engine_free(d->engine);
	d->driver = NULL;
	d->engine = NULL;
}

void path_daemon_close(struct path_daemon *d)
{
	path_daemon_stop(d);
	memory_segment_close(&d->memory);
}

int64_t path_daemon_wakes(const struct path_daemon *d)
{
	const int64_t driver_ns = d->driver->ops->next_raw_ns(d->driver);

	return driver_ns < d->publish_raw_ns ? driver_ns : d->publish_raw_ns;
}

bool path_daemon_is_due(const struct path_daemon *d, int64_t raw_ns)
{
	return raw_ns >= d->publish_raw_ns || engine_is_dirty(d->engine);
}

void path_daemon_publish(struct path_daemon *d, int64_t raw_ns,
			 struct segment_slot *ret)
{
	d->publish_raw_ns = raw_ns + PATH_PUBLISH_NS;
	engine_publish(d->engine, raw_ns, ret);
	assert(segment_check_slot(ret) == 0); /* publish_write() */
	segment_publish(d->memory.segment, ret);
	engine_shown(d->engine);
}

void path_daemon_note(struct path_terms *terms, const struct sample *m)
{
	terms->samples++;
	for (int t = 0; t < TERM_COUNT; t++)
		terms->sum_ns[t] += (double)(m->lo_ns[t] + m->hi_ns[t]) / 2;
}

double path_daemon_term_ns(const struct path_terms *terms,
			   enum budget_term term)
{
	const double n = terms->samples > 0 ? (double)terms->samples : 1;

	return terms->sum_ns[term] / n;
}

void path_daemon_counters(const struct path_daemon *d,
			  struct engine_counters *ret)
{
	static struct engine_view v;

	engine_view(d->engine, &v);
	*ret = v.counters;
}
