/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGHUP. A configuration that is wrong changes nothing; one that is right is
 * taken over as far as it can be, and the rest is named.
 */
#include <stdio.h>
#include <string.h>

#include "timed/daemon_private.h"

/* What has changed, by what must be done about it. */
struct changes {
	bool chrony, ptp, phc, gnss, export, status_socket;
};

static bool is_of(const struct config_key *key, const char *section)
{
	return strncmp(key->name, section, strlen(section)) == 0;
}

static void name_change(const struct config_key *key, const char *name,
			const struct config *from, const struct config *to)
{
	char was[CONFIG_VALUE_SIZE] = "", is[CONFIG_VALUE_SIZE] = "";
	bool has_was = config_key_format(key, from, was);
	bool has_is = config_key_format(key, to, is);

	if (!key->is_reloadable)
		log_write(LEVEL_WARNING, "%s: needs a restart to change",
			  name);
	else
		log_write(LEVEL_NOTICE, "%s: %s, was %s", name,
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
		status_server_close(d->server);
		d->server = NULL;
	}
	d->cfg = *merged;
	for (size_t i = 0; i < n; i++) {
		if (drivers[i].has_changed)
			equip(d, drivers[i].section);
	}
	if (what->status_socket)
		daemon_open_server(d);
	if (what->export) {
		exports_close(&d->exports);
		exports_open(&d->exports, &d->cfg, d->env);
	}
	daemon_set_log(d);
}

static void refuse(struct daemon *d, const char *error)
{
	log_write(LEVEL_ERROR, "%s", error);
	log_write(LEVEL_ERROR, "not reloaded: the configuration stays as it "
		  "was");
	snprintf(d->status.process.reload_error,
		 sizeof(d->status.process.reload_error), "%s", error);
}

/* Entries that one of them does not have stand there with the defaults. */
static void compare_list(const struct config_list *list,
			 const struct config *now, const struct config *fresh)
{
	const int was = config_list_count(list, now);
	const int is = config_list_count(list, fresh);
	struct config_walk w = { .i = 0 };

	if (is != was)
		log_write(LEVEL_NOTICE, "%s: %d of them, was %d",
			  list->section, is, was);
	while (config_walk(is > was ? fresh : now, &w)) {
		if (config_list_of(w.table) == list &&
		    !config_key_is_equal(&w.key, now, fresh))
			name_change(&w.key, w.name, now, fresh);
	}
}

static void compare(const struct config *now, const struct config *fresh,
		    struct changes *ret)
{
	for (const struct config_key *k = config_keys; k->name; k++) {
		if (config_list_of(k) || config_key_is_equal(k, now, fresh))
			continue;
		name_change(k, k->name, now, fresh);
		if (is_of(k, "chrony."))
			ret->chrony = true;
		if (is_of(k, "status_socket"))
			ret->status_socket = true;
	}
	for (const struct config_list *l = config_lists; l->section; l++) {
		if (config_list_is_equal(l, now, fresh))
			continue;
		compare_list(l, now, fresh);
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

void reload(struct daemon *d)
{
	static struct config fresh, merged;
	static struct config_files files;
	struct changes what = { .chrony = false };
	char error[CONFIG_ERROR_SIZE];

	if (config_load(d->opt->config_path, d->opt->config_is_required, &fresh,
			&files, error)) {
		refuse(d, error);
		return;
	}
	merged = fresh;
	keep_fixed(&d->cfg, &merged);
	if (config_check(&merged, error)) {
		refuse(d, error);
		return;
	}
	compare(&d->cfg, &fresh, &what);
	take_over(d, &merged, &what);
	d->files = files;
	if (keep_leap(d, false))
		engine_set_leap(d->engine, &d->status.leap.table);
	keep_leap_doubt(d);
	d->status.process.reload_error[0] = '\0';
	d->status.process.reloads++;
	log_write(LEVEL_NOTICE, "reloaded");
}
