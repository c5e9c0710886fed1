/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files the daemon reads and keeps beside its configuration: the leap
 * second table and the drift file. Trouble with either is logged and never
 * stops the daemon: without them the bound is wider, not wrong.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "timed/daemon_private.h"

/* Rates for people and for the drift file. */
static double slope_ppb(int64_t slope)
{
	return (double)slope * 1e9 / (double)(INT64_C(1) << SEGMENT_RATE_SHIFT);
}

static bool read_mtime(const char *path, struct timespec *ret)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	*ret = st.st_mtim;
	return true;
}

bool keep_leap_changed(const struct daemon *d)
{
	struct timespec t;

	if (!read_mtime(d->cfg.leap_file, &t))
		return false;
	return t.tv_sec != d->leap_mtime.tv_sec ||
	       t.tv_nsec != d->leap_mtime.tv_nsec;
}

static void describe_leap_error(const struct daemon *d, int err, int line,
				char ret[STATUS_NOTE_SIZE])
{
	if (err != -EINVAL)
		snprintf(ret, STATUS_NOTE_SIZE, "%s: %s", d->cfg.leap_file,
			 strerror(-err));
	else if (line > 0)
		snprintf(ret, STATUS_NOTE_SIZE,
			 "%s:%d: not a line of a leap second table",
			 d->cfg.leap_file, line);
	else
		snprintf(ret, STATUS_NOTE_SIZE,
			 "%s: not a whole leap second table (entries, and an "
			 "expiry after them)", d->cfg.leap_file);
}

bool keep_leap(struct daemon *d, bool is_first)
{
	struct status_leap *leap = &d->status.leap;
	struct leap_table table;
	int line, err;

	memset(&d->leap_mtime, 0, sizeof(d->leap_mtime));
	read_mtime(d->cfg.leap_file, &d->leap_mtime);
	err = leap_load(d->cfg.leap_file, &table, &line);
	if (!err) {
		leap->table = table;
		leap->is_builtin = false;
		leap->error[0] = '\0';
		return true;
	}
	describe_leap_error(d, err, line, leap->error);
	if (!is_first) {
		log_write(LEVEL_ERROR, "%s: the table read before stays",
			  leap->error);
		return false;
	}
	log_write(LEVEL_ERROR, "%s: the built-in table of 2017 serves",
		  leap->error);
	leap_builtin(&leap->table);
	leap->is_builtin = true;
	return true;
}

void keep_leap_doubt(struct daemon *d)
{
	struct env_pair pair;
	int64_t doubt_ns;

	if (env_pair(d->env, &pair) < 0)
		return;
	doubt_ns = leap_doubt_ns(&d->status.leap.table, pair.real_ns);
	if (doubt_ns == d->leap_doubt_ns)
		return;
	d->leap_doubt_ns = doubt_ns;
	remember_event(d, EVENT_RING_LEAP, "the table %s",
		       doubt_ns == 0 ? "is in force" : "has expired");
	if (doubt_ns == 0)
		log_write(LEVEL_NOTICE, "the leap second table is in force");
	else
		log_write(LEVEL_WARNING, "the leap second table has expired: "
			  "TAI - UTC is known to %lld s only; update %s",
			  (long long)(doubt_ns / NS_PER_S), d->cfg.leap_file);
}

static void note_drift(struct daemon *d, enum log_level level, const char *note)
{
	struct status_drift *drift = &d->status.drift;

	if (strcmp(drift->note, note) == 0)
		return;
	snprintf(drift->note, sizeof(drift->note), "%s", note);
	if (*note)
		log_write(level, "drift file %s: %s", d->cfg.drift_file, note);
}

static void note_bad_drift(struct daemon *d)
{
	char note[STATUS_NOTE_SIZE];
	int err = driftfile_set_aside(d->cfg.drift_file);

	snprintf(note, sizeof(note), "it is no drift file; %s%s",
		 err ? "it cannot be moved aside: " : "moved aside",
		 err ? strerror(-err) : "");
	note_drift(d, LEVEL_ERROR, note);
}

/* After a reboot a counter's nominal rate may be another by ppm, and so may the
 * temperature be. */
#define REBOOT_SIGMA_PPB 5000.0

/* The most that A2 may have made of it since is no standard error; a hundred
 * ppb is what nobody does much better than. */
static double sigma_ppb(const struct driftfile *drift, bool is_same_boot)
{
	const double half_ppb = (drift->rate_ppb_max - drift->rate_ppb_min) / 2;

	if (!is_same_boot)
		return REBOOT_SIGMA_PPB;
	return fmin(fmax(half_ppb, 100), REBOOT_SIGMA_PPB);
}

/* What the machine is like, in whatever boot. */
static void expect(struct daemon *d, const struct driftfile *drift)
{
	const bool is_same_boot =
		memcmp(drift->boot_id, d->status.process.boot_id,
		       sizeof(drift->boot_id)) == 0;

	if (strcmp(drift->clocksource, d->clocksource) != 0)
		return;
	if (drift->has_rate)
		engine_expect_rate(d->engine, drift->rate_ppb,
				   sigma_ppb(drift, is_same_boot));
	for (int i = 0; i < OSCILLATOR_LEVELS; i++) {
		struct oscillator_level *l = &d->kept[i];

		if (isnan(drift->deviation_ppb[i]) ||
		    isnan(drift->error_ppb[i]))
			continue;
		l->has = true;
		l->tau_s = driftfile_tau_s[i];
		l->ppb = drift->deviation_ppb[i];
		l->error_ppb = drift->error_ppb[i];
		strcpy(l->source, "drift_file");
	}
}

/* What was widened in this boot stays so. */
static void widen_again(struct daemon *d, const struct driftfile *drift)
{
	const struct widening w = {
		.is_on = drift->wander_ppb_s > 0 || drift->jitter_ppb > 0,
		.wander_ppb_s = drift->wander_ppb_s,
		.jitter_ppb = drift->jitter_ppb,
		.since_raw_ns = drift->widened_raw_ns,
		.last_raw_ns = drift->beyond_raw_ns};

	engine_widen(d->engine, &w);
}

/*
 * Do the axioms of now allow what an earlier life in this boot has proved and
 * published? The file must not name wider ones than either rests on, should this
 * life be killed before it has written its own.
 */
static void compare_axioms(struct daemon *d, struct driftfile *drift)
{
	struct axioms now;
	int err;

	if (memcmp(drift->boot_id, d->status.process.boot_id,
		   sizeof(drift->boot_id)) != 0)
		return;
	config_axioms(&d->cfg, &now);
	d->doubt = driftfile_doubt(drift, &now);
	if (!driftfile_narrow(drift, &now))
		return;
	err = driftfile_save(d->cfg.drift_file, drift);
	if (err)
		log_write(LEVEL_WARNING, "drift file %s: the axioms of now "
			  "cannot be put down: %s", d->cfg.drift_file,
			  strerror(-err));
}

void keep_drift_load(struct daemon *d)
{
	struct driftfile drift;
	const char *refusal;
	int err;

	if (d->cfg.drift_file[0] == '\0')
		return;
	err = driftfile_load(d->cfg.drift_file, &drift);
	if (err == -EINVAL) {
		note_bad_drift(d);
		return;
	}
	if (err) {
		note_drift(d, err == -ENOENT ? LEVEL_INFO : LEVEL_WARNING,
			   err == -ENOENT ? "there is none yet"
					  : strerror(-err));
		return;
	}
	expect(d, &drift);
	compare_axioms(d, &drift);
	refusal = d->clocksource[0] ? driftfile_refusal(&drift,
							d->status.process
								.boot_id,
							d->clocksource,
							d->raw_ns)
				    : "this kernel's clocksource is unknown";
	if (refusal) {
		note_drift(d, LEVEL_INFO, refusal);
		return;
	}
	widen_again(d, &drift);
	if (d->doubt) {
		note_drift(d, LEVEL_NOTICE, d->doubt);
		return;
	}
	engine_seed_rate(d->engine, drift.raw_ns, drift.rate_ppb_min,
			 drift.rate_ppb_max);
	d->status.drift.seeded = true;
	log_write(LEVEL_NOTICE, "drift file %s: the rate is %.1f to %.1f ppb",
		  d->cfg.drift_file, drift.rate_ppb_min, drift.rate_ppb_max);
}

/* What was learnt of the oscillator, or had been kept. */
static void keep_learnt(const struct daemon *d, struct driftfile *ret)
{
	struct oscillator_level level[OSCILLATOR_LEVELS];
	struct widening w;

	engine_widening(d->engine, &w);
	if (w.is_on) {
		ret->wander_ppb_s = w.wander_ppb_s;
		ret->jitter_ppb = w.jitter_ppb;
		ret->widened_raw_ns = w.since_raw_ns;
		ret->beyond_raw_ns = w.last_raw_ns;
	}
	ret->temperature_c = d->status.temperature.has
				     ? d->status.temperature.celsius
				     : NAN;
	engine_oscillator(d->engine, level);
	for (int i = 0; i < OSCILLATOR_LEVELS; i++) {
		const struct oscillator_level *l = level[i].has ? &level[i]
								: &d->kept[i];

		ret->deviation_ppb[i] = l->has ? l->ppb : NAN;
		ret->error_ppb[i] = l->has ? l->error_ppb : NAN;
	}
}

void keep_temperature(struct daemon *d)
{
	struct temperature *t = &d->status.temperature;
	char was[TEMPERATURE_ERROR_SIZE];

	memcpy(was, t->error, sizeof(was));
	temperature_read(d->cfg.temperature, t);
	if (strcmp(was, t->error) == 0)
		return;
	if (t->error[0])
		log_write(LEVEL_WARNING, "temperature: %s", t->error);
	else
		log_write(LEVEL_NOTICE, "temperature: %s is read again",
			  d->cfg.temperature);
}

bool keep_drift_save(struct daemon *d)
{
	struct driftfile drift = { .raw_ns = d->slot.anchor_raw_ns };
	struct env_pair pair;
	int err;

	if (d->cfg.drift_file[0] == '\0' || d->clocksource[0] == '\0')
		return true;
	if (d->publish.written == 0 || env_pair(d->env, &pair) < 0 ||
	    !engine_rate(d->engine, &drift.rate_ppb_min, &drift.rate_ppb_max))
		return false;
	memcpy(drift.boot_id, d->status.process.boot_id,
	       sizeof(drift.boot_id));
	memcpy(drift.clocksource, d->clocksource, sizeof(drift.clocksource));
	drift.written_unix_ns = pair.real_ns;
	drift.has_rate = isfinite(engine_best_rate_sigma_ppb(d->engine));
	drift.rate_ppb = slope_ppb(d->slot.best_slope);
	keep_learnt(d, &drift);
	drift.has_axioms = true;
	config_axioms(&d->cfg, &drift.axioms);
	err = driftfile_save(d->cfg.drift_file, &drift);
	if (err) {
		note_drift(d, LEVEL_ERROR, strerror(-err));
		return false;
	}
	note_drift(d, LEVEL_INFO, "");
	d->status.drift.is_written = true;
	d->status.drift.written_unix_ns = pair.real_ns;
	return true;
}
