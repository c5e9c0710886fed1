/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: docs/control.md. Each order is logged with who gave it
 * and what came of it, whatever log_level says; refusals too, up to a number a
 * minute.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "timed/control_peer.h"
#include "timed/control_request.h"
#include "timed/daemon_private.h"
#include "timed/put.h"
#include "timed/status_rehearsal.h"

#define GROUP "_timed"

struct control {
	struct local_server *server;
	gid_t group;             /* (gid_t)-1: there is none */
	struct json_object *doc; /* the last answer, as it is being sent */
};

/* One order, from its line to its answer. */
struct order {
	struct control_request request;
	char what[CONTROL_TEXT_SIZE]; /* for the log */
	struct control_peer who;
	struct json_object *answer;
	char error[CONTROL_ERROR_SIZE]; /* why not; "": it is done */
	char outcome[256];              /* for the log, when it is */
};

__attribute__((format(printf, 2, 3))) static void
refuse(struct order *o, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(o->error, sizeof(o->error), format, args);
	va_end(args);
}

/* ---- the orders ---- */

static void order_step(struct daemon *d, struct order *o)
{
	char error[CONFIG_ERROR_SIZE];
	int64_t step_ns;

	if (discipline_step(d, &step_ns, error)) {
		refuse(o, "%s", error);
		return;
	}
	put_int(o->answer, "step_ns", step_ns);
	snprintf(o->outcome, sizeof(o->outcome), "stepped by %+.9f s",
		 (double)step_ns / 1e9);
}

static size_t count_of(struct json_object *o, const char *list)
{
	return json_object_array_length(json_object_object_get(o, list));
}

static void order_reload(struct daemon *d, struct order *o)
{
	if (reload(d, o->answer)) {
		refuse(o, "%s; the configuration stays as it was",
		       d->status.process.reload_error);
		return;
	}
	snprintf(o->outcome, sizeof(o->outcome),
		 "%zu changes taken over, %zu not",
		 count_of(o->answer, "changed"),
		 count_of(o->answer, "unchanged"));
}

static void order_holdover_start(struct daemon *d, struct order *o)
{
	const int64_t for_ns = o->request.for_ns;
	const enum engine_state state = (enum engine_state)d->slot.state;

	switch (engine_rehearse(d->engine, d->raw_ns, for_ns)) {
	case 0:
		put_int(o->answer, "for_ns", for_ns);
		snprintf(o->outcome, sizeof(o->outcome), "begun");
		return;
	case -EALREADY:
		refuse(o, "a rehearsal is under way already: end it with "
		       "\"tt-ctl holdover stop\" first");
		return;
	default:
		refuse(o, "the state is %s: only from SYNCHRONIZED can holdover "
		       "be rehearsed; see tt-status",
		       engine_state_name(state));
	}
}

static void order_holdover_stop(struct daemon *d, struct order *o)
{
	char why[REHEARSAL_WHY_SIZE];

	snprintf(why, sizeof(why), "ended by %s", o->who.user);
	if (engine_rehearse_end(d->engine, d->raw_ns, why)) {
		refuse(o, "no rehearsal is under way; what the last one has "
		       "shown is in tt-status --format json");
		return;
	}
	status_rehearsal_put(o->answer, "report", engine_rehearsal(d->engine));
	snprintf(o->outcome, sizeof(o->outcome), "ended");
}

static void order_source(struct daemon *d, struct order *o)
{
	const bool enables = o->request.action == CONTROL_SOURCE_ENABLE;
	const char *name = o->request.source;

	switch (enables ? engine_enable(d->engine, name)
			: engine_disable(d->engine, name)) {
	case 0:
		put_text(o->answer, "source", name);
		snprintf(o->outcome, sizeof(o->outcome), "done");
		return;
	case -EALREADY:
		refuse(o, "source %s is %s already", name,
		       enables ? "enabled" : "disabled");
		return;
	case -ENOENT:
		refuse(o, "there is no source %s: the names are those that "
		       "tt-status shows", name);
		return;
	default:
		refuse(o, "too many sources are disabled: enable some, or take "
		       "them out of the configuration");
	}
}

static void order_log_level(struct order *o)
{
	const char *name = control_level_name(o->request.level);

	log_set_level(o->request.level);
	put_text(o->answer, "level", name);
	snprintf(o->outcome, sizeof(o->outcome), "until the next reload");
}

static void order_withdraw(struct daemon *d, struct order *o)
{
	withdraw(d, o->request.for_ns);
	put_int(o->answer, "for_ns", o->request.for_ns);
	snprintf(o->outcome, sizeof(o->outcome), "there is no bound now");
}

static void order_restore(struct daemon *d, struct order *o)
{
	if (withdraw_end(d, "restored by order"))
		refuse(o, "the bound is not withdrawn");
	else
		snprintf(o->outcome, sizeof(o->outcome), "sources are heard");
}

static void act(struct daemon *d, struct order *o)
{
	switch (o->request.action) {
	case CONTROL_STEP:
		order_step(d, o);
		return;
	case CONTROL_RELOAD:
		order_reload(d, o);
		return;
	case CONTROL_HOLDOVER_START:
		order_holdover_start(d, o);
		return;
	case CONTROL_HOLDOVER_STOP:
		order_holdover_stop(d, o);
		return;
	case CONTROL_SOURCE_ENABLE:
	case CONTROL_SOURCE_DISABLE:
		order_source(d, o);
		return;
	case CONTROL_LOG_LEVEL:
		order_log_level(o);
		return;
	case CONTROL_WITHDRAW:
		order_withdraw(d, o);
		return;
	case CONTROL_RESTORE:
		order_restore(d, o);
		return;
	}
}

/* ---- who may ---- */

/* Root; whoever timed runs as could stop it as well; and the group. */
static bool may_order(const struct order *o)
{
	const struct control_peer *who = &o->who;

	if (who->uid == 0)
		return true;
	if (o->request.action == CONTROL_STEP)
		return false;
	return who->uid == geteuid() || who->is_member;
}

static void refuse_right(const struct control *c, struct order *o)
{
	if (o->request.action == CONTROL_STEP)
		refuse(o, "only root may step the clock: sudo tt-ctl step");
	else if (c->group == (gid_t)-1)
		refuse(o, "only root may (there was no group " GROUP
		       " when timed opened the socket): sudo tt-ctl ...");
	else
		refuse(o, "only root and the group " GROUP
		       " may: sudo tt-ctl ..., or be a member of it");
}

/* ---- from the line to the answer ---- */

static void read_order(const struct control *c,
		       const struct local_request *request, struct order *o)
{
	int err = control_peer_read(request->fd, c->group, &o->who);

	snprintf(o->what, sizeof(o->what), "something");
	if (err)
		refuse(o, "the kernel does not say who asks: %s",
		       strerror(-err));
	else if (!request->is_whole)
		refuse(o, "the request must be one line of at most %d bytes, "
		       "with its end", CONTROL_LINE_SIZE);
	else if (control_request_parse(request->text, request->size,
				       &o->request, o->error) == 0) {
		control_request_print(&o->request, o->what);
		if (!may_order(o))
			refuse_right(c, o);
	}
}

static void tell(struct daemon *d, const struct order *o)
{
	const struct control_peer *who = &o->who;
	const bool is_refused = o->error[0] != '\0';
	const enum log_level level = is_refused ? LEVEL_WARNING : LEVEL_NOTICE;

	if (is_refused && !report_is_let_through(d, &d->refusals, level))
		return;
	log_write_always(level, "%s, ordered by uid %lu (%s), pid %ld (%s): %s%s",
			 o->what, (unsigned long)who->uid, who->user,
			 (long)who->pid, who->program,
			 is_refused ? "refused: " : "",
			 is_refused ? o->error : o->outcome);
}

static const char *render(struct control *c, const struct order *o,
			  size_t *ret_size)
{
	const char *text;

	put_bool_if(o->answer, "done", true, o->error[0] == '\0');
	put_text_if(o->answer, "error", o->error);
	json_object_put(c->doc);
	c->doc = o->answer;
	text = json_object_to_json_string_length(
		c->doc, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
		ret_size);
	return text;
}

static const char *answer(void *arg, const struct local_request *request,
			  size_t *ret_size)
{
	struct daemon *d = arg;
	struct order o = { .answer = json_object_new_object() };

	if (!o.answer)
		return NULL;
	daemon_look(d);
	read_order(d->control, request, &o);
	put_int(o.answer, "schema_version", CONTROL_SCHEMA_VERSION);
	put_text_if(o.answer, "action",
		    strcmp(o.what, "something") == 0
			    ? ""
			    : control_action_name(o.request.action));
	if (o.error[0] == '\0')
		act(d, &o);
	tell(d, &o);
	if (o.error[0] != '\0')
		d->status.orders_refused++;
	else
		d->status.orders++;
	return render(d->control, &o, ret_size);
}

/* ---- open and close ---- */

static gid_t find_group(const char *path)
{
	gid_t group;

	if (control_group_find(CONTROL_GROUPS, GROUP, &group) == 0)
		return group;
	log_write(LEVEL_NOTICE, "%s: there is no group " GROUP ": only root "
		  "gives orders there", path);
	return (gid_t)-1;
}

static int listen_at(struct daemon *d, struct control *c, const char *path)
{
	struct local_server_options opt = {
		.path = path,
		.mode = 0660,
		.gid = c->group,
		.patience_s = LOCAL_PATIENCE_S,
		.request_size = CONTROL_LINE_SIZE,
		.share = LOCAL_SHARE,
		.answer = answer,
		.arg = d,
	};
	int err = local_server_open(d->base, &opt, &c->server);

	if (err != -EPERM || c->group == (gid_t)-1)
		return err;
	log_write(LEVEL_WARNING, "%s: it cannot be given to the group " GROUP
		  " (CAP_CHOWN): only root gives orders there", path);
	opt.gid = c->group = (gid_t)-1;
	return local_server_open(d->base, &opt, &c->server);
}

void control_open(struct daemon *d)
{
	const char *path = d->cfg.control_socket;
	struct control *c;
	int err = -ENOMEM;

	control_close(d);
	d->wants_control = false;
	if (*path == '\0')
		return;
	c = calloc(1, sizeof(*c));
	if (c) {
		c->group = find_group(path);
		err = listen_at(d, c, path);
	}
	if (err == 0) {
		d->control = c;
		return;
	}
	free(c);
	log_write(LEVEL_ERROR, "%s: %s: no orders are taken", path,
		  err == -EADDRINUSE ? "another process answers there"
				     : strerror(-err));
}

void control_close(struct daemon *d)
{
	if (!d->control)
		return;
	local_server_close(d->control->server);
	json_object_put(d->control->doc);
	free(d->control);
	d->control = NULL;
}
