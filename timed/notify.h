/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service manager: sd_notify(3)'s protocol, which is one datagram. Without
 * $NOTIFY_SOCKET all of it does nothing.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdint.h>

/* 0, or negative errno when there is a socket and it cannot be used. */
int notify_open(void);
void notify_close(void);

/* "READY=1", "STATUS=..." */
void notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How often the watchdog wants to be fed ($WATCHDOG_USEC); 0: it does not. */
int64_t notify_watchdog_ns(void);

#endif
