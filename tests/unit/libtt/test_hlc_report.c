/* SPDX-License-Identifier: Apache-2.0 */
/* What a hybrid logical clock tells the daemon of remotes beyond latest: one
 * datagram beside the segment, now and then; it never waits for anybody. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "libtt/hlc_report.h"
#include "tests/unit/libtt/live.h"
#include "tt/hlc.h"

static struct live live;
static struct tt_clock *clk;
static struct tt_hlc *hlc;
static int daemon_fd;
static struct sockaddr_un at;

static void listen_beside(void)
{
	at = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/%s", live.dir,
		 HLC_REPORT_SOCKET);
	daemon_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_true(daemon_fd >= 0);
	assert_int_equal(bind(daemon_fd, (struct sockaddr *)&at, sizeof(at)),
			 0);
}

static int setup(void **state)
{
	(void)state;
	live_open(&live);
	live_publish(&live, 0);
	assert_int_equal(tt_open(live.path, &clk), 0);
	assert_int_equal(tt_hlc_open(clk, NULL, &hlc), 0);
	listen_beside();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tt_hlc_close(hlc);
	tt_close(clk);
	close(daemon_fd);
	unlink(at.sun_path);
	live_close(&live);
	return 0;
}

/* A remote that is `ns` beyond the latest of a moment ago is rejected. */
static struct tt_hlc_time send_beyond(int64_t ns)
{
	struct tt_hlc_time remote = {0, 0}, got;
	struct tt_interval now;

	assert_int_equal(tt_now(clk, &now), 0);
	remote.wall_ns = now.latest_ns + ns;
	errno = 1234;
	assert_int_equal(tt_hlc_observe(hlc, &remote, &got), -ERANGE);
	assert_int_equal(errno, 1234);
	return remote;
}

/* Was anything told? */
static bool was_told(uint64_t word[HLC_REPORT_WORDS])
{
	const ssize_t n = recv(daemon_fd, word,
			       (HLC_REPORT_WORDS + 1) * sizeof(*word), 0);

	if (n < 0)
		return false;
	assert_int_equal(n, HLC_REPORT_WORDS * sizeof(*word));
	assert_true(word[HLC_REPORT_MAGIC_WORD] == HLC_REPORT_MAGIC);
	return true;
}

static void an_interval_passes(void)
{
	usleep(HLC_REPORT_INTERVAL_NS / 1000 + 10000);
	live_publish(&live, 0);
}

static void a_rejected_remote_is_told_at_once(void **state)
{
	uint64_t word[HLC_REPORT_WORDS + 1];
	struct tt_hlc_time remote;

	(void)state;
	remote = send_beyond(3600 * S_NS);
	assert_true(was_told(word));
	assert_int_equal(word[HLC_REPORT_REJECTED], 1);
	assert_int_equal(word[HLC_REPORT_WALL_NS], remote.wall_ns);
	assert_int_equal(word[HLC_REPORT_EXCESS_NS],
			 word[HLC_REPORT_WALL_NS] - word[HLC_REPORT_LATEST_NS]);
	assert_true(word[HLC_REPORT_EXCESS_NS] <= (uint64_t)(3600 * S_NS));
	assert_true(word[HLC_REPORT_EXCESS_NS_MAX] ==
		    word[HLC_REPORT_EXCESS_NS]);
}

static void more_are_told_with_the_next(void **state)
{
	uint64_t word[HLC_REPORT_WORDS + 1];
	struct tt_hlc_stats stats;

	(void)state;
	send_beyond(2 * 3600 * S_NS);
	assert_true(was_told(word));
	for (int i = 0; i < 1000; i++)
		send_beyond(3600 * S_NS);
	an_interval_passes();
	send_beyond(60 * S_NS);
	/* On a machine that was held up for a second there may be more. */
	for (uint64_t sum = 0; sum < 1001; sum += word[HLC_REPORT_REJECTED])
		assert_true(was_told(word));
	assert_false(was_told(word));
	assert_true(word[HLC_REPORT_EXCESS_NS] <= (uint64_t)(60 * S_NS));
	assert_true(word[HLC_REPORT_EXCESS_NS_MAX] > (uint64_t)(3600 * S_NS));
	assert_int_equal(tt_hlc_stats(hlc, &stats), 0);
	assert_int_equal(stats.rejected, 1002);
}

static void what_is_honest_is_told_nobody(void **state)
{
	uint64_t word[HLC_REPORT_WORDS + 1];
	struct tt_hlc_time t;

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(tt_hlc_now(hlc, &t), 0);
		assert_int_equal(tt_hlc_observe(hlc, &t, &t), 0);
	}
	assert_false(was_told(word));
}

/* No socket, then one: nothing is lost but time. */
static void without_a_daemon_it_is_kept(void **state)
{
	uint64_t word[HLC_REPORT_WORDS + 1];

	(void)state;
	close(daemon_fd);
	send_beyond(3600 * S_NS); /* refused */
	unlink(at.sun_path);
	an_interval_passes();
	send_beyond(3600 * S_NS); /* not there */
	listen_beside();
	an_interval_passes();
	send_beyond(3600 * S_NS);
	assert_true(was_told(word));
	assert_int_equal(word[HLC_REPORT_REJECTED], 3);
}

/* A daemon that hangs does not hold up anybody. */
static void a_full_queue_is_not_waited_for(void **state)
{
	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	uint64_t word[HLC_REPORT_WORDS + 1];
	uint64_t told = 0;

	(void)state;
	while (sendto(fd, "", 1, 0, (struct sockaddr *)&at, sizeof(at)) == 1)
		;
	assert_true(errno == EAGAIN || errno == ENOBUFS);
	close(fd);
	send_beyond(3600 * S_NS); /* must return */
	while (recv(daemon_fd, word, sizeof(word), 0) == 1)
		;
	an_interval_passes();
	send_beyond(3600 * S_NS);
	while (was_told(word))
		told += word[HLC_REPORT_REJECTED];
	assert_int_equal(told, 2);
}

/* A clock set by hand is nobody's: not even a socket in the present folder, to
 * which its empty path would lead. */
static void a_manual_clock_tells_nobody(void **state)
{
	const struct tt_hlc_time remote = {2 * S_NS, 0};
	uint64_t word[HLC_REPORT_WORDS + 1];
	struct tt_clock *manual;
	struct tt_hlc_time got;
	struct tt_hlc *own;
	char here[4096];

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(live.dir), 0);
	assert_int_equal(tt_manual_open(&manual), 0);
	assert_int_equal(tt_manual_set(manual, 0, S_NS, TT_SYNCHRONIZED), 0);
	assert_int_equal(tt_hlc_open(manual, NULL, &own), 0);
	assert_int_equal(tt_hlc_observe(own, &remote, &got), -ERANGE);
	assert_false(was_told(word));
	tt_hlc_close(own);
	tt_close(manual);
	assert_int_equal(chdir(here), 0);
}

/* A segment by a name in the present folder has its socket there. */
static void a_path_without_a_folder_works(void **state)
{
	struct hlc_report report = {0, 0};
	const struct tt_interval now = {.latest_ns = 5, .raw_ns = 1};
	uint64_t word[HLC_REPORT_WORDS + 1];
	char here[4096], deep[200];

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(live.dir), 0);
	hlc_report_rejected(&report, "clock", &now, 7, 2, 3);
	assert_int_equal(chdir(here), 0);
	assert_true(was_told(word));
	assert_int_equal(word[HLC_REPORT_EXCESS_NS], 2);
	assert_int_equal(word[HLC_REPORT_EXCESS_NS_MAX], 3);
	assert_int_equal(word[HLC_REPORT_LATEST_NS], 5);

	/* Deeper than a socket's address can say: nobody is told. */
	memset(deep, 'd', sizeof(deep));
	deep[sizeof(deep) - 2] = '/';
	deep[sizeof(deep) - 1] = '\0';
	hlc_report_rejected(&report, deep, &now, 7, 2, 3);
	assert_false(was_told(word));
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(a_rejected_remote_is_told_at_once),
		EACH(more_are_told_with_the_next),
		EACH(what_is_honest_is_told_nobody),
		EACH(without_a_daemon_it_is_kept),
		EACH(a_full_queue_is_not_waited_for),
		EACH(a_manual_clock_tells_nobody),
		EACH(a_path_without_a_folder_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
