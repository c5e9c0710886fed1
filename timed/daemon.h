/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon: one thread and one loop that runs the drivers, publishes and
 * serves the status. Clocks come through `env` alone.
 */
#ifndef DAEMON_H
#define DAEMON_H

#include <stdbool.h>

#include "cli/cli.h"
#include "drivers/env.h"
#include "timed/config.h"

/* Exit statuses: timed(8). */
enum daemon_exit {
	DAEMON_STOPPED = 0, /* as it was told */
	DAEMON_FAILED = 1,  /* could not start or go on */
	DAEMON_CONFIG = 2,  /* the configuration is wrong */
	DAEMON_MISUSED = EXIT_USAGE
};

struct daemon_options {
	const char *config_path;
	bool config_is_required; /* named by the user */
	const char *version;
	bool is_debug;           /* log all, whatever log_level says */
};

/* Runs until SIGTERM or SIGINT; gives the exit status. */
int daemon_run(const struct daemon_options *opt, struct env *env);

#endif
