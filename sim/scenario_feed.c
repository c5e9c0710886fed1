/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario file's sources. See scenario_reader.h. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "sim/scenario_reader.h"

/* chronyd's clock as a ruler: it keeps to the counter's rate this well. */
#define NTP_AGE_S     1
#define NTP_RULER_PPB 300

/* The kinds, as a mask in the table of settings. */
enum {
	OF_NTP = 1,
	OF_PTP = 2,
	OF_PHC = 4,
	OF_PPS = 8,
	OF_PATH = OF_NTP | OF_PTP
};

struct feed_text {
	char name[SOURCE_NAME_SIZE], kind[16];
	double poll;
	double delay, delay_back, queue, queue_back;
	double loss, burst, burst_delay;
	double load, hop_delay, transparent_error;
	double server_error, stamp_error, stamp_quantum, mapping_error;
	char server_at[16], stamp_at[16], mapping_at[16], window_at[16];
	double age, ruler, ruler_error;
	double window;
	double latency, latency_jitter, latency_max;
	int hops, stratum;
	bool interleaved, servo, announces;
};

#define A_SECOND 1e9

static const struct scenario_field feed_fields[] = {
	FIELD(feed_text, name, FIELD_TEXT, 0, 0),
	FIELD(feed_text, kind, FIELD_TEXT, 0, 0),
	FIELD(feed_text, poll, FIELD_SECONDS, 0.1e9, 86400e9),
	FIELD_OF(OF_PATH, feed_text, delay, FIELD_DURATION, 0, A_SECOND),
	FIELD_OF(OF_PATH, feed_text, delay_back, FIELD_DURATION, 0, A_SECOND),
	FIELD_OF(OF_PATH, feed_text, queue, FIELD_DURATION, 0, A_SECOND),
	FIELD_OF(OF_PATH, feed_text, queue_back, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, loss, FIELD_PART, 0, 1),
	FIELD_OF(OF_PATH, feed_text, burst, FIELD_PART, 0, 1),
	FIELD_OF(OF_PATH, feed_text, burst_delay, FIELD_DURATION, 0, A_SECOND),
	FIELD_OF(OF_PATH, feed_text, hops, FIELD_INT, 0, 100),
	FIELD_OF(OF_PATH, feed_text, load, FIELD_PART, 0, 1),
	FIELD_OF(OF_PATH, feed_text, hop_delay, FIELD_DURATION, 0, A_SECOND),
	FIELD_OF(OF_PTP, feed_text, transparent_error, FIELD_DURATION, 0,
		 A_SECOND),
	FIELD_OF(OF_NTP, feed_text, interleaved, FIELD_BOOL, 0, 0),
	FIELD(feed_text, server_error, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, server_at, FIELD_TEXT, 0, 0),
	FIELD(feed_text, stamp_error, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, stamp_at, FIELD_TEXT, 0, 0),
	FIELD(feed_text, stamp_quantum, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, mapping_error, FIELD_DURATION, 0, A_SECOND),
	FIELD(feed_text, mapping_at, FIELD_TEXT, 0, 0),
	FIELD_OF(OF_NTP, feed_text, age, FIELD_SECONDS, 0, 60e9),
	FIELD_OF(OF_NTP, feed_text, ruler, FIELD_RATE, -5e5, 5e5),
	FIELD_OF(OF_NTP, feed_text, ruler_error, FIELD_RATE, 0, 5e5),
	FIELD_OF(OF_PHC, feed_text, servo, FIELD_BOOL, 0, 0),
	FIELD_OF(OF_PHC, feed_text, window, FIELD_DURATION, 0, A_SECOND),
	FIELD_OF(OF_PHC, feed_text, window_at, FIELD_TEXT, 0, 0),
	FIELD_OF(OF_PPS, feed_text, latency, FIELD_DURATION, 0, A_SECOND),
	FIELD_OF(OF_PPS, feed_text, latency_jitter, FIELD_DURATION, 0,
		 A_SECOND),
	FIELD_OF(OF_PPS, feed_text, latency_max, FIELD_DURATION, 0, A_SECOND),
	FIELD_OF(OF_NTP | OF_PTP | OF_PPS, feed_text, announces, FIELD_BOOL, 0,
		 0),
	FIELD_OF(OF_NTP, feed_text, stratum, FIELD_INT, 1, 15),
	FIELD_END};

/* What a kind is like when nobody says more. */
static const struct feed_kind_text {
	enum feed_kind kind;
	enum source_class class;
	unsigned int mask;
	struct feed_text preset;
} feed_kinds[] = {
	{FEED_EXCHANGE,
	 SOURCE_NTP,
	 OF_NTP,
	 {.kind = "ntp",
	  .poll = 16,
	  .delay = 100e3,
	  .queue = 100e3,
	  .server_error = 5e3,
	  .stamp_error = 1e3,
	  .mapping_error = 500,
	  .age = NTP_AGE_S,
	  .ruler_error = NTP_RULER_PPB,
	  .stratum = 1}},
	{FEED_EXCHANGE,
	 SOURCE_PTP,
	 OF_PTP,
	 {.kind = "ptp",
	  .poll = 1,
	  .delay = 2e3,
	  .queue = 50,
	  .server_error = 100,
	  .stamp_error = 8,
	  .mapping_error = 500}},
	{FEED_DIRECT,
	 SOURCE_PHC,
	 OF_PHC,
	 {.kind = "phc", .poll = 1, .stamp_error = -1}},
	{FEED_EDGE,
	 SOURCE_GNSS,
	 OF_PPS,
	 {.kind = "pps",
	  .poll = 1,
	  .server_error = 50,
	  .stamp_error = 20,
	  .latency = 3e3,
	  .latency_jitter = 1500,
	  .latency_max = 15e3}},
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
		const struct scenario_field *f = scenario_field_find(
			feed_fields, config_setting_name(s));

		if (f && f->kinds != 0 && !(f->kinds & kind->mask))
			return scenario_fail(r, s,
					     "feeds: kind \"%s\" has no %s",
					     kind->preset.kind, f->name);
	}
	return 0;
}

/* Where between its limits an error lies; "": anywhere. */
static int read_placement(const struct scenario_reader *r,
			  const config_setting_t *s, const char *text,
			  enum placement *ret)
{
	static const char *const names[] = {[PLACE_RANDOM] = "random",
					    [PLACE_LOW] = "low",
					    [PLACE_HIGH] = "high",
					    [PLACE_SAWTOOTH] = "sawtooth"};

	*ret = PLACE_RANDOM;
	if (!*text)
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], text)) {
			*ret = (enum placement)i;
			return 0;
		}
	return scenario_fail(r, s,
			     "feeds: \"%s\" should be \"random\", \"low\", "
			     "\"high\" or \"sawtooth\"",
			     text);
}

static int set_placements(const struct scenario_reader *r,
			  const config_setting_t *s, const struct feed_text *t,
			  struct feed_law *ret)
{
	int err = read_placement(r, s, t->server_at, &ret->server.place);

	if (!err)
		err = read_placement(r, s, t->stamp_at, &ret->stamp.place);
	if (!err)
		err = read_placement(r, s, t->mapping_at, &ret->mapping.place);
	if (!err)
		err = read_placement(r, s, t->window_at, &ret->latch);
	return err;
}

static void set_path(const struct feed_text *t, struct path_law *ret)
{
	*ret = (struct path_law){.base_ns = {t->delay, t->delay_back},
				 .queue_ns = {t->queue, t->queue_back},
				 .loss = t->loss,
				 .hops = t->hops,
				 .load = t->load,
				 .hop_ns = t->hop_delay,
				 .transparent_ns = t->transparent_error,
				 .burst = t->burst,
				 .burst_ns = t->burst_delay};
}

/* chronyd is between: what its clock adds, and what is declared of it. */
static void set_chrony(const struct config *cfg, const struct feed_text *t,
		       struct feed_law *ret)
{
	ret->is_interleaved = t->interleaved;
	ret->age_s = t->age;
	ret->ruler_ppb = t->ruler;
	ret->ruler_err_ppb = t->ruler_error;
	ret->server_scale = t->stratum > 1 ? cfg->chrony_server_scale : 1;
	ret->delay_ns_min = (double)cfg->chrony_delay_ns_min;
	if (cfg->chrony_asymmetry_ns >= 0)
		ret->asymmetry_ns = fmax((double)cfg->chrony_asymmetry_ns, 1);
}

static void set_law(const struct config *cfg, const struct feed_text *t,
		    const struct feed_kind_text *kind, struct feed_law *ret)
{
	*ret = (struct feed_law){
		.kind = t->servo ? FEED_PHC : kind->kind,
		.class = kind->class,
		.poll_s = t->poll,
		.server = {t->server_error, PLACE_RANDOM},
		.stamp = {t->stamp_error, PLACE_RANDOM},
		.mapping = {t->mapping_error, PLACE_RANDOM},
		.quantum_ns = t->stamp_quantum,
		.window_ns = t->window,
		.says_leap = t->announces,
		.says_offset = t->announces && kind->class != SOURCE_NTP,
		.latency_ns = {t->latency, t->latency_jitter},
		.latency_ns_max = t->latency_max,
		.path.loss = t->loss};
	if (kind->kind == FEED_EXCHANGE)
		set_path(t, &ret->path);
	if (kind->class == SOURCE_NTP)
		set_chrony(cfg, t, ret);
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

/* What only several settings together can tell. */
static int check_whole(const struct scenario_reader *r,
		       const config_setting_t *s,
		       const struct feed_kind_text *kind,
		       const struct feed_text *t)
{
	if (kind->class == SOURCE_NTP && !r->cfg->chrony_enable)
		return scenario_fail(r, s,
				     "feeds: chrony.enable is false in the "
				     "configuration: nobody hears ntp");
	if (t->latency > t->latency_max)
		return scenario_fail(r, s,
				     "feeds: latency is beyond latency_max");
	if (t->servo && !(t->server_error > 0))
		return scenario_fail(r, s,
				     "feeds: a servo holds its clock to "
				     "server_error: say how far");
	if (t->transparent_error > 0 && t->hops == 0)
		return scenario_fail(r, s,
				     "feeds: transparent_error is of hops, and "
				     "there are none");
	if (t->window > 0 && !t->servo)
		return scenario_fail(r, s,
				     "feeds: window is of a clock with a "
				     "servo; mapping_error does for others");
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
	t.delay_back = t.queue_back = -1;
	t.ruler = sc->oscillator.start_ppb;
	err = scenario_group(r, s, "a feed", feed_fields, &t);
	if (!err)
		err = check_foreign(r, s, kind);
	if (!err)
		err = name_feed(r, s, &t, i);
	if (!err)
		err = check_whole(r, s, kind, &t);
	if (err)
		return err;
	/* A servo's clock errs by itself; one that is read, by its stamps. */
	if (t.stamp_error < 0)
		t.stamp_error = t.servo ? 0 : 100;
	if (t.delay_back < 0)
		t.delay_back = t.delay;
	if (t.queue_back < 0)
		t.queue_back = t.queue;
	set_law(r->cfg, &t, kind, &sc->feed[i]);
	sc->feed_count = i + 1;
	return set_placements(r, s, &t, &sc->feed[i]);
}
