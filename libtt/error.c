/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of the errors libtt gives. */
#include <errno.h>
#include <limits.h>

#include "tt/tt.h"

const char *tt_strerror(int err)
{
	switch (err > 0 ? -err : err) {
	case 0:
		return "success";
	case -ENOENT:
		return "no clock segment: timed has not run";
	case -EACCES:
		return "clock segment, or the vmclock page it asks for, may not be "
		       "read";
	case -EPROTO:
		return "not a clock segment this library can read";
	case -EAGAIN:
		return "no whole publication seen, try again";
	case -ENODATA:
		return "clock is unsynchronized: there is no bound";
	case -ESTALE:
		return "bound has run out: timed is dead, of another boot, or the "
		       "counter was disrupted";
	case -ETIMEDOUT:
		return "timed out";
	case -ECANCELED:
		return "wait was canceled";
	case -ERANGE:
		return "time is out of range";
	case -EINVAL:
		return "invalid argument";
	case -EBUSY:
		return "state is in use by another";
	case -EIO:
		return "state cannot be read or written";
	case -ENOMEM:
		return "out of memory";
	default:
		return "unknown error";
	}
}
