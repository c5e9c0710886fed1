/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An order as it comes over the control socket (docs/control.md): a line of
 * JSON, taken apart. Nothing here acts, and whatever the line is made of, it is
 * an order that can be given or an error in words.
 */
#ifndef CONTROL_REQUEST_H
#define CONTROL_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "drivers/driver.h"
#include "timed/log.h"

#define CONTROL_SCHEMA_VERSION 1
#define CONTROL_LINE_SIZE      1024 /* the longest line */
#define CONTROL_ERROR_SIZE     640

enum control_action {
	CONTROL_STEP,
	CONTROL_RELOAD,
	CONTROL_HOLDOVER_START,
	CONTROL_HOLDOVER_STOP,
	CONTROL_SOURCE_ENABLE,
	CONTROL_SOURCE_DISABLE,
	CONTROL_LOG_LEVEL,
	CONTROL_WITHDRAW,
	CONTROL_RESTORE
};

/* How long a bound is withdrawn that nobody restores: a machine that is to sleep
 * does so within seconds. */
#define WITHDRAW_NS	INT64_C(60000000000)
#define WITHDRAW_NS_MIN INT64_C(1000000000)
#define WITHDRAW_NS_MAX INT64_C(3600000000000)

struct control_request {
	enum control_action action;
	int64_t for_ns;                /* of CONTROL_HOLDOVER_START, _WITHDRAW */
	char source[SOURCE_NAME_SIZE]; /* of CONTROL_SOURCE_* */
	enum log_level level;          /* of CONTROL_LOG_LEVEL */
};

/* 0, or -EINVAL with what is wrong and what would be right. */
int control_request_parse(const char *text, size_t size,
			  struct control_request *ret,
			  char ret_error[CONTROL_ERROR_SIZE]);

/* "holdover-start" */
const char *control_action_name(enum control_action action);

/* For the log: "source-disable 192.0.2.1". */
#define CONTROL_TEXT_SIZE (SOURCE_NAME_SIZE + 64)
void control_request_print(const struct control_request *r,
			   char ret[CONTROL_TEXT_SIZE]);

const char *control_level_name(enum log_level level);

#endif
