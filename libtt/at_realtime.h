/* SPDX-License-Identifier: Apache-2.0 */
/* What a handle keeps for tt_at_realtime(): for the files of libtt alone. */
#ifndef TT_AT_REALTIME_H
#define TT_AT_REALTIME_H

#include <sys/types.h>

#include "libtt/realtime_pairs.h"

struct at_realtime { /* all 0: nothing yet; under the handle's lock */
	struct realtime_pairs realtime;
	int fd_plus_1; /* the timer; 0: none */
	pid_t pid;     /* whose it is: a child of fork(2) begins anew */
};

void at_realtime_close(struct at_realtime *at);

#endif
