/* SPDX-License-Identifier: Apache-2.0 */
/* Clients' reports at the daemon: taken with the kernel's word on the sender,
 * junk refused, floods left in the kernel's queue. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "libtt/hlc_report.h"
#include "timed/hearsay.h"

#define T (INT64_C(1700000000) * 1000000000)

static struct event_base *base;
static struct hearsay *hearsay;
static char dir[64], segment[80], path[80];
static int heard;

static void on_heard(void *arg, struct hearsay_view *view)
{
	assert_ptr_equal(arg, &heard);
	view->raw_ns = 4711;
	heard++;
}

static int open_it(void)
{
	return hearsay_open(base, segment, on_heard, &heard, &hearsay);
}

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_hearsay.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(segment, sizeof(segment), "%s/clock", dir);
	snprintf(path, sizeof(path), "%s/report.sock", dir);
	base = event_base_new();
	heard = 0;
	assert_int_equal(open_it(), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	hearsay_close(hearsay);
	hearsay = NULL;
	event_base_free(base);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(rmdir(dir), 0);
	return 0;
}

static void fill(uint64_t word[HLC_REPORT_WORDS], uint64_t rejected,
		 int64_t excess_ns, int64_t excess_ns_max)
{
	word[HLC_REPORT_MAGIC_WORD] = HLC_REPORT_MAGIC;
	word[HLC_REPORT_REJECTED] = rejected;
	word[HLC_REPORT_EXCESS_NS] = (uint64_t)excess_ns;
	word[HLC_REPORT_EXCESS_NS_MAX] = (uint64_t)excess_ns_max;
	word[HLC_REPORT_WALL_NS] = (uint64_t)T + (uint64_t)excess_ns;
	word[HLC_REPORT_LATEST_NS] = (uint64_t)T;
}

/* 0 or negative errno. */
static int send_bytes(const void *bytes, size_t size)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int err = 0;

	strcpy(at.sun_path, path);
	if (sendto(fd, bytes, size, 0, (struct sockaddr *)&at, sizeof(at)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static int send_report(uint64_t rejected, int64_t excess_ns,
		       int64_t excess_ns_max)
{
	uint64_t word[HLC_REPORT_WORDS];

	fill(word, rejected, excess_ns, excess_ns_max);
	return send_bytes(word, sizeof(word));
}

static void loop(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static void reports_add_up(void **state)
{
	const struct hearsay_view *v = hearsay_view(hearsay);

	(void)state;
	assert_int_equal(send_report(3, 5000, 7000), 0);
	assert_int_equal(send_report(2, 6000, 6000), 0);
	loop();
	assert_int_equal(heard, 2);
	assert_int_equal(v->reports, 2);
	assert_int_equal(v->rejected, 5);
	assert_int_equal(v->excess_ns_max, 7000);
	assert_int_equal(v->last.excess_ns, 6000);
	assert_int_equal(v->last.rejected, 2);
	assert_int_equal(v->last.wall_ns, T + 6000);
	assert_int_equal(v->last.latest_ns, T);
	assert_int_equal(v->raw_ns, 4711);
	assert_int_equal(v->pid, getpid());
	assert_int_equal(v->uid, getuid());
	assert_int_equal(send_report(UINT64_MAX, 1, 1), 0);
	loop();
	assert_true(v->rejected == UINT64_MAX);
}

/* Any user may; and is named by the kernel. */
static void another_user_is_named(void **state)
{
	const struct hearsay_view *v = hearsay_view(hearsay);
	const uid_t uid = getuid() == 0 ? 65534 : getuid();
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(chmod(dir, 0755), 0);
	pid = fork();
	if (pid == 0)
		_exit((getuid() == 0 && setresuid(uid, uid, uid) < 0) ||
		      send_report(1, 1, 1) < 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	loop();
	assert_int_equal(v->pid, pid);
	assert_int_equal(v->uid, uid);
}

static void what_is_no_report_is_refused(void **state)
{
	uint64_t word[HLC_REPORT_WORDS + 1];
	struct hearsay_report r;

	(void)state;
	fill(word, 1, 5, 5);
	word[HLC_REPORT_WORDS] = 0;
	assert_int_equal(hearsay_parse(word, 48, &r), 0);
	assert_int_equal(hearsay_parse(word, 47, &r), -EPROTO);
	assert_int_equal(hearsay_parse(word, 49, &r), -EPROTO);
	assert_int_equal(hearsay_parse(word, 0, &r), -EPROTO);
	word[HLC_REPORT_MAGIC_WORD]++;
	assert_int_equal(hearsay_parse(word, 48, &r), -EPROTO);
	fill(word, 0, 5, 5);
	assert_int_equal(hearsay_parse(word, 48, &r), -EPROTO);
	fill(word, 1, 0, 5);
	assert_int_equal(hearsay_parse(word, 48, &r), -EPROTO);
	fill(word, 1, -5, 5);
	assert_int_equal(hearsay_parse(word, 48, &r), -EPROTO);
	fill(word, 1, 5, 4);
	assert_int_equal(hearsay_parse(word, 48, &r), -EPROTO);
	fill(word, 1, 5, 5);
	word[HLC_REPORT_WALL_NS]++;
	assert_int_equal(hearsay_parse(word, 48, &r), -EPROTO);
	/* Saturated: from one end of time to the other. */
	fill(word, 1, INT64_MAX, INT64_MAX);
	word[HLC_REPORT_WALL_NS] = INT64_MAX;
	word[HLC_REPORT_LATEST_NS] = (uint64_t)INT64_MIN;
	assert_int_equal(hearsay_parse(word, 48, &r), 0);
}

static void junk_is_counted_and_lets_the_rest_through(void **state)
{
	const struct hearsay_view *v = hearsay_view(hearsay);
	char large[5000];

	(void)state;
	memset(large, 'x', sizeof(large));
	assert_int_equal(send_bytes(large, sizeof(large)), 0);
	assert_int_equal(send_bytes("", 0), 0);
	assert_int_equal(send_bytes("hello", 5), 0);
	assert_int_equal(send_report(1, 1, 1), 0);
	loop();
	assert_int_equal(v->refused, 3);
	assert_int_equal(v->reports, 1);
	assert_int_equal(heard, 1);
}

static int open_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Descriptors that are sent along do not stay. */
static void descriptors_are_not_taken(void **state)
{
	_Alignas(struct cmsghdr) char
		control[CMSG_SPACE(3 * sizeof(int))] = {0};
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	const int fds[3] = {0, 1, 2};
	uint64_t word[HLC_REPORT_WORDS];
	struct iovec part = {word, sizeof(word)};
	struct msghdr msg = {.msg_name = &at,
			     .msg_namelen = sizeof(at),
			     .msg_iov = &part,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	const int fd = socket(AF_UNIX, SOCK_DGRAM, 0), before = open_fds();

	(void)state;
	strcpy(at.sun_path, path);
	fill(word, 1, 1, 1);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	assert_int_equal(sendmsg(fd, &msg, 0), sizeof(word));
	loop();
	assert_int_equal(open_fds(), before);
	assert_int_equal(hearsay_view(hearsay)->reports, 1);
	close(fd);
}

/* As many as can be sent, for ever: a bounded part of each second is spent. */
static void a_flood_stays_outside(void **state)
{
	const struct hearsay_view *v = hearsay_view(hearsay);
	uint64_t seen = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		while (send_report(1, 1, 1) == 0 && seen++ < 100000)
			;
		loop();
		if (v->reports == HEARSAY_PER_S)
			break;
	}
	assert_int_equal(v->reports, HEARSAY_PER_S);
	loop();
	assert_int_equal(v->reports, HEARSAY_PER_S);
	/* It is heard again when the second is over. */
	while (v->reports == HEARSAY_PER_S)
		event_base_loop(base, EVLOOP_ONCE);
	assert_true(v->reports > HEARSAY_PER_S);
}

static void a_dead_ones_socket_is_replaced(void **state)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct hearsay *second;
	int fd;

	(void)state;
	assert_int_equal(hearsay_open(base, segment, on_heard, &heard, &second),
			 -EADDRINUSE);
	hearsay_close(hearsay);
	hearsay = NULL;
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	strcpy(at.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	close(fd);
	assert_int_equal(open_it(), 0);
	assert_int_equal(send_report(1, 1, 1), 0);
	loop();
	assert_int_equal(heard, 1);
}

static void what_is_no_socket_stays(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	hearsay_close(hearsay);
	hearsay = NULL;
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(open_it(), -EEXIST);
	assert_int_equal(stat(path, &st), 0);
	unlink(path);
	memset(segment, 'd', sizeof(segment) - 1);
	assert_null(hearsay_view(NULL));
}

static void a_deep_path_is_told(void **state)
{
	char deep[300];
	struct hearsay *none;

	(void)state;
	memset(deep, 'd', sizeof(deep));
	deep[200] = '/';
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(hearsay_open(base, deep, on_heard, &heard, &none),
			 -ENAMETOOLONG);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(reports_add_up),
		EACH(another_user_is_named),
		EACH(what_is_no_report_is_refused),
		EACH(junk_is_counted_and_lets_the_rest_through),
		EACH(descriptors_are_not_taken),
		EACH(a_flood_stays_outside),
		EACH(a_dead_ones_socket_is_replaced),
		EACH(what_is_no_socket_stays),
		EACH(a_deep_path_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
