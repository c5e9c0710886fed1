/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmdmon-watch: the chrony driver, watched (watch.h).
 *
 * usage: cmdmon-watch PORT SOCKET SECONDS [ASYMMETRY_NS [D_MIN_NS]]
 * exit: 0, 1 on a miss or without samples, 2 usage
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/watch.h"

int main(int argc, char **argv)
{
	struct chrony_options opt = {.host = "127.0.0.1",
				     .poll_ns = 250000000,
				     .asymmetry_ns = -1,
				     .server_scale = 2};
	struct driver *driver;
	int err;

	if (argc < 4) {
		fprintf(stderr, "usage: cmdmon-watch PORT SOCKET SECONDS "
				"[ASYMMETRY_NS [D_MIN_NS]]\n");
		return 2;
	}
	opt.port = atoi(argv[1]);
	opt.socket = argv[2];
	if (argc > 4)
		opt.asymmetry_ns = atoll(argv[4]);
	if (argc > 5)
		opt.delay_ns_min = atoll(argv[5]);
	err = driver_chrony_open(&opt, watch_env(), &watch_sink, &driver);
	if (err) {
		fprintf(stderr, "cmdmon-watch: %s\n", strerror(-err));
		return 1;
	}
	return watch_run(driver, atoll(argv[3]));
}
