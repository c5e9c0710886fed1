/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario file's sources. See scenario_reader.h. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "sim/scenario_reader.h"

/* chronyd's clock as a ruler: it keeps to the counter's rate this well. */
#define NTP_AGE_S     1
#define NTP_RULER_PPB 300

struct feed_text {
	char name[SOURCE_NAME_SIZE], kind[16];
	double poll;
	double delay, delay_back, queue, queue_back;
	double loss, burst, burst_delay;
	double load, hop_delay;
	double server_error, stamp_error, stamp_quantum, mapping_error;
	double latency, latency_jitter, latency_max;
	int hops, stratum;
};

#define A_SECOND 1e9

static const struct scenario_field feed_fields[] = {
	FIELD(feed_text, name, FIELD_TEXT, 0, 0),
	FIELD(feed_text, kind, FIELD_TEXT, 0, 0),
	FIELD(feed_text, poll, FIELD_SECONDS, 0.1e9, 86400e9),
	FIELD(feed_text, delay, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, delay_back, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, queue, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, queue_back, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, loss, FIELD_PART, 0, 1),
	FIELD(feed_text, burst, FIELD_PART, 0, 1),
	FIELD(feed_text, burst_delay, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, hops, FIELD_INT, 0, 100),
	FIELD(feed_text, load, FIELD_PART, 0, 1),
	FIELD(feed_text, hop_delay, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, server_error, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, stamp_error, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, stamp_quantum, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, mapping_error, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, latency, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, latency_jitter, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, latency_max, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, stratum, FIELD_INT, 1, 15),
	{NULL, FIELD_TEXT, 0, 0, 0, 0}};

/* What a kind is like when nobody says more. -1: not there with this kind. */
static const struct feed_kind_text {
	enum feed_kind kind;
	enum source_class class;
	struct feed_text preset;
} feed_kinds[] = {
	{FEED_EXCHANGE,
	 SOURCE_NTP,
	 {.kind = "ntp",
	  .poll = 16,
	  .delay = 100e3,
	  .delay_back = -1,
	  .queue = 100e3,
	  .queue_back = -1,
	  .server_error = 5e3,
	  .stamp_error = 1e3,
	  .mapping_error = 500,
	  .latency = -1,
	  .latency_jitter = -1,
	  .latency_max = -1,
	  .stratum = 1}},
	{FEED_EXCHANGE,
	 SOURCE_PTP,
	 {.kind = "ptp",
	  .poll = 1,
	  .delay = 2e3,
	  .delay_back = -1,
	  .queue = 50,
	  .queue_back = -1,
	  .server_error = 100,
	  .stamp_error = 8,
	  .mapping_error = 500,
	  .latency = -1,
	  .latency_jitter = -1,
	  .latency_max = -1,
	  .stratum = -1}},
	{FEED_DIRECT,
	 SOURCE_PHC,
	 {.kind = "phc",
	  .poll = 1,
	  .delay = -1,
	  .delay_back = -1,
	  .queue = -1,
	  .queue_back = -1,
	  .burst = -1,
	  .burst_delay = -1,
	  .hops = -1,
	  .load = -1,
	  .hop_delay = -1,
	  .server_error = 0,
	  .stamp_error = 100,
	  .mapping_error = 0,
	  .latency = -1,
	  .latency_jitter = -1,
	  .latency_max = -1,
	  .stratum = -1}},
	{FEED_EDGE,
	 SOURCE_GNSS,
	 {.kind = "pps",
	  .poll = 1,
	  .delay = -1,
	  .delay_back = -1,
	  .queue = -1,
	  .queue_back = -1,
	  .burst = -1,
	  .burst_delay = -1,
	  .hops = -1,
	  .load = -1,
	  .hop_delay = -1,
	  .server_error = 50,
	  .stamp_error = 20,
	  .mapping_error = 0,
	  .latency = 3e3,
	  .latency_jitter = 1500,
	  .latency_max = 15e3,
	  .stratum = -1}},
};
#define FEED_KINDS (sizeof(feed_kinds) / sizeof(feed_kinds[0]))

const char *scenario_file_kind(const struct feed_law *law)
{
	for (size_t i = 0; i < FEED_KINDS; i++)
		if (feed_kinds[i].class == law->class)
			return feed_kinds[i].preset.kind;
	return "";
}

static const struct feed_kind_text *find_kind(const config_setting_t *s)
{
	const char *name = NULL;

	if (!config_setting_is_group(s) ||
	    !config_setting_lookup_string(s, "kind", &name))
		return NULL;
	for (size_t i = 0; i < FEED_KINDS; i++)
		if (!strcmp(feed_kinds[i].preset.kind, name))
			return &feed_kinds[i];
	return NULL;
}

/* Settings that this kind does not have. */
static int check_foreign(const struct scenario_reader *r,
			 const config_setting_t *group,
			 const struct feed_kind_text *kind)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s =
			config_setting_get_elem(group, (unsigned int)i);
		const char *name = config_setting_name(s);
		const struct scenario_field *f =
			scenario_field_find(feed_fields, name);
		const bool is_back = !strcmp(name, "delay_back") ||
				     !strcmp(name, "queue_back");
		const char *at;
		double value;
		int number;

		if (!f || f->type == FIELD_TEXT ||
		    (is_back && kind->kind == FEED_EXCHANGE))
			continue;
		at = (const char *)&kind->preset + f->offset;
		memcpy(&number, at, sizeof(number));
		memcpy(&value, at,
		       f->type == FIELD_INT ? sizeof(number) : sizeof(value));
		if (f->type == FIELD_INT ? number < 0 : value < 0)
			return scenario_fail(r, s,
					     "feeds: kind \"%s\" has no %s",
					     kind->preset.kind, name);
	}
	return 0;
}

static void set_law(const struct config *cfg, const struct feed_text *t,
		    const struct feed_kind_text *kind, double ruler_ppb,
		    struct feed_law *ret)
{
	const bool is_exchange = kind->kind == FEED_EXCHANGE;

	*ret = (struct feed_law){.kind = kind->kind,
				 .class = kind->class,
				 .poll_s = t->poll,
				 .server = {t->server_error, PLACE_RANDOM},
				 .stamp = {t->stamp_error, PLACE_RANDOM},
				 .mapping = {t->mapping_error, PLACE_RANDOM},
				 .quantum_ns = t->stamp_quantum};
	ret->path.loss = t->loss;
	if (is_exchange)
		ret->path =
			(struct path_law){.base_ns = {t->delay, t->delay_back},
					  .queue_ns = {t->queue, t->queue_back},
					  .loss = t->loss,
					  .hops = t->hops,
					  .load = t->load,
					  .hop_ns = t->hop_delay,
					  .burst = t->burst,
					  .burst_ns = t->burst_delay};
	if (kind->kind == FEED_EDGE) {
		ret->latency_ns[0] = t->latency;
		ret->latency_ns[1] = t->latency_jitter;
		ret->latency_ns_max = t->latency_max;
	}
	if (kind->class != SOURCE_NTP)
		return;
	ret->age_s = NTP_AGE_S;
	ret->ruler_ppb = ruler_ppb;
	ret->ruler_err_ppb = NTP_RULER_PPB;
	ret->server_scale = t->stratum > 1 ? cfg->chrony_server_scale : 1;
	ret->delay_ns_min = (double)cfg->chrony_delay_ns_min;
	if (cfg->chrony_asymmetry_ns >= 0)
		ret->asymmetry_ns = fmax((double)cfg->chrony_asymmetry_ns, 1);
}

static int name_feed(const struct scenario_reader *r, const config_setting_t *s,
		     const struct feed_text *t, int i)
{
	char *name = r->file->feed_name[i];

	if (*t->name)
		snprintf(name, SOURCE_NAME_SIZE, "%s", t->name);
	else
		snprintf(name, SOURCE_NAME_SIZE, "%s%d", t->kind, i + 1);
	for (int j = 0; j < i; j++)
		if (!strcmp(r->file->feed_name[j], name))
			return scenario_fail(
				r, s, "feeds: \"%s\" is there twice", name);
	if (!strcmp(name, "all"))
		return scenario_fail(r, s,
				     "feeds: no feed can be called \"all\"");
	return 0;
}

int scenario_feed(const struct scenario_reader *r, const config_setting_t *s,
		  int i)
{
	const struct feed_kind_text *kind = find_kind(s);
	struct scenario *sc = &r->file->scenario;
	struct feed_text t;
	int err;

	if (!kind)
		return scenario_fail(r, s,
				     "feeds: a feed has kind = \"ntp\", "
				     "\"ptp\", \"phc\" or \"pps\"");
	t = kind->preset;
	err = scenario_group(r, s, "a feed", feed_fields, &t);
	if (!err)
		err = check_foreign(r, s, kind);
	if (!err)
		err = name_feed(r, s, &t, i);
	if (err)
		return err;
	if (kind->class == SOURCE_NTP && !r->cfg->chrony_enable)
		return scenario_fail(r, s,
				     "feeds: chrony.enable is false in the "
				     "configuration: nobody hears ntp");
	if (t.delay_back < 0)
		t.delay_back = t.delay;
	if (t.queue_back < 0)
		t.queue_back = t.queue;
	if (kind->kind == FEED_EDGE && t.latency > t.latency_max)
		return scenario_fail(r, s,
				     "feeds: latency is beyond latency_max");
	set_law(r->cfg, &t, kind, sc->oscillator.start_ppb, &sc->feed[i]);
	sc->feed_count = i + 1;
	return 0;
}
