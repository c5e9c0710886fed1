/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop. It waits in poll(2) (libevent without epoll, without its signal
 * events), and wakes at least every 200 ms: that is how a signal that came
 * between the look at its flag and poll() is noticed.
 */
#include "timed/daemon.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libtt/interval.h"
#include "timed/daemon_private.h"
#include "timed/notify.h"

/* How far the system clock may be off an earlier life's bound for that to be
 * taken on: less than any suspend lasts. */
#define RESUME_NS (NS_PER_S / 2)

/* How often the kernel's clock source is looked at. */
#define CLOCKSOURCE_NS NS_PER_S

#define WAKE_NS   (NS_PER_S / 5)
#define HOUR_NS   (3600 * NS_PER_S)
#define MINUTE_NS (60 * NS_PER_S)

/* A publication this much late is worth a line. */
#define STALL_NS (5 * NS_PER_S)

/* How often the manager hears how wide the bound is. */
#define TELL_NS (10 * NS_PER_S)

/* Lines of one kind in a minute. */
#define LINES_MAX 20

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

/* ---- what the engine says ---- */

static enum log_level event_level(enum engine_event event)
{
	switch (event) {
	case EVENT_STATE:
	case EVENT_EPOCH:
		return LEVEL_NOTICE;
	case EVENT_CONTRADICTION:
		return LEVEL_WARNING;
	case EVENT_VIOLATION:
		return LEVEL_ERROR;
	case EVENT_VERDICT:
		break;
	}
	return LEVEL_INFO;
}

/* May one more line of this kind be written? */
static bool is_let_through(struct daemon *d, enum engine_event event)
{
	struct limiter *l = &d->limiter[event];

	if (d->raw_ns - l->since_raw_ns >= MINUTE_NS) {
		if (l->held_back > 0)
			log_write(event_level(event),
				  "%u more lines of this kind were held back",
				  l->held_back);
		*l = (struct limiter){ .since_raw_ns = d->raw_ns };
	}
	if (l->lines < LINES_MAX) {
		l->lines++;
		return true;
	}
	l->held_back++;
	return false;
}

static void on_event(void *arg, enum engine_event event, const char *text)
{
	struct daemon *d = arg;

	if (is_let_through(d, event))
		log_write(event_level(event), "%s", text);
}

/* ---- the driver ---- */

static int on_source(void *arg, const struct source_info *info)
{
	struct daemon *d = arg;
	int source = engine_source(d->engine, info);

	if (source >= 0)
		d->sources |= UINT64_C(1) << source;
	return source;
}

static void on_gone(void *arg, int source)
{
	struct daemon *d = arg;

	assert(source >= 0 && source < ENGINE_SOURCES_MAX);
	d->sources &= ~(UINT64_C(1) << source);
	engine_gone(d->engine, source);
}

static void on_sample(void *arg, int source, const struct sample *sample)
{
	struct daemon *d = arg;

	engine_sample(d->engine, source, sample);
}

static void on_health(void *arg, const char *text)
{
	struct daemon *d = arg;
	struct status_driver *s = &d->status.driver[0];

	if (strcmp(s->health, text) == 0)
		return;
	snprintf(s->health, sizeof(s->health), "%s", text);
	s->since_raw_ns = d->raw_ns;
	if (*text)
		log_write(LEVEL_WARNING, "%s: %s", s->name, text);
	else
		log_write(LEVEL_NOTICE, "%s: well", s->name);
}

/* The driver's fd may change at any call to it. */
static void watch_driver(struct daemon *d)
{
	event_callback_fn ready = event_get_callback(&d->driver_ready);
	int fd = d->driver ? d->driver->ops->fd(d->driver) : -1;

	if (fd == d->driver_fd)
		return;
	event_del(&d->driver_ready);
	d->driver_fd = -1;
	if (fd < 0)
		return;
	event_assign(&d->driver_ready, d->base, fd, EV_READ | EV_PERSIST,
		     ready, d);
	if (event_add(&d->driver_ready, NULL) == 0)
		d->driver_fd = fd;
}

int daemon_open_driver(struct daemon *d)
{
	const struct config *c = &d->cfg;
	const struct chrony_options opt = {
		.host = c->chrony_host,
		.port = c->chrony_port,
		.socket = c->chrony_socket,
		.poll_ns = c->chrony_poll_ns,
		.asymmetry_ns = c->chrony_asymmetry_ns,
		.delay_ns_min = c->chrony_delay_ns_min,
		.server_scale = c->chrony_server_scale,
		.smeared = c->chrony_smeared,
	};
	struct status_driver *s = &d->status.driver[0];
	int err;

	d->status.driver_count = 0;
	if (!c->chrony_enable) {
		log_write(LEVEL_WARNING, "chrony.enable is false and there is "
			  "no other source of time");
		return 0;
	}
	memset(s, 0, sizeof(*s));
	s->name = "chrony";
	s->since_raw_ns = d->raw_ns;
	d->status.driver_count = 1;
	err = driver_chrony_open(&opt, d->env, &d->sink, &d->driver);
	if (err) {
		d->driver = NULL;
		on_health(d, strerror(-err));
		return err;
	}
	watch_driver(d);
	return 0;
}

void daemon_close_driver(struct daemon *d)
{
	if (!d->driver)
		return;
	event_del(&d->driver_ready);
	d->driver_fd = -1;
	d->driver->ops->close(d->driver);
	d->driver = NULL;
	for (int i = 0; i < ENGINE_SOURCES_MAX; i++) {
		if (d->sources & UINT64_C(1) << i)
			on_gone(d, i);
	}
}

/* ---- the status ---- */

static const char *make_document(void *arg, size_t *ret_size)
{
	struct daemon *d = arg;
	struct status *s = &d->status;

	engine_view(d->engine, &d->view);
	s->has_pair = env_pair(d->env, &s->pair) == 0;
	s->has_steering = env_steering(d->env, &s->steering) == 0;
	s->drift.has_rate = engine_rate(d->engine, &s->drift.rate_ppb_min,
					&s->drift.rate_ppb_max);
	s->raw_ns = env_raw_ns(d->env);
	s->publications = d->publish.written;
	s->sequence = publish_sequence(&d->publish);
	s->clients = status_server_served(d->server);
	s->clients_refused = status_server_refused(d->server);
	json_object_put(d->doc);
	d->doc = status_new(s);
	if (!d->doc)
		return NULL;
	return json_object_to_json_string_length(
		d->doc, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
		ret_size);
}

void daemon_open_server(struct daemon *d)
{
	const char *path = d->cfg.status_socket;
	int err;

	if (*path == '\0')
		return;
	err = status_server_open(d->base, path, STATUS_PATIENCE_S,
				 make_document, d, &d->server);
	if (err == -EADDRINUSE)
		log_write(LEVEL_ERROR, "%s: another process answers there: no "
			  "status is served", path);
	else if (err)
		log_write(LEVEL_ERROR, "%s: %s: no status is served", path,
			  strerror(-err));
}

/* ---- the manager ---- */

static void tell_manager(struct daemon *d)
{
	const struct segment_slot *s = &d->slot;
	const char *state = engine_state_name((enum engine_state)s->state);
	int64_t half_ns;

	if (s->state == d->told_state && d->raw_ns < d->next_told_raw_ns)
		return;
	d->told_state = s->state;
	d->next_told_raw_ns = d->raw_ns + TELL_NS;
	if (s->state == ENGINE_UNSYNCHRONIZED) {
		notify_send("STATUS=%s", state);
		return;
	}
	half_ns = (s->tai_hi_ns - s->tai_lo_ns + 1) / 2;
	notify_send("STATUS=%s, +-%lld.%03lld us", state,
		    (long long)(half_ns / 1000), (long long)(half_ns % 1000));
}

static void feed_watchdog(struct daemon *d)
{
	if (d->watchdog_ns == 0 || d->raw_ns < d->next_watchdog_raw_ns)
		return;
	d->next_watchdog_raw_ns = d->raw_ns + d->watchdog_ns;
	notify_send("WATCHDOG=1");
}

/* ---- the clock's work ---- */

/* Everything that waits for an instant was set by a counter that is gone. */
static void restart_timers(struct daemon *d)
{
	d->next_publish_raw_ns = d->raw_ns;
	d->next_hourly_raw_ns = d->raw_ns + HOUR_NS;
	d->next_watchdog_raw_ns = d->raw_ns;
	d->next_told_raw_ns = d->raw_ns;
	d->next_clocksource_raw_ns = d->raw_ns;
	memset(d->limiter, 0, sizeof(d->limiter));
}

/* Another clock source is another counter: its rate was never learnt. */
static bool has_clocksource_changed(struct daemon *d)
{
	char now[DRIFTFILE_NAME_SIZE];

	if (d->clocksource[0] == '\0' ||
	    d->raw_ns < d->next_clocksource_raw_ns)
		return false;
	d->next_clocksource_raw_ns = d->raw_ns + CLOCKSOURCE_NS;
	if (driftfile_clocksource(DRIFTFILE_CLOCKSOURCE, now) ||
	    strcmp(now, d->clocksource) == 0)
		return false;
	memcpy(d->clocksource, now, sizeof(now));
	return true;
}

/* Axiom A5: the counter went on without a break since the last look. */
static void check_counter(struct daemon *d)
{
	int64_t raw_ns = env_raw_ns(d->env);
	bool is_back = raw_ns < d->raw_ns;

	d->raw_ns = raw_ns;
	log_stamp(raw_ns);
	if (is_back) {
		restart_timers(d);
		daemon_close_driver(d);
		engine_disrupted(d->engine, raw_ns, "the raw clock went back");
		daemon_open_driver(d);
	}
	if (suspend_has_slept(&d->suspend))
		engine_disrupted(d->engine, raw_ns,
				 "the machine was suspended");
	if (has_clocksource_changed(d))
		engine_disrupted(d->engine, raw_ns,
				 "the kernel changed its clock source");
}

static void publish_now(struct daemon *d)
{
	int64_t late_ns;

	check_counter(d);
	engine_publish(d->engine, d->raw_ns, &d->slot);
	publish_write(&d->publish, &d->slot);
	late_ns = d->raw_ns - d->next_publish_raw_ns;
	if (late_ns > STALL_NS) {
		d->status.stalls++;
		log_write(LEVEL_WARNING, "stalled: nothing was published for "
			  "%lld s", (long long)(late_ns / NS_PER_S));
	}
	feed_watchdog(d);
	tell_manager(d);
	d->next_publish_raw_ns = d->raw_ns + d->cfg.publish_interval_ns;
}

static void do_hourly(struct daemon *d)
{
	d->next_hourly_raw_ns = d->raw_ns + HOUR_NS;
	keep_drift_save(d);
	if (keep_leap_changed(d) && keep_leap(d, false)) {
		engine_set_leap(d->engine, &d->status.leap.table);
		log_write(LEVEL_NOTICE, "%s: read again", d->cfg.leap_file);
	}
	keep_leap_doubt(d);
}

static void obey_signals(struct daemon *d)
{
	if (wants_reload) {
		wants_reload = 0;
		notify_send("RELOADING=1");
		reload(d);
		notify_send("READY=1");
	}
	if (wants_stop)
		event_base_loopbreak(d->base);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void set_wake(struct daemon *d)
{
	int64_t wake_ns = least(d->raw_ns + WAKE_NS, d->next_publish_raw_ns);
	struct timeval wait = { .tv_sec = 0 };

	if (d->driver)
		wake_ns = least(wake_ns,
				d->driver->ops->next_raw_ns(d->driver));
	/* Up to the next microsecond, or the loop would come too early. */
	if (wake_ns > d->raw_ns)
		wait.tv_usec = (suseconds_t)((wake_ns - d->raw_ns + 999) /
					     1000);
	event_add(&d->wake, &wait);
}

/* All that is due now. */
static void step(struct daemon *d)
{
	check_counter(d);
	obey_signals(d);
	if (d->driver && d->raw_ns >= d->driver->ops->next_raw_ns(d->driver))
		d->driver->ops->tick(d->driver);
	if (d->raw_ns >= d->next_publish_raw_ns || engine_is_dirty(d->engine))
		publish_now(d);
	if (d->raw_ns >= d->next_hourly_raw_ns)
		do_hourly(d);
	watch_driver(d);
	set_wake(d);
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	step(arg);
}

static void on_driver_ready(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;

	(void)fd;
	(void)what;
	check_counter(d);
	if (d->driver)
		d->driver->ops->readable(d->driver);
	step(d);
}

/* ---- start and stop ---- */

/* poll(2) only, and CLOCK_MONOTONIC itself rather than its coarse sister: what
 * simulated worlds provide. */
static struct event_base *new_base(void)
{
	struct event_config *cfg = event_config_new();
	struct event_base *base = NULL;

	if (!cfg)
		return NULL;
	if (event_config_avoid_method(cfg, "epoll") == 0 &&
	    event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK |
					       EVENT_BASE_FLAG_PRECISE_TIMER |
					       EVENT_BASE_FLAG_IGNORE_ENV) == 0)
		base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	return base;
}

static int open_config(struct daemon *d)
{
	char error[CONFIG_ERROR_SIZE];

	if (config_load(d->opt->config_path, d->opt->config_is_required,
			&d->cfg, &d->files, error)) {
		log_write(LEVEL_ERROR, "%s", error);
		return DAEMON_MISUSED;
	}
	daemon_set_log(d);
	if (!d->files.has_main)
		log_write(LEVEL_NOTICE, "there is no %s: the defaults hold",
			  d->opt->config_path);
	return DAEMON_STOPPED;
}

static int open_loop(struct daemon *d)
{
	d->base = new_base();
	if (!d->base) {
		log_write(LEVEL_ERROR, "there is no event loop to be had");
		return -ENOMEM;
	}
	event_assign(&d->wake, d->base, -1, 0, on_wake, d);
	event_assign(&d->driver_ready, d->base, -1, 0, on_driver_ready, d);
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

/* An earlier life's bound counts if it can still be in force. */
/*
 * Does the system clock agree with an earlier life's bound? The counter stands
 * still in a suspend, of which nobody here has seen anything; the system clock
 * is set forward after it. One that was off before, or has been stepped since,
 * disagrees as well: that costs the memory, nothing else.
 */
static bool agrees_with_system_clock(struct daemon *d,
				     const struct segment_slot *s)
{
	struct tt_interval then;
	struct env_pair pair;

	return env_pair(d->env, &pair) == 0 &&
	       interval_at(s, SEGMENT_COUNTER_RAW, pair.raw_ns_after,
			   INTERVAL_UNIX, &then) == 0 &&
	       pair.real_ns >= then.earliest_ns - RESUME_NS &&
	       pair.real_ns <= then.latest_ns + RESUME_NS;
}

static void resume(struct daemon *d)
{
	const struct segment_slot *s = &d->publish.earlier;

	if (!d->publish.has_earlier || s->anchor_raw_ns > d->raw_ns ||
	    s->void_raw_ns <= d->raw_ns ||
	    s->counter != SEGMENT_COUNTER_RAW ||
	    s->state == ENGINE_UNSYNCHRONIZED)
		return;
	if (!agrees_with_system_clock(d, s)) {
		log_write(LEVEL_NOTICE, "an earlier life's bound is left: the "
			  "system clock disagrees with it (suspended, or "
			  "stepped, meanwhile?)");
		return;
	}
	engine_resume(d->engine, s, d->raw_ns);
	log_write(LEVEL_NOTICE, "an earlier life's bound, %lld s old, is "
		  "taken on", (long long)((d->raw_ns - s->anchor_raw_ns) /
					  NS_PER_S));
}

static int open_engine(struct daemon *d)
{
	const struct engine_sink sink = { .event = on_event, .arg = d };
	struct engine_options opt = {
		.horizon_ns = d->cfg.horizon_ns,
		.void_after_ns = d->cfg.void_after_ns,
		.smear = d->cfg.leap == LEAP_MODE_SMEAR,
		.groups = d->cfg.group,
		.group_count = config_group_count(&d->cfg),
	};
	int err;

	config_axioms(&d->cfg, &opt.axioms);
	err = engine_new(&opt, &d->status.leap.table, d->raw_ns, &sink,
			 &d->engine);
	if (err) {
		log_write(LEVEL_ERROR, "the engine: %s", strerror(-err));
		return err;
	}
	if (driftfile_clocksource(DRIFTFILE_CLOCKSOURCE, d->clocksource))
		d->clocksource[0] = '\0';
	keep_drift_load(d);
	resume(d);
	return 0;
}

static void open_notify(struct daemon *d)
{
	int err = notify_open();

	if (err)
		log_write(LEVEL_WARNING, "$NOTIFY_SOCKET: %s", strerror(-err));
	d->watchdog_ns = notify_watchdog_ns();
}

static int start(struct daemon *d)
{
	int err = open_loop(d);

	if (!err)
		err = open_segment(d);
	if (err)
		return err;
	keep_leap(d, true);
	keep_leap_doubt(d);
	err = open_engine(d);
	if (!err)
		err = daemon_open_driver(d);
	if (err)
		return err;
	suspend_open(&d->suspend, SUSPEND_COUNT_PATH);
	daemon_open_server(d);
	open_notify(d);
	return 0;
}

/* The bound stays published and ages: readers go on until it is void. */
static void stop(struct daemon *d)
{
	notify_send("STOPPING=1");
	daemon_close_driver(d);
	if (d->engine && d->publish.seg)
		keep_drift_save(d);
	status_server_close(d->server);
	engine_free(d->engine);
	publish_close(&d->publish);
	suspend_close(&d->suspend);
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
	log_write(LEVEL_NOTICE, "stops; what is published stays and ages");
}

int daemon_run(const struct daemon_options *opt, struct env *env)
{
	static struct daemon d;
	int err;

	memset(&d, 0, sizeof(d));
	d.opt = opt;
	d.env = env;
	d.driver_fd = -1;
	d.suspend.fd = -1;
	d.sink = (struct driver_sink){ on_source, on_gone, on_sample,
				       on_health, &d };
	d.status.view = &d.view;
	d.status.cfg = &d.cfg;
	d.status.files = &d.files;
	d.status.process.version = opt->version;
	d.status.process.pid = (int)getpid();
	d.raw_ns = env_raw_ns(env);
	d.status.process.started_raw_ns = d.raw_ns;
	log_stamp(d.raw_ns);
	catch_signals();
	err = open_config(&d);
	if (err)
		return err;
	err = start(&d);
	if (!err)
		loop(&d);
	stop(&d);
	return err ? DAEMON_FAILED : DAEMON_STOPPED;
}
