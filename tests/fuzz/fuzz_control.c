/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line that has come over the control socket, whoever made it. It is an order
 * that can be given, within its limits, or an error in words; and what is logged
 * of an order fits.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "timed/control_request.h"
#include "timed/rehearsal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static bool is_text(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static void use(const struct control_request *r)
{
	char text[CONTROL_TEXT_SIZE];

	switch (r->action) {
	case CONTROL_HOLDOVER_START:
		check(r->for_ns >= REHEARSAL_NS_MIN &&
		      r->for_ns <= REHEARSAL_NS_MAX);
		break;
	case CONTROL_WITHDRAW:
		check(r->for_ns >= WITHDRAW_NS_MIN &&
		      r->for_ns <= WITHDRAW_NS_MAX);
		break;
	case CONTROL_SOURCE_ENABLE:
	case CONTROL_SOURCE_DISABLE:
		check(is_text(r->source, sizeof(r->source)) && *r->source);
		break;
	case CONTROL_LOG_LEVEL:
		check(control_level_name(r->level) != NULL);
		break;
	case CONTROL_STEP:
	case CONTROL_RELOAD:
	case CONTROL_HOLDOVER_STOP:
	case CONTROL_RESTORE:
		break;
	}
	control_request_print(r, text);
	check(is_text(text, sizeof(text)));
	check(strncmp(text, control_action_name(r->action),
		      strlen(control_action_name(r->action))) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct control_request r;
	char error[CONTROL_ERROR_SIZE];

	if (size > CONTROL_LINE_SIZE)
		size = CONTROL_LINE_SIZE;
	memset(error, 'x', sizeof(error));
	if (control_request_parse((const char *)data, size, &r, error) == 0) {
		use(&r);
		return 0;
	}
	check(is_text(error, sizeof(error)) && *error);
	return 0;
}
