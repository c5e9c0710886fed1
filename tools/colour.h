/* SPDX-License-Identifier: Apache-2.0 */
/* May standard output be coloured? A terminal that is not dumb may, unless
 * NO_COLOR says no (no-color.org); CLICOLOR_FORCE says yes of anything. */
#ifndef COLOUR_H
#define COLOUR_H

#include <stdbool.h>

bool colour_is_wanted(void);

#endif
