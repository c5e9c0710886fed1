/* SPDX-License-Identifier: Apache-2.0 */
/* The chrony driver on a modelled chronyd. See chrony_watch.h. */
#include "chrony_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* before cmocka.h */
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define TINY_NS	 0.1
#define TINY_PPB 0.01

static struct model_source *source_named(struct chrony_watch *t,
					 const char *name)
{
	for (int i = 0; i < t->world.count; i++) {
		char text[CMDMON_ADDRESS_SIZE];

		cmdmon_address_print(&t->world.source[i].wire.address, text);
		if (strcmp(text, name) == 0)
			return &t->world.source[i];
	}
	fail_msg("no source %s", name);
	return NULL;
}

static int on_source(void *arg, const struct source_info *info)
{
	struct chrony_watch *t = arg;
	int i = 0;

	t->updates++;
	while (i < t->count && strcmp(t->info[i].name, info->name) != 0)
		i++;
	if (i >= t->room)
		return -ENOSPC;
	if (i == t->count)
		t->count++;
	t->info[i] = *info;
	t->gone[i] = false;
	return i;
}

static void on_gone(void *arg, int source)
{
	struct chrony_watch *t = arg;

	assert_in_range(source, 0, t->count - 1);
	t->gone[source] = true;
}

static void on_health(void *arg, const char *text)
{
	struct chrony_watch *t = arg;

	snprintf(t->health, sizeof(t->health), "%s", text);
}

static void on_sample(void *arg, int source, const struct sample *m)
{
	struct chrony_watch *t = arg;
	const struct env *w = &t->world;
	const struct model_source *from = source_named(t, t->info[source].name);
	const struct model_sample *s = &from->served;
	const double age_ns = (double)(m->raw_ns - s->raw_ns);
	double lo_ns = (double)(m->mid_ns - MODEL_EPOCH_NS), hi_ns = lo_ns;
	double gained_ns, rate_ppb, x_ns;

	assert_int_equal(m->raw_ns, w->pair_raw_ns);
	/* the age, and the rate by which chronyd's books go back so far */
	assert_true(age_ns >= (double)m->age_ns_min - TINY_NS);
	assert_true(age_ns <= (double)m->age_ns_max + TINY_NS);
	assert_true(m->age_ns_min >= 0);
	gained_ns = model_line_ns(w, from) - s->cooked_ns;
	rate_ppb = gained_ns / age_ns * 1e9;
	if (rate_ppb < m->ruler_ppb_min - TINY_PPB - 1e8 / age_ns ||
	    rate_ppb > m->ruler_ppb_max + TINY_PPB + 1e8 / age_ns)
		fail_msg("rate %f not in %f..%f, age %f", rate_ppb,
			 m->ruler_ppb_min, m->ruler_ppb_max, age_ns * 1e-9);
	/* reference - raw at the event, carried along C */
	x_ns = s->ref_ns + gained_ns;
	for (int i = 0; i < TERM_COUNT; i++) {
		assert_true(m->lo_ns[i] >= 0 && m->hi_ns[i] >= 0);
		lo_ns -= (double)m->lo_ns[i];
		hi_ns += (double)m->hi_ns[i];
	}
	if (x_ns < lo_ns - TINY_NS || x_ns > hi_ns + TINY_NS)
		fail_msg("%f not in %f..%f, age %f", x_ns, lo_ns, hi_ns,
			 age_ns * 1e-9);
	t->samples++;
	t->repeats += m->repeat;
	t->width_ns += (hi_ns - lo_ns) / 2;
}

void chrony_watch_open(struct chrony_watch *t,
		       const struct chrony_options *change)
{
	const struct driver_sink sink = {.source = on_source,
					 .gone = on_gone,
					 .sample = on_sample,
					 .health = on_health,
					 .arg = t};
	struct chrony_options opt = {
		.poll_ns = 250000000, .asymmetry_ns = -1, .server_scale = 2};

	if (change)
		opt = *change;
	opt.host = "127.0.0.1";
	opt.port = t->world.port;
	if (!opt.socket)
		opt.socket = t->world.socket;
	assert_int_equal(driver_chrony_open(&opt, &t->world, &sink, &t->driver),
			 0);
}

void chrony_watch_begin(struct chrony_watch *t, uint64_t seed, bool is_free)
{
	memset(t, 0, sizeof(*t));
	t->room = CHRONY_WATCH_SOURCES;
	model_open(&t->world, seed, is_free);
}

void chrony_watch_end(struct chrony_watch *t)
{
	t->driver->ops->close(t->driver);
	model_close(&t->world);
}

void chrony_watch_add(struct chrony_watch *t, int n, double poll_s_min,
		      double poll_s_max)
{
	for (int i = 0; i < n; i++) {
		const uint8_t ip[4] = {192, 0, 2, (uint8_t)(i + 1)};

		model_add(&t->world, ip,
			  exp(model_random(&t->world, log(poll_s_min),
					   log(poll_s_max))));
	}
}

void chrony_watch_start(struct chrony_watch *t, uint64_t seed, bool is_free,
			int n, double poll_s_min, double poll_s_max)
{
	chrony_watch_begin(t, seed, is_free);
	chrony_watch_add(t, n, poll_s_min, poll_s_max);
	chrony_watch_open(t, NULL);
}
