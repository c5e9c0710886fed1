/* SPDX-License-Identifier: Apache-2.0 */
/* How far a trusted PHC may be off. See phc_bound.h. */
#include "drivers/phc_bound.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

/* More says nothing. */
#define ERROR_NS_MAX (10 * NS_PER_S)

/* What ENA's phc_error_bound shows when there is none: all ones. */
#define ENA_INVALID INT64_C(4294967295)

void phc_bound_init(struct phc_bound *b, int64_t error_ns, const char *path,
		    const struct phc_ops *ops)
{
	*b = (struct phc_bound){.error_ns = error_ns,
				.path = path,
				.ops = ops ? ops : &phc_linux};
}

void phc_bound_close(struct phc_bound *b)
{
	vmclock_close(b->vmclock);
	b->vmclock = NULL;
}

static bool is_vmclock(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strncmp(slash ? slash + 1 : path, "vmclock", 7) == 0;
}

static int fail(int err, const char *text, char *ret_error)
{
	snprintf(ret_error, PHC_BOUND_ERROR_SIZE, "error bound: %s", text);
	return err;
}

static int read_file(struct phc_bound *b, int64_t *ret_ns, char *ret_error)
{
	char line[32], *end;
	const int err = b->ops->line(b->ops->arg, b->path, line, sizeof(line));
	long long ns;

	if (err)
		return fail(err, strerror(-err), ret_error);
	errno = 0;
	ns = strtoll(line, &end, 10);
	if (end == line || *end || errno)
		return fail(-EPROTO, "its file has no number", ret_error);
	if (ns < 0 || ns > ERROR_NS_MAX || ns == ENA_INVALID)
		return fail(-ENODATA, "its file says there is none", ret_error);
	*ret_ns = ns;
	return 0;
}

/* What is needed to compare the two instants at all. */
static bool is_comparable(const struct vmclock_page *p, enum source_scale scale)
{
	const enum vmclock_type own =
		scale == SCALE_TAI ? VMCLOCK_TAI : VMCLOCK_UTC;

	return p->type == own ||
	       (p->type != VMCLOCK_OTHER && p->has_tai_offset);
}

/* How long ago the page's instant was, by the PHC. */
static int64_t age_ns(const struct vmclock_page *p, int64_t phc_ns,
		      enum source_scale scale)
{
	const int64_t tai_ns = p->tai_offset_s * NS_PER_S;
	int64_t age = phc_ns - p->time_ns;

	if (p->type == VMCLOCK_TAI && scale == SCALE_UTC)
		age += tai_ns;
	if (p->type == VMCLOCK_UTC && scale == SCALE_TAI)
		age -= tai_ns;
	return llabs(age);
}

static int read_vmclock(struct phc_bound *b, int64_t phc_ns,
			enum source_scale scale, int64_t *ret_ns,
			char *ret_error)
{
	struct vmclock_page p;
	double error_ns;
	int err = 0;

	if (!b->vmclock)
		err = vmclock_open(b->path, &b->vmclock);
	if (!err)
		err = vmclock_read(b->vmclock, &p);
	if (err)
		return fail(err, strerror(-err), ret_error);
	if (!p.is_reliable)
		return fail(-ENODATA, "the hypervisor's clock is not in order",
			    ret_error);
	if (!p.has_error)
		return fail(-ENODATA, "the hypervisor states none", ret_error);
	if (!is_comparable(&p, scale))
		return fail(-ENODATA, "the vmclock is of another scale",
			    ret_error);
	error_ns = ceil((double)p.error_ns +
			p.error_ppb * 1e-9 * (double)age_ns(&p, phc_ns, scale));
	if (!(error_ns <= (double)ERROR_NS_MAX))
		return fail(-ENODATA, "the hypervisor's has grown too large",
			    ret_error);
	*ret_ns = (int64_t)error_ns + 1;
	return 0;
}

int phc_bound_read(struct phc_bound *b, int64_t phc_ns, enum source_scale scale,
		   int64_t *ret_ns, char ret_error[PHC_BOUND_ERROR_SIZE])
{
	if (b->path[0] == '\0') {
		*ret_ns = b->error_ns;
		return 0;
	}
	if (is_vmclock(b->path))
		return read_vmclock(b, phc_ns, scale, ret_ns, ret_error);
	return read_file(b, ret_ns, ret_error);
}
