/* SPDX-License-Identifier: Apache-2.0 */
/* Who is given the time. See export.h. */
#include "timed/export.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "timed/log.h"

static const struct export_ops *const kinds[] = {
	[EXPORT_CHRONY] = &export_chrony,
	[EXPORT_PTP4L] = &export_ptp4l,
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* ---- what an export says ---- */

void export_health(struct export *x, const char *text)
{
	struct export_view *v = &x->view;

	if (strcmp(v->health, text) == 0)
		return;
	snprintf(v->health, sizeof(v->health), "%s", text);
	v->health_since_raw_ns = env_raw_ns(x->env);
	if (*text)
		log_write(LEVEL_WARNING, "export to %s: %s", v->name, text);
	else
		log_write(LEVEL_NOTICE, "export to %s: well", v->name);
}

void export_serving(struct export *x, const char *reason)
{
	struct export_view *v = &x->view;
	const bool is_serving = reason == NULL;

	if (!reason)
		reason = "";
	if (v->is_serving == is_serving && strcmp(v->reason, reason) == 0)
		return;
	v->is_serving = is_serving;
	snprintf(v->reason, sizeof(v->reason), "%s", reason);
	v->since_raw_ns = env_raw_ns(x->env);
	if (is_serving)
		log_write(LEVEL_NOTICE, "export to %s: serves", v->name);
	else
		log_write(LEVEL_NOTICE, "export to %s: nothing: %s", v->name,
			  reason);
}

/* ---- all of them ---- */

/* Beside the segment, whose folder is ours: "/run/timed/clock.export0". */
static void own_path(const struct exports *all, const char *segment,
		     char ret[CONFIG_SOCKET_SIZE])
{
	const int n = snprintf(ret, CONFIG_SOCKET_SIZE, "%s.export%d", segment,
			       all->count);

	if (n < 0 || (size_t)n >= CONFIG_SOCKET_SIZE)
		ret[0] = '\0';
}

static void open_one(struct exports *all, const struct config_export *cfg,
		     const char *segment)
{
	char path[CONFIG_SOCKET_SIZE];
	struct config_export *copy = &all->cfg[all->count];
	const int64_t raw_ns = env_raw_ns(all->env);
	const struct export_ops *ops = kinds[cfg->type];
	struct export *x;

	*copy = *cfg;
	own_path(all, segment, path);
	x = ops->open(copy, path, all->env);
	if (!x) {
		log_write(LEVEL_ERROR, "export to %s: there is no memory",
			  config_export_socket(copy));
		return;
	}
	x->ops = ops;
	x->cfg = copy;
	x->env = all->env;
	x->next_raw_ns = raw_ns;
	x->view.type = config_export_name((enum config_export_type)cfg->type);
	x->view.socket = config_export_socket(copy);
	snprintf(x->view.name, sizeof(x->view.name), "%s %s", x->view.type,
		 x->view.socket);
	strcpy(x->view.reason, "nothing has been published yet");
	x->view.since_raw_ns = x->view.health_since_raw_ns = raw_ns;
	all->one[all->count++] = x;
}

void exports_open(struct exports *all, const struct config *cfg,
		  struct env *env)
{
	memset(all, 0, sizeof(*all));
	all->env = env;
	for (int i = 0; i < cfg->export_count; i++) {
		assert((size_t)cfg->export[i].type < KINDS); /* config_check */
		if (cfg->export[i].enable)
			open_one(all, &cfg->export[i], cfg -> segment);
	}
}

void exports_close(struct exports *all)
{
	for (int i = 0; i < all->count; i++)
		all->one[i]->ops->close(all->one[i]);
	all->count = 0;
}

static void update_one(struct export *x, const struct export_now *now)
{
	if (x->ops->listen)
		x->ops->listen(x, now);
	if (now->raw_ns < x->next_raw_ns && now->slot->state == x->state)
		return;
	x->state = now->slot->state;
	x->next_raw_ns = now->raw_ns + x->cfg->interval_ns;
	x->ops->update(x, now);
}

void exports_update(struct exports *all, const struct export_now *now)
{
	for (int i = 0; i < all->count; i++)
		update_one(all->one[i], now);
}

void exports_forget(struct exports *all)
{
	for (int i = 0; i < all->count; i++) {
		all->one[i]->next_raw_ns = 0;
		if (all->one[i]->ops->forget)
			all->one[i]->ops->forget(all->one[i]);
	}
}

int exports_view(const struct exports *all,
		 const struct export_view *ret[CONFIG_EXPORT_MAX])
{
	for (int i = 0; i < all->count; i++)
		ret[i] = &all->one[i]->view;
	return all->count;
}
