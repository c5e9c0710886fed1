/* SPDX-License-Identifier: Apache-2.0 */
/* Stamped UDP. See precision_socket.h, and the kernel's
 * Documentation/networking/timestamping.rst. */
#include "tools/skew/precision_socket.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

/* A packet that was sent comes back with its headers in front: Ethernet with
 * tags, IPv6 with options, UDP. */
#define SENT_SIZE 512

/* A program that is held up for long is behind by no more than this. */
#define RECEIVE_BYTES (1 << 20)

int64_t precision_realtime_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

void precision_stamps_merge(struct precision_stamps *into,
			    const struct precision_stamps *sent)
{
	if (sent->kernel_ns >= into->user_ns)
		into->kernel_ns = sent->kernel_ns;
	if (sent->hardware_ns > 0)
		into->hardware_ns = sent->hardware_ns;
}

enum precision_stamp precision_stamps_best(const struct precision_stamps *s,
					   enum precision_stamp wanted,
					   int64_t *ret_ns)
{
	if (wanted == PRECISION_HARDWARE && s->hardware_ns > 0) {
		*ret_ns = s->hardware_ns;
		return PRECISION_HARDWARE;
	}
	if (s->kernel_ns > 0) {
		*ret_ns = s->kernel_ns;
		return PRECISION_KERNEL;
	}
	*ret_ns = s->user_ns > 0 ? s->user_ns : 0;
	return s->user_ns > 0 ? PRECISION_USER : PRECISION_NONE;
}

static int set_up(int fd)
{
	const int flags =
		SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_TX_SOFTWARE |
		SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RX_SOFTWARE |
		SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RAW_HARDWARE |
		SOF_TIMESTAMPING_OPT_CMSG | SOF_TIMESTAMPING_OPT_TX_SWHW;
	const int bytes = RECEIVE_BYTES;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags,
			  sizeof(flags))
		       ? -ENOTSUP
		       : 0;
}

int precision_socket_open(const struct precision_address *local,
			  const struct precision_address *far)
{
	const struct precision_address *a = local ? local : far;
	int fd, err;

	fd = socket(a->at.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    0);
	if (fd < 0)
		return -errno;
	err = set_up(fd);
	if (!err && local && bind(fd, (const struct sockaddr *)&a->at, a->size))
		err = -errno;
	if (!err && !local &&
	    connect(fd, (const struct sockaddr *)&a->at, a->size))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

int precision_socket_send(int fd, const struct precision_packet *p,
			  const struct precision_address *to,
			  int64_t *ret_user_ns)
{
	uint8_t data[PRECISION_PACKET_SIZE];
	int64_t user_ns;
	ssize_t n;

	precision_packet_write(p, data);
	user_ns = precision_realtime_ns();
	n = sendto(fd, data, sizeof(data), MSG_NOSIGNAL,
		   to ? (const struct sockaddr *)&to->at : NULL,
		   to ? to->size : 0);
	if (n < 0)
		return -errno;
	*ret_user_ns = user_ns;
	return 0;
}

static int64_t stamp_ns(const struct timespec *ts)
{
	return (int64_t)ts->tv_sec * 1000000000 + ts->tv_nsec;
}

/* ts[0] is the kernel's, ts[2] the card's (scm_timestamping). */
static void take_stamps(struct msghdr *m, struct precision_stamps *ret)
{
	struct scm_timestamping stamps;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET ||
		    c->cmsg_type != SCM_TIMESTAMPING ||
		    c->cmsg_len < CMSG_LEN(sizeof(stamps)))
			continue;
		memcpy(&stamps, CMSG_DATA(c), sizeof(stamps));
		ret->kernel_ns = stamp_ns(&stamps.ts[0]);
		ret->hardware_ns = stamp_ns(&stamps.ts[2]);
	}
}

/* A message with its stamps: its size or negative errno. */
static ssize_t get(int fd, int flags, uint8_t *data, size_t size,
		   struct precision_address *from,
		   struct precision_stamps *stamps, int *ret_flags)
{
	_Alignas(struct cmsghdr) char control[512];
	struct iovec iov = {data, size};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	ssize_t n;

	if (from) {
		m.msg_name = &from->at;
		m.msg_namelen = sizeof(from->at);
	}
	n = recvmsg(fd, &m, flags);
	if (n < 0)
		return -errno;
	if (from)
		from->size = m.msg_namelen;
	*stamps = (struct precision_stamps){0};
	take_stamps(&m, stamps);
	*ret_flags = m.msg_flags;
	return n;
}

int precision_socket_receive(int fd, struct precision_packet *ret,
			     struct precision_address *ret_from,
			     struct precision_stamps *ret_stamps)
{
	uint8_t data[PRECISION_PACKET_SIZE + 1];
	ssize_t n;
	int flags;

	n = get(fd, 0, data, sizeof(data), ret_from, ret_stamps, &flags);
	if (n < 0)
		return n == -EWOULDBLOCK ? -EAGAIN : (int)n;
	ret_stamps->user_ns = precision_realtime_ns();
	if (ret_stamps->kernel_ns > ret_stamps->user_ns)
		ret_stamps->kernel_ns = 0;
	return precision_packet_read(data, (size_t)n, ret);
}

int precision_socket_sent(int fd, struct precision_packet *ret,
			  struct precision_stamps *ret_stamps)
{
	uint8_t data[SENT_SIZE];
	ssize_t n;
	int flags;

	n = get(fd, MSG_ERRQUEUE, data, sizeof(data), NULL, ret_stamps, &flags);
	if (n < 0)
		return n == -EWOULDBLOCK ? -EAGAIN : (int)n;
	if (flags & MSG_TRUNC || n < PRECISION_PACKET_SIZE)
		return -EPROTO;
	return precision_packet_read(data + n - PRECISION_PACKET_SIZE,
				     PRECISION_PACKET_SIZE, ret);
}
