/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The phc driver: a PTP clock that is a source of time by itself. What it shows
 * is told as it is, with the error that somebody vouches for; a clock that is
 * absent, unreadable, not set, of another scale than declared, or that breaks
 * its word, gives no samples and a reason.
 */
#include "drivers/phc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/phc_bound.h"
#include "drivers/phc_watch.h"

#define NS_PER_S INT64_C(1000000000)

/* How often a device that is not there is looked for. */
#define RETRY_NS (2 * NS_PER_S)

/* Readings in a row that say nothing, before that is news; and that fail,
 * before the device is opened anew. */
#define VAIN_MAX   10
#define FAILED_MAX 3

/* Nobody has set a clock that shows less: 2024-01-01 UTC. */
#define SET_NS_MIN (INT64_C(1704067200) * NS_PER_S)

/*
 * CLOCK_REALTIME may be wrong, so it proves nothing; but a clock that agrees
 * with it to a second when read in the other scale is hardly in the one that
 * was declared. TAI - UTC is 37 s, and not expected to leave these.
 */
#define AGREES_NS      (NS_PER_S / 2)
#define TAI_OFFSET_MIN 30
#define TAI_OFFSET_MAX 45

/* Fresh for so many polls, and this at least. */
#define FRESH_POLLS  4
#define FRESH_NS_MIN (2 * NS_PER_S)

#define HEALTH_SIZE 192

struct phc_driver {
	struct driver driver;
	struct phc_options opt;
	struct env *env;
	struct driver_sink sink;
	struct phc *phc; /* NULL: not there, or not readable */
	struct phc_bound bound;
	struct phc_watch watch;
	struct source_info info;
	int source; /* < 0: the table of sources is full */
	int64_t next_raw_ns;
	int vain, failed; /* readings in a row */
	char health[HEALTH_SIZE];
};

static struct phc_driver *phc_of(struct driver *driver)
{
	return (struct phc_driver *)driver;
}

static const struct phc_driver *phc_of_const(const struct driver *driver)
{
	return (const struct phc_driver *)driver;
}

/* --- what is told -------------------------------------------------------- */

static void set_health(struct phc_driver *d, const char *text)
{
	if (strcmp(text, d->health) == 0)
		return;
	snprintf(d->health, sizeof(d->health), "%s", text);
	d->sink.health(d->sink.arg, d->health);
}

static void announce(struct phc_driver *d, bool is_reachable, const char *note)
{
	if (d->source >= 0 && d->info.reachable == is_reachable &&
	    strncmp(d->info.note, note, sizeof(d->info.note) - 1) == 0)
		return;
	d->info.reachable = is_reachable;
	snprintf(d->info.note, sizeof(d->info.note), "%s", note);
	d->source = d->sink.source(d->sink.arg, &d->info);
}

/* No samples now, and why: in short at the source, in full as health. */
__attribute__((format(printf, 2, 3))) static void
refuse(struct phc_driver *d, const char *format, ...)
{
	char text[HEALTH_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	announce(d, false, text);
	set_health(d, text);
}

/* In order: how it is read, and why no better. */
static void accept(struct phc_driver *d)
{
	char note[HEALTH_SIZE + PHC_ERROR_SIZE];
	const char *fallback = phc_fallback(d->phc);

	snprintf(note, sizeof(note), "read by %s%s%s",
		 phc_mode_name(phc_mode(d->phc)), *fallback ? ": " : "",
		 fallback);
	announce(d, true, note);
	set_health(d, "");
}

/* --- what is refused ------------------------------------------------------ */

static bool is_set(struct phc_driver *d, const struct phc_reading *r)
{
	if (r->phc_ns >= SET_NS_MIN)
		return true;
	refuse(d, "it shows a time before 2024: nobody has set it");
	return false;
}

static bool is_near(int64_t offset_ns, int64_t from_s, int64_t to_s)
{
	return offset_ns > from_s * NS_PER_S - AGREES_NS &&
	       offset_ns < to_s * NS_PER_S + AGREES_NS;
}

static bool is_of_scale(struct phc_driver *d, const struct phc_reading *r)
{
	struct env_pair pair;
	int64_t over_ns;

	if (env_pair(d->env, &pair))
		return true;
	over_ns = r->phc_ns - r->raw_ns - (pair.real_ns - pair.raw_ns_after);
	if (d->opt.scale == SCALE_TAI && is_near(over_ns, 0, 0)) {
		refuse(d, "it seems to show UTC, and is declared to show TAI");
		return false;
	}
	if (d->opt.scale != SCALE_TAI &&
	    is_near(over_ns, TAI_OFFSET_MIN, TAI_OFFSET_MAX)) {
		refuse(d, "it seems to show TAI, and is declared to show UTC");
		return false;
	}
	return true;
}

static bool keeps_its_word(struct phc_driver *d, const struct phc_word *word)
{
	struct phc_watch *w = &d->watch;

	switch (phc_watch_add(w, word)) {
	case PHC_GOOD:
		return true;
	case PHC_ON_PROBATION:
		if (w->broken == 0 && d->health[0] == '\0')
			announce(d, true, "watched for a moment first");
		break;
	case PHC_FROZEN:
		refuse(d, "it stands still");
		break;
	case PHC_WENT_BACK:
		refuse(d, "it went back by %.6f s",
		       -(double)w->moved_ns * 1e-9);
		break;
	case PHC_STEPPED:
		refuse(d, "it stepped by %+.6f s, more than its error bound",
		       (double)w->moved_ns * 1e-9);
		break;
	case PHC_RUNS_OFF:
		refuse(d, "it runs %+.0f ppm off the raw counter",
		       w->off_ppb * 1e-3);
		break;
	}
	return false;
}

/* --- samples -------------------------------------------------------------- */

static int64_t fresh_ns(const struct phc_driver *d)
{
	const int64_t polls_ns = FRESH_POLLS * d->opt.poll_ns;

	return polls_ns > FRESH_NS_MIN ? polls_ns : FRESH_NS_MIN;
}

static void give(struct phc_driver *d, const struct phc_word *word)
{
	const struct phc_reading *r = &word->reading;
	struct sample m = {.raw_ns = r->raw_ns,
			   .mid_ns = r->phc_ns - r->raw_ns,
			   .fresh_ns = fresh_ns(d),
			   .declared = d->opt.error_path[0] == '\0'};

	m.lo_ns[TERM_SERVER] = m.hi_ns[TERM_SERVER] = word->error_ns;
	m.lo_ns[TERM_STAMP] = m.hi_ns[TERM_STAMP] = r->stamp_ns;
	/* what is left of the reading's own width: its window */
	m.lo_ns[TERM_MAPPING] = m.mid_ns - r->lo_ns - r->stamp_ns;
	m.hi_ns[TERM_MAPPING] = r->hi_ns - m.mid_ns - r->stamp_ns;
	for (int t = 0; t < TERM_COUNT; t++) {
		if (m.lo_ns[t] < 0)
			m.lo_ns[t] = 0;
		if (m.hi_ns[t] < 0)
			m.hi_ns[t] = 0;
	}
	d->sink.sample(d->sink.arg, d->source, &m);
}

/* The error that holds before the reading and after it, where some NICs update
 * what they say at each reading. */
static int read_word(struct phc_driver *d, struct phc_word *ret,
		     char error[PHC_BOUND_ERROR_SIZE])
{
	const int64_t phc_ns = ret->reading.phc_ns;
	int64_t error_ns;
	int err = phc_bound_read(&d->bound, phc_ns, d->opt.scale, &error_ns,
				 error);

	if (!err && error_ns > ret->error_ns)
		ret->error_ns = error_ns;
	return err;
}

static void take(struct phc_driver *d, const struct phc_word *word)
{
	if (!is_set(d, &word->reading) || !is_of_scale(d, &word->reading))
		phc_watch_lose(&d->watch);
	else if (keeps_its_word(d, word)) {
		accept(d);
		if (d->source >= 0)
			give(d, word);
	}
}

/* --- the device ---------------------------------------------------------- */

static void drop(struct phc_driver *d)
{
	phc_close(d->phc);
	d->phc = NULL;
	d->next_raw_ns = env_raw_ns(d->env) + RETRY_NS;
	phc_watch_lose(&d->watch);
}

static void on_error(struct phc_driver *d, int err)
{
	switch (err) {
	case -ENODEV:
		refuse(d, "the device has gone");
		drop(d);
		return;
	case -ESTALE:
		refuse(d, "%s", phc_trouble(err));
		drop(d);
		return;
	case -EAGAIN:
		if (++d->vain < VAIN_MAX)
			return;
		refuse(d, "its cross-timestamps contradict each other or take "
			  "too long");
		break;
	case -ERANGE:
		refuse(d, "it shows a time beyond all calendars");
		break;
	default:
		refuse(d, "it cannot be read by %s: %s",
		       phc_mode_name(phc_mode(d->phc)), strerror(-err));
		if (++d->failed >= FAILED_MAX)
			drop(d);
	}
	phc_watch_lose(&d->watch);
}

static void read_it(struct phc_driver *d)
{
	struct phc_word word = {.error_ns = 0};
	char error[PHC_BOUND_ERROR_SIZE];
	int err;

	word.reading = d->watch.last;
	err = d->watch.has_last ? read_word(d, &word, error) : 0;
	if (!err) {
		err = phc_read(d->phc, &word.reading);
		if (err) {
			on_error(d, err);
			return;
		}
		err = read_word(d, &word, error);
	}
	d->vain = d->failed = 0;
	if (err) {
		refuse(d, "%s", error);
		phc_watch_lose(&d->watch);
		return;
	}
	take(d, &word);
}

static bool find(struct phc_driver *d)
{
	char error[PHC_ERROR_SIZE];

	if (d->phc)
		return true;
	if (phc_open(&d->opt.device, d->env, &d->phc, error) == 0) {
		d->vain = d->failed = 0;
		return true;
	}
	d->phc = NULL;
	refuse(d, "%s", error);
	d->next_raw_ns = env_raw_ns(d->env) + RETRY_NS;
	return false;
}

/* --- the driver ---------------------------------------------------------- */

static int phc_fd(const struct driver *driver)
{
	(void)driver;
	return -1;
}

static int64_t phc_next_raw_ns(const struct driver *driver)
{
	return phc_of_const(driver)->next_raw_ns;
}

static void phc_readable(struct driver *driver)
{
	(void)driver;
}

static void phc_tick(struct driver *driver)
{
	struct phc_driver *d = phc_of(driver);
	const int64_t now_ns = env_raw_ns(d->env);

	if (now_ns < d->next_raw_ns)
		return;
	d->next_raw_ns = now_ns + d->opt.poll_ns;
	if (find(d))
		read_it(d);
}

static void phc_driver_close(struct driver *driver)
{
	struct phc_driver *d;

	if (!driver)
		return;
	d = phc_of(driver);
	phc_close(d->phc);
	phc_bound_close(&d->bound);
	free((void *)(uintptr_t)d->opt.device.name);
	free((void *)(uintptr_t)d->opt.error_path);
	free(d);
}

static const struct driver_ops driver_phc = {.name = "phc",
					     .fd = phc_fd,
					     .next_raw_ns = phc_next_raw_ns,
					     .readable = phc_readable,
					     .tick = phc_tick,
					     .close = phc_driver_close};

static bool is_sane(const struct phc_options *opt)
{
	return opt->name && opt->name[0] &&
	       strlen(opt->name) < SOURCE_NAME_SIZE && opt->device.name &&
	       opt->device.name[0] && opt->error_path && opt->poll_ns > 0 &&
	       opt->error_ns >= 0 && opt->wander_ppb_s >= 0 &&
	       opt->jitter_ppb >= 0 && opt->scale != SCALE_UTC_SMEARED;
}

static void start(struct phc_driver *d, const struct phc_options *opt)
{
	const struct phc_watch_options watch = {
		.drift_ppb = opt->device.drift_ppb,
		.wander_ppb_s = opt->wander_ppb_s,
		.jitter_ppb = opt->jitter_ppb};

	phc_bound_init(&d->bound, opt->error_ns, d->opt.error_path,
		       opt->device.ops);
	phc_watch_init(&d->watch, &watch);
	d->info = (struct source_info){.class = SOURCE_PHC,
				       .scale = opt->scale,
				       .poll_ns = opt->poll_ns};
	strcpy(d->info.name, opt->name);
	d->opt.name = d->info.name;
	d->source = -1;
	d->next_raw_ns = env_raw_ns(d->env);
	/* it is one of those that are counted, be it there or not */
	announce(d, false, "not looked for yet");
}

int driver_phc_open(const struct phc_options *opt, struct env *env,
		    const struct driver_sink *sink, struct driver **ret)
{
	struct phc_driver *d;

	if (!is_sane(opt))
		return -EINVAL;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->driver.ops = &driver_phc;
	d->opt = *opt;
	d->opt.device.name = strdup(opt->device.name);
	d->opt.error_path = strdup(opt->error_path);
	d->env = env;
	d->sink = *sink;
	if (!d->opt.device.name || !d->opt.error_path) {
		phc_driver_close(&d->driver);
		return -ENOMEM;
	}
	start(d, opt);
	*ret = &d->driver;
	return 0;
}
