/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What chronyd answers, or whoever sits on its port: one byte that says what
 * was asked, then the datagram. The sequence that it carries is made the one
 * that was asked with, else nothing would come further than that.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/chrony_sample.h"
#include "drivers/cmdmon.h"
#include "drivers/cooked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void use_address(const struct cmdmon_address *address)
{
	char text[CMDMON_ADDRESS_SIZE];

	cmdmon_address_print(address, text);
	check(strlen(text) < sizeof(text));
}

static void use_tracking(const struct cmdmon_request *request,
			 const uint8_t *buf, size_t len)
{
	const struct realtime_entry span = {.raw_ns_min = 1, .raw_ns_max = 2};
	struct cmdmon_tracking t;
	struct cooked_point p;

	if (cmdmon_parse_tracking(request, buf, len, &t))
		return;
	use_address(&t.address);
	check(t.ref_time.ns >= 0 && t.ref_time.ns < 1000000000);
	p = cooked_point_of(&span, &t);
	check(p.lo_ns <= p.hi_ns);
}

/* Whatever the figures, a sample is bounded, or there is none. */
static void use_source(const struct chrony_reading *reading)
{
	const struct chrony_options opt = {.asymmetry_ns = -1,
					   .server_scale = 2};
	const int64_t at_ns = INT64_C(1000000000000);
	const struct chrony_line line = {
		.begin = {at_ns, at_ns, INT64_C(1790000000000000000),
			  INT64_C(1790000000000000100)},
		.end = {at_ns, at_ns, INT64_C(1790000000000000000),
			INT64_C(1790000000000000100)},
		.rate_ppb_min = -1e5,
		.rate_ppb_max = 1e5};
	struct chrony_window window;
	struct sample m;

	if (chrony_sample_window(reading, &line, at_ns, &window) ||
	    chrony_sample_make(&opt, reading, &line, at_ns, &window, &m))
		return;
	check(m.age_ns_min >= 0 && m.age_ns_max >= m.age_ns_min);
	for (int i = 0; i < TERM_COUNT; i++)
		check(m.lo_ns[i] >= 0 && m.hi_ns[i] >= 0);
}

static void use_any_source(const struct cmdmon_request *request,
			   const uint8_t *buf, size_t len)
{
	struct chrony_reading reading = {
		.asked_raw_ns = INT64_C(1000000000000) - 2000,
		.answered_raw_ns = INT64_C(1000000000000) - 1000};

	if (cmdmon_parse_source(request, buf, len, &reading.source))
		return;
	use_address(&reading.source.address);
	check(isfinite(reading.source.latest_meas_s.value));
	use_source(&reading);
}

static void use_ntp_data(const struct cmdmon_request *request,
			 const uint8_t *buf, size_t len)
{
	struct chrony_reading reading = {
		.asked_raw_ns = INT64_C(1000000000000) - 2000,
		.answered_raw_ns = INT64_C(1000000000000) - 1000};

	if (cmdmon_parse_ntp_data(request, buf, len, &reading.ntp))
		return;
	use_address(&reading.ntp.remote);
	use_address(&reading.ntp.local);
	reading.source.address = reading.ntp.remote;
	reading.source.poll = reading.ntp.poll;
	reading.source.latest_meas_err_s.value = 1;
	reading.has_ntp = chrony_sample_matches(&reading.source, &reading.ntp);
	use_source(&reading);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cmdmon_request request = {0};
	uint32_t n;

	if (size < 1)
		return 0;
	if (size >= 21) {
		request.sequence = (uint32_t)data[17] << 24 |
				   (uint32_t)data[18] << 16 |
				   (uint32_t)data[19] << 8 | data[20];
	}
	switch (data[0] & 3) {
	case 0:
		request.command = CMDMON_TRACKING;
		use_tracking(&request, data + 1, size - 1);
		break;
	case 1:
		request.command = CMDMON_N_SOURCES;
		if (cmdmon_parse_n_sources(&request, data + 1, size - 1, &n) ==
		    0)
			check(n <= UINT16_MAX);
		break;
	case 2:
		request.command = CMDMON_SOURCE_DATA;
		use_any_source(&request, data + 1, size - 1);
		break;
	default:
		request.command = CMDMON_NTP_DATA;
		use_ntp_data(&request, data + 1, size - 1);
	}
	return 0;
}
