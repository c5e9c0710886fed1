/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated day and its history. See day.h. */
#include "tests/report/day.h"

#include <stdio.h>
#include <string.h>

#include "sim/run.h"
#include "sim/scenario_file.h"
#include "timed/history_doc.h"
#include "timed/status.h"
#include "timed/status_private.h"

#define LOOK_TICKS 10 /* a second */

struct watch {
	struct run *run;
	struct history history;
	struct engine_view view;
	uint64_t ticks;
	int64_t unix_raw_ns;
	int err;
	struct tt_interval now;
};

static struct history_store store;
static struct watch w;

static enum event_ring_kind kind_of(enum engine_event event)
{
	static const enum event_ring_kind kind[] = {
		[EVENT_STATE] = EVENT_RING_STATE,
		[EVENT_EPOCH] = EVENT_RING_EPOCH,
		[EVENT_CONTRADICTION] = EVENT_RING_CONTRADICTION,
		[EVENT_VIOLATION] = EVENT_RING_VIOLATION,
		[EVENT_UTC] = EVENT_RING_UTC,
		[EVENT_AXIOMS] = EVENT_RING_AXIOMS,
		[EVENT_REHEARSAL] = EVENT_RING_REHEARSAL,
		[EVENT_VERDICT] = EVENT_RING_VERDICT};

	return kind[event];
}

static void on_event(void *arg, int64_t raw_ns, enum engine_event event,
		     const char *text)
{
	(void)arg;
	history_event(&w.history, raw_ns, kind_of(event), text);
}

static void look(int64_t raw_ns)
{
	const struct history_look l = {
		.raw_ns = raw_ns,
		.has_unix = true,
		.unix_raw_ns = w.unix_raw_ns,
		.has_bound = w.view.slot.state != ENGINE_UNSYNCHRONIZED,
		.best_ns = status_clock_best_ns(&w.view.slot, raw_ns),
		.view = &w.view};

	history_look(&w.history, &l);
}

/* Several readings a publication: the first one counts. */
static void on_tick(void *arg, int64_t raw_ns, int64_t unix_ns,
		    const struct tt_interval *interval)
{
	const struct engine *engine = run_engine(w.run);

	(void)arg;
	w.unix_raw_ns = unix_ns - raw_ns;
	w.err = interval ? 0 : -1;
	if (interval)
		w.now = *interval;
	if (!engine)
		return;
	engine_view(engine, &w.view);
	if (w.view.raw_ns <= w.history.raw_ns && w.history.has_slot)
		return;
	history_publish(&w.history, w.view.raw_ns, &w.view.slot);
	if (w.ticks++ % LOOK_TICKS == 0)
		look(w.view.raw_ns);
}

static int load(const char *path, struct config *cfg, struct scenario_file *ret)
{
	char error[CONFIG_ERROR_SIZE] = "";
	int err;

	config_defaults(cfg);
	err = scenario_file_load(path, cfg, ret, error);
	if (err)
		fprintf(stderr, "%s\n", error);
	return err;
}

static struct json_object *document(const struct config *cfg,
				    int64_t expires_unix_s)
{
	static const struct config_files files;
	static struct status s;

	memset(&s, 0, sizeof(s));
	s.raw_ns = w.view.raw_ns;
	s.view = &w.view;
	s.cfg = cfg;
	s.files = &files;
	s.process.version = TT_VERSION;
	s.process.log_level = "notice";
	leap_builtin(&s.leap.table);
	s.leap.table.expires_unix_s = expires_unix_s;
	s.leap.is_builtin = true;
	s.has_forecast = run_engine(w.run) &&
			 forecast_make(run_engine(w.run), &s.forecast);
	s.publications = w.ticks;
	s.has_pair = true;
	s.pair.raw_ns_before = s.pair.raw_ns_after = s.raw_ns;
	s.pair.real_ns = s.raw_ns + w.unix_raw_ns;
	return status_new(&s);
}

int day_run(const char *scenario_path, struct day *ret)
{
	static const uint64_t boot[2] = {1, 2};
	static const struct run_observer observer = {.tick = on_tick,
						     .event = on_event};
	static const struct status_request events = {.wants_history = true,
						     .wants_events = true};
	static struct scenario_file file;
	static struct config cfg;
	int64_t end_ns;
	int err = load(scenario_path, &cfg, &file);

	if (err)
		return err;
	history_init(&w.history, &store, boot);
	err = run_new(&file.scenario, file.seed, 0, &observer, &w.run);
	end_ns = (int64_t)(file.scenario.hours * 3600e9);
	while (!err && run_raw_ns(w.run) < end_ns)
		err = run_tick(w.run);
	if (err)
		return err;
	*ret = (struct day){.status = document(&cfg,
					      file.scenario
						      .table_expires_unix_s),
			    .events = history_doc_new(&store, &events),
			    .now_err = w.err,
			    .now = w.now};
	run_free(w.run);
	return 0;
}

struct json_object *day_history(int is_hours, int64_t from)
{
	const struct status_request r = {
		.wants_history = true,
		.span = is_hours ? HISTORY_BY_HOUR : HISTORY_BY_MINUTE,
		.has_from = true,
		.from = (uint64_t)from};

	return history_doc_new(&store, &r);
}
