/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ptp4l sends, or whoever may write to our socket: one datagram. What it
 * says goes all the way to samples, by a clock that was read around its stamps.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/ptp_master.h"
#include "drivers/ptp_sample.h"
#include "drivers/ptpmsg.h"

#define NOW_NS INT64_C(1000000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static const struct ptp_options opt = {.delay_ns_min = 100,
				       .delay_ns_max = -1,
				       .asymmetry_ns = 50,
				       .stamp_ns = 20,
				       .accuracy_scale = 2,
				       .accuracy_ns = -1,
				       .holdover_ppb = 1000,
				       .boundary_ns = 200,
				       .arbitrary = PTP_ARBITRARY_UTC};

/* Whatever the figures, a sample is bounded, or one-sided, or there is none. */
static void check_sample(const struct sample *m)
{
	check(m->age_ns_min >= 0 && m->age_ns_max >= m->age_ns_min);
	check(isfinite(m->ruler_ppb_min));
	for (int i = 0; i < TERM_COUNT; i++)
		check(m->lo_ns[i] >= 0 && m->hi_ns[i] >= 0);
	check(m->lo_ns[TERM_DELAY] != SAMPLE_NO_BOUND ||
	      m->hi_ns[TERM_DELAY] != SAMPLE_NO_BOUND);
}

static void use_legs(const struct ptpmsg *m)
{
	const struct ptp_context c = {.opt = &opt,
				      .standing = {.error_ns = 200},
				      .raw_ns = NOW_NS,
				      .ruler_ppb = 20e3};
	struct ptp_event event[2] = {0};
	struct ptp_rate rate = {0};
	struct sample sample;
	int64_t delay_ns;

	for (int i = 0; i < m->legs.count; i++) {
		struct ptp_event *e = &event[m->legs.leg[i].is_forward ? 0 : 1];

		e->leg = m->legs.leg[i];
		e->place.raw_ns_min = NOW_NS - 100000000 + i;
		e->place.raw_ns_max = e->place.raw_ns_min + 1000;
		if (ptp_sample_leg(&c, e, 1000, &sample) == 0)
			check_sample(&sample);
	}
	if (ptp_sample_exchange(&c, &event[0], &event[1], &sample, &delay_ns))
		return;
	check_sample(&sample);
	check(delay_ns >= 0);
	ptp_rate_add(&rate, &event[0], &event[1]);
	check(isfinite(ptp_rate_ppb(&rate)));
}

static void use_view(const struct ptp_view *view)
{
	struct ptp_standing standing;
	struct ptp_lock lock = {0};
	char why[SOURCE_NOTE_SIZE];

	ptp_master_note(&lock, &opt, view, NOW_NS);
	if (ptp_master_judge(&opt, view, &lock, NOW_NS, &standing, why))
		check(strlen(why) > 0 && strlen(why) < sizeof(why));
	else
		check(standing.error_ns >= 0);
	check(ptp_master_same(view, view));
}

static void use_answer(const struct ptpmsg *m)
{
	struct ptp_view view = {0};
	char text[PTP_IDENTITY_SIZE];

	view.parent.gm.bytes[0] = 1;
	view.parent.quality.class = PTP_CLASS_LOCKED;
	view.parent.quality.accuracy = 0x21;
	switch (m->id) {
	case PTPMSG_PARENT_DATA_SET:
		view.parent = m->parent;
		ptp_identity_print(&m->parent.gm, text);
		check(strlen(text) + 1 == sizeof(text));
		break;
	case PTPMSG_CURRENT_DATA_SET:
		view.current = m->current;
		break;
	case PTPMSG_PORT_DATA_SET:
		view.port = m->port;
		check(strlen(ptpmsg_port_state_name(m->port.state)) > 0);
		break;
	case PTPMSG_TIME_PROPERTIES_DATA_SET:
		view.properties = m->time_properties;
		break;
	default:
		break;
	}
	use_view(&view);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ptpmsg m;

	if (ptpmsg_parse(data, size, &m))
		return 0;
	if (m.kind == PTPMSG_LEGS)
		use_legs(&m);
	else if (m.kind == PTPMSG_ANSWER)
		use_answer(&m);
	return 0;
}
