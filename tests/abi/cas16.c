/* SPDX-License-Identifier: Apache-2.0 */
/* cas16.h for the machine the compiler is told, without any libc of it. */
#include "libtt/cas16.h"

bool swap(struct cas16_cell *cell, struct cas16 *seen, struct cas16 next);

bool swap(struct cas16_cell *cell, struct cas16 *seen, struct cas16 next)
{
	return cas16_swap(cell, seen, next);
}
