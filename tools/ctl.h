/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tt-ctl's orders: from the command line to the line that timed takes
 * (docs/control.md), and from its answer to words.
 */
#ifndef CTL_H
#define CTL_H

#include <stdbool.h>
#include <stdio.h>

#include <json-c/json_object.h>

#define CTL_LINE_SIZE 1024
#define CTL_WHY_SIZE  320

/* Exit statuses: tt-ctl(8). */
enum ctl_exit {
	CTL_DONE,
	CTL_REFUSED,
	CTL_IN_PART,   /* reloaded, but for something */
	CTL_UNREADABLE /* no daemon, or it talks junk */
};

/*
 * `words`: "holdover", "start". `for_text`: of --for, NULL: not given. 0, or
 * -EINVAL with what is wrong.
 */
int ctl_line(int count, char *const words[], const char *for_text,
	     char ret_line[CTL_LINE_SIZE], char ret_why[CTL_WHY_SIZE]);

/* The answer's verdict, and in words on `out`; a refusal's on `err`. */
enum ctl_exit ctl_judge(struct json_object *answer);
void ctl_print(struct json_object *answer, FILE *out, FILE *err);

#endif
