/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the status document that are made apart: rehearsals, forecast,
 * oscillator, leap table, exports, what clients tell. */
#include "tests/unit/timed/status_fixture.h"

static void a_rehearsal_is_told_and_what_it_has_shown(void **state)
{
	(void)state;
	make();
	render();
	assert_true(json_object_get_boolean(get("rehearsal.active")));
	assert_int_equal(get_int("rehearsal.since_raw_ns"), 70 * S);
	/* CLOCK_REALTIME - raw = TAI - 37 s - 5 us - 100 s */
	assert_int_equal(get_int("rehearsal.since_unix_ns"),
			 TAI - 37 * S - 5000 - 30 * S);
	assert_true(is_null("rehearsal.ended_raw_ns"));
	assert_true(is_null("rehearsal.end_reason"));
	assert_int_equal(get_int("rehearsal.half_width_ns"), 60001);
	assert_int_equal(get_int("rehearsal.sources[].offset_most_ns"), 400);
	rehearsal_end(&view.rehearsal, 90 * S, "enough");
	render();
	assert_false(json_object_get_boolean(get("rehearsal.active")));
	assert_int_equal(get_int("rehearsal.ended_raw_ns"), 90 * S);
	assert_string_equal(get_text("rehearsal.end_reason"), "enough");
	memset(&view.rehearsal, 0, sizeof(view.rehearsal));
	render();
	assert_true(is_null("rehearsal.since_raw_ns"));
	assert_true(is_null("rehearsal.since_unix_ns"));
}

static void what_is_not_used_is_told(void **state)
{
	(void)state;
	make();
	render();
	assert_false(json_object_get_boolean(get("sources[].disabled")));
	assert_true(is_null("sources[].last_ignored_age_ns"));
	view.source[0].disabled = true;
	view.source[0].ignored = 2;
	view.source[0].refused = 3;
	view.source[0].ignored_raw_ns = 99 * S;
	render();
	assert_true(json_object_get_boolean(get("sources[].disabled")));
	assert_int_equal(get_int("sources[].samples_ignored"), 2);
	assert_int_equal(get_int("sources[].samples_refused"), 3);
	assert_int_equal(get_int("sources[].last_ignored_age_ns"), S);
}

static void a_history_log_is_told_with_its_queue(void **state)
{
	struct status_history_log *l = &status.history_log;

	(void)state;
	make();
	render();
	assert_true(is_null("history_log.path"));
	assert_true(is_null("history_log.writer_alive"));
	assert_true(is_null("history_log.last_written_age_ns"));
	strcpy(cfg.history_log, "/var/log/h");
	*l = (struct status_history_log){.is_on = true,
					 .is_alive = true,
					 .lines = 10,
					 .lost = 2,
					 .waiting = 3,
					 .bytes = 15000,
					 .bytes_waiting = 4500,
					 .bytes_waiting_max = 1114112,
					 .rotations = 1,
					 .has_written = true,
					 .written_raw_ns = 97 * S};
	render();
	assert_string_equal(get_text("history_log.path"), "/var/log/h");
	assert_true(json_object_get_boolean(get("history_log.writer_alive")));
	assert_int_equal(get_int("history_log.lines"), 10);
	assert_int_equal(get_int("history_log.lines_lost"), 2);
	assert_int_equal(get_int("history_log.lines_waiting"), 3);
	assert_int_equal(get_int("history_log.bytes"), 15000);
	assert_int_equal(get_int("history_log.bytes_waiting"), 4500);
	assert_int_equal(get_int("history_log.bytes_waiting_max"), 1114112);
	assert_int_equal(get_int("history_log.rotations"), 1);
	assert_int_equal(get_int("history_log.last_written_age_ns"), 3 * S);
	l->is_alive = false;
	render();
	assert_false(json_object_get_boolean(get("history_log.writer_alive")));
}

/* A forecast of 0.4 s ago; what is far away, and what has passed since. */
static void the_forecast_is_told_as_of_now(void **state)
{
	struct json_object *list;

	(void)state;
	make();
	status.has_forecast = false;
	render();
	assert_int_equal(json_object_array_length(get("holdover.forecast")), 0);
	make();
	status.forecast.in_ns[0] = 100000000;
	status.forecast.in_ns[2] = FORECAST_NS_MAX;
	render();
	list = get("holdover.forecast");
	assert_int_equal(json_object_array_length(list), FORECAST_WIDTHS);
	assert_int_equal(get_int("holdover.forecast[].half_width_ns"), 100000);
	assert_int_equal(get_int("holdover.forecast[].in_ns"), 0);
	list = json_object_array_get_idx(get("holdover.forecast"), 1);
	assert_int_equal(json_object_get_int64(
				 json_object_object_get(list, "in_ns")),
			 29600000000);
	list = json_object_array_get_idx(get("holdover.forecast"), 2);
	assert_null(json_object_object_get(list, "in_ns"));
	view.slot.state = ENGINE_UNSYNCHRONIZED;
	render();
	assert_int_equal(json_object_array_length(get("holdover.forecast")), 0);
}

/* What may all be the source's is told as a limit; what is in force as in
 * force. */
static void the_oscillator_is_told_with_its_doubts(void **state)
{
	struct json_object *o;

	(void)state;
	make();
	status.oscillator[0] = (struct oscillator_level){
		1, true, 30, 20, "192.0.2.1"};
	status.oscillator[1] = (struct oscillator_level){
		10, true, 30, 2, "192.0.2.1"};
	render();
	assert_true(is_null("oscillator.levels[].deviation_ppb"));
	assert_int_equal(get_int("oscillator.levels[].deviation_ppb_max"), 50);
	o = json_object_array_get_idx(get("oscillator.levels"), 1);
	assert_true(json_object_get_double(json_object_object_get(
			    o, "deviation_ppb")) == 30);
	assert_int_equal(get_int("axioms.wander_ppb_s"), 20);
	assert_true(is_null("oscillator.widened_since_raw_ns"));
	status.widening = (struct widening){true, 35, 200, 50 * S, 60 * S};
	strcpy(status.temperature.error, "gone");
	render();
	assert_int_equal(get_int("axioms.wander_ppb_s"), 35);
	assert_int_equal(get_int("oscillator.configured_wander_ppb_s"), 20);
	assert_int_equal(get_int("oscillator.widened_since_raw_ns"), 50 * S);
	assert_true(is_null("oscillator.temperature_c"));
	assert_string_equal(get_text("oscillator.temperature_error"), "gone");
}

static void the_leap_table_is_told_as_of_now(void **state)
{
	struct leap_table *t = &status.leap.table;

	(void)state;
	make();
	render();
	assert_true(is_null("leap.file"));
	assert_int_equal(get_int("leap.tai_offset_ns"), 37 * S);
	assert_true(json_object_get_boolean(get("leap.expired")));
	assert_int_equal(get_int("leap.doubt_ns"), 19 * S);
	assert_true(is_null("leap.next_unix_ns"));
	t->count = 2;
	t->entry[1] = (struct leap_entry){ 1798761600, 38 };
	t->expires_unix_s = 1800000000;
	status.leap.is_builtin = false;
	render();
	assert_int_equal(get_int("leap.tai_offset_ns"), 37 * S);
	assert_int_equal(get_int("leap.next_unix_ns"), 1798761600 * S);
	assert_int_equal(get_int("leap.next_delta_ns"), S);
	assert_int_equal(get_int("leap.doubt_ns"), 0);
	assert_string_equal(get_text("leap.file"),
			    "/usr/share/zoneinfo/leap-seconds.list");
}

static void an_export_tells_what_it_gives(void **state)
{
	(void)state;
	make();
	render();
	assert_string_equal(get_text("exports[].type"), "chrony");
	assert_true(json_object_get_boolean(get("exports[].healthy")));
	assert_true(is_null("exports[].reason"));
	assert_int_equal(get_int("exports[].last_sent_age_ns"), S);
	assert_int_equal(get_int("exports[].error_ns"), 8000);
	assert_int_equal(get_int("exports[].offset_ns"), -3872);
	assert_int_equal(get_int("exports[].leap_s"), 0);
}

static void an_export_to_ptp4l_tells_what_it_announces(void **state)
{
	(void)state;
	make();
	render();
	assert_true(is_null("exports[].clock"));
	assert_true(is_null("exports[].clock_class"));
	export = (struct export_view){
		.type = "ptp4l",
		.socket = "/var/run/ptp4l",
		.is_serving = true,
		.clock = "/dev/ptp0",
		.has_settings = true,
		.settings = {{6, 0x21, 0xffff},
			     {37, PTP_UTC_OFFSET_VALID | PTP_LEAP_59 |
					  PTP_TIMESCALE,
			      PTP_SOURCE_GNSS}}};
	render();
	assert_string_equal(get_text("exports[].clock"), "/dev/ptp0");
	assert_int_equal(get_int("exports[].clock_class"), 6);
	assert_int_equal(get_int("exports[].clock_accuracy"), 0x21);
	assert_int_equal(get_int("exports[].clock_accuracy_ns"), 100);
	assert_int_equal(get_int("exports[].time_source"), 0x20);
	assert_int_equal(get_int("exports[].utc_offset_s"), 37);
	assert_int_equal(get_int("exports[].utc_leap_s"), -1);
	assert_true(json_object_get_boolean(get("exports[].ptp_timescale")));
	assert_false(json_object_get_boolean(get("exports[].time_traceable")));
	assert_true(is_null("exports[].leap_s"));
	export.settings.quality.accuracy = PTP_ACCURACY_UNKNOWN;
	export.settings.properties.flags = 0;
	render();
	assert_true(is_null("exports[].clock_accuracy_ns"));
	assert_true(is_null("exports[].utc_offset_s"));
	assert_true(is_null("exports[].utc_leap_s"));
}

static void an_export_that_gives_nothing_says_why(void **state)
{
	(void)state;
	make();
	export = (struct export_view){.type = "chrony",
				      .socket = "/s",
				      .health = "there is no such socket",
				      .reason = "there is no bound"};
	render();
	assert_false(json_object_get_boolean(get("exports[].healthy")));
	assert_string_equal(get_text("exports[].health"),
			    "there is no such socket");
	assert_false(json_object_get_boolean(get("exports[].serving")));
	assert_string_equal(get_text("exports[].reason"), "there is no bound");
	assert_true(is_null("exports[].error_ns"));
	assert_true(is_null("exports[].offset_ns"));
	assert_true(is_null("exports[].last_sent_age_ns"));
}

static void what_clients_tell_is_shown_with_its_sender(void **state)
{
	static const struct hearsay_view heard = {
		.reports = 2,
		.refused = 1,
		.rejected = 5,
		.excess_ns_max = 7000,
		.last = { .rejected = 3,
			  .excess_ns = 6000,
			  .excess_ns_max = 7000,
			  .wall_ns = 1006000,
			  .latest_ns = 1000000 },
		.pid = 4242,
		.uid = 1000,
		.raw_ns = 90 * S,
	};

	(void)state;
	make();
	status.hearsay = &heard;
	render();
	assert_int_equal(get_int("hlc.reports"), 2);
	assert_int_equal(get_int("hlc.reports_refused"), 1);
	assert_int_equal(get_int("hlc.rejected"), 5);
	assert_int_equal(get_int("hlc.excess_ns_max"), 7000);
	assert_int_equal(get_int("hlc.last_pid"), 4242);
	assert_int_equal(get_int("hlc.last_uid"), 1000);
	assert_int_equal(get_int("hlc.last_rejected"), 3);
	assert_int_equal(get_int("hlc.last_excess_ns"), 6000);
	assert_int_equal(get_int("hlc.last_wall_ns"), 1006000);
	assert_int_equal(get_int("hlc.last_latest_ns"), 1000000);
	assert_int_equal(get_int("hlc.last_raw_ns"), 90 * S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rehearsal_is_told_and_what_it_has_shown),
		cmocka_unit_test(what_is_not_used_is_told),
		cmocka_unit_test(a_history_log_is_told_with_its_queue),
		cmocka_unit_test(the_forecast_is_told_as_of_now),
		cmocka_unit_test(the_oscillator_is_told_with_its_doubts),
		cmocka_unit_test(the_leap_table_is_told_as_of_now),
		cmocka_unit_test(an_export_tells_what_it_gives),
		cmocka_unit_test(an_export_to_ptp4l_tells_what_it_announces),
		cmocka_unit_test(an_export_that_gives_nothing_says_why),
		cmocka_unit_test(what_clients_tell_is_shown_with_its_sender),
	};

	return cmocka_run_group_tests(tests, NULL, free_document);
}
