// SPDX-License-Identifier: GPL-2.0
/* The module: see ttlab.h. */
#include <linux/module.h>

#include "ttlab.h"

static int pairs = 1;
module_param(pairs, int, 0444);
MODULE_PARM_DESC(pairs, "pairs of NICs, 1 to 4");

static int tai_s = 37;
module_param(tai_s, int, 0444);
MODULE_PARM_DESC(tai_s, "true time - CLOCK_REALTIME at the start");

static bool precise;
module_param(precise, bool, 0444);
MODULE_PARM_DESC(precise, "the clocks have hardware cross-timestamps");

static ulong seed = 1;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "of everything random");

static struct dentry *dir;

static int __init ttlab_init(void)
{
	int rc;

	dir = debugfs_create_dir("ttlab", NULL);
	world_init(seed, tai_s * NSEC_PER_SEC, dir);
	rc = nic_create_pairs(pairs, precise, dir);
	if (rc)
		goto no_nics;
	rc = pulse_create(dir);
	if (rc)
		goto no_pulse;
	return 0;

no_pulse:
	nic_destroy();
no_nics:
	debugfs_remove_recursive(dir);
	return rc;
}

static void __exit ttlab_exit(void)
{
	debugfs_remove_recursive(dir);
	pulse_destroy();
	nic_destroy();
}

module_init(ttlab_init);
module_exit(ttlab_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Clocks, NICs and pulses with a true time, for tests");
