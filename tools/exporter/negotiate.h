/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the formats a client wants, by its Accept header (RFC 9110, 12.5.1):
 * OpenMetrics where it asks for it and likes nothing better; else classic. */
#ifndef NEGOTIATE_H
#define NEGOTIATE_H

#include "tools/exporter/exposition.h"

/* `accept` may be NULL or anything. */
enum expo_dialect negotiate(const char *accept);

#endif
