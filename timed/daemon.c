/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop. It waits in poll(2) (libevent without epoll, without its signal
 * events), and wakes at least every 200 ms: that is how a signal that came
 * between the look at its flag and poll() is noticed.
 */
#include "timed/daemon.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "timed/control_request.h"
#include "timed/daemon_private.h"
#include "timed/history_doc.h"
#include "timed/loop.h"
#include "timed/notify.h"
#include "timed/sandbox.h"

#define WAKE_NS   (NS_PER_S / 5)
#define HOUR_NS   (3600 * NS_PER_S)

/* For the first time, and where it could not be, sooner: whoever is killed within
 * the hour has a drift file. */
#define FIRST_NS  (60 * NS_PER_S)

/* A sensor's temperature is no sooner another. */
#define TEMPERATURE_NS (10 * NS_PER_S)

/* How often drivers that could not be opened are tried again. */
#define EQUIP_NS (30 * NS_PER_S)

/* A publication this much late is worth a line. */
#define STALL_NS (5 * NS_PER_S)

/* A machine that holds the daemon up each time gets the last of so many. */
#define COMPOSE_TRIES 4

/* Who has not asked by then is given the status document. */
#define MUTE_MS 20

static volatile sig_atomic_t wants_stop, wants_reload;

static void on_signal(int signal)
{
	if (signal == SIGHUP)
		wants_reload = 1;
	else
		wants_stop = 1;
}

/* Without SA_RESTART, so that poll() ends. */
static void catch_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal };

	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	act.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &act, NULL);
}

void daemon_set_log(struct daemon *d)
{
	log_set_level(d->opt->is_debug ? LEVEL_DEBUG
				       : (enum log_level)d->cfg.log_level);
}

/* ---- the status ---- */

/* It is worth some hundred fusions, and no second's news. */
static void forecast(struct daemon *d)
{
	struct status *s = &d->status;

	if (s->has_forecast && d->view.raw_ns >= s->forecast.raw_ns &&
	    d->view.raw_ns - s->forecast.raw_ns < NS_PER_S)
		return;
	s->has_forecast = forecast_make(d->engine, &s->forecast);
}

/* What is known of the oscillator now, or was kept. */
static void look_at_oscillator(struct daemon *d)
{
	struct status *s = &d->status;

	engine_widening(d->engine, &s->widening);
	engine_oscillator(d->engine, s->oscillator);
	for (int i = 0; i < OSCILLATOR_LEVELS; i++)
		if (!s->oscillator[i].has && d->kept[i].has)
			s->oscillator[i] = d->kept[i];
}

static struct json_object *new_status(struct daemon *d)
{
	struct status *s = &d->status;

	engine_view(d->engine, &d->view);
	forecast(d);
	look_at_oscillator(d);
	s->has_pair = env_pair(d->env, &s->pair) == 0;
	s->has_steering = env_steering(d->env, &s->steering) == 0;
	s->drift.has_rate = engine_rate(d->engine, &s->drift.rate_ppb_min,
					&s->drift.rate_ppb_max);
	s->raw_ns = env_raw_ns(d->env);
	s->process.log_level = control_level_name(log_get_level());
	s->driver_count = drivers_status(&d->drivers, s->driver);
	s->export_count = exports_view(&d->exports, s->export);
	s->publications = d->publish.written;
	s->sequence = publish_sequence(&d->publish);
	s->clients = local_server_served(d->server);
	s->clients_refused = local_server_refused(d->server);
	s->hearsay = hearsay_view(d->hearsay);
	record_view(d, &s->history_log);
	return status_new(s);
}

/* Who says nothing wants to know how the clock is. */
static struct json_object *new_answer(struct daemon *d,
				      const struct local_request *request)
{
	struct status_request r = { .wants_history = false };

	if (request && (!request->is_whole ||
			status_request_parse(request->text, request->size, &r)))
		return history_doc_refusal();
	if (!r.wants_history)
		return new_status(d);
	return d->history.store ? history_doc_new(d->history.store, &r) : NULL;
}

static const char *make_document(void *arg, const struct local_request *request,
				 size_t *ret_size)
{
	struct daemon *d = arg;

	json_object_put(d->doc);
	d->doc = new_answer(d, request);
	if (!d->doc)
		return NULL;
	return json_object_to_json_string_length(
		d->doc, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
		ret_size);
}

int daemon_open_server(struct daemon *d)
{
	const char *path = d->cfg.status_socket;
	const struct local_server_options opt = {
		.path = path,
		.mode = 0666,
		.gid = (gid_t)-1,
		.patience_s = LOCAL_PATIENCE_S,
		.request_size = STATUS_REQUEST_SIZE,
		.mute_ms = MUTE_MS,
		.share = LOCAL_SHARE,
		.answer = make_document,
		.arg = d,
	};
	int err;

	if (*path == '\0')
		return 0;
	err = local_server_open(d->base, &opt, &d->server);
	if (err == -EADDRINUSE)
		log_write(LEVEL_ERROR, "%s: another process answers there: no "
			  "status is served", path);
	else if (err)
		log_write(LEVEL_ERROR, "%s: %s: no status is served", path,
			  strerror(-err));
	return err;
}

/* ---- the clock's work ---- */

/* Everything that waits for an instant was set by a counter that is gone. */
static void restart_timers(struct daemon *d)
{
	d->next_publish_raw_ns = d->raw_ns;
	d->next_hourly_raw_ns = d->raw_ns + FIRST_NS;
	d->next_watchdog_raw_ns = d->raw_ns;
	d->next_told_raw_ns = d->raw_ns;
	d->next_temperature_raw_ns = d->raw_ns;
	d->next_clocksource_raw_ns = d->raw_ns;
	d->next_equip_raw_ns = d->raw_ns + EQUIP_NS;
	d->next_steer_raw_ns = d->raw_ns;
	d->next_look_raw_ns = d->raw_ns;
	memset(d->limiter, 0, sizeof(d->limiter));
	exports_forget(&d->exports);
	memset(&d->refusals, 0, sizeof(d->refusals));
	memset(&d->rejections, 0, sizeof(d->rejections));
}

void daemon_look(struct daemon *d)
{
	if (counter_check(d))
		restart_timers(d);
}

static void export_now(struct daemon *d)
{
	const struct export_now now = {
		.raw_ns = d->raw_ns,
		.slot = &d->slot,
		.fresh = engine_fresh_classes(d->engine),
		.leap = &d->status.leap.table,
		.wander_ppb_s = engine_axioms(d->engine)->wander_ppb_s,
	};

	exports_update(&d->exports, &now);
}

/* A page begins no further left than readers have read by its anchor. Held up
 * meanwhile it may begin behind what they have read by now, as its left edge may
 * be the flatter one: then it is made anew. */
static void compose(struct daemon *d)
{
	int tries = COMPOSE_TRIES;

	do {
		daemon_look(d);
		mapping_update(d);
		engine_publish(d->engine, d->raw_ns, &d->slot);
		mapping_fill(d, &d->slot);
		counter_fill(d, &d->slot);
	} while (--tries > 0 &&
		 engine_is_behind(d->engine, env_raw_ns(d->env)));
}

void daemon_publish(struct daemon *d)
{
	int64_t late_ns;

	compose(d);
	publish_write(&d->publish, &d->slot);
	engine_shown(d->engine);
	discipline_update(d);
	export_now(d);
	remember(d);
	record(d);
	late_ns = d->raw_ns - d->next_publish_raw_ns;
	if (late_ns > STALL_NS) {
		d->status.stalls++;
		remember_event(d, EVENT_RING_DAEMON,
			       "stalled: nothing was published for %lld s",
			       (long long)(late_ns / NS_PER_S));
		log_write(LEVEL_WARNING, "stalled: nothing was published for "
			  "%lld s", (long long)(late_ns / NS_PER_S));
	}
	report_alive(d);
	report_to_manager(d);
	d->next_publish_raw_ns = d->raw_ns + d->cfg.publish_interval_ns;
}

static void look_at_temperature(struct daemon *d)
{
	d->next_temperature_raw_ns = d->raw_ns + TEMPERATURE_NS;
	keep_temperature(d);
}

static void do_hourly(struct daemon *d)
{
	d->next_hourly_raw_ns = d->raw_ns +
				(keep_drift_save(d) ? HOUR_NS : FIRST_NS);
	if (keep_leap_changed(d) && keep_leap(d, false)) {
		engine_set_leap(d->engine, &d->status.leap.table);
		log_write(LEVEL_NOTICE, "%s: read again", d->cfg.leap_file);
		remember_event(d, EVENT_RING_LEAP, "the table was read again");
	}
	keep_leap_doubt(d);
	remember_rest(d);
}

static void equip_again(struct daemon *d)
{
	d->next_equip_raw_ns = d->raw_ns + EQUIP_NS;
	if (drivers_has_failed(&d->drivers))
		equip(d, NULL);
}

static void obey_signals(struct daemon *d)
{
	if (wants_reload) {
		wants_reload = 0;
		reload(d, NULL);
	}
	if (wants_stop)
		event_base_loopbreak(d->base);
}

/* An engine that is spoken to, or a device: how it is, if that is news. */
static void on_driver_health(void *arg, const char *name, const char *text)
{
	remember_event(arg, EVENT_RING_DRIVER, "%s: %s", name,
		       *text ? text : "well");
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void set_wake(struct daemon *d)
{
	int64_t wake_ns = least(d->raw_ns + WAKE_NS, d->next_publish_raw_ns);
	struct timeval wait = { .tv_sec = 0 };

	wake_ns = least(wake_ns, drivers_next_raw_ns(&d->drivers));
	/* Up to the next microsecond, or the loop would come too early. */
	if (wake_ns > d->raw_ns)
		wait.tv_usec = (suseconds_t)((wake_ns - d->raw_ns + 999) /
					     1000);
	event_add(&d->wake, &wait);
}

/* All that is due now. */
static void step(struct daemon *d)
{
	daemon_look(d);
	withdraw_look(d);
	obey_signals(d);
	if (d->wants_control)
		control_open(d);
	if (d->raw_ns >= d->next_equip_raw_ns)
		equip_again(d);
	drivers_tick(&d->drivers, d->raw_ns);
	if (d->raw_ns >= d->next_publish_raw_ns || engine_is_dirty(d->engine))
		daemon_publish(d);
	if (d->raw_ns >= d->next_temperature_raw_ns)
		look_at_temperature(d);
	if (d->raw_ns >= d->next_hourly_raw_ns)
		do_hourly(d);
	drivers_watch(&d->drivers);
	set_wake(d);
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	step(arg);
}

/* A driver must not see an fd's news from a counter that is gone. */
static void on_driver_ready(void *arg, struct drivers_slot *slot)
{
	struct daemon *d = arg;

	daemon_look(d);
	if (slot->driver)
		slot->driver->ops->readable(slot->driver);
	step(d);
}

/* ---- start and stop ---- */

static int open_config(struct daemon *d)
{
	char error[CONFIG_ERROR_SIZE];

	if (config_load(d->opt->config_path, d->opt->config_is_required,
			&d->cfg, &d->files, error)) {
		log_write(LEVEL_ERROR, "%s", error);
		return DAEMON_CONFIG;
	}
	daemon_set_log(d);
	if (!d->files.has_main)
		log_write(LEVEL_NOTICE, "there is no %s: the defaults hold",
			  d->opt->config_path);
	return DAEMON_STOPPED;
}

static int open_loop(struct daemon *d)
{
	d->base = loop_new();
	if (!d->base) {
		log_write(LEVEL_ERROR, "there is no event loop to be had");
		return -ENOMEM;
	}
	event_assign(&d->wake, d->base, -1, 0, on_wake, d);
	event_priority_set(&d->wake, LOOP_CLOCK);
	return 0;
}

static int open_segment(struct daemon *d)
{
	struct status_process *p = &d->status.process;
	char error[PUBLISH_ERROR_SIZE];
	int err = segment_boot_id(p->boot_id);

	if (err) {
		log_write(LEVEL_ERROR, "the boot id cannot be read: %s",
			  strerror(-err));
		return err;
	}
	err = publish_open(d->cfg.segment, p->boot_id, (uint64_t)p->pid,
			   d->raw_ns, &d->publish, error);
	if (err)
		log_write(LEVEL_ERROR, "segment %s", error);
	return err;
}

static int open_engine(struct daemon *d)
{
	const struct engine_sink sink = { .event = report_event, .arg = d };
	struct engine_options opt = {
		.horizon_ns = d->cfg.horizon_ns,
		.void_after_ns = d->cfg.void_after_ns,
		.smear = d->cfg.leap == LEAP_MODE_SMEAR,
		.groups = d->cfg.group,
		.group_count = config_group_count(&d->cfg),
	};
	int err;

	if (driftfile_clocksource(DRIFTFILE_CLOCKSOURCE, d->clocksource))
		d->clocksource[0] = '\0';
	config_axioms(&d->cfg, &opt.axioms);
	opt.counter_err_ns = mapping_open(d);
	err = engine_new(&opt, &d->status.leap.table, d->raw_ns, &sink,
			 &d->engine);
	if (err) {
		log_write(LEVEL_ERROR, "the engine: %s", strerror(-err));
		return err;
	}
	keep_drift_load(d);
	resume(d);
	return 0;
}

static void open_drivers(struct daemon *d)
{
	d->drivers.base = d->base;
	d->drivers.env = d->env;
	d->drivers.engine = d->engine;
	d->drivers.ready = on_driver_ready;
	d->drivers.told = on_driver_health;
	d->drivers.arg = d;
	equip(d, NULL);
}

static void open_notify(struct daemon *d)
{
	int err = notify_open();

	if (err)
		log_write(LEVEL_WARNING, "$NOTIFY_SOCKET: %s", strerror(-err));
	d->watchdog_ns = notify_watchdog_ns();
}

/* Before anything is opened but the configuration: whatever comes next, a history
 * log's writer included, makes do with these calls. */
static int enter_sandbox(struct daemon *d)
{
	struct sandbox *s = &d->status.sandbox;
	const int err = sandbox_enter(d->cfg.sandbox, s);

	if (err)
		log_write(LEVEL_ERROR, "the filter of system calls: %s; "
			  "\"sandbox = false;\" does without",
			  strerror(-err));
	else if (!s->is_on)
		log_write(LEVEL_WARNING, "system calls are not filtered: %s",
			  s->why_not);
	return err;
}

static int start(struct daemon *d)
{
	int err = enter_sandbox(d);

	if (err)
		return err;
	record_open(d);
	err = discipline_open(d);
	if (!err)
		err = open_loop(d);
	if (!err)
		err = open_segment(d);
	if (err)
		return err;
	remember_open(d);
	remember_event(d, EVENT_RING_DAEMON, "timed %s starts",
		       d->opt->version);
	keep_leap(d, true);
	keep_leap_doubt(d);
	counter_open(d);
	err = open_engine(d);
	if (err)
		return err;
	open_drivers(d);
	daemon_open_server(d);
	exports_open(&d->exports, &d->cfg, d->env);
	control_open(d);
	hear_open(d);
	open_notify(d);
	return 0;
}

/* The bound stays published and ages: readers go on until it is void. */
static void stop(struct daemon *d)
{
	notify_send("STOPPING=1");
	record_close(d);
	exports_close(&d->exports);
	drivers_close(&d->drivers, NULL);
	if (d->engine && d->publish.seg)
		keep_drift_save(d);
	control_close(d);
	hear_close(d);
	local_server_close(d->server);
	engine_free(d->engine);
	remember_close(d);
	publish_close(&d->publish);
	counter_close(d);
	json_object_put(d->doc);
	notify_close();
	if (d->base)
		event_base_free(d->base);
}

static void loop(struct daemon *d)
{
	restart_timers(d);
	log_write(LEVEL_NOTICE, "timed %s publishes to %s", d->opt->version,
		  d->cfg.segment);
	step(d);
	notify_send("READY=1");
	if (!wants_stop)
		event_base_dispatch(d->base);
	remember_event(d, EVENT_RING_DAEMON, "stops");
	log_write(LEVEL_NOTICE, "stops; what is published stays and ages");
}

int daemon_run(const struct daemon_options *opt, struct env *env)
{
	static struct daemon d;
	int err;

	memset(&d, 0, sizeof(d));
	d.opt = opt;
	d.env = env;
	d.suspend.fd = -1;
	drivers_init(&d.drivers);
	d.status.view = &d.view;
	d.status.cfg = &d.cfg;
	d.status.files = &d.files;
	d.status.steer = &d.steer.view;
	d.status.process.version = opt->version;
	d.status.process.pid = (int)getpid();
	d.raw_ns = env_raw_ns(env);
	d.status.process.started_raw_ns = d.raw_ns;
	log_stamp(d.raw_ns);
	catch_signals();
	err = sandbox_drop_rights();
	if (err) {
		log_write(LEVEL_ERROR, "capabilities: %s", strerror(-err));
		return DAEMON_FAILED;
	}
	err = open_config(&d);
	if (err)
		return err;
	err = start(&d);
	if (!err)
		loop(&d);
	stop(&d);
	return err ? DAEMON_FAILED : DAEMON_STOPPED;
}
