/* SPDX-License-Identifier: Apache-2.0 */
/* The rows. `path` is within the document, the source or the driver. */
#include "tools/exporter/metrics_table.h"

#define GAUGE(path, name, kind, help)                                          \
	{path, name, METRICS_##kind, help, NULL, NULL, EXPO_GAUGE}
#define GAUGE_OF(path, name, kind, label, value, help)                         \
	{path, name, METRICS_##kind, help, label, value, EXPO_GAUGE}
#define COUNTER(path, name, help)                                              \
	{path, name, METRICS_INT, help, NULL, NULL, EXPO_COUNTER}
#define END_OF_SCALARS {NULL, NULL, METRICS_INT, NULL, NULL, NULL, EXPO_GAUGE}

static const struct metrics_scalar document_scalar[] = {
	GAUGE("process.started_unix_ns", "timed_process_start_time_seconds", NS,
	      "When the daemon started, Unix time."),
	COUNTER("process.reloads", "timed_config_reloads_total",
		"Configurations taken over since the start."),
	GAUGE("process.reload_error", "timed_config_last_reload_successful",
	      IS_NULL, "0 if the last reload was refused."),

	GAUGE("clock.since_unix_ns", "timed_state_change_timestamp_seconds", NS,
	      "When the present state began, Unix time."),
	GAUGE("clock.epoch_since_unix_ns", "timed_epoch_start_timestamp_seconds",
	      NS, "When the present epoch began, Unix time."),
	GAUGE_OF("clock.utc_error_ns", "timed_leap_uncertainty_seconds", NS,
		 "view", "unix",
		 "What a view is wider by, on each side, on account of the "
		 "leap table's doubt."),
	GAUGE_OF("clock.tai_error_ns", "timed_leap_uncertainty_seconds", NS,
		 "view", "tai", NULL),
	GAUGE_OF("clock.earliest_rate_ppb", "timed_rate_ratio", PPB, "line",
		 "earliest",
		 "Slope against the raw counter, less 1, of the edges and of "
		 "the best estimate."),
	GAUGE_OF("clock.rate_ppb", "timed_rate_ratio", PPB, "line", "best",
		 NULL),
	GAUGE_OF("clock.latest_rate_ppb", "timed_rate_ratio", PPB, "line",
		 "latest", NULL),
	GAUGE("budget.half_width_ns", "timed_budget_total_seconds", NS,
	      "Half-width at the document's instant: what each edge's terms add "
	      "up to."),

	GAUGE("system_clock.offset_ns", "timed_system_clock_offset_seconds", NS,
	      "Best estimate less CLOCK_REALTIME; positive: the system clock "
	      "is behind."),
	GAUGE("system_clock.earliest_offset_ns",
	      "timed_system_clock_earliest_offset_seconds", NS,
	      "Lower edge less CLOCK_REALTIME."),
	GAUGE("system_clock.latest_offset_ns",
	      "timed_system_clock_latest_offset_seconds", NS,
	      "Upper edge less CLOCK_REALTIME."),
	GAUGE("system_clock.read_error_ns",
	      "timed_system_clock_read_error_seconds", NS,
	      "Half the time that reading CLOCK_REALTIME took."),
	GAUGE("system_clock.within_bound", "timed_system_clock_within_bound",
	      BOOL, "1 if CLOCK_REALTIME lies in the interval."),
	GAUGE("system_clock.kernel_synchronized",
	      "timed_system_clock_kernel_synchronized", BOOL,
	      "1 if the kernel's STA_UNSYNC is not set."),
	GAUGE("system_clock.kernel_rate_ppb",
	      "timed_system_clock_kernel_rate_ratio", PPB,
	      "How much the kernel steers CLOCK_REALTIME; positive: faster."),
	GAUGE("system_clock.kernel_tai_offset_s",
	      "timed_system_clock_kernel_tai_offset_seconds", INT,
	      "TAI - UTC as the kernel has it."),

	GAUGE("steering.since_unix_ns",
	      "timed_steering_state_change_timestamp_seconds", NS,
	      "When the state of the steering last changed, Unix time."),
	GAUGE("steering.offset_ns", "timed_steering_offset_seconds", NS,
	      "Best estimate less CLOCK_REALTIME, at the last look."),
	GAUGE("steering.sigma_ns", "timed_steering_offset_stddev_seconds", NS,
	      "Standard error of that offset."),
	GAUGE("steering.rate_ppb", "timed_steering_rate_ratio", PPB,
	      "The frequency last ordered; positive: faster."),
	GAUGE("steering.slew_ns", "timed_steering_slew_seconds", NS,
	      "The offset last given to the kernel to work off."),
	GAUGE("steering.error_ns", "timed_steering_error_seconds", NS,
	      "The esterror last ordered."),
	GAUGE("steering.error_max_ns", "timed_steering_error_max_seconds", NS,
	      "The maxerror last ordered."),
	COUNTER("steering.orders", "timed_steering_orders_total",
		"Orders given to the kernel's clock."),
	COUNTER("steering.steps", "timed_steering_steps_total",
		"Of them, with a step."),
	COUNTER("steering.yields", "timed_steering_yields_total",
		"Times that somebody else was found steering."),

	GAUGE("rehearsal.active", "timed_rehearsal_active", BOOL,
	      "1 while holdover is rehearsed: no sample is used."),
	GAUGE("rehearsal.since_unix_ns",
	      "timed_rehearsal_start_timestamp_seconds", NS,
	      "When this rehearsal, or the last, began, Unix time."),
	GAUGE("rehearsal.half_width_before_ns",
	      "timed_rehearsal_half_width_before_seconds", NS,
	      "Half-width (TAI view) when it began."),
	GAUGE("rehearsal.half_width_ns", "timed_rehearsal_half_width_seconds",
	      NS, "Half-width (TAI view) at its last publication."),

	COUNTER("counters.publications", "timed_publications_total",
		"Written to the segment."),
	COUNTER("counters.samples", "timed_samples_total", "Samples taken."),
	COUNTER("counters.samples_refused", "timed_samples_refused_total",
		"Samples that were impossible or ambiguous."),
	COUNTER("counters.contradictions", "timed_contradictions_total",
		"Samples against their source's own belief."),
	COUNTER("counters.bound_violations", "timed_bound_violations_total",
		"Times that an axiom was found broken."),
	COUNTER("counters.excursions", "timed_excursions_total",
		"Times that statistics re-opened a source's belief."),
	COUNTER("counters.disputes", "timed_disputes_total",
		"Times that sources came to contradict each other."),
	COUNTER("counters.utc_disagreements", "timed_utc_disagreements_total",
		"Times that a source's word on UTC came to differ from the "
		"leap table."),
	COUNTER("counters.stalls", "timed_stalls_total",
		"Publications late by 5 s or more."),
	COUNTER("counters.status_clients", "timed_status_clients_total",
		"Served at the status socket."),
	COUNTER("counters.status_refused", "timed_status_refused_total",
		"Refused or dropped at the status socket."),
	COUNTER("counters.orders", "timed_orders_total",
		"Orders of tt-ctl that were carried out."),
	COUNTER("counters.orders_refused", "timed_orders_refused_total",
		"Orders that were refused."),

	GAUGE("axioms.drift_ppb", "timed_axiom_drift_ratio", PPB,
	      "A1: the counter's rate is within this of 1."),
	GAUGE("axioms.wander_ppb_s", "timed_axiom_wander_per_second", PPB,
	      "A2, slow part: how fast that rate changes at most."),
	GAUGE("axioms.jitter_ppb", "timed_axiom_jitter_ratio", PPB,
	      "A2, fast part."),
	GAUGE("axioms.swing_ppb", "timed_axiom_swing_ratio", PPB,
	      "A2: the rate stays this near to the last good sample's, where "
	      "declared."),
	GAUGE("axioms.memory_ns", "timed_axiom_memory_seconds", NS,
	      "A3: beliefs are rebuilt this often."),
	GAUGE("axioms.liars", "timed_axiom_liars", INT,
	      "A3: so many of a class may lie; absent: a minority."),
	GAUGE("axioms.asymmetry_ns", "timed_axiom_asymmetry_seconds", NS,
	      "A4, where declared."),
	GAUGE("axioms.delay_min_ns", "timed_axiom_delay_min_seconds", NS,
	      "A4: a packet takes no less."),
	GAUGE("axioms.server_scale", "timed_axiom_server_scale", NUMBER,
	      "A6: factor on the root distance of servers from stratum 2 on."),
	GAUGE("axioms.smeared_upstream", "timed_axiom_smeared_upstream", BOOL,
	      "1 if the servers are declared to serve smeared time."),

	GAUGE("leap.error", "timed_leap_file_usable", IS_NULL,
	      "0 if the leap second table's file could not be used."),
	GAUGE("leap.entries", "timed_leap_entries", INT,
	      "Leap seconds in the table."),
	GAUGE("leap.tai_offset_ns", "timed_leap_tai_offset_seconds", NS,
	      "TAI - UTC now, by the table, not smeared."),
	GAUGE("leap.expires_unix_ns", "timed_leap_expiry_timestamp_seconds", NS,
	      "When the leap second table expires, Unix time."),
	GAUGE("leap.expired", "timed_leap_expired", BOOL,
	      "1 if the leap second table has expired."),
	GAUGE("leap.doubt_ns", "timed_leap_doubt_seconds", NS,
	      "How far TAI - UTC may be from the table's now."),
	GAUGE("leap.next_unix_ns", "timed_leap_next_timestamp_seconds", NS,
	      "The next leap second that the table knows, Unix time."),
	GAUGE("leap.next_delta_ns", "timed_leap_next_delta_seconds", NS,
	      "What it changes TAI - UTC by."),

	GAUGE("segment.horizon_ns", "timed_segment_horizon_seconds", NS,
	      "How long the slopes of a publication hold."),

	GAUGE("drift_file.seeded", "timed_drift_file_seeded", BOOL,
	      "1 if the rate of an earlier life was taken from it."),
	GAUGE("drift_file.note", "timed_drift_file_usable", IS_NULL,
	      "0 if the drift file was not taken, or cannot be written."),
	GAUGE("drift_file.written_unix_ns",
	      "timed_drift_file_written_timestamp_seconds", NS,
	      "When this process last wrote it, Unix time."),
	GAUGE_OF("drift_file.rate_ppb_min", "timed_drift_file_rate_ratio", PPB,
		 "edge", "min", "The range of the counter's rate proved now."),
	GAUGE_OF("drift_file.rate_ppb_max", "timed_drift_file_rate_ratio", PPB,
		 "edge", "max", NULL),
	END_OF_SCALARS,
};

static const struct metrics_choice document_choice[] = {
	{"clock.state", "timed_state", "state",
	 "1 for the state of the published interval, 0 for the others.",
	 {"UNSYNCHRONIZED", "SYNCHRONIZED", "HOLDOVER", "DISPUTED"}},
	{"clock.flags", "timed_flag", "flag",
	 "1 for what holds the interval, and what stands behind it.",
	 {"GNSS", "PTP", "PHC", "NTP", "SINGLE_SOURCE", "DECLARED",
	  "VMCLOCK"}},
	{"steering.state", "timed_steering_state", "state",
	 "1 for the state of the steering of CLOCK_REALTIME.",
	 {"observe", "waiting", "steering", "holding", "paused", "yielded",
	  "refused"}},
	{"axioms.overridden", "timed_axiom_overridden", "axiom",
	 "1 if the configuration sets it apart from the preset.",
	 {"drift", "wander", "jitter"}},
	{NULL, NULL, NULL, NULL, {NULL}},
};

static const struct metrics_info document_info[] = {
	{"timed_build_info", "The daemon's version.",
	 {"program", "version"}, {"process.name", "process.version"}},
	{"timed_epoch_info", "Why the present epoch began.",
	 {"reason"}, {"clock.epoch_reason"}},
	{"timed_readers_info", "The counter that readers of the segment read.",
	 {"counter"}, {"clock.counter"}},
	{"timed_budget_source_info",
	 "The sources that hold the edges; absent: no single one does.",
	 {"lo", "hi"}, {"budget.lo_source", "budget.hi_source"}},
	{"timed_steering_info", "The setting: who is to steer.",
	 {"discipline"}, {"steering.discipline"}},
	{"timed_axioms_info", "The preset in force.",
	 {"oscillator"}, {"axioms.oscillator"}},
	{"timed_leap_info", "The Unix view over a leap second.",
	 {"mode"}, {"leap.mode"}},
	{NULL, NULL, {NULL}, {NULL}},
};

const struct metrics_table metrics_of_document = {
	document_scalar, document_choice, document_info};

static const struct metrics_scalar source_scalar[] = {
	GAUGE("reachable", "timed_source_reachable", BOOL,
	      "1 as the engine that speaks to it says."),
	GAUGE("stratum", "timed_source_stratum", INT, "NTP's stratum."),
	GAUGE("poll_ns", "timed_source_poll_seconds", NS,
	      "Interval between its samples."),
	GAUGE("offset_ns", "timed_source_offset_seconds", NS,
	      "Middle of its own range less the published best estimate."),
	GAUGE("error_ns", "timed_source_error_seconds", NS,
	      "Half of that range's width."),
	GAUGE_OF("rate_ppb_min", "timed_source_rate_ratio", PPB, "edge", "min",
		 "The rate of TAI against the raw counter, less 1, that it "
		 "allows."),
	GAUGE_OF("rate_ppb_max", "timed_source_rate_ratio", PPB, "edge", "max",
		 NULL),
	GAUGE("last_sample_age_ns", "timed_source_last_sample_age_seconds", NS,
	      "Since its last sample."),
	COUNTER("samples", "timed_source_samples_total", "Samples taken."),
	COUNTER("contradictions", "timed_source_contradictions_total",
		"Samples against its own belief, which was reset."),
	COUNTER("excursions", "timed_source_excursions_total",
		"Times that statistics re-opened its belief."),
	GAUGE("disabled", "timed_source_disabled", BOOL,
	      "1 if its samples are not used, by order."),
	COUNTER("samples_ignored", "timed_source_samples_ignored_total",
		"Samples that came and were not used, by order."),
	GAUGE("utc.offset_s", "timed_source_utc_offset_seconds", INT,
	      "TAI - UTC as it says."),
	GAUGE("utc.leap_s", "timed_source_utc_leap_seconds", INT,
	      "The leap second that it announces for the end of the month."),
	GAUGE("receiver.fix", "timed_receiver_fix", INT,
	      "A receiver's fix: 0 unknown, 1 none, 2 or 3 dimensions."),
	GAUGE_OF("receiver.satellites_used", "timed_receiver_satellites", INT,
		 "state", "used", "Satellites in the fix, and in view."),
	GAUGE_OF("receiver.satellites_visible", "timed_receiver_satellites",
		 INT, "state", "visible", NULL),
	GAUGE("receiver.pulse_jitter_ns",
	      "timed_receiver_pulse_jitter_seconds", NS,
	      "Standard deviation of its pulse's stamps from a line."),
	END_OF_SCALARS,
};

static const struct metrics_choice source_choice[] = {
	{"verdict", "timed_source_verdict", "verdict",
	 "1 for what was made of it, 0 for the others.",
	 {"waiting", "used", "stale", "falseticker"}},
	{"utc.verdict", "timed_source_utc_verdict", "verdict",
	 "1 for how its word on UTC fits the leap table.",
	 {"agrees", "offset-differs", "leap-unknown", "leap-missed"}},
	{"receiver.labels", "timed_receiver_label", "by",
	 "1 for each that agreed on the second of its last pulse.",
	 {"gpsd", "others", "count"}},
	{NULL, NULL, NULL, NULL, {NULL}},
};

static const struct metrics_info source_info[] = {
	{"timed_source_info", "What the source is.",
	 {"scale", "group", "via"}, {"scale", "group", "via"}},
	{NULL, NULL, {NULL}, {NULL}},
};

const struct metrics_table metrics_of_source = {
	source_scalar, source_choice, source_info};

static const struct metrics_scalar driver_scalar[] = {
	GAUGE("healthy", "timed_driver_healthy", BOOL,
	      "1 if its engine answers as it should."),
	GAUGE("since_unix_ns", "timed_driver_change_timestamp_seconds", NS,
	      "When that last changed, Unix time."),
	END_OF_SCALARS,
};

static const struct metrics_choice no_choice[] = {
	{NULL, NULL, NULL, NULL, {NULL}},
};

static const struct metrics_info no_info[] = {
	{NULL, NULL, {NULL}, {NULL}},
};

const struct metrics_table metrics_of_driver = {driver_scalar, no_choice,
						no_info};

static const struct metrics_scalar export_scalar[] = {
	GAUGE("healthy", "timed_export_healthy", BOOL,
	      "1 if the engine takes what it is given."),
	GAUGE("health_since_unix_ns",
	      "timed_export_health_change_timestamp_seconds", NS,
	      "When that last changed, Unix time."),
	GAUGE("serving", "timed_export_serving", BOOL,
	      "1 if the time is given."),
	GAUGE("since_unix_ns", "timed_export_change_timestamp_seconds", NS,
	      "When that last changed, Unix time."),
	COUNTER("sent", "timed_export_sent_total",
		"What the engine took since the export was configured."),
	COUNTER("failed", "timed_export_failed_total",
		"What it did not take."),
	GAUGE("last_sent_age_ns", "timed_export_last_sent_age_seconds", NS,
	      "Since it last took anything."),
	GAUGE("error_ns", "timed_export_error_seconds", NS,
	      "What is given is within this of true time."),
	GAUGE("offset_ns", "timed_export_offset_seconds", NS,
	      "Best estimate less CLOCK_REALTIME, or the clock that is "
	      "served."),
	GAUGE("leap_s", "timed_export_leap_seconds", INT,
	      "The leap second that is announced."),
	GAUGE("clock_class", "timed_export_clock_class", INT,
	      "clockClass: 6 locked, 7 in holdover, 52 beyond it, 248 none."),
	GAUGE("clock_accuracy_ns", "timed_export_clock_accuracy_seconds", NS,
	      "What clockAccuracy stands for."),
	GAUGE("utc_offset_s", "timed_export_utc_offset_seconds", INT,
	      "TAI - UTC as it is announced."),
	GAUGE("utc_leap_s", "timed_export_utc_leap_seconds", INT,
	      "The leap second that is announced with it."),
	GAUGE("ptp_timescale", "timed_export_ptp_timescale", BOOL,
	      "1 if TAI is served."),
	GAUGE("time_traceable", "timed_export_time_traceable", BOOL,
	      "1 if what is served is traceable to a reference."),
	END_OF_SCALARS,
};

const struct metrics_table metrics_of_export = {export_scalar, no_choice,
						no_info};

static const struct metrics_scalar rehearsal_scalar[] = {
	GAUGE("samples", "timed_rehearsal_source_samples", INT,
	      "Samples of the source that were not used meanwhile."),
	GAUGE("offset_ns", "timed_rehearsal_source_offset_seconds", NS,
	      "The last one less the best line."),
	GAUGE("offset_most_ns", "timed_rehearsal_source_offset_most_seconds",
	      NS, "Of the one furthest off."),
	GAUGE("outside", "timed_rehearsal_source_outside", INT,
	      "Samples whose whole range missed the bound."),
	END_OF_SCALARS,
};

const struct metrics_table metrics_of_rehearsal = {rehearsal_scalar, no_choice,
						   no_info};
