/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A UDP socket whose packets are stamped: by the network card where it does that
 * already (nothing here switches it on: the card may serve others), by the
 * kernel where the driver supports it, and always by the program itself.
 *
 * A stamp of sending is never later than the packet left, one of receiving never
 * earlier than it came: each is held against the program's own, which stands on
 * the far side of it, and dropped when it is on the wrong one (the clock was
 * stepped in between, or a driver's stamp is late).
 */
#ifndef PRECISION_SOCKET_H
#define PRECISION_SOCKET_H

#include <stdbool.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "tools/skew/precision_packet.h"

/* All stamps of one event; 0: there is none. */
struct precision_stamps {
	int64_t user_ns, kernel_ns, hardware_ns;
};

/* Add what is known later; a kernel's stamp of sending that is before `user_ns`
 * is dropped. */
void precision_stamps_merge(struct precision_stamps *into,
			    const struct precision_stamps *sent);

/* The one to go by: hardware where it is wanted and there, else the best of
 * CLOCK_REALTIME. */
enum precision_stamp precision_stamps_best(const struct precision_stamps *s,
					   enum precision_stamp wanted,
					   int64_t *ret_ns);

struct precision_address {
	struct sockaddr_storage at;
	socklen_t size;
};

/* Bound to `local` (its port may be 0), or, where it is NULL, connected to
 * `far`. A non-blocking fd, or negative errno; -ENOTSUP: no kernel stamps. */
int precision_socket_open(const struct precision_address *local,
			  const struct precision_address *far);

/* `to` NULL: where it is connected to. Writes the stamp of before. 0, -EAGAIN,
 * or negative errno. */
int precision_socket_send(int fd, const struct precision_packet *p,
			  const struct precision_address *to,
			  int64_t *ret_user_ns);

/* What came in: 0; -EAGAIN: nothing; -EPROTO: junk, which is gone now; -EINTR
 * or negative errno of the path (ICMP): try again. */
int precision_socket_receive(int fd, struct precision_packet *ret,
			     struct precision_address *ret_from,
			     struct precision_stamps *ret_stamps);

/* When something went out, as it was sent: 0; -EAGAIN: nothing more; -EPROTO:
 * none of ours. The user's stamp is not in it. */
int precision_socket_sent(int fd, struct precision_packet *ret,
			  struct precision_stamps *ret_stamps);

int64_t precision_realtime_ns(void);

#endif
