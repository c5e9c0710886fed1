/* SPDX-License-Identifier: Apache-2.0 */
/* Where the HTTP server listens. */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include "tools/exporter/http.h"

/* 0 and a listening, non-blocking fd; or negative errno as http_open(). */
int http_listen(const char *address, int *ret);

/* "127.0.0.1:10123": where this fd listens. */
void http_listen_name(int fd, char ret[HTTP_ADDRESS_SIZE]);

#endif
