/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a trusted PHC may be off, as somebody says: the operator in the
 * configuration, a driver in sysfs, or a hypervisor in its vmclock page.
 */
#ifndef PHC_BOUND_H
#define PHC_BOUND_H

#include "drivers/driver.h"
#include "drivers/phc_device.h"
#include "drivers/vmclock.h"

#define PHC_BOUND_ERROR_SIZE 64

struct phc_bound {
	int64_t error_ns; /* where path is "" */
	const char *path; /* the owner's; a device called vmclock... is one */
	const struct phc_ops *ops;
	struct vmclock *vmclock; /* opened when it is first asked */
};

void phc_bound_init(struct phc_bound *b, int64_t error_ns, const char *path,
		    const struct phc_ops *ops);
void phc_bound_close(struct phc_bound *b);

/*
 * The half-width for a reading phc_ns in the scale given. 0 or negative errno,
 * with a text: it cannot be read, or does not hold now.
 */
int phc_bound_read(struct phc_bound *b, int64_t phc_ns, enum source_scale scale,
		   int64_t *ret_ns, char ret_error[PHC_BOUND_ERROR_SIZE]);

#endif
