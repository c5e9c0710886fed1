/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To ptp4l: what it announces as a grandmaster (announce.h), by management
 * messages (drivers/ptp_export.h). The clock that it serves is not timed's to
 * keep: ts2phc, phc2sys or timed's own steering do. It is looked at, and what is
 * announced covers what is seen.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/ptp_export.h"
#include "timed/announce.h"
#include "timed/clock_options.h"
#include "timed/export.h"
#include "timed/log.h"

struct export_ptp {
	struct export export;
	struct ptp_export *ptp;
	struct announce announce;
	struct leap_table leap; /* of the last update, for the end */
	bool has_leap;
	char clock[PHC_NAME_SIZE]; /* that was seen last */
	bool is_utc;
	struct announce_word word;
	uint8_t told_class; /* as logged; 0: nothing yet */
};

static struct export_ptp *ptp_of(struct export *x)
{
	return (struct export_ptp *)x;
}

static struct export *open_ptp(const struct config_export *cfg, const char *own,
			       struct env *env)
{
	const struct ptp_export_options opt = {
		.socket = config_export_socket(cfg),
		.own = own,
		.domain = cfg->domain,
		.device = clock_options(&cfg->clock),
	};
	const struct announce_options announce = {
		.error_ns_max = cfg->error_ns_max,
		.lead_ns = cfg->lead_ns,
		.clock_error_ns = cfg->clock_error_ns,
	};
	struct export_ptp *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	if (ptp_export_open(&opt, env, &p->ptp)) {
		free(p);
		return NULL;
	}
	announce_init(&p->announce, &announce);
	return &p->export;
}

/* Another clock is another affair. */
static void note_clock(struct export_ptp *p)
{
	const struct ptp_export_view *v = ptp_export_view(p->ptp);

	if (strcmp(v->clock, p->clock) == 0)
		return;
	announce_forget(&p->announce);
	memcpy(p->clock, v->clock, sizeof(p->clock));
	if (*p->clock)
		log_write(LEVEL_NOTICE, "export to %s: it serves %s",
			  p->export.view.name, p->clock);
}

static void look_and_judge(struct export_ptp *p, const struct export_now *now)
{
	struct announce_look look = {
		.slot = now->slot, .leap = now->leap, .fresh = now->fresh};

	look.is_seen = ptp_export_read(p->ptp, &look.served) == 0;
	look.unseen = ptp_export_view(p->ptp)->unseen;
	if (!look.is_seen)
		look.served = (struct ptp_served){
			.raw_ns = now->raw_ns,
			.is_utc = ptp_export_view(p->ptp)->is_software};
	note_clock(p);
	p->is_utc = look.served.is_utc;
	p->announce.opt.wander_ppb_s = now->wander_ppb_s;
	announce_update(&p->announce, &look, &p->word);
}

static void note_view(struct export_ptp *p)
{
	const struct ptp_export_view *from = ptp_export_view(p->ptp);
	struct export_view *v = &p->export.view;

	export_health(&p->export, from->health);
	v->sent = from->sets;
	v->failed = from->failures;
	v->has_sent = from->sets > 0;
	v->sent_raw_ns = from->set_raw_ns;
	v->has_settings = from->has_settings;
	v->settings = from->settings;
	v->clock = p->clock;
	v->has_error = p->word.has_error;
	v->error_ns = p->word.error_ns;
	v->has_offset = p->word.has_offset;
	v->offset_ns = p->word.offset_ns;
}

static void tell_class(struct export_ptp *p)
{
	const struct ptp_quality *q = &p->word.settings.quality;

	if (q->class == p->told_class)
		return;
	log_write(LEVEL_NOTICE,
		  "export to %s: clockClass %u, clockAccuracy 0x%02x",
		  p->export.view.name, q->class, q->accuracy);
	p->told_class = q->class;
}

static void update_ptp(struct export *x, const struct export_now *now)
{
	struct export_ptp *p = ptp_of(x);

	p->leap = *now->leap;
	p->has_leap = true;
	look_and_judge(p, now);
	ptp_export_tell(p->ptp, &p->word.settings);
	export_serving(x, p->word.reason);
	tell_class(p);
	note_view(p);
}

static void listen_ptp(struct export *x, const struct export_now *now)
{
	struct export_ptp *p = ptp_of(x);

	(void)now;
	ptp_export_listen(p->ptp);
	note_view(p);
}

static void forget_ptp(struct export *x)
{
	announce_forget(&ptp_of(x)->announce);
}

static void close_ptp(struct export *x)
{
	struct export_ptp *p = ptp_of(x);
	struct ptp_settings nothing;

	if (p->has_leap)
		announce_nothing(&p->leap, p->is_utc, &nothing);
	ptp_export_close(p->ptp, p->has_leap ? &nothing : NULL);
	free(p);
}

const struct export_ops export_ptp4l = {.open = open_ptp,
					.update = update_ptp,
					.listen = listen_ptp,
					.forget = forget_ptp,
					.close = close_ptp};
