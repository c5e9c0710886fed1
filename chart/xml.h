/* SPDX-License-Identifier: Apache-2.0 */
/* Text in a page that is HTML and XML at once. */
#ifndef XML_H
#define XML_H

#include <stdio.h>

/* Whatever the bytes are: markup is escaped, control characters, which XML does
 * not have, are left out, and what is not UTF-8 is '?'. NULL is nothing. */
void xml_text(FILE *out, const char *text);

#endif
