/* SPDX-License-Identifier: Apache-2.0 */
/* A page or document that a program is told to write to a file. */
#ifndef PAGE_FILE_H
#define PAGE_FILE_H

#include <stdio.h>

/* 0 or negative errno. What goes wrong in `out` itself it need not tell. */
typedef int page_file_write(void *arg, FILE *out);

/*
 * Whole or not at all: a file beside `path` takes its place when all is written.
 * What is no file (a pipe, a device, a link to one) is written to, never
 * replaced. 0 or negative errno.
 */
int page_file(const char *path, page_file_write *write, void *arg);

/* Before hours of work whose page it is: could it be put there? An earlier file
 * is left as it is. 0 or negative errno. */
int page_file_probe(const char *path);

#endif
