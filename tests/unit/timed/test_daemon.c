/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program itself, without a chronyd: what it prints, how it ends, what it
 * leaves behind, and what SIGHUP does. TIMED_PROGRAM is its path.
 */
#include "confine/confine.h"
#include "tests/unit/timed/daemon_run.h"

static void it_tells_its_version_and_its_usage(void **state)
{
	(void)state;
	assert_int_equal(run("out", "--version", NULL, NULL), 0);
	assert_string_equal(file_text("out"), "timed " TIMED_VERSION "\n");
	assert_int_equal(run("out", "--help", NULL, NULL), 0);
	assert_non_null(strstr(file_text("out"), "usage: timed"));
	assert_int_equal(run("out", "--frobnicate", NULL, NULL), 64);
	assert_int_equal(run("out", "surplus", NULL, NULL), 64);
	assert_int_equal(run("out", "-f", NULL, NULL), 64);
}

static void the_defaults_it_prints_are_a_good_configuration(void **state)
{
	(void)state;
	assert_int_equal(run("printed.conf", "--print-defaults", NULL, NULL),
			 0);
	assert_int_equal(run("out", "--check-config", "-f",
			     at("printed.conf")), 0);
	assert_string_equal(file_text("out"), "");
}

static void a_bad_configuration_is_told_and_ends_with_2(void **state)
{
	char expected[256];

	(void)state;
	put_config("horizon = 5;");
	snprintf(expected, sizeof(expected),
		 "timed: %s:4: horizon: write a duration with its unit",
		 at("timed.conf"));
	assert_int_equal(run("out", "--check-config", "-f", at("timed.conf")),
			 2);
	assert_non_null(strstr(file_text("out"), expected));
	assert_int_equal(wait_for(start_daemon("log")), 2);
	assert_non_null(strstr(file_text("log"), expected));
	assert_int_equal(run("out", "-f", at("none.conf"), NULL), 2);
}

static void it_publishes_answers_and_stops_as_told(void **state)
{
	struct json_object *doc;
	struct segment *seg;
	ino_t ino, again;
	uint64_t before;

	(void)state;
	the_daemon_runs();
	seg = map_segment(&ino);
	before = atomic_load(&seg->sequence);
	expect_publications(seg, before + 4);
	doc = get_status();
	assert_int_equal(json_object_get_int(member(doc, "process", "pid")),
			 pid);
	assert_string_equal(
		json_object_get_string(member(doc, "clock", "state")),
		"UNSYNCHRONIZED");
	json_object_put(doc);
	the_daemon_stops(SIGTERM);
	assert_int_equal(access(at("status.sock"), F_OK), -1);
	munmap(seg, SEGMENT_SIZE);
	seg = map_segment(&again); /* the segment stays */
	assert_true(again == ino);
	munmap(seg, SEGMENT_SIZE);
}

static void a_second_one_is_refused_and_harms_nothing(void **state)
{
	struct json_object *doc;

	(void)state;
	the_daemon_runs();
	assert_int_equal(wait_for(start_daemon("second")), 1);
	assert_non_null(strstr(file_text("second"), "another timed (pid "));
	doc = get_status(); /* the first one still answers */
	assert_non_null(doc);
	json_object_put(doc);
	the_daemon_stops(SIGINT);
}

static void a_restart_goes_on_with_the_same_segment(void **state)
{
	struct segment *seg;
	uint64_t before;
	ino_t ino;

	(void)state;
	the_daemon_runs();
	seg = map_segment(&ino);
	kill(pid, SIGKILL);
	wait_for(pid);
	before = atomic_load(&seg->sequence);
	the_daemon_runs(); /* a socket of the killed one is in the way */
	expect_publications(seg, before + 1);
	json_object_put(get_status());
	the_daemon_stops(SIGTERM);
	munmap(seg, SEGMENT_SIZE);
}

static void a_reload_takes_over_what_it_can(void **state)
{
	struct json_object *doc;

	(void)state;
	the_daemon_runs();
	put_config("chrony = { port = 4; socket = \"\"; };\n"
		   "publish_interval = \"50ms\"; oscillator = \"ocxo\";");
	kill(pid, SIGHUP);
	expect_line("log", "timed: reloaded");
	expect_line("log", "oscillator: needs a restart to change");
	expect_line("log", "publish_interval: 50ms, was 100ms");
	expect_line("log", "chrony.port: 4, was 3");
	doc = get_status();
	assert_string_equal(json_object_get_string(member(doc, "config",
							  "chrony.port")),
			    "4");
	assert_string_equal(json_object_get_string(member(doc, "config",
							  "oscillator")),
			    "server");
	assert_int_equal(json_object_get_int(member(doc, "process",
						    "reloads")), 1);
	json_object_put(doc);
	the_daemon_stops(SIGTERM);
}

/* A PTP clock that is not there, and a ptp4l that does not run. */
#define OTHERS                                                           \
	"phc = { device = \"/nowhere/ptp0\"; error_bound = \"1us\"; };"  \
	"ptp = { socket = \"/nowhere/ptp4l\"; monitor = \"\";"           \
	" device = \"realtime\"; };"

static struct json_object *driver_of(struct json_object *doc, size_t i)
{
	return json_object_array_get_idx(member(doc, "drivers", NULL), i);
}

static void expect_driver(struct json_object *doc, size_t i, const char *name,
			  const char *health)
{
	struct json_object *o = driver_of(doc, i);

	assert_string_equal(json_object_get_string(member(o, "name", NULL)),
			    name);
	assert_non_null(strstr(json_object_get_string(member(o, "health",
							     NULL)),
			       health));
	assert_false(json_object_get_boolean(member(o, "healthy", NULL)));
}

static void several_drivers_run_beside_one_another(void **state)
{
	struct json_object *doc;

	(void)state;
	put_config(NO_CHRONY OTHERS);
	pid = start_daemon("log");
	expect_line("log", "publishes to");
	expect_line("log", "chrony: no chronyd at");
	expect_line("log", "phc /nowhere/ptp0: /nowhere/ptp0: No such file");
	expect_line("log", "ptp: no ptp4l at /nowhere/ptp4l");
	doc = get_status();
	assert_int_equal(json_object_array_length(
				 member(doc, "drivers", NULL)), 3);
	expect_driver(doc, 0, "chrony", "no chronyd");
	expect_driver(doc, 1, "ptp", "no ptp4l");
	expect_driver(doc, 2, "phc /nowhere/ptp0", "No such file");
	json_object_put(doc);
	the_daemon_stops(SIGTERM);
}

/* Is one of the daemon's descriptors a socket of that inode? */
static bool has_socket(unsigned long inode)
{
	char path[64], link[64], socket[40];
	bool has = false;

	snprintf(socket, sizeof(socket), "socket:[%lu]", inode);
	for (int fd = 0; fd < 64 && !has; fd++) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		n = readlink(path, link, sizeof(link) - 1);
		if (n > 0) {
			link[n] = '\0';
			has = strcmp(link, socket) == 0;
		}
	}
	return has;
}

/* An abstract name has no mode and no directory: /proc/net/unix shows it with an
 * "@". Answers come to paths beside the segment, where no monitor is. */
static void no_socket_of_its_is_abstract(void **state)
{
	FILE *in = fopen("/proc/net/unix", "re");
	int own = 0, abstract = 0;
	unsigned long inode;
	char line[256], name[128];

	(void)state;
	assert_non_null(in);
	put_config(NO_CHRONY OTHERS);
	pid = start_daemon("log");
	expect_line("log", "publishes to");
	expect_line("log", "ptp: no ptp4l at /nowhere/ptp4l");
	while (fgets(line, sizeof(line), in)) {
		if (sscanf(line, "%*s %*s %*s %*s %*s %*s %lu %127s", &inode,
			   name) != 2 || !has_socket(inode))
			continue;
		own++;
		abstract += name[0] == '@';
	}
	fclose(in);
	assert_int_equal(abstract, 0);
	assert_true(own >= 3); /* ptp4l's answers, status, control */
	assert_int_equal(access(at("run/clock.ptp0"), F_OK), 0);
	the_daemon_stops(SIGTERM);
	assert_int_equal(access(at("run/clock.ptp0"), F_OK), -1);
}

/* And counts among those that are configured (A3). */
static void a_driver_that_cannot_be_opened_stops_nobody(void **state)
{
	struct json_object *doc, *source;
	char text[512];

	(void)state;
	put_file("taken", "not a socket");
	snprintf(text, sizeof(text), NO_CHRONY
		 "ptp = { monitor = \"%s\"; device = \"realtime\"; };",
		 at("taken"));
	put_config(text);
	pid = start_daemon("log");
	expect_line("log", "ptp: File exists");
	expect_line("log", "publishes to");
	expect_line("log", "chrony: no chronyd at");
	doc = get_status();
	assert_int_equal(json_object_array_length(
				 member(doc, "sources", NULL)), 1);
	source = json_object_array_get_idx(member(doc, "sources", NULL), 0);
	assert_string_equal(json_object_get_string(member(source, "name",
							  NULL)), "ptp");
	json_object_put(doc);
	the_daemon_stops(SIGTERM);
	assert_string_equal(file_text("taken"), "not a socket");
}

static void a_reload_opens_what_changed_and_leaves_the_others(void **state)
{
	struct json_object *doc;
	int64_t since_ns;

	(void)state;
	put_config(NO_CHRONY OTHERS);
	pid = start_daemon("log");
	expect_line("log", "ptp: no ptp4l at /nowhere/ptp4l");
	expect_line("log", "chrony: no chronyd at");
	doc = get_status();
	since_ns = json_object_get_int64(member(driver_of(doc, 0),
						"since_raw_ns", NULL));
	json_object_put(doc);
	put_config(NO_CHRONY
		   "phc = ( { device = \"/nowhere/ptp0\";"
		   " error_bound = \"1us\"; }, { device = \"/nowhere/ptp1\";"
		   " error_bound = \"2us\"; } );");
	kill(pid, SIGHUP);
	expect_line("log", "timed: reloaded");
	expect_line("log", "ptp: 0 of them, was 1");
	expect_line("log", "phc: 2 of them, was 1");
	expect_line("log", "phc[1].error_bound: 2us, was unset");
	expect_line("log", "phc /nowhere/ptp1: /nowhere/ptp1: No such file");
	doc = get_status();
	assert_int_equal(json_object_array_length(
				 member(doc, "drivers", NULL)), 3);
	assert_true(json_object_get_int64(member(driver_of(doc, 0),
						 "since_raw_ns", NULL)) ==
		    since_ns);
	assert_string_equal(json_object_get_string(member(doc, "config",
							  "phc[1].device")),
			    "/nowhere/ptp1");
	json_object_put(doc);
	the_daemon_stops(SIGTERM);
}

static void a_bad_reload_changes_nothing(void **state)
{
	struct json_object *doc;

	(void)state;
	the_daemon_runs();
	put_config("publish_interval = \"50ms\"; horizn = \"1s\";");
	kill(pid, SIGHUP);
	expect_line("log", "not reloaded: the configuration stays");
	doc = get_status();
	assert_string_equal(json_object_get_string(member(doc, "config",
							  "publish_interval")),
			    "100ms");
	assert_non_null(strstr(
		json_object_get_string(member(doc, "process", "reload_error")),
		"did you mean \"horizon\"?"));
	json_object_put(doc);
	/* good by itself, but not with the horizon that stays */
	put_config("publish_interval = \"5s\"; horizon = \"10s\";");
	kill(pid, SIGHUP);
	expect_line("log", "horizon (1s) must be at least twice "
			   "publish_interval (5s)");
	the_daemon_stops(SIGTERM);
}

static void a_status_socket_can_come_and_go(void **state)
{
	(void)state;
	the_daemon_runs();
	put_config(NO_CHRONY);
	put_file("timed.conf", "");
	{
		char text[512];

		snprintf(text, sizeof(text),
			 "segment = \"%s\"; status_socket = \"\";"
			 " control_socket = \"\";\n"
			 "drift_file = \"\";\n" NO_CHRONY, at("run/clock"));
		put_file("timed.conf", text);
	}
	kill(pid, SIGHUP);
	expect_line("log", "timed: reloaded");
	assert_int_equal(access(at("status.sock"), F_OK), -1);
	put_config(NO_CHRONY);
	kill(pid, SIGHUP);
	expect_line("log", "status_socket: ");
	for (int ms = 0; ms < PATIENCE_MS && access(at("status.sock"), F_OK);
	     ms += 10)
		usleep(10000);
	json_object_put(get_status());
	the_daemon_stops(SIGTERM);
}

static void a_bad_drift_file_is_kept_and_does_no_harm(void **state)
{
	(void)state;
	put_file("drift", "rubbish\n");
	the_daemon_runs();
	expect_line("log", "it is no drift file; moved aside");
	assert_string_equal(file_text("drift.bad"), "rubbish\n");
	the_daemon_stops(SIGTERM);
}

static void a_foreign_file_is_not_written_over(void **state)
{
	(void)state;
	mkdir(at("run"), 0755);
	put_file("run/clock", "precious");
	put_config(NO_CHRONY);
	assert_int_equal(wait_for(start_daemon("log")), 1);
	assert_non_null(strstr(file_text("log"), "is not a clock segment"));
	assert_string_equal(file_text("run/clock"), "precious");
}

static void the_manager_is_told(void **state)
{
	struct sockaddr_un me = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct timeval patience = { .tv_sec = 10 };
	bool ready = false, watchdog = false, status = false;
	char text[256];

	(void)state;
	snprintf(me.sun_path, sizeof(me.sun_path), "%s", at("notify"));
	assert_int_equal(bind(fd, (struct sockaddr *)&me, sizeof(me)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setenv("NOTIFY_SOCKET", me.sun_path, 1);
	setenv("WATCHDOG_USEC", "400000", 1);
	the_daemon_runs();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	for (int i = 0; i < 20 && !(ready && watchdog && status); i++) {
		ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

		assert_true(n > 0);
		text[n] = '\0';
		ready |= strcmp(text, "READY=1") == 0;
		watchdog |= strcmp(text, "WATCHDOG=1") == 0;
		status |= strcmp(text, "STATUS=UNSYNCHRONIZED") == 0;
	}
	assert_true(ready && watchdog && status);
	the_daemon_stops(SIGTERM);
	close(fd);
}

/* "Seccomp:\t2" of /proc/PID/status: filtered. */
static int seccomp_mode(void)
{
	char path[40], line[128];
	int mode = -1;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	in = fopen(path, "re");
	assert_non_null(in);
	while (fgets(line, sizeof(line), in))
		if (sscanf(line, "Seccomp: %d", &mode) == 1)
			break;
	fclose(in);
	return mode;
}

static void it_is_confined_or_says_why_not(void **state)
{
	const char *refusal = confine_filter_refusal();
	struct json_object *doc;

	(void)state;
	the_daemon_runs();
	doc = get_status();
	assert_int_equal(seccomp_mode(), refusal ? 0 : 2);
	assert_int_equal(json_object_get_boolean(member(doc, "process",
							"sandbox")), !refusal);
	if (refusal)
		assert_string_equal(
			json_object_get_string(member(doc, "process",
						      "sandbox_off_reason")),
			refusal);
	json_object_put(doc);
	the_daemon_stops(SIGTERM);

	put_config("chrony = { enable = false; };\nsandbox = false;");
	pid = start_daemon("off");
	expect_line("off", "publishes to");
	expect_line("off", "system calls are not filtered: sandbox = false");
	doc = get_status();
	assert_int_equal(seccomp_mode(), 0);
	assert_false(json_object_get_boolean(member(doc, "process",
						    "sandbox")));
	assert_string_equal(json_object_get_string(member(
				    doc, "process", "sandbox_off_reason")),
			    "sandbox = false");
	json_object_put(doc);
	the_daemon_stops(SIGTERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(it_tells_its_version_and_its_usage),
		EACH(the_defaults_it_prints_are_a_good_configuration),
		EACH(a_bad_configuration_is_told_and_ends_with_2),
		EACH(it_publishes_answers_and_stops_as_told),
		EACH(a_second_one_is_refused_and_harms_nothing),
		EACH(a_restart_goes_on_with_the_same_segment),
		EACH(a_reload_takes_over_what_it_can),
		EACH(several_drivers_run_beside_one_another),
		EACH(no_socket_of_its_is_abstract),
		EACH(a_driver_that_cannot_be_opened_stops_nobody),
		EACH(a_reload_opens_what_changed_and_leaves_the_others),
		EACH(a_bad_reload_changes_nothing),
		EACH(a_status_socket_can_come_and_go),
		EACH(a_bad_drift_file_is_kept_and_does_no_harm),
		EACH(a_foreign_file_is_not_written_over),
		EACH(the_manager_is_told),
		EACH(it_is_confined_or_says_why_not),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
