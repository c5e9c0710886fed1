/* SPDX-License-Identifier: Apache-2.0 */
/* Thresholds, and the exit code that they make. */
#include "tools/status_limits.h"

static bool is_broken(const struct status_limit *l, int64_t half_ns)
{
	return l->text && duration_range_alerts(&l->range, half_ns);
}

const struct status_limit *status_limits_broken(const struct status *s,
						const struct status_limits *l)
{
	int64_t half_ns;

	if (!l || s->segment_err)
		return NULL;
	half_ns = status_half_width_ns(s);
	if (is_broken(&l->critical, half_ns))
		return &l->critical;
	return is_broken(&l->warning, half_ns) ? &l->warning : NULL;
}

int status_exit_code(const struct status *s, const struct status_limits *l)
{
	const struct status_limit *broken = status_limits_broken(s, l);
	enum status_verdict verdict = status_judge(s);

	if (!broken || verdict == STATUS_UNREADABLE)
		return (int)verdict;
	if (broken == &l->critical)
		return 2;
	return verdict > STATUS_DEGRADED ? (int)verdict : 1;
}

const char *status_code_name(int code)
{
	static const char *const name[] = {"OK", "WARNING", "CRITICAL",
					   "UNKNOWN"};

	return code >= 0 && code < 3 ? name[code] : name[3];
}
