/* SPDX-License-Identifier: Apache-2.0 */
/* The table of settings. */
#include "timed/config.h"

static const char *const oscillators[] = { "vm",   "server", "steady",
					   "tcxo", "ocxo",   NULL };
static const char *const leap_modes[] = { "smear", "step", NULL };
static const char *const disciplines[] = { "observe", "steer", "auto", NULL };
static const char *const steer_leaps[] = { "insert", "ignore", NULL };
static const char *const counters[] = { "auto", "raw", NULL };
static const char *const vmclock_readers[] = { "ignore", "check", NULL };
static const char *const readings[] = { "auto", "precise", "extended", "basic",
					NULL };
static const char *const scales[] = { "utc", "tai", NULL };
static const char *const arbitrary_scales[] = { "refuse", "utc", "tai", NULL };
static const char *const socket_modes[] = { "0600", "0660", "0666", NULL };
static const char *const pulses[] = { "none", "pps", "extts", "gpsd", NULL };
static const char *const edges[] = { "rising", "falling", NULL };
static const char *const exports[] = { "chrony", "ptp4l", NULL };
static const char *const log_syncs[] = { "line", "batch", NULL };
static const char *const log_levels[] = { "error", "warning", "notice",
					  "info",  "debug",   NULL };

#define KEY(key_name, key_type, member)                    \
	.name = key_name, .type = key_type,                \
	.offset = offsetof(struct config, member),         \
	.size = sizeof(((struct config *)0)->member)

/* clang-format off */
const struct config_key config_keys[] = {
	{ KEY("oscillator", CONFIG_CHOICE, oscillator),
	  .preset = "server", .choices = oscillators,
	  .help =
"How steady this machine's raw counter is: axioms A1 (drift) and A2\n"
"(wander, jitter).\n"
"  vm      50ppm,  50ppb/s,   1ppm    a virtual machine\n"
"  server  50ppm,  20ppb/s,   200ppb  a server, failing fans included\n"
"  steady  50ppm,  2ppb/s,    200ppb  a machine room that is watched\n"
"  tcxo    5ppm,   0.2ppb/s,  20ppb   a temperature-compensated oscillator\n"
"  ocxo    0.5ppm, 0.01ppb/s, 1ppb    an oven-controlled one\n" },
	{ KEY("axioms.drift", CONFIG_RATE, drift_ppb),
	  .example = "50ppm", .least = "1ppb", .most = "500ppm",
	  .help =
"A1: the counter's rate is within this of nominal. Unset: as the oscillator\n"
"has it.\n" },
	{ KEY("axioms.wander", CONFIG_WANDER, wander_ppb_s),
	  .example = "20ppb/s", .least = "0ppb/s", .most = "10ppm/s",
	  .help =
"A2: the slow part of the rate changes by at most this. Unset: as the\n"
"oscillator has it.\n" },
	{ KEY("axioms.jitter", CONFIG_RATE, jitter_ppb),
	  .example = "200ppb", .least = "0ppb", .most = "100ppm",
	  .help =
"A2: the fast part of the rate is at most this. Unset: as the oscillator\n"
"has it.\n" },
	{ KEY("axioms.swing", CONFIG_RATE, swing_ppb),
	  .example = "2ppm", .least = "0ppb", .most = "500ppm",
	  .help =
"A2, where it can be said: the rate is never further than this from where it\n"
"was at the last good sample. Unset: nothing is assumed.\n" },
	{ KEY("axioms.memory", CONFIG_DURATION, memory_ns),
	  .preset = "1024s", .least = "16s", .most = "1d",
	  .help =
"A3: what a source has said is forgotten after this, so that a lie is too.\n" },
	{ KEY("axioms.liars", CONFIG_INT, liars),
	  .example = "1", .least = "0", .most = "31",
	  .help =
"A3: so many groups of sources of one class may lie. Unset: a minority of\n"
"those configured, (n - 1) / 2.\n" },
	{ KEY("chrony.enable", CONFIG_BOOL, chrony_enable),
	  .preset = "true", .is_reloadable = true,
	  .help =
"Take NTP measurements from chronyd.\n" },
	{ KEY("chrony.host", CONFIG_STRING, chrony_host),
	  .preset = "127.0.0.1", .is_reloadable = true,
	  .help =
"Where chronyd's command port is: a numeric address.\n" },
	{ KEY("chrony.port", CONFIG_INT, chrony_port),
	  .preset = "323", .least = "1", .most = "65535",
	  .is_reloadable = true,
	  .help =
"chronyd's cmdport.\n" },
	{ KEY("chrony.socket", CONFIG_STRING, chrony_socket),
	  .preset = "/run/chrony/chronyd.sock", .is_optional = true,
	  .is_reloadable = true,
	  .help =
"chronyd's Unix socket, which alone gives each exchange in full. \"\": none.\n" },
	{ KEY("chrony.poll", CONFIG_DURATION, chrony_poll_ns),
	  .preset = "250ms", .least = "50ms", .most = "1min",
	  .is_reloadable = true,
	  .help =
"How often to ask chronyd what is new. No packet leaves the host for it.\n" },
	{ KEY("chrony.asymmetry", CONFIG_DURATION, chrony_asymmetry_ns),
	  .example = "20us", .least = "0s", .most = "1s",
	  .is_reloadable = true,
	  .help =
"A4, where it can be said: in each exchange, queueing included, the two\n"
"directions differ by at most twice this. Unset: nothing is assumed, and half\n"
"the round trip is the error.\n" },
	{ KEY("chrony.delay_min", CONFIG_DURATION, chrony_delay_ns_min),
	  .preset = "0s", .least = "0s", .most = "1s",
	  .is_reloadable = true,
	  .help =
"A4: each direction takes at least this.\n" },
	{ KEY("chrony.server_scale", CONFIG_NUMBER, chrony_server_scale),
	  .preset = "2.0", .least = "1", .most = "100",
	  .is_reloadable = true,
	  .help =
"A6: a server's own root distance counts so many times, from stratum 2 on.\n" },
	{ KEY("chrony.smeared", CONFIG_BOOL, chrony_smeared),
	  .preset = "false", .is_reloadable = true,
	  .help =
"The servers smear leap seconds (24 h linear, noon to noon, as Google's and\n"
"Amazon's do). All of chronyd's servers must, or none.\n" },
	{ KEY("ptp.enable", CONFIG_BOOL, ptp[0].enable),
	  .preset = "true", .is_reloadable = true,
	  .help =
"Take measurements from this ptp4l.\n" },
	{ KEY("ptp.name", CONFIG_STRING, ptp[0].name),
	  .preset = "ptp", .is_reloadable = true,
	  .help =
"What its sources are called: this, and this with the grandmaster.\n" },
	{ KEY("ptp.socket", CONFIG_STRING, ptp[0].socket),
	  .preset = "/var/run/ptp4l", .is_reloadable = true,
	  .help =
"ptp4l's management socket: its uds_address, or (from 4.0) its\n"
"uds_ro_address, which answers anybody.\n" },
	{ KEY("ptp.monitor", CONFIG_STRING, ptp[0].monitor),
	  .preset = "/run/timed/ptp.sock", .is_optional = true,
	  .is_reloadable = true,
	  .help =
"Our socket, to which ptp4l sends the stamps of every exchange when its\n"
"configuration says so: slave_event_monitor with this path. Without it only one\n"
"side of the bound is hard. \"\": none.\n" },
	{ KEY("ptp.monitor_mode", CONFIG_CHOICE, ptp[0].monitor_mode),
	  .preset = "0600", .choices = socket_modes, .is_reloadable = true,
	  .help =
"Who may write to that socket: its file mode.\n" },
	{ KEY("ptp.domain", CONFIG_INT, ptp[0].domain),
	  .preset = "0", .least = "0", .most = "255", .is_reloadable = true,
	  .help =
"ptp4l's domainNumber.\n" },
	{ KEY("ptp.device", CONFIG_STRING, ptp[0].clock.device),
	  .preset = "auto", .is_reloadable = true,
	  .help =
"The clock that ptp4l stamps with: an interface (\"eth0\"), a device\n"
"(\"/dev/ptp0\") or the kernel's name for it. \"auto\": the only PTP clock\n"
"there is. \"realtime\": ptp4l stamps in software. Where ptp4l (3.1 or later)\n"
"says that it stamps by another one, nothing is taken of it.\n" },
	{ KEY("ptp.reading", CONFIG_CHOICE, ptp[0].clock.reading),
	  .preset = "auto", .choices = readings, .is_reloadable = true,
	  .help =
"How that clock is read: \"auto\" is the best that the device and the kernel\n"
"have.\n" },
	{ KEY("ptp.batch", CONFIG_INT, ptp[0].clock.batch),
	  .preset = "10", .least = "1", .most = "25", .is_reloadable = true,
	  .help =
"Cross-timestamps for each reading; all of them hold.\n" },
	{ KEY("ptp.read_error", CONFIG_DURATION, ptp[0].clock.read_error_ns),
	  .preset = "50ns", .least = "0ns", .most = "1ms",
	  .is_reloadable = true,
	  .help =
"A6: quantum and latch of a reading of that clock, each way.\n" },
	{ KEY("ptp.window_max", CONFIG_DURATION, ptp[0].clock.window_ns_max),
	  .example = "20us", .least = "100ns", .most = "100ms",
	  .is_reloadable = true,
	  .help =
"Cross-timestamps that took longer are left. Unset: none is.\n" },
	{ KEY("ptp.drift", CONFIG_RATE, ptp[0].clock.drift_ppb),
	  .preset = "150ppm", .least = "1ppb", .most = "1000ppm",
	  .is_reloadable = true,
	  .help =
"How far that clock's own oscillator and the raw counter may run apart.\n" },
	{ KEY("ptp.jitter", CONFIG_RATE, ptp[0].jitter_ppb),
	  .preset = "400ppb", .least = "0ppb", .most = "100ppm",
	  .is_reloadable = true,
	  .help =
"How far that changes within seconds, besides the frequency that the kernel\n"
"names: A2's jitter of both.\n" },
	{ KEY("ptp.steer", CONFIG_RATE, ptp[0].steer_ppb),
	  .example = "1ppm", .least = "0ppb", .most = "1000ppm",
	  .is_reloadable = true,
	  .help =
"Where the kernel does not name that clock's frequency to us: how far ptp4l's\n"
"servo moves it. Unset: such a clock is not used.\n" },
	{ KEY("ptp.poll", CONFIG_DURATION, ptp[0].poll_ns),
	  .preset = "125ms", .least = "10ms", .most = "10s",
	  .is_reloadable = true,
	  .help =
"How often ptp4l is asked and that clock is read.\n" },
	{ KEY("ptp.delay_min", CONFIG_DURATION, ptp[0].delay_ns_min),
	  .preset = "0s", .least = "0s", .most = "1s",
	  .is_reloadable = true,
	  .help =
"A4: each direction takes at least this.\n" },
	{ KEY("ptp.delay_max", CONFIG_DURATION, ptp[0].delay_ns_max),
	  .example = "10us", .least = "0s", .most = "1s",
	  .is_reloadable = true,
	  .help =
"A4, where it can be said: from the grandmaster to here it takes at most this,\n"
"queueing included. It is the far side of the bound where ptp4l gives no stamps\n"
"of exchanges. Unset: nothing is assumed.\n" },
	{ KEY("ptp.asymmetry", CONFIG_DURATION, ptp[0].asymmetry_ns),
	  .example = "50ns", .least = "0s", .most = "1s",
	  .is_reloadable = true,
	  .help =
"A4, where it can be said: in each exchange, queueing included, the two\n"
"directions differ by at most twice this. A Delay_Req makes an exchange with each\n"
"Sync within two intervals of it. Unset: nothing is assumed, and half the round\n"
"trip is the error.\n" },
	{ KEY("ptp.event_error", CONFIG_DURATION, ptp[0].event_error_ns),
	  .preset = "20ns", .least = "0ns", .most = "1ms",
	  .is_reloadable = true,
	  .help =
"A6: quantum and latch of the two stamps of a packet, ours and the\n"
"grandmaster's, each way.\n" },
	{ KEY("ptp.accuracy_scale", CONFIG_NUMBER, ptp[0].accuracy_scale),
	  .preset = "2.0", .least = "1", .most = "100",
	  .is_reloadable = true,
	  .help =
"A6: the grandmaster's clockAccuracy counts so many times.\n" },
	{ KEY("ptp.accuracy", CONFIG_DURATION, ptp[0].accuracy_ns),
	  .example = "1us", .least = "0ns", .most = "10s",
	  .is_reloadable = true,
	  .help =
"A6, where it can be said: a grandmaster that states no accuracy, or is of\n"
"another clockClass than 6 and 7, is as good as this. Unset: such a one is\n"
"refused.\n" },
	{ KEY("ptp.holdover", CONFIG_RATE, ptp[0].holdover_ppb),
	  .preset = "1ppm", .least = "0ppb", .most = "100ppm",
	  .is_reloadable = true,
	  .help =
"A6: a grandmaster in holdover (clockClass 7) runs off by at most this since it\n"
"was last of class 6.\n" },
	{ KEY("ptp.boundary_error", CONFIG_DURATION, ptp[0].boundary_error_ns),
	  .preset = "200ns", .least = "0ns", .most = "1s",
	  .is_reloadable = true,
	  .help =
"A6: what each boundary clock on the way (stepsRemoved) adds.\n" },
	{ KEY("ptp.arbitrary", CONFIG_CHOICE, ptp[0].arbitrary),
	  .preset = "refuse", .choices = arbitrary_scales,
	  .is_reloadable = true,
	  .help =
"What the time of a grandmaster is that does not call it PTP time\n"
"(ptpTimescale 0): refused, or declared to be UTC or TAI.\n" },
	{ KEY("phc.enable", CONFIG_BOOL, phc[0].enable),
	  .preset = "true", .is_reloadable = true,
	  .help =
"Take this clock's time.\n" },
	{ KEY("phc.name", CONFIG_STRING, phc[0].name),
	  .example = "hypervisor", .is_optional = true, .is_reloadable = true,
	  .help =
"What the source is called. Unset: as the device.\n" },
	{ KEY("phc.device", CONFIG_STRING, phc[0].clock.device),
	  .example = "/dev/ptp0", .is_reloadable = true,
	  .help =
"The clock: a device (\"/dev/ptp0\"), an interface (\"eth0\") or the kernel's\n"
"name for it (\"KVM virtual PTP\"). \"auto\": the only PTP clock there is.\n"
"It must be given.\n" },
	{ KEY("phc.error_bound", CONFIG_STRING, phc[0].error_bound),
	  .example = "10us", .is_reloadable = true,
	  .help =
"A6: the clock is within this of true time: a duration, or the path of a file\n"
"that has it in ns (ENA's phc_error_bound), or of a vmclock device. It must be\n"
"given.\n" },
	{ KEY("phc.scale", CONFIG_CHOICE, phc[0].scale),
	  .preset = "utc", .choices = scales, .is_reloadable = true,
	  .help =
"What it shows. Hypervisors and clouds give UTC, a NIC that ptp4l steers TAI.\n" },
	{ KEY("phc.reading", CONFIG_CHOICE, phc[0].clock.reading),
	  .preset = "auto", .choices = readings, .is_reloadable = true,
	  .help =
"How it is read: \"auto\" is the best that the device and the kernel have.\n" },
	{ KEY("phc.batch", CONFIG_INT, phc[0].clock.batch),
	  .preset = "10", .least = "1", .most = "25", .is_reloadable = true,
	  .help =
"Cross-timestamps for each reading; all of them hold.\n" },
	{ KEY("phc.read_error", CONFIG_DURATION, phc[0].clock.read_error_ns),
	  .preset = "50ns", .least = "0ns", .most = "1ms",
	  .is_reloadable = true,
	  .help =
"A6: quantum and latch of a reading, each way.\n" },
	{ KEY("phc.window_max", CONFIG_DURATION, phc[0].clock.window_ns_max),
	  .example = "20us", .least = "100ns", .most = "100ms",
	  .is_reloadable = true,
	  .help =
"Cross-timestamps that took longer are left. Unset: none is.\n" },
	{ KEY("phc.drift", CONFIG_RATE, phc[0].clock.drift_ppb),
	  .preset = "150ppm", .least = "1ppb", .most = "1000ppm",
	  .is_reloadable = true,
	  .help =
"How far it and the raw counter may run apart. One that does by more is\n"
"refused.\n" },
	{ KEY("phc.poll", CONFIG_DURATION, phc[0].poll_ns),
	  .preset = "100ms", .least = "10ms", .most = "10s",
	  .is_reloadable = true,
	  .help =
"How often it is read.\n" },
	{ KEY("gnss.enable", CONFIG_BOOL, gnss[0].enable),
	  .preset = "true", .is_reloadable = true,
	  .help =
"Take measurements from this receiver.\n" },
	{ KEY("gnss.name", CONFIG_STRING, gnss[0].name),
	  .preset = "gnss", .is_reloadable = true,
	  .help =
"What the source is called.\n" },
	{ KEY("gnss.host", CONFIG_STRING, gnss[0].host),
	  .preset = "127.0.0.1", .is_optional = true,
	  .is_reloadable = true,
	  .help =
"Where gpsd listens: a numeric address. \"\": without gpsd, and two other sources\n"
"must tell which second a pulse marks.\n" },
	{ KEY("gnss.port", CONFIG_INT, gnss[0].port),
	  .preset = "2947", .least = "1", .most = "65535",
	  .is_reloadable = true,
	  .help =
"And its port.\n" },
	{ KEY("gnss.device", CONFIG_STRING, gnss[0].device),
	  .example = "/dev/ttyACM0", .is_optional = true,
	  .is_reloadable = true,
	  .help =
"The receiver, as gpsd calls it. Unset: the first that reports a time.\n" },
	{ KEY("gnss.poll", CONFIG_DURATION, gnss[0].poll_ns),
	  .preset = "250ms", .least = "10ms", .most = "1s",
	  .is_reloadable = true,
	  .help =
"How often pulses are fetched, and the clocks that stamp them read.\n" },
	{ KEY("gnss.message_max", CONFIG_DURATION, gnss[0].message_ns_max),
	  .preset = "1s", .least = "1ms", .most = "1s",
	  .is_reloadable = true,
	  .help =
"From a second to the arrival of its message at gpsd, at most. A receiver\n"
"whose messages are later yet is a second off.\n" },
	{ KEY("gnss.accuracy", CONFIG_DURATION, gnss[0].accuracy_ns),
	  .preset = "1us", .least = "0ns", .most = "1s",
	  .is_reloadable = true,
	  .help =
"A6: the receiver is within this of true time, where it does not say how\n"
"accurate it is; cable and antenna included.\n" },
	{ KEY("gnss.accuracy_scale", CONFIG_NUMBER, gnss[0].accuracy_scale),
	  .preset = "4.0", .least = "1", .most = "100",
	  .is_reloadable = true,
	  .help =
"A6: what it says of its own accuracy counts so many times, and 50ns at least.\n" },
	{ KEY("gnss.pulse", CONFIG_CHOICE, gnss[0].pulse),
	  .preset = "none", .choices = pulses, .is_reloadable = true,
	  .help =
"Where its pulse a second comes from: a PPS device of the kernel, a pin of a\n"
"PTP clock (external timestamps), or gpsd's reports of it.\n" },
	{ KEY("gnss.pps", CONFIG_STRING, gnss[0].pps),
	  .preset = "/dev/pps0", .is_reloadable = true,
	  .help =
"The PPS device.\n" },
	{ KEY("gnss.edge", CONFIG_CHOICE, gnss[0].edge),
	  .preset = "rising", .choices = edges, .is_reloadable = true,
	  .help =
"At which edge the second begins. A PPS device calls them assert and clear.\n" },
	{ KEY("gnss.delay", CONFIG_DURATION, gnss[0].delay_ns),
	  .preset = "0ns", .least = "0ns", .most = "1ms",
	  .is_reloadable = true,
	  .help =
"The pulse comes so long after its second: antenna cable, receiver and cable to\n"
"here, where the receiver does not make up for them. 1 m of cable takes 5 ns.\n" },
	{ KEY("gnss.latency_max", CONFIG_DURATION, gnss[0].latency_ns_max),
	  .example = "15us", .least = "0ns", .most = "10ms",
	  .is_reloadable = true,
	  .help =
"From the pulse to its stamp by an interrupt: of any best_of pulses, the one\n"
"used takes no longer. It cannot be seen in the stamps. Unset: a pulse bounds\n"
"the time from one side only.\n" },
	{ KEY("gnss.best_of", CONFIG_INT, gnss[0].best_of),
	  .preset = "16", .least = "1", .most = "32",
	  .is_reloadable = true,
	  .help =
"A pulse is the one used when it comes earliest of so many, or later by less\n"
"than 0.2us for each second that it is younger. See latency_max.\n" },
	{ KEY("gnss.event_error", CONFIG_DURATION, gnss[0].event_error_ns),
	  .preset = "20ns", .least = "0ns", .most = "1ms",
	  .is_reloadable = true,
	  .help =
"A6: quantum and latch of a pulse's stamp, each way.\n" },
	{ KEY("gnss.clock", CONFIG_STRING, gnss[0].clock.device),
	  .example = "eth0", .is_reloadable = true,
	  .help =
"The PTP clock that the pulse is wired to: an interface, a device or the\n"
"kernel's name for it. \"auto\": the only PTP clock there is.\n" },
	{ KEY("gnss.pin", CONFIG_INT, gnss[0].pin),
	  .example = "1", .least = "0", .most = "255",
	  .is_reloadable = true,
	  .help =
"Its pin, which is set to take external timestamps. Unset: the pins stay as\n"
"they are.\n" },
	{ KEY("gnss.channel", CONFIG_INT, gnss[0].channel),
	  .preset = "0", .least = "0", .most = "255",
	  .is_reloadable = true,
	  .help =
"And its channel of external timestamps.\n" },
	{ KEY("gnss.reading", CONFIG_CHOICE, gnss[0].clock.reading),
	  .preset = "auto", .choices = readings, .is_reloadable = true,
	  .help =
"How that clock is read: \"auto\" is the best that the device and the kernel\n"
"have.\n" },
	{ KEY("gnss.batch", CONFIG_INT, gnss[0].clock.batch),
	  .preset = "10", .least = "1", .most = "25",
	  .is_reloadable = true,
	  .help =
"Cross-timestamps for each reading; all of them hold.\n" },
	{ KEY("gnss.read_error", CONFIG_DURATION, gnss[0].clock.read_error_ns),
	  .preset = "50ns", .least = "0ns", .most = "1ms",
	  .is_reloadable = true,
	  .help =
"A6: quantum and latch of a reading of that clock, each way.\n" },
	{ KEY("gnss.window_max", CONFIG_DURATION, gnss[0].clock.window_ns_max),
	  .example = "20us", .least = "100ns", .most = "100ms",
	  .is_reloadable = true,
	  .help =
"Cross-timestamps that took longer are left. Unset: none is.\n" },
	{ KEY("gnss.drift", CONFIG_RATE, gnss[0].clock.drift_ppb),
	  .preset = "150ppm", .least = "1ppb", .most = "1000ppm",
	  .is_reloadable = true,
	  .help =
"How far that clock's own oscillator and the raw counter may run apart.\n" },
	{ KEY("gnss.jitter", CONFIG_RATE, gnss[0].jitter_ppb),
	  .preset = "400ppb", .least = "0ppb", .most = "100ppm",
	  .is_reloadable = true,
	  .help =
"How far that changes within seconds, besides the frequency that the kernel\n"
"names: A2's jitter of both.\n" },
	{ KEY("gnss.steer", CONFIG_RATE, gnss[0].steer_ppb),
	  .example = "1ppm", .least = "0ppb", .most = "1000ppm",
	  .is_reloadable = true,
	  .help =
"Where the kernel does not name that clock's frequency to us: how far a servo\n"
"moves it. Unset: such a clock is not used.\n" },
	{ KEY("export.enable", CONFIG_BOOL, export[0].enable),
	  .preset = "true", .is_reloadable = true,
	  .help =
"Give this engine the time.\n" },
	{ KEY("export.type", CONFIG_CHOICE, export[0].type),
	  .example = "chrony", .choices = exports, .is_reloadable = true,
	  .help =
"Who serves it: \"chrony\": chronyd, which gets samples for a SOCK refclock;\n"
"\"ptp4l\": ptp4l, which is told what to announce as a grandmaster. It must be\n"
"given.\n" },
	{ KEY("export.socket", CONFIG_STRING, export[0].socket),
	  .example = "/run/chrony/timed.sock", .is_optional = true,
	  .is_reloadable = true,
	  .help =
"The engine's socket: that of the refclock, or ptp4l's uds_address. Unset:\n"
"/run/chrony/timed.sock or /var/run/ptp4l.\n" },
	{ KEY("export.interval", CONFIG_DURATION, export[0].interval_ns),
	  .preset = "250ms", .least = "10ms", .most = "10s",
	  .is_reloadable = true,
	  .help =
"How often it is given, besides when the clock's state changes.\n" },
	{ KEY("export.error_max", CONFIG_DURATION, export[0].error_ns_max),
	  .preset = "100us", .least = "100ns", .most = "10s",
	  .is_reloadable = true,
	  .help =
"chrony: no samples are given while the best estimate is not proven to be within\n"
"this of true time. chronyd's refclock must say delay: twice this. ptp4l: the\n"
"clock that it serves is of clockClass 6 and 7 while that is proven of it.\n" },
	{ KEY("export.domain", CONFIG_INT, export[0].domain),
	  .preset = "0", .least = "0", .most = "255", .is_reloadable = true,
	  .help =
"ptp4l: its domainNumber.\n" },
	{ KEY("export.clock", CONFIG_STRING, export[0].clock.device),
	  .preset = "auto", .is_reloadable = true,
	  .help =
"ptp4l: the clock that it serves: an interface, a device or the kernel's name for\n"
"it; \"realtime\": it stamps in software; \"auto\": as ptp4l itself says. \"none\":\n"
"it cannot be read here, and nothing is announced unless clock_error says how far\n"
"it may be off.\n" },
	{ KEY("export.clock_error", CONFIG_DURATION, export[0].clock_error_ns),
	  .example = "1us", .least = "0ns", .most = "10s",
	  .is_reloadable = true,
	  .help =
"ptp4l, clock \"none\", where it can be said: the clock that is served is within\n"
"this of timed's best estimate. Unset: nothing is assumed.\n" },
	{ KEY("export.reading", CONFIG_CHOICE, export[0].clock.reading),
	  .preset = "auto", .choices = readings, .is_reloadable = true,
	  .help =
"ptp4l: how that clock is read: \"auto\" is the best that the device and the kernel\n"
"have.\n" },
	{ KEY("export.batch", CONFIG_INT, export[0].clock.batch),
	  .preset = "10", .least = "1", .most = "25", .is_reloadable = true,
	  .help =
"ptp4l: cross-timestamps for each reading; all of them hold.\n" },
	{ KEY("export.read_error", CONFIG_DURATION,
	      export[0].clock.read_error_ns),
	  .preset = "50ns", .least = "0ns", .most = "1ms",
	  .is_reloadable = true,
	  .help =
"ptp4l: quantum and latch of a reading of that clock and of its stamps, each\n"
"way.\n" },
	{ KEY("export.window_max", CONFIG_DURATION,
	      export[0].clock.window_ns_max),
	  .example = "20us", .least = "100ns", .most = "100ms",
	  .is_reloadable = true,
	  .help =
"ptp4l: cross-timestamps that took longer are left. Unset: none is.\n" },
	{ KEY("export.drift", CONFIG_RATE, export[0].clock.drift_ppb),
	  .preset = "150ppm", .least = "1ppb", .most = "1000ppm",
	  .is_reloadable = true,
	  .help =
"ptp4l: how far that clock's own oscillator and the raw counter may run apart.\n" },
	{ KEY("export.lead", CONFIG_DURATION, export[0].lead_ns),
	  .preset = "5s", .least = "10ms", .most = "1min",
	  .is_reloadable = true,
	  .help =
"ptp4l: what is announced must hold for so long, for who hears of it late: twice\n"
"ptp4l's announce interval (2 s) and our own.\n" },
	{ KEY("groups", CONFIG_GROUPS, group),
	  .help =
"Sources that share a fate (one site, one antenna, one upstream) count as\n"
"one. Members are names as tt-status shows them.\n" },
	{ KEY("discipline", CONFIG_CHOICE, discipline),
	  .preset = "observe", .choices = disciplines, .is_reloadable = true,
	  .help =
"Who keeps CLOCK_REALTIME: \"observe\": somebody else, timed only bounds;\n"
"\"steer\": timed, and chronyd must run with -x; \"auto\": timed, where a ptp, phc\n"
"or gnss is configured and nobody else has moved it for a while.\n" },
	{ KEY("steer.step_above", CONFIG_DURATION, steer_step_ns),
	  .example = "128ms", .least = "1us", .most = "365d",
	  .is_reloadable = true,
	  .help =
"When timed begins to steer and CLOCK_REALTIME is off by more, it is stepped,\n"
"once; what is less is slewed. Unset: it is stepped by order only (tt-ctl(8)).\n" },
	{ KEY("steer.slew_max", CONFIG_RATE, steer_slew_ppb_max),
	  .preset = "500ppm", .least = "1ppm", .most = "1000ppm",
	  .is_reloadable = true,
	  .help =
"How fast an offset is slewed off at the most.\n" },
	{ KEY("steer.leap", CONFIG_CHOICE, steer_leap),
	  .preset = "insert", .choices = steer_leaps, .is_reloadable = true,
	  .help =
"CLOCK_REALTIME over a leap second with leap = \"step\": the kernel inserts it,\n"
"or it is ignored and the second slewed off afterwards. With leap = \"smear\" it\n"
"is smeared.\n" },
	{ KEY("leap", CONFIG_CHOICE, leap),
	  .preset = "smear", .choices = leap_modes,
	  .help =
"Unix time over a leap second: smeared over 24 h, noon to noon UTC, or\n"
"stepped as POSIX has it (TAI alone is monotonic then).\n" },
	{ KEY("leap_file", CONFIG_STRING, leap_file),
	  .preset = "/usr/share/zoneinfo/leap-seconds.list",
	  .is_reloadable = true,
	  .help =
"The table of leap seconds. Its expiry is honoured.\n" },
	{ KEY("counter", CONFIG_CHOICE, counter),
	  .preset = "auto", .choices = counters,
	  .help =
"What readers of the segment read: the CPU's own counter where the kernel\n"
"keeps time by it and it has been checked (half the time of a call, some 30 ns\n"
"of width), else CLOCK_MONOTONIC_RAW; or that in any case.\n" },
	{ KEY("vmclock", CONFIG_STRING, vmclock),
	  .preset = "/dev/vmclock0", .is_optional = true,
	  .help =
"A5: where a hypervisor tells that it has disrupted the counter (a live\n"
"migration). Looked at where it exists. \"\": nowhere.\n" },
	{ KEY("vmclock_readers", CONFIG_CHOICE, vmclock_readers),
	  .preset = "ignore", .choices = vmclock_readers,
	  .is_reloadable = true,
	  .help =
"Whether readers of the segment look there too, at each reading: they then\n"
"refuse a bound from before a disruption even if timed has not run since. All\n"
"of them must be able to open it.\n" },
	{ KEY("segment", CONFIG_STRING, segment),
	  .preset = "/run/timed/clock",
	  .help =
"The shared clock segment that libtt reads.\n" },
	{ KEY("status_socket", CONFIG_STRING, status_socket),
	  .preset = "/run/timed/status.sock", .is_optional = true,
	  .is_reloadable = true,
	  .help =
"Where the status document is served. \"\": nowhere.\n" },
	{ KEY("control_socket", CONFIG_STRING, control_socket),
	  .preset = "/run/timed/control.sock", .is_optional = true,
	  .is_reloadable = true,
	  .help =
"Where tt-ctl(8) gives orders: root, and the group _timed. \"\": nowhere.\n" },
	{ KEY("drift_file", CONFIG_STRING, drift_file),
	  .preset = "/var/lib/timed/drift", .is_optional = true,
	  .is_reloadable = true,
	  .help =
"Where the counter's rate is kept over a restart. \"\": nowhere.\n" },
	{ KEY("temperature", CONFIG_STRING, temperature),
	  .preset = "", .is_optional = true, .is_reloadable = true,
	  .example = "/sys/class/hwmon/hwmon0/temp1_input",
	  .help =
"A sensor near the oscillator, in thousandths of a degree: a file, as\n"
"\"/sys/class/hwmon/hwmon0/temp1_input\". Shown and kept beside the rate; the\n"
"bound does not depend on it. \"\": none.\n" },
	{ KEY("history.log", CONFIG_STRING, history_log),
	  .preset = "", .is_optional = true,
	  .example = "/var/log/timed/history.log",
	  .help =
"A log that is only added to: the bound, the state and every source, for an\n"
"auditor to replay (tt-audit(1)): an absolute path, as\n"
"\"/var/log/timed/history.log\". \"\": none is kept.\n" },
	{ KEY("history.log_interval", CONFIG_DURATION,
	      history_log_interval_ns),
	  .preset = "10s", .least = "1s", .most = "1h",
	  .help =
"A line so often, besides one at every event.\n" },
	{ KEY("history.log_mib", CONFIG_INT, history_log_mib),
	  .preset = "16", .least = "1", .most = "1024",
	  .help =
"A file of so many MiB is rotated: a day of lines every 10s.\n" },
	{ KEY("history.log_keep", CONFIG_INT, history_log_keep),
	  .preset = "30", .least = "1", .most = "1000",
	  .help =
"So many rotated files are kept, FILE.1 being the newest.\n" },
	{ KEY("history.log_sync", CONFIG_CHOICE, history_log_sync),
	  .preset = "line", .choices = log_syncs,
	  .help =
"When it is on the disk: each \"line\" before the next, or those that came\n"
"together at once, as a \"batch\".\n" },
	{ KEY("publish_interval", CONFIG_DURATION, publish_interval_ns),
	  .preset = "100ms", .least = "10ms", .most = "10s",
	  .is_reloadable = true,
	  .help =
"How often the segment is written, besides at every change.\n" },
	{ KEY("horizon", CONFIG_DURATION, horizon_ns),
	  .preset = "1s", .least = "20ms", .most = "1min",
	  .help =
"How long what is published stays narrow when no more follows; at least\n"
"twice publish_interval.\n" },
	{ KEY("void_after", CONFIG_DURATION, void_after_ns),
	  .preset = "1h", .least = "1s", .most = "7d",
	  .help =
"A bound that nobody renews ends after this.\n" },
	{ KEY("sandbox", CONFIG_BOOL, sandbox),
	  .preset = "true",
	  .help =
"A system call that timed has no use for ends it (SIGSYS).\n"
"false: for a system where it is ended wrongly; see SANDBOX in timed(8).\n" },
	{ KEY("log_level", CONFIG_CHOICE, log_level),
	  .preset = "notice", .choices = log_levels, .is_reloadable = true,
	  .help =
"The least urgent lines to log.\n" },
	{ .name = NULL },
};
/* clang-format on */

#define LIST(list_section)                                   \
	.section = #list_section,                                    \
	.stride = sizeof(((struct config *)0)->list_section[0]),     \
	.count_offset = offsetof(struct config, list_section##_count), \
	.most = (int)(sizeof(((struct config *)0)->list_section) /   \
		      sizeof(((struct config *)0)->list_section[0]))

const struct config_list config_lists[] = {
	{ LIST(ptp), .help =
"What a ptp4l on this host measures; see timed.conf(5). One, or a list.\n" },
	{ LIST(phc), .help =
"PTP clocks that are sources of time by themselves: a hypervisor's (ptp_kvm,\n"
"ptp_vmclock), a cloud's NIC (ENA). Not those that ptp4l steers. One, or a\n"
"list.\n" },
	{ LIST(gnss), .help =
"Satellite receivers: what gpsd says of them, and their pulse a second; see\n"
"timed.conf(5). One, or a list.\n" },
	{ LIST(export), .help =
"Engines that serve timed's time to others: a time master; see timed.conf(5).\n"
"One, or a list.\n" },
	{ .section = NULL },
};
