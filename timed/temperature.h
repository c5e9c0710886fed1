/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A temperature as the kernel's hwmon and thermal files have it: thousandths of
 * a degree Celsius, one number. For people: nothing rests on it.
 */
#ifndef TEMPERATURE_H
#define TEMPERATURE_H

#include <stdbool.h>

#define TEMPERATURE_ERROR_SIZE 384

struct temperature {
	bool has;
	double celsius;
	char error[TEMPERATURE_ERROR_SIZE]; /* "": none */
};

/* Read it; `path` "": there is none, which is no error. */
void temperature_read(const char *path, struct temperature *ret);

#endif
