/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGHUP, or tt-ctl reload. A configuration that is wrong changes nothing; one
 * that is right is taken over as far as it can be, and the rest is named.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "timed/daemon_private.h"
#include "timed/notify.h"
#include "timed/put.h"

/* What has changed, by what must be done about it. */
struct changes {
	bool chrony, ptp, phc, gnss, export, status_socket, control_socket;
	struct json_object *changed, *unchanged; /* in words; NULL: nobody
	                                            wants to know */
};

#define NOTE_SIZE (2 * CONFIG_VALUE_SIZE + 128)

/* A line for the log, and for who has asked. */
__attribute__((format(printf, 3, 4))) static void
note(struct json_object *list, enum log_level level, const char *format, ...)
{
	char text[NOTE_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_write(level, "%s", text);
	if (list)
		put_item(list, text);
}

static bool is_of(const struct config_key *key, const char *section)
{
	return strncmp(key->name, section, strlen(section)) == 0;
}

static void name_change(const struct config_key *key, const char *name,
			const struct config *from, const struct config *to,
			const struct changes *what)
{
	char was[CONFIG_VALUE_SIZE] = "", is[CONFIG_VALUE_SIZE] = "";
	bool has_was = config_key_format(key, from, was);
	bool has_is = config_key_format(key, to, is);

	if (!key->is_reloadable)
		note(what->unchanged, LEVEL_WARNING,
		     "%s: needs a restart to change", name);
	else
		note(what->changed, LEVEL_NOTICE, "%s: %s, was %s", name,
		     has_is ? is : "unset", has_was ? was : "unset");
}

/* `fresh` with all that needs a restart as it is now. */
static void keep_fixed(const struct config *now, struct config *fresh)
{
	for (const struct config_key *k = config_keys; k->name; k++) {
		if (!k->is_reloadable)
			config_key_copy(k, now, fresh);
	}
}

static void take_over(struct daemon *d, const struct config *merged,
		      const struct changes *what)
{
	const struct {
		const char *section;
		bool has_changed;
	} drivers[] = { { EQUIP_CHRONY, what->chrony },
			{ EQUIP_PTP, what->ptp },
			{ EQUIP_PHC, what->phc },
			{ EQUIP_GNSS, what->gnss } };
	const size_t n = sizeof(drivers) / sizeof(drivers[0]);

	/* The drivers and the server may hold on to texts in d->cfg. */
	for (size_t i = 0; i < n; i++) {
		if (drivers[i].has_changed)
			drivers_close(&d->drivers, drivers[i].section);
	}
	if (what->status_socket) {
		local_server_close(d->server);
		d->server = NULL;
	}
	d->cfg = *merged;
	for (size_t i = 0; i < n; i++) {
		if (drivers[i].has_changed)
			equip(d, drivers[i].section);
	}
	if (what->export) {
		exports_close(&d->exports);
		exports_open(&d->exports, &d->cfg, d->env);
	}
	if (what->status_socket && daemon_open_server(d) != 0)
		note(what->unchanged, LEVEL_ERROR, "status_socket: there is "
		     "none now: the log says why");
	d->wants_control |= what->control_socket; /* one may be waiting there */
	discipline_reload(d);
	daemon_set_log(d);
}

/* Who is to steer and may not: all that is about it stays as it was. */
static void keep_discipline(struct daemon *d, struct config *fresh,
			    struct changes *what)
{
	char error[CONFIG_ERROR_SIZE];

	if (discipline_check(d, fresh, error) == 0)
		return;
	note(what->unchanged, LEVEL_ERROR, "%s; until then it stays as it was",
	     error);
	for (const struct config_key *k = config_keys; k->name; k++) {
		if (is_of(k, "discipline") || is_of(k, "steer."))
			config_key_copy(k, &d->cfg, fresh);
	}
}

static int refuse(struct daemon *d, const char *error)
{
	log_write(LEVEL_ERROR, "%s", error);
	remember_event(d, EVENT_RING_DAEMON, "not reloaded: %s", error);
	log_write(LEVEL_ERROR, "not reloaded: the configuration stays as it "
		  "was");
	snprintf(d->status.process.reload_error,
		 sizeof(d->status.process.reload_error), "%s", error);
	return -EINVAL;
}

/* Entries that one of them does not have stand there with the defaults. */
static void compare_list(const struct config_list *list,
			 const struct config *now, const struct config *fresh,
			 const struct changes *what)
{
	const int was = config_list_count(list, now);
	const int is = config_list_count(list, fresh);
	struct config_walk w = { .i = 0 };

	if (is != was)
		note(what->changed, LEVEL_NOTICE, "%s: %d of them, was %d",
		     list->section, is, was);
	while (config_walk(is > was ? fresh : now, &w)) {
		if (config_list_of(w.table) == list &&
		    !config_key_is_equal(&w.key, now, fresh))
			name_change(&w.key, w.name, now, fresh, what);
	}
}

static void compare(const struct config *now, const struct config *fresh,
		    struct changes *ret)
{
	for (const struct config_key *k = config_keys; k->name; k++) {
		if (config_list_of(k) || config_key_is_equal(k, now, fresh))
			continue;
		name_change(k, k->name, now, fresh, ret);
		if (is_of(k, "chrony."))
			ret->chrony = true;
		if (is_of(k, "status_socket"))
			ret->status_socket = true;
		if (is_of(k, "control_socket"))
			ret->control_socket = true;
	}
	for (const struct config_list *l = config_lists; l->section; l++) {
		if (config_list_is_equal(l, now, fresh))
			continue;
		compare_list(l, now, fresh, ret);
		if (strcmp(l->section, EQUIP_PTP) == 0)
			ret->ptp = true;
		else if (strcmp(l->section, EQUIP_PHC) == 0)
			ret->phc = true;
		else if (strcmp(l->section, EQUIP_GNSS) == 0)
			ret->gnss = true;
		else
			ret->export = true;
	}
}

static void reload_leap(struct daemon *d, struct changes *what)
{
	if (keep_leap(d, false))
		engine_set_leap(d->engine, &d->status.leap.table);
	else if (what->unchanged)
		put_item(what->unchanged, d->status.leap.error);
	keep_leap_doubt(d);
}

static int reload_now(struct daemon *d, struct changes *what)
{
	static struct config fresh, merged;
	static struct config_files files;
	char error[CONFIG_ERROR_SIZE];

	if (config_load(d->opt->config_path, d->opt->config_is_required, &fresh,
			&files, error))
		return refuse(d, error);
	keep_discipline(d, &fresh, what);
	merged = fresh;
	keep_fixed(&d->cfg, &merged);
	if (config_check(&merged, &files, error))
		return refuse(d, error);
	compare(&d->cfg, &fresh, what);
	take_over(d, &merged, what);
	d->files = files;
	engine_give_back(d->engine, "reload");
	d->next_temperature_raw_ns = d->raw_ns;
	reload_leap(d, what);
	d->status.process.reload_error[0] = '\0';
	d->status.process.reloads++;
	log_write(LEVEL_NOTICE, "reloaded");
	remember_event(d, EVENT_RING_DAEMON, "reloaded");
	return 0;
}

int reload(struct daemon *d, struct json_object *ret)
{
	struct changes what = { .chrony = false };
	int err;

	if (ret) {
		what.changed = put_array(ret, "changed");
		what.unchanged = put_array(ret, "unchanged");
	}
	notify_send("RELOADING=1");
	err = reload_now(d, &what);
	notify_send("READY=1");
	return err;
}
