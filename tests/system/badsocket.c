/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A daemon that misbehaves on its status socket, for the tests of whoever
 * reads it: badsocket PATH MANNER. Serves until killed; prints "ready".
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void put(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		return;
}

static void pause_ms(long ms)
{
	struct timespec ts = {.tv_sec = ms / 1000,
			      .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

static void junk(int fd)
{
	static const char bytes[] = "\x7f"
				    "ELF\0\xff\xfe{]}\0garbage";

	if (send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL) < 0)
		return;
}

static void empty(int fd)
{
	(void)fd;
}

static void cut(int fd)
{
	put(fd, "{ \"schema_version\": 1, \"clock\": { \"state\": \"SYNC");
}

static void trailing(int fd)
{
	put(fd, "{ \"schema_version\": 1 } and more");
}

static void array(int fd)
{
	put(fd, "[1, 2, 3]\n");
}

static void version(int fd)
{
	put(fd, "{ \"schema_version\": 99 }\n");
}

static void hollow(int fd)
{
	put(fd, "{ \"schema_version\": 1, \"clock\": null }\n");
}

static void deep(int fd)
{
	for (int i = 0; i < 100000; i++)
		put(fd, "[");
}

/* Every field of another type, and words that would move a cursor. */
static void types(int fd)
{
	put(fd, "{ \"schema_version\": 1, \"raw_ns\": \"x\","
		" \"clock\": { \"state\": \"\\u001b[2J\\u001b[31mFINE\","
		" \"since_raw_ns\": [] }, \"budget\": { \"half_width_ns\": 1,"
		" \"terms\": [ 1, null, {}, { \"name\": 5, \"lo_ns\": 1e400 },"
		" { \"name\": \"%s%n%s\", \"lo_ns\": -9223372036854775808,"
		" \"hi_ns\": 9223372036854775807 } ] },"
		" \"sources\": [ null, [], 7, { \"name\": \"a\\nb\\u0000c\","
		" \"offset_ns\": -9223372036854775808,"
		" \"error_ns\": 99999999999999999999999,"
		" \"last_sample_age_ns\": -1, \"stratum\": 4000000000 } ],"
		" \"drivers\": {}, \"axioms\": { \"drift_ppb\": NaN,"
		" \"liars\": \"all\" } }\n");
}

/* Never ends; one byte now and then. */
static void slow(int fd)
{
	for (;;) {
		if (send(fd, " ", 1, MSG_NOSIGNAL) < 0)
			return;
		pause_ms(100);
	}
}

/* Never ends, as fast as it goes. */
static void flood(int fd)
{
	static char spaces[65536];

	memset(spaces, ' ', sizeof(spaces));
	while (send(fd, spaces, sizeof(spaces), MSG_NOSIGNAL) > 0)
		;
}

static void silent(int fd)
{
	(void)fd;
	pause_ms(60000);
}

static const struct manner {
	const char *name;
	void (*serve)(int fd);
} manner[] = {
	{"junk", junk},		{"empty", empty}, {"cut", cut},
	{"trailing", trailing}, {"array", array}, {"version", version},
	{"hollow", hollow},	{"deep", deep},	  {"types", types},
	{"slow", slow},		{"flood", flood}, {"silent", silent},
};

static const struct manner *find(const char *name)
{
	for (size_t i = 0; i < sizeof(manner) / sizeof(*manner); i++) {
		if (!strcmp(manner[i].name, name))
			return &manner[i];
	}
	return NULL;
}

static int listen_at(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(addr.sun_path, path);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 4))
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	const struct manner *m = argc == 3 ? find(argv[2]) : NULL;
	int fd;

	if (!m) {
		fputs("usage: badsocket PATH MANNER\n", stderr);
		return 2;
	}
	fd = listen_at(argv[1]);
	if (fd < 0) {
		perror("badsocket");
		return EXIT_FAILURE;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		int conn = accept(fd, NULL, NULL);

		if (conn < 0)
			return EXIT_FAILURE;
		m->serve(conn);
		close(conn);
	}
}
