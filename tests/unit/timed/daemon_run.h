/* SPDX-License-Identifier: Apache-2.0 */
/* The program in a directory of its own, without a chronyd. Include it in one
 * file of a test program; TIMED_PROGRAM is the program's path. */
#ifndef DAEMON_RUN_H
#define DAEMON_RUN_H

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

static inline const char *at(const char *name)
{
	static char path[4][128];
	static int next;

	next = (next + 1) % 4;
	snprintf(path[next], sizeof(path[next]), "%s/%s", dir, name);
	return path[next];
}

static inline void put_file(const char *name, const char *text)
{
	FILE *out = fopen(at(name), "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

/* The settings of every test, then `more`. */
static inline void put_config(const char *more)
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

static inline const char *file_text(const char *name)
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

static inline pid_t start(const char *log, char *const argv[])
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

static inline pid_t start_daemon(const char *log)
{
	char program[] = "timed", f[] = "-f", config[128];
	char *argv[] = {program, f, config, NULL};

	snprintf(config, sizeof(config), "%s", at("timed.conf"));
	return start(log, argv);
}

static inline int wait_for(pid_t child)
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

static inline int run(const char *log, const char *first, const char *second,
		      const char *third)
{
	char program[] = "timed", a[3][128];
	char *argv[5] = {program};
	const char *given[] = {first, second, third};

	for (int i = 0; i < 3 && given[i]; i++) {
		snprintf(a[i], sizeof(a[i]), "%s", given[i]);
		argv[i + 1] = a[i];
	}
	return wait_for(start(log, argv));
}

static inline void expect_line(const char *log, const char *line)
{
	for (int ms = 0; ms < PATIENCE_MS; ms += 10) {
		if (strstr(file_text(log), line))
			return;
		usleep(10000);
	}
	fail_msg("not in the log: %s\n%s", line, file_text(log));
}

static inline struct json_object *get_status(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
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

static inline struct json_object *member(struct json_object *o,
					 const char *first, const char *second)
{
	o = json_object_object_get(o, first);
	return second ? json_object_object_get(o, second) : o;
}

static inline struct segment *map_segment(ino_t *ret_ino)
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

static inline void the_daemon_runs(void)
{
	put_config(NO_CHRONY);
	pid = start_daemon("log");
	expect_line("log", "publishes to");
}

static inline void the_daemon_stops(int signal)
{
	assert_int_equal(kill(pid, signal), 0);
	assert_int_equal(wait_for(pid), 0);
	pid = 0;
}

static inline void expect_publications(struct segment *seg, uint64_t sequence)
{
	for (int i = 0; i < 6000; i++) {
		if (atomic_load(&seg->sequence) >= sequence)
			return;
		usleep(10000);
	}
	fail_msg("no publication in a minute");
}

static inline int make_directory(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("JOURNAL_STREAM");
	return mkdtemp(dir) ? 0 : -1;
}

static inline int clean(void **state)
{
	char command[128];

	(void)state;
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		pid = 0;
	}
	snprintf(command, sizeof(command), "rm -rf %s/* %s/.[!.]*", dir, dir);
	return system(command);
}

static inline int remove_directory(void **state)
{
	(void)state;
	return rmdir(dir);
}

/* One at a time; whatever it leaves is removed. */
#define EACH(test) cmocka_unit_test_teardown(test, clean)

#endif
