/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a line what gpsd would write? libgps trusts that it is: on a line that is
 * cut off or spliced its parser can run for ever (3.22). So nothing else than
 * one object of sound JSON, of the classes that are of use, comes to it. Pure.
 */
#ifndef GNSS_JSON_H
#define GNSS_JSON_H

#include <stdbool.h>

/* One object and nothing after it: of printable ASCII, not nested deeper than
 * gpsd's reports are, with no string or number longer than theirs. */
bool gnss_json_is_sound(const char *line);

/* Its first member is "class":"NAME". */
bool gnss_json_is_of(const char *line, const char *class);

#endif
