/* SPDX-License-Identifier: Apache-2.0 */
/* The codec against what ptp4l 3.1.1 sent, whose figures pmc printed (the
 * system test ptp_vs_pmc compares them live), and against bytes that no ptp4l
 * sends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/ptpmsg.h"

/* clang-format off */
static const uint8_t parent[] = {
	0x0d, 0x02, 0x00, 0x56, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xfe, 0xe8, 0x5b, 0xff,
	0xfe, 0xe7, 0xd0, 0xfd, 0x00, 0x00, 0x77, 0x7a, 0x04, 0x7f, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x11, 0x00, 0x00, 0x02, 0x00,
	0x00, 0x01, 0x00, 0x22, 0x20, 0x02, 0xee, 0x29, 0x18, 0xff, 0xfe, 0xd1,
	0x14, 0x83, 0x00, 0x01, 0x00, 0x00, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff,
	0x0a, 0x06, 0x21, 0xff, 0xff, 0x80, 0xee, 0x29, 0x18, 0xff, 0xfe, 0xd1,
	0x14, 0x83,
};

static const uint8_t port[] = {
	0x0d, 0x02, 0x00, 0x50, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xfe, 0xe8, 0x5b, 0xff,
	0xfe, 0xe7, 0xd0, 0xfd, 0x00, 0x01, 0x77, 0x7c, 0x04, 0x7f, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x11, 0x00, 0x00, 0x02, 0x00,
	0x00, 0x01, 0x00, 0x1c, 0x20, 0x04, 0xfe, 0xe8, 0x5b, 0xff, 0xfe, 0xe7,
	0xd0, 0xfd, 0x00, 0x01, 0x08, 0xfe, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0xff, 0x03, 0xfe, 0x01, 0x00, 0x02,
};

static const uint8_t time_status[] = {
	0x0d, 0x02, 0x00, 0x68, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xfe, 0xe8, 0x5b, 0xff,
	0xfe, 0xe7, 0xd0, 0xfd, 0x00, 0x00, 0x77, 0x7d, 0x04, 0x7f, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x11, 0x00, 0x00, 0x02, 0x00,
	0x00, 0x01, 0x00, 0x34, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x01, 0x36, 0x18, 0xea, 0x83, 0x93, 0x37, 0xcf, 0x64, 0x8b, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
	0xee, 0x29, 0x18, 0xff, 0xfe, 0xd1, 0x14, 0x83,
};

static const uint8_t sync[] = {
	0x0c, 0x02, 0x00, 0x5c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xfe, 0xe8, 0x5b, 0xff,
	0xfe, 0xe7, 0xd0, 0xfd, 0x00, 0x00, 0x00, 0x0a, 0x05, 0x7f, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x80, 0x04, 0x00, 0x2c,
	0xee, 0x29, 0x18, 0xff, 0xfe, 0xd1, 0x14, 0x83, 0x00, 0x01, 0x00, 0x0d,
	0x00, 0x00, 0x6b, 0x03, 0x82, 0x46, 0x01, 0xcf, 0xae, 0xfc, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x6b, 0x03, 0x82, 0x46, 0x01, 0xcf, 0xb9, 0x0a,
};

static const uint8_t delay[] = {
	0x0c, 0x02, 0x00, 0x58, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xfe, 0xe8, 0x5b, 0xff,
	0xfe, 0xe7, 0xd0, 0xfd, 0x00, 0x00, 0x00, 0x09, 0x05, 0x7f, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x00, 0x00, 0x28,
	0xee, 0x29, 0x18, 0xff, 0xfe, 0xd1, 0x14, 0x83, 0x00, 0x01, 0x00, 0x09,
	0x00, 0x00, 0x6b, 0x03, 0x82, 0x45, 0x33, 0xf7, 0x60, 0xdc, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x6b, 0x03, 0x82, 0x45,
	0x33, 0xf7, 0x6c, 0x2a,
};
/* clang-format on */

static struct ptpmsg m;

static void put(uint8_t *p, const uint8_t *bytes, size_t len, size_t at,
		uint8_t value)
{
	memcpy(p, bytes, len);
	p[at] = value;
}

static void a_parent_is_read(void **state)
{
	char text[PTP_IDENTITY_SIZE];

	(void)state;
	assert_int_equal(ptpmsg_parse(parent, sizeof(parent), &m), 0);
	assert_int_equal(m.kind, PTPMSG_ANSWER);
	assert_int_equal(m.id, PTPMSG_PARENT_DATA_SET);
	assert_int_equal(m.sequence, 0x777a);
	assert_int_equal(m.parent.port.number, 1);
	assert_int_equal(m.parent.quality.class, PTP_CLASS_LOCKED);
	assert_int_equal(m.parent.quality.accuracy, 0x21);
	assert_int_equal(m.parent.quality.variance, 0xffff);
	ptp_identity_print(&m.parent.gm, text);
	assert_string_equal(text, "ee2918.fffe.d11483");
	assert_true(ptp_identity_equal(&m.parent.gm, &m.parent.port.clock));
}

static void a_port_is_read(void **state)
{
	(void)state;
	assert_int_equal(ptpmsg_parse(port, sizeof(port), &m), 0);
	assert_int_equal(m.id, PTPMSG_PORT_DATA_SET);
	assert_int_equal(m.port.state, PTP_UNCALIBRATED);
	assert_int_equal(m.port.log_sync, -2);
	assert_int_equal(m.port.log_delay_req, -2);
	assert_int_equal(m.port.log_announce, -1);
	assert_int_equal(m.port.announce_timeout, 3);
	assert_int_equal(m.port.delay_mechanism, 1);
	assert_int_equal(m.port.peer_delay_ns, 0);
	assert_string_equal(ptpmsg_port_state_name(m.port.state),
			    "UNCALIBRATED");
}

static void a_time_status_is_read(void **state)
{
	(void)state;
	assert_int_equal(ptpmsg_parse(time_status, sizeof(time_status), &m), 0);
	assert_int_equal(m.id, PTPMSG_TIME_STATUS_NP);
	assert_int_equal(m.time_status.offset_ns, 310);
	assert_true(m.time_status.ingress_ns == INT64_C(1795392069780333707));
	assert_true(m.time_status.has_gm);
}

static void the_legs_of_a_monitor_are_read(void **state)
{
	(void)state;
	assert_int_equal(ptpmsg_parse(sync, sizeof(sync), &m), 0);
	assert_int_equal(m.kind, PTPMSG_LEGS);
	assert_int_equal(m.legs.count, 1);
	assert_true(m.legs.leg[0].is_forward);
	assert_int_equal(m.legs.leg[0].sequence, 13);
	assert_true(m.legs.leg[0].sent_ns == INT64_C(1795392070030387964));
	assert_true(m.legs.leg[0].received_ns == INT64_C(1795392070030390538));
	assert_int_equal(m.legs.leg[0].correction_ns, 0);
	assert_int_equal(m.legs.leg[0].master.number, 1);

	assert_int_equal(ptpmsg_parse(delay, sizeof(delay), &m), 0);
	assert_false(m.legs.leg[0].is_forward);
	assert_int_equal(m.legs.leg[0].sequence, 9);
	assert_true(m.legs.leg[0].sent_ns == INT64_C(1795392069871850204));
	assert_true(m.legs.leg[0].received_ns == INT64_C(1795392069871853098));
}

/* 2^-16 ns: 0x10000 is one; -1 of them is just below zero. */
static void corrections_are_rounded_down(void **state)
{
	static const struct {
		uint8_t bytes[8];
		int64_t ns;
	} table[] = {{{0, 0, 0, 0, 0, 1, 0, 0}, 1},
		     {{0, 0, 0, 0, 0, 1, 0xff, 0xff}, 1},
		     {{255, 255, 255, 255, 255, 255, 255, 255}, -1},
		     {{255, 255, 255, 255, 255, 255, 0, 0}, -1},
		     {{255, 255, 255, 255, 255, 254, 255, 255}, -2},
		     {{0x80, 0, 0, 0, 0, 0, 0, 0}, -(INT64_C(1) << 47)},
		     {{0x7f, 255, 255, 255, 255, 255, 255, 255},
		      (INT64_C(1) << 47) - 1}};
	uint8_t buf[sizeof(sync)];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		memcpy(buf, sync, sizeof(sync));
		memcpy(buf + 70, table[i].bytes, 8);
		assert_int_equal(ptpmsg_parse(buf, sizeof(buf), &m), 0);
		assert_true(m.legs.leg[0].correction_ns == table[i].ns);
	}
}

static void what_is_cut_short_is_refused_wherever_it_is_cut(void **state)
{
	static const struct {
		const uint8_t *bytes;
		size_t len;
	} table[] = {{parent, sizeof(parent)},
		     {port, sizeof(port)},
		     {time_status, sizeof(time_status)},
		     {sync, sizeof(sync)},
		     {delay, sizeof(delay)}};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		for (size_t len = 0; len < table[i].len; len++) {
			/* of its exact size, so that reading beyond is seen */
			uint8_t *buf = malloc(len > 0 ? len : 1);

			assert_non_null(buf);
			memcpy(buf, table[i].bytes, len);
			assert_int_equal(ptpmsg_parse(buf, len, &m), -EBADMSG);
			/* and where it says so itself */
			if (len >= 34) {
				buf[2] = 0;
				buf[3] = (uint8_t)len;
				assert_int_not_equal(ptpmsg_parse(buf, len, &m),
						     0);
			}
			free(buf);
		}
	}
}

static void absurd_figures_are_refused(void **state)
{
	uint8_t buf[PTPMSG_SIZE];

	(void)state;
	put(buf, sync, sizeof(sync), 60, 0xff); /* seconds */
	assert_int_equal(ptpmsg_parse(buf, sizeof(sync), &m), -ERANGE);
	put(buf, sync, sizeof(sync), 66, 0x3c); /* 10^9 ns and more */
	assert_int_equal(ptpmsg_parse(buf, sizeof(sync), &m), -ERANGE);
	put(buf, time_status, sizeof(time_status), 62, 0x80); /* ingress */
	assert_int_equal(ptpmsg_parse(buf, sizeof(time_status), &m), -ERANGE);
	put(buf, time_status, sizeof(time_status), 54, 0x7f); /* offset */
	assert_int_equal(ptpmsg_parse(buf, sizeof(time_status), &m), -ERANGE);
	put(buf, port, sizeof(port), 64, 0); /* state */
	assert_int_equal(ptpmsg_parse(buf, sizeof(port), &m), -ERANGE);
	put(buf, port, sizeof(port), 64, 11);
	assert_int_equal(ptpmsg_parse(buf, sizeof(port), &m), -ERANGE);
}

static void what_is_no_answer_to_us_is_told_apart(void **state)
{
	uint8_t buf[PTPMSG_SIZE];

	(void)state;
	put(buf, parent, sizeof(parent), 1, 1); /* versionPTP */
	assert_int_equal(ptpmsg_parse(buf, sizeof(parent), &m),
			 -EPROTONOSUPPORT);
	put(buf, parent, sizeof(parent), 1, 0x12); /* 2.1 */
	assert_int_equal(ptpmsg_parse(buf, sizeof(parent), &m), 0);
	put(buf, parent, sizeof(parent), 0, 0x0b); /* Announce */
	assert_int_equal(ptpmsg_parse(buf, sizeof(parent), &m), -EPROTO);
	put(buf, parent, sizeof(parent), 46, 0); /* a GET */
	assert_int_equal(ptpmsg_parse(buf, sizeof(parent), &m), -EPROTO);
	put(buf, parent, sizeof(parent), 49, 9); /* another TLV */
	assert_int_equal(ptpmsg_parse(buf, sizeof(parent), &m), -EPROTO);
	put(buf, parent, sizeof(parent), 52, 0x60); /* an id unknown here */
	assert_int_equal(ptpmsg_parse(buf, sizeof(parent), &m), 0);
	assert_int_equal(m.id, 0x6002);
}

static void a_refusal_names_what_is_refused(void **state)
{
	static const uint8_t tlv[] = {0, 2, 0, 8, 0, 6, 0xc0, 0x03, 0, 0, 0, 0};
	uint8_t buf[48 + sizeof(tlv)];

	(void)state;
	memcpy(buf, parent, 48);
	memcpy(buf + 48, tlv, sizeof(tlv));
	buf[3] = sizeof(buf);
	assert_int_equal(ptpmsg_parse(buf, sizeof(buf), &m), 0);
	assert_int_equal(m.kind, PTPMSG_REFUSAL);
	assert_int_equal(m.id, PTPMSG_SUBSCRIBE_EVENTS_NP);
	assert_int_equal(m.error, 6); /* NOT_SUPPORTED */
}

static void several_records_and_tlvs_are_all_taken(void **state)
{
	uint8_t buf[44 + 48 + 44];
	const size_t len = sizeof(sync) + sizeof(delay) - 44;

	(void)state;
	memcpy(buf, sync, sizeof(sync));
	memcpy(buf + sizeof(sync), delay + 44, sizeof(delay) - 44);
	buf[3] = (uint8_t)len;
	assert_int_equal(ptpmsg_parse(buf, len, &m), 0);
	assert_int_equal(m.legs.count, 2);
	assert_true(m.legs.leg[0].is_forward);
	assert_false(m.legs.leg[1].is_forward);
	assert_int_equal(m.legs.leg[1].sequence, 9);
}

static void a_get_is_54_bytes_and_names_the_id(void **state)
{
	const struct ptpmsg_request request = {.id = PTPMSG_PARENT_DATA_SET,
					       .domain = 24,
					       .sequence = 0x1234,
					       .asker = 0x5678};
	static const uint8_t want[54] = {
		[0] = 0x0d,  [1] = 2,	  [3] = 54,    [4] = 24,    [28] = 0x56,
		[29] = 0x78, [30] = 0x12, [31] = 0x34, [32] = 4,    [33] = 0x7f,
		[34] = 0xff, [35] = 0xff, [36] = 0xff, [37] = 0xff, [38] = 0xff,
		[39] = 0xff, [40] = 0xff, [41] = 0xff, [42] = 0xff, [43] = 0xff,
		[49] = 1,    [51] = 2,	  [52] = 0x20, [53] = 0x02};
	uint8_t buf[PTPMSG_REQUEST_SIZE];

	(void)state;
	assert_int_equal(ptpmsg_encode(&request, buf), sizeof(want));
	assert_memory_equal(buf, want, sizeof(want));
}

static void a_subscription_is_a_set_with_its_bitmask(void **state)
{
	const struct ptpmsg_request request = {
		.id = PTPMSG_SUBSCRIBE_EVENTS_NP,
		.subscription = {.duration_s = 60,
				 .first = PTP_EVENT_PORT_STATE}};
	uint8_t buf[PTPMSG_REQUEST_SIZE];

	(void)state;
	assert_int_equal(ptpmsg_encode(&request, buf), 120);
	assert_int_equal(buf[46], 1); /* SET */
	assert_int_equal(buf[51], 68);
	assert_int_equal(buf[55], 60);
	assert_int_equal(buf[56], 1);
}

/* Byte for byte what pmc 3.1.1 sends for "SET GRANDMASTER_SETTINGS_NP clockClass
 * 7 clockAccuracy 0x23 offsetScaledLogVariance 0xabcd currentUtcOffset 37 leap61 1
 * leap59 0 currentUtcOffsetValid 1 ptpTimescale 1 timeTraceable 1
 * frequencyTraceable 0 timeSource 0x20", but for its transportSpecific of 1. */
static void settings_are_set_as_pmc_sets_them(void **state)
{
	static const uint8_t pmc[62] = {
		0x0d, 0x02, 0x00, 0x3e, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xd7,
		0x00, 0x00, 0x04, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x01, 0x00, 0x00, 0x01,
		0x00, 0x0a, 0xc0, 0x01, 0x07, 0x23, 0xab, 0xcd, 0x00, 0x25,
		0x1d, 0x20};
	const struct ptpmsg_request request = {
		.id = PTPMSG_GRANDMASTER_SETTINGS_NP,
		.asker = 0x02d7,
		.sets_settings = true,
		.settings = {.quality = {7, 0x23, 0xabcd},
			     .properties = {37,
					    PTP_LEAP_61 | PTP_UTC_OFFSET_VALID |
						    PTP_TIMESCALE |
						    PTP_TIME_TRACEABLE,
					    PTP_SOURCE_GNSS}}};
	uint8_t buf[PTPMSG_REQUEST_SIZE];

	(void)state;
	assert_int_equal(ptpmsg_encode(&request, buf), sizeof(pmc));
	assert_memory_equal(buf, pmc, sizeof(pmc));
}

/* A RESPONSE of ptp4l 3.1.1 on an interface with software stamps: "lo". */
static uint8_t properties[70] = {
	0x0d, 0x02, 0x00, 0x46, [24] = 0xff, 0xfe, [29] = 0x01, [31] = 0x01,
	0x04, 0x7f, [42] = 0x02, 0xe7, 0x00, 0x00, 0x02, 0x00, 0x00, 0x01, 0x00,
	0x12, 0xc0, 0x04, 0x00, 0x00, 0x00, 0xff, 0xfe, 0x00, 0x00, 0x00, 0x00,
	0x01, 0x04, 0x00, 0x02, 'l', 'o', 0x00};

static void a_port_says_which_clock_it_stamps_with(void **state)
{
	uint8_t buf[70];

	(void)state;
	assert_int_equal(ptpmsg_parse(properties, sizeof(properties), &m), 0);
	assert_int_equal(m.id, PTPMSG_PORT_PROPERTIES_NP);
	assert_int_equal(m.port_properties.port.number, 1);
	assert_true(m.port_properties.is_software);
	assert_string_equal(m.port_properties.interface, "lo");
	memcpy(buf, properties, sizeof(buf));
	buf[65] = 1; /* TS_HARDWARE */
	assert_int_equal(ptpmsg_parse(buf, sizeof(buf), &m), 0);
	assert_false(m.port_properties.is_software);
}

static void an_interface_of_no_sane_name_is_refused(void **state)
{
	uint8_t buf[70];

	(void)state;
	memcpy(buf, properties, sizeof(buf));
	buf[66] = 4; /* of three that are there */
	assert_int_equal(ptpmsg_parse(buf, sizeof(buf), &m), -EBADMSG);
	buf[66] = 3; /* with the padding in it */
	assert_int_equal(ptpmsg_parse(buf, sizeof(buf), &m), -ERANGE);
	buf[66] = 0;
	assert_int_equal(ptpmsg_parse(buf, sizeof(buf), &m), 0);
	assert_string_equal(m.port_properties.interface, "");
}

static void settings_are_read_back(void **state)
{
	static const uint8_t answer[62] = {
		0x0d, 0x02, 0x00, 0x3e, [30] = 0x00, 0x01, [46] = 0x02,
		[49] = 0x01,  [51] = 0x0a, 0xc0, 0x01, 0xf8, 0xfe, 0xff, 0xff,
		0xff, 0xfb, 0x2e, 0xa0};

	(void)state;
	assert_int_equal(ptpmsg_parse(answer, sizeof(answer), &m), 0);
	assert_int_equal(m.kind, PTPMSG_ANSWER);
	assert_int_equal(m.settings.quality.class, PTP_CLASS_DEFAULT);
	assert_int_equal(m.settings.quality.accuracy, PTP_ACCURACY_UNKNOWN);
	assert_int_equal(m.settings.quality.variance, PTP_VARIANCE_UNKNOWN);
	assert_int_equal(m.settings.properties.utc_offset_s, -5);
	assert_int_equal(m.settings.properties.flags, 0x2e);
	assert_int_equal(m.settings.properties.source, PTP_SOURCE_OSCILLATOR);
	assert_true(ptp_settings_equal(&m.settings, &m.settings));
	assert_int_equal(ptpmsg_parse(answer, sizeof(answer) - 1, &m),
			 -EBADMSG);
}

/* Never better than the error: 25 ns is 0x20, 26 ns is 0x21. */
static void an_error_is_stated_rounded_up(void **state)
{
	(void)state;
	assert_int_equal(ptpmsg_accuracy_of(0), 0x20);
	assert_int_equal(ptpmsg_accuracy_of(25), 0x20);
	assert_int_equal(ptpmsg_accuracy_of(26), 0x21);
	assert_int_equal(ptpmsg_accuracy_of(1000), 0x23);
	assert_int_equal(ptpmsg_accuracy_of(1001), 0x24);
	assert_int_equal(ptpmsg_accuracy_of(INT64_C(10000000000)), 0x30);
	assert_int_equal(ptpmsg_accuracy_of(INT64_C(10000000001)),
			 PTP_ACCURACY_WORSE);
	assert_int_equal(ptpmsg_accuracy_of(INT64_MAX), PTP_ACCURACY_WORSE);
}

static void accuracies_are_those_of_the_standard(void **state)
{
	int64_t ns;

	(void)state;
	assert_int_equal(ptpmsg_accuracy_ns(0x1f, &ns), -ENODATA);
	assert_int_equal(ptpmsg_accuracy_ns(0x31, &ns), -ENODATA);
	assert_int_equal(ptpmsg_accuracy_ns(PTP_ACCURACY_UNKNOWN, &ns),
			 -ENODATA);
	assert_int_equal(ptpmsg_accuracy_ns(0x20, &ns), 0);
	assert_true(ns == 25);
	assert_int_equal(ptpmsg_accuracy_ns(0x23, &ns), 0);
	assert_true(ns == 1000);
	assert_int_equal(ptpmsg_accuracy_ns(0x29, &ns), 0);
	assert_true(ns == 1000000);
	assert_int_equal(ptpmsg_accuracy_ns(0x30, &ns), 0);
	assert_true(ns == INT64_C(10000000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_parent_is_read),
		cmocka_unit_test(a_port_is_read),
		cmocka_unit_test(a_time_status_is_read),
		cmocka_unit_test(the_legs_of_a_monitor_are_read),
		cmocka_unit_test(corrections_are_rounded_down),
		cmocka_unit_test(
			what_is_cut_short_is_refused_wherever_it_is_cut),
		cmocka_unit_test(absurd_figures_are_refused),
		cmocka_unit_test(what_is_no_answer_to_us_is_told_apart),
		cmocka_unit_test(a_refusal_names_what_is_refused),
		cmocka_unit_test(several_records_and_tlvs_are_all_taken),
		cmocka_unit_test(a_get_is_54_bytes_and_names_the_id),
		cmocka_unit_test(a_subscription_is_a_set_with_its_bitmask),
		cmocka_unit_test(settings_are_set_as_pmc_sets_them),
		cmocka_unit_test(settings_are_read_back),
		cmocka_unit_test(a_port_says_which_clock_it_stamps_with),
		cmocka_unit_test(an_interface_of_no_sane_name_is_refused),
		cmocka_unit_test(an_error_is_stated_rounded_up),
		cmocka_unit_test(accuracies_are_those_of_the_standard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
