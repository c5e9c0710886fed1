/* SPDX-License-Identifier: Apache-2.0 */
/* The status document: what has been learnt of the raw counter's oscillator. */
#include <math.h>

#include "timed/status_private.h"

static void put_level(struct json_object *list,
		      const struct oscillator_level *l)
{
	struct json_object *o = json_object_new_object();
	const double most_ppb = l->ppb + l->error_ppb;

	put_number_if(o, "tau_s", true, l->tau_s);
	/* What may all be the source's is no measurement. */
	put_number_if(o, "deviation_ppb", l->has && l->ppb > 2 * l->error_ppb,
		      l->ppb);
	put_number_if(o, "deviation_ppb_max", l->has, most_ppb);
	put_number_if(o, "error_ppb", l->has, l->error_ppb);
	put_text_if(o, "source", l->has ? l->source : NULL);
	json_object_array_add(list, o);
}

static void put_widened(struct json_object *o, const struct status *s,
			const struct status_reading *r)
{
	const struct widening *w = &s->widening;
	struct axioms a;

	config_axioms(s->cfg, &a);
	put_bool_if(o, "widened", true, w->is_on);
	put_number_if(o, "configured_wander_ppb_s", true, a.wander_ppb_s);
	put_number_if(o, "configured_jitter_ppb", true, a.jitter_ppb);
	put_int_if(o, "widened_since_raw_ns", w->is_on, w->since_raw_ns);
	put_int_if(o, "widened_since_unix_ns", w->is_on && r->has_real,
		   w->since_raw_ns + r->real_raw_ns);
	put_int_if(o, "widened_last_raw_ns", w->is_on, w->last_raw_ns);
}

static void put_temperature(struct json_object *o, const struct status *s)
{
	const struct temperature *t = &s->temperature;

	put_number_if(o, "temperature_c", t->has, t->celsius);
	put_text_if(o, "temperature_error", t->error);
}

void status_oscillator_put(struct json_object *doc, const struct status *s,
			   const struct status_reading *r)
{
	struct json_object *o = put_object(doc, "oscillator"), *list;

	put_number_if(o, "rate_ppb_min", s->drift.has_rate,
		      s->drift.rate_ppb_min);
	put_number_if(o, "rate_ppb_max", s->drift.has_rate,
		      s->drift.rate_ppb_max);
	list = put_array(o, "levels");
	for (int i = 0; i < OSCILLATOR_LEVELS; i++)
		put_level(list, &s->oscillator[i]);
	put_widened(o, s, r);
	put_temperature(o, s);
}
