/* SPDX-License-Identifier: Apache-2.0 */
/* Telling the daemon of rejected remotes. See hlc_report.h. */
#include "libtt/hlc_report.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libtt/lock.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little-endian");

/* The socket beside the segment. False: the path is too long for one. */
static bool make_address(const char *segment_path, struct sockaddr_un *ret)
{
	const char *slash = strrchr(segment_path, '/');
	const size_t dir = slash ? (size_t)(slash - segment_path) + 1 : 0;

	if (dir + sizeof(HLC_REPORT_SOCKET) > sizeof(ret->sun_path))
		return false;
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(ret->sun_path, segment_path, dir);
	memcpy(ret->sun_path + dir, HLC_REPORT_SOCKET,
	       sizeof(HLC_REPORT_SOCKET));
	return true;
}

/* A socket of its own each time: nothing is left open in somebody's process,
 * and a child of fork() has its own credentials. */
static bool tell(const char *segment_path,
		 const uint64_t word[HLC_REPORT_WORDS])
{
	const size_t size = HLC_REPORT_WORDS * sizeof(*word);
	struct sockaddr_un at;
	ssize_t sent;
	int fd;

	if (!make_address(segment_path, &at))
		return false;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	sent = sendto(fd, word, size, MSG_DONTWAIT | MSG_NOSIGNAL,
		      (const struct sockaddr *)&at, sizeof(at));
	close(fd);
	return sent == (ssize_t)size;
}

/* Relaxed: it guards no data, only picks one thread an interval. A clock that
 * is behind `next` by more than that is another boot's, or a test's. */
static bool is_time(struct hlc_report *r, int64_t raw_ns)
{
	int64_t next_ns =
		atomic_load_explicit(&r->next_raw_ns, memory_order_relaxed);

	if (raw_ns < next_ns && next_ns - raw_ns <= HLC_REPORT_INTERVAL_NS)
		return false;
	return atomic_compare_exchange_strong_explicit(
		&r->next_raw_ns, &next_ns, raw_ns + HLC_REPORT_INTERVAL_NS,
		memory_order_relaxed, memory_order_relaxed);
}

void hlc_report_rejected(struct hlc_report *r, const char *segment_path,
			 const struct tt_interval *now, int64_t wall_ns,
			 int64_t excess_ns, int64_t excess_ns_max)
{
	const int errno_saved = errno;
	uint64_t word[HLC_REPORT_WORDS], untold;
	int held;

	if (*segment_path == '\0')
		return;
	atomic_fetch_add_explicit(&r->untold, 1, memory_order_relaxed);
	if (!is_time(r, now->raw_ns))
		return;
	untold = atomic_exchange_explicit(&r->untold, 0, memory_order_relaxed);
	if (untold == 0)
		return; /* another thread has told of ours as well */
	word[HLC_REPORT_MAGIC_WORD] = HLC_REPORT_MAGIC;
	word[HLC_REPORT_REJECTED] = untold;
	word[HLC_REPORT_EXCESS_NS] = (uint64_t)excess_ns;
	word[HLC_REPORT_EXCESS_NS_MAX] = (uint64_t)excess_ns_max;
	word[HLC_REPORT_WALL_NS] = (uint64_t)wall_ns;
	word[HLC_REPORT_LATEST_NS] = (uint64_t)now->latest_ns;
	held = cancel_hold();
	if (!tell(segment_path, word))
		atomic_fetch_add_explicit(&r->untold, untold,
					  memory_order_relaxed);
	cancel_release(held);
	errno = errno_saved;
}
