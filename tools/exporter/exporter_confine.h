/* SPDX-License-Identifier: Apache-2.0 */
/* What tt-exporter may do once it serves: an allow-list of system calls. It has no
 * capability, whoever starts it. */
#ifndef EXPORTER_CONFINE_H
#define EXPORTER_CONFINE_H

#include <stddef.h>

/* 0; -EOPNOTSUPP, it cannot be had here, confine_filter_refusal() says why; or
 * negative errno. */
int exporter_confine(void);

/* The list, for its test. */
struct confine_rule;
const struct confine_rule *exporter_confine_rules(size_t *ret_count);

#endif
