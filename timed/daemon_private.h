/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon from inside: for daemon.c and what is told apart from it, each
 * named below with what it does.
 */
#ifndef DAEMON_PRIVATE_H
#define DAEMON_PRIVATE_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <time.h>

#include "drivers/driver.h"
#include "drivers/vmclock.h"
#include "timed/daemon.h"
#include "timed/driftfile.h"
#include "timed/drivers.h"
#include "timed/engine.h"
#include "timed/export.h"
#include "timed/hearsay.h"
#include "timed/history.h"
#include "timed/log.h"
#include "timed/publish.h"
#include "timed/status.h"
#include "timed/local_server.h"
#include "timed/steer.h"
#include "timed/suspend.h"
#include "timed/tick_map.h"

#define NS_PER_S INT64_C(1000000000)

#define DAEMON_EVENTS (EVENT_VERDICT + 1)

/* Lines of one kind in the present minute; the rest are counted only. */
struct limiter {
	int64_t since_raw_ns;
	int lines;
	unsigned int held_back;
};

struct daemon {
	const struct daemon_options *opt;
	struct env *env;
	struct event_base *base;
	struct event wake;         /* the next thing to do by the clock */
	bool is_looping;

	struct config cfg;
	struct config_files files;
	char clocksource[DRIFTFILE_NAME_SIZE]; /* "": unknown */

	struct engine *engine;
	struct drivers drivers;
	struct publish publish;
	struct segment_slot slot;  /* the last publication */
	struct local_server *server;
	struct hearsay *hearsay;   /* NULL: nobody is listened to */
	struct control *control;   /* NULL: none is served */
	bool wants_control;        /* control_open() is due */
	struct suspend suspend;
	bool is_withdrawn;         /* withdraw.c; the next two are of this */
	int64_t withdrawn_raw_ns, withdrawn_for_ns;
	struct vmclock *vmclock;   /* NULL: there is none */
	uint64_t vmclock_marker;   /* as last read */
	struct steer steer;        /* where status.discipline.is_on */
	struct exports exports;
	struct tick_map ticks;     /* the CPU's counter, for readers */

	int64_t raw_ns;            /* the last reading; it must not go back */
	int64_t next_publish_raw_ns;
	int64_t next_hourly_raw_ns;
	int64_t next_watchdog_raw_ns;
	int64_t next_told_raw_ns;  /* STATUS= for the manager */
	int64_t next_temperature_raw_ns;
	int64_t next_clocksource_raw_ns;
	int64_t next_equip_raw_ns; /* drivers that could not be opened */
	int64_t next_steer_raw_ns;
	int64_t next_look_raw_ns;  /* of the history */
	int64_t watchdog_ns;       /* 0: none */
	uint64_t fed_sequence;     /* of the segment, as it was last fed */
	uint32_t told_state;

	struct limiter limiter[DAEMON_EVENTS];
	struct limiter refusals;   /* of the control socket */
	struct limiter rejections; /* that clients told of */
	int64_t leap_doubt_ns;     /* as last logged */
	struct timespec leap_mtime;

	struct oscillator_level kept[OSCILLATOR_LEVELS]; /* of an earlier life */
	const char *doubt; /* why what it has published need not hold by the
	                      drift file; NULL: no reason known */

	struct history history;    /* .store NULL: there is none */
	struct recorder *recorder; /* NULL: no history log is kept */
	int record_err;            /* why not, where one is configured */
	struct engine_view view;
	struct status status;      /* but for what is read at each document */
	struct json_object *doc;   /* the last one, which clients may be sent */
};

/* ---- keep.c: what is kept in files ---- */

/* The table that leap_file has. At a start (is_first) the built-in one serves
 * when it cannot be read; later the one there was. True: it is a new one. */
bool keep_leap(struct daemon *d, bool is_first);

/* Has the file changed since it was read? */
bool keep_leap_changed(const struct daemon *d);

/* Log what the table's expiry means now, if that is news. */
void keep_leap_doubt(struct daemon *d);

void keep_drift_load(struct daemon *d);
/* False: there is something to write, and it was not. */
bool keep_drift_save(struct daemon *d);

/* Look at the sensor, where one is configured; what is wrong with it is logged
 * when it is news. */
void keep_temperature(struct daemon *d);

/* ---- daemon.c, for reload.c ---- */

/* 0 or negative errno, which has been logged. */
int daemon_open_server(struct daemon *d);
void daemon_set_log(struct daemon *d);

/* ---- daemon.c, for control.c ---- */

/* Brings d->raw_ns up to now, and looks whether the counter went on. */
void daemon_look(struct daemon *d);

/* Publishes, whatever the time. */
void daemon_publish(struct daemon *d);

/* ---- withdraw.c: no bound while the machine goes to sleep ---- */

/*
 * Publish now, before this returns, that there is no bound, and let nobody tell
 * otherwise: until it is restored, the machine has been seen to have slept, or
 * for_ns are over by the raw counter, which a sleep stops.
 */
void withdraw(struct daemon *d, int64_t for_ns);

/* 0; -EALREADY, nothing was withdrawn. */
int withdraw_end(struct daemon *d, const char *why);

/* When its time is over. */
void withdraw_look(struct daemon *d);

/* ---- counter.c: axiom A5 ---- */

void counter_open(struct daemon *d);
void counter_close(struct daemon *d);

/* Reads the raw counter into d->raw_ns, and tells the engine if it did not go
 * on without a break since the last look. True: it went back, and all that
 * waits for an instant must be set anew. */
bool counter_check(struct daemon *d);

/* What readers of a publication are to look at before they believe it. */
void counter_fill(const struct daemon *d, struct segment_slot *slot);

/* Does the counter still stand as it did when an earlier life published this,
 * as far as anyone has said? */
bool counter_outlives(const struct daemon *d, const struct segment_slot *slot);

/* ---- mapping.c: the CPU's counter, for readers ---- */

/* Whether it may serve, and to what error: engine_options.counter_err_ns. */
int64_t mapping_open(struct daemon *d);

/* The kernel keeps time by another counter now: never again. */
void mapping_end(struct daemon *d);

/* Before each publication, and after it has been composed. */
void mapping_update(struct daemon *d);
void mapping_fill(const struct daemon *d, struct segment_slot *slot);

/* ---- discipline.c: steering CLOCK_REALTIME ---- */

/* 0 or negative errno: it is to be steered, and may not be. */
int discipline_open(struct daemon *d);

/* The same of a configuration that is to come, in words. */
int discipline_check(struct daemon *d, const struct config *cfg,
		     char ret_error[CONFIG_ERROR_SIZE]);

/* d->cfg is another. */
void discipline_reload(struct daemon *d);

/* Step the clock to the best estimate now, by order. 0 and by how much, or
 * negative errno with the reason and what helps. */
int discipline_step(struct daemon *d, int64_t *ret_ns,
		    char ret_error[CONFIG_ERROR_SIZE]);

/* After each publication. */
void discipline_update(struct daemon *d);

/* The raw counter was disrupted. */
void discipline_forget(struct daemon *d);

/* ---- equip.c: the drivers that the configuration asks for ---- */

/* By the names of their sections. */
#define EQUIP_CHRONY "chrony"
#define EQUIP_PTP    "ptp"
#define EQUIP_PHC    "phc"
#define EQUIP_GNSS   "gnss"

/* Open those of one section, or all with NULL; those that run stay as they are.
 * What goes wrong is their health, and logged. */
void equip(struct daemon *d, const char *section);

/* ---- report.c: the log and the service manager ---- */

/* May one more line of this kind be written? If not it is counted. */
bool report_is_let_through(struct daemon *d, struct limiter *l,
			   enum log_level level);

/* An event of the engine: for struct engine_sink. */
void report_event(void *arg, enum engine_event event, const char *text);

/* The state and the width, when they are news. */
void report_to_manager(struct daemon *d);

/* The watchdog's food, when it is due and readers have another page than at the
 * last. After each publication, and from nowhere else. */
void report_alive(struct daemon *d);

/* ---- resume.c ---- */

/* Take on what an earlier life has published, if that can be. */
void resume(struct daemon *d);

/* ---- remember.c: the history ---- */

void remember_open(struct daemon *d);
void remember_close(struct daemon *d);

/* A day's minutes need not be in memory for the present one. */
void remember_rest(struct daemon *d);

/* After each publication. */
void remember(struct daemon *d);

/* An event of now: one sentence, as the log has it. */
__attribute__((format(printf, 3, 4))) void
remember_event(struct daemon *d, enum event_ring_kind kind, const char *format,
	       ...);

/* ---- record.c: the history log ---- */

/* Before anything large is there: its writer is forked. */
void record_open(struct daemon *d);
void record_close(struct daemon *d);

/* An event of now, by remember_event(): in a line of the next publications. */
void record_event(struct daemon *d, enum event_ring_kind kind,
		  const char *text);

/* After each publication. */
void record(struct daemon *d);

void record_view(const struct daemon *d, struct status_history_log *ret);

/* ---- reload.c ---- */

/*
 * Take over what can be, name what cannot; in `ret`, if there is one, too:
 * "changed" and "unchanged", lists of texts. 0; -EINVAL, nothing was changed,
 * and d->status.process.reload_error says why.
 */
int reload(struct daemon *d, struct json_object *ret);

/* ---- hear.c: clients that were sent a time beyond their latest ---- */

/* Listen beside the segment. What goes wrong is logged. */
void hear_open(struct daemon *d);
void hear_close(struct daemon *d);

/* ---- control.c: the control socket ---- */

/* Listen where the configuration says, and no more where it said. What goes
 * wrong is logged. Not from an answer to its own clients. */
void control_open(struct daemon *d);
void control_close(struct daemon *d);

#endif
