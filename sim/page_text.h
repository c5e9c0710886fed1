/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of a page. Buffers have PAGE_NUMBER_SIZE bytes. */
#ifndef PAGE_TEXT_H
#define PAGE_TEXT_H

#include <stdio.h>

#define PAGE_NUMBER_SIZE 32

const char *page_duration(double ns, char *buf); /* "213 us", "1.24 ms" */
const char *page_round(double ns, char *buf);    /* "10 ms", "0.5 ns" */
const char *page_moment(double s, char *buf);    /* "02:30:00" */
const char *page_span(double s, char *buf);      /* "90 s", "24 h" */

#endif
