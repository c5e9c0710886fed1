/* SPDX-License-Identifier: Apache-2.0 */
/* The part of tt-status's page on whom the time is given to. */
#ifndef TEXT_EXPORTS_H
#define TEXT_EXPORTS_H

#include <json-c/json_object.h>
#include <stdio.h>

/* Nothing is printed where there is no export. `heading` is called first. */
void text_exports_print(FILE *out, struct json_object *doc,
			void (*heading)(void *arg, const char *text),
			void *arg);

#endif
