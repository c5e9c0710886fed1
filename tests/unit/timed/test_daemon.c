/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program itself, without a chronyd: what it prints, how it ends, what it
 * leaves behind, and what SIGHUP does. TIMED_PROGRAM is its path.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "libtt/segment.h"
#include "tt/tt.h"

#define PATIENCE_MS 10000

static char dir[] = "/tmp/test_daemon.XXXXXX";
static pid_t pid; /* 0: none runs */

static const char *at(const char *name)
{
	static char path[4][128];
	static int next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", dir, name);
	return path[next];
}

static void put_file(const char *name, const char *text)
{
	FILE *out = fopen(at(name), "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

/* The settings of every test, then `more`. */
static void put_config(const char *more)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "segment = \"%s\";\nstatus_socket = \"%s\";"
		 " control_socket = \"%s\";\n"
		 "drift_file = \"%s\";\n%s\n",
		 at("run/clock"), at("status.sock"), at("control.sock"),
		 at("drift"), more);
	put_file("timed.conf", text);
}

static const char *file_text(const char *name)
{
	static char text[65536];
	FILE *in = fopen(at(name), "r");

	text[0] = '\0';
	if (!in)
		return text;
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	return text;
}

static pid_t start(const char *log, char *const argv[])
{
	pid_t child = fork();
	int fd;

	assert_true(child >= 0);
	if (child > 0)
		return child;
	fd = open(at(log), O_WRONLY | O_CREAT | O_TRUNC, 0644);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execv(TIMED_PROGRAM, argv);
	_exit(127);
}

static pid_t start_daemon(const char *log)
{
	char program[] = "timed", f[] = "-f", config[128];
	char *argv[] = { program, f, config, NULL };

	snprintf(config, sizeof(config), "%s", at("timed.conf"));
	return start(log, argv);
}

static int wait_for(pid_t child)
{
	int status;

	for (int ms = 0; ms < PATIENCE_MS; ms += 10) {
		if (waitpid(child, &status, WNOHANG) == child)
			return WIFEXITED(status) ? WEXITSTATUS(status)
						 : 128 + WTERMSIG(status);
		usleep(10000);
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	fail_msg("it does not end");
	return -1;
}

static int run(const char *log, const char *first, const char *second,
	       const char *third)
{
	char program[] = "timed", a[3][128];
	char *argv[5] = { program };
	const char *given[] = { first, second, third };

	for (int i = 0; i < 3 && given[i]; i++) {
		snprintf(a[i], sizeof(a[i]), "%s", given[i]);
		argv[i + 1] = a[i];
	}
	return wait_for(start(log, argv));
}

static void expect_line(const char *log, const char *line)
{
	for (int ms = 0; ms < PATIENCE_MS; ms += 10) {
		if (strstr(file_text(log), line))
			return;
		usleep(10000);
	}
	fail_msg("not in the log: %s\n%s", line, file_text(log));
}

static struct json_object *get_status(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	static char text[1 << 20];
	size_t have = 0;
	ssize_t n;

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", at("status.sock"));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	while ((n = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
		have += (size_t)n;
	close(fd);
	assert_int_equal(n, 0);
	text[have] = '\0';
	return json_tokener_parse(text);
}

static struct json_object *member(struct json_object *o, const char *first,
				  const char *second)
{
	o = json_object_object_get(o, first);
	return second ? json_object_object_get(o, second) : o;
}

static struct segment *map_segment(ino_t *ret_ino)
{
	int fd = open(at("run/clock"), O_RDONLY);
	struct segment *seg;
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*ret_ino = st.st_ino;
	seg = mmap(NULL, SEGMENT_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(seg != MAP_FAILED);
	close(fd);
	return seg;
}

#define NO_CHRONY "chrony = { port = 3; socket = \"\"; };"

static void the_daemon_runs(void)
{
	put_config(NO_CHRONY);
	pid = start_daemon("log");
	expect_line("log", "publishes to");
}

static void the_daemon_stops(int signal)
{
	assert_int_equal(kill(pid, signal), 0);
	assert_int_equal(wait_for(pid), 0);
	pid = 0;
}

static void it_tells_its_version_and_its_usage(void **state)
{
	(void)state;
	assert_int_equal(run("out", "--version", NULL, NULL), 0);
	assert_string_equal(file_text("out"), "timed " TIMED_VERSION "\n");
	assert_int_equal(run("out", "--help", NULL, NULL), 0);
	assert_non_null(strstr(file_text("out"), "usage: timed"));
	assert_int_equal(run("out", "--frobnicate", NULL, NULL), 2);
	assert_int_equal(run("out", "surplus", NULL, NULL), 2);
	assert_int_equal(run("out", "-f", NULL, NULL), 2);
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

static void expect_publications(struct segment *seg, uint64_t sequence)
{
	for (int i = 0; i < 6000; i++) {
		if (atomic_load(&seg->sequence) >= sequence)
			return;
		usleep(10000);
	}
	fail_msg("no publication in a minute");
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

static void a_driver_that_cannot_be_opened_stops_nobody(void **state)
{
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

/* ---- vmclock ---- */

static void put_word(int fd, off_t at, uint64_t value, size_t size)
{
	assert_int_equal(pwrite(fd, &value, size, at), (ssize_t)size);
}

static int new_vmclock(void)
{
	int fd = open(at("vmclock0"), O_RDWR | O_CREAT, 0644);

	assert_int_equal(ftruncate(fd, 4096), 0);
	put_word(fd, 0x00, 0x4b4c4356, 4);
	put_word(fd, 0x04, 4096, 4);
	put_word(fd, 0x08, 1, 2);
	put_word(fd, 0x10, 1, 8);
	return fd;
}

static void a_disruption_that_the_hypervisor_tells_is_a_new_epoch(void **state)
{
	struct json_object *doc;
	char text[256];
	int fd = new_vmclock();

	(void)state;
	snprintf(text, sizeof(text), NO_CHRONY "vmclock = \"%s\";",
		 at("vmclock0"));
	put_config(text);
	pid = start_daemon("log");
	expect_line("log", "vmclock0: disruptions are told there");
	expect_line("log", "publishes to");
	put_word(fd, 0x0c, 1, 4); /* being changed: not looked at */
	put_word(fd, 0x10, 2, 8);
	put_word(fd, 0x0c, 2, 4);
	expect_line("log", "new epoch: the hypervisor disrupted the counter");
	doc = get_status();
	assert_string_equal(json_object_get_string(member(doc, "clock",
							  "epoch_reason")),
			    "the hypervisor disrupted the counter");
	json_object_put(doc);
	the_daemon_stops(SIGTERM);
	close(fd);
}

/* One that was made after now. */
static struct segment_slot next_publication(void)
{
	struct segment_slot slot;
	struct segment *seg;
	uint64_t sequence;
	ino_t ino;

	seg = map_segment(&ino);
	expect_publications(seg, atomic_load(&seg->sequence) + 2);
	assert_int_equal(segment_read(seg, &slot, &sequence), 0);
	munmap(seg, SEGMENT_SIZE);
	return slot;
}

/* Readers are told by which marker to believe, and only where that is asked. */
static void the_marker_is_published_for_readers_to_check(void **state)
{
	struct segment_slot slot;
	int fd = new_vmclock();
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), NO_CHRONY "vmclock = \"%s\";"
		 "vmclock_readers = \"check\";", at("vmclock0"));
	put_config(text);
	pid = start_daemon("log");
	expect_line("log", "publishes to");
	slot = next_publication();
	assert_true(slot.flags & TT_FLAG_VMCLOCK);
	assert_int_equal(slot.marker, 1);
	put_word(fd, 0x10, 2, 8);
	expect_line("log", "new epoch: the hypervisor disrupted the counter");
	slot = next_publication();
	assert_true(slot.flags & TT_FLAG_VMCLOCK);
	assert_int_equal(slot.marker, 2);
	snprintf(text, sizeof(text), NO_CHRONY "vmclock = \"%s\";",
		 at("vmclock0"));
	put_config(text);
	kill(pid, SIGHUP);
	expect_line("log", "reloaded");
	slot = next_publication();
	assert_false(slot.flags & TT_FLAG_VMCLOCK);
	assert_int_equal(slot.marker, 0);
	the_daemon_stops(SIGTERM);
	close(fd);
}

static void a_page_to_check_that_is_not_there_is_told(void **state)
{
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), NO_CHRONY "vmclock = \"%s\";"
		 "vmclock_readers = \"check\";", at("vmclock9"));
	put_config(text);
	pid = start_daemon("log");
	expect_line("log", "readers are not told to look");
	the_daemon_stops(SIGTERM);
}

static void a_page_that_is_no_vmclock_is_told_and_left(void **state)
{
	char text[256];

	(void)state;
	put_file("vmclock0", "rubbish");
	snprintf(text, sizeof(text), NO_CHRONY "vmclock = \"%s\";",
		 at("vmclock0"));
	put_config(text);
	pid = start_daemon("log");
	expect_line("log", "vmclock0: Protocol error: no disruption will be "
			   "told");
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

static int make_directory(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("JOURNAL_STREAM");
	return mkdtemp(dir) ? 0 : -1;
}

static int clean(void **state)
{
	char command[64];

	(void)state;
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		pid = 0;
	}
	snprintf(command, sizeof(command), "rm -rf %s/*", dir);
	return system(command);
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(dir);
}

#define EACH(test) cmocka_unit_test_teardown(test, clean)

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
		EACH(a_driver_that_cannot_be_opened_stops_nobody),
		EACH(a_reload_opens_what_changed_and_leaves_the_others),
		EACH(a_disruption_that_the_hypervisor_tells_is_a_new_epoch),
		EACH(the_marker_is_published_for_readers_to_check),
		EACH(a_page_to_check_that_is_not_there_is_told),
		EACH(a_page_that_is_no_vmclock_is_told_and_left),
		EACH(a_bad_reload_changes_nothing),
		EACH(a_status_socket_can_come_and_go),
		EACH(a_bad_drift_file_is_kept_and_does_no_harm),
		EACH(a_foreign_file_is_not_written_over),
		EACH(the_manager_is_told),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
