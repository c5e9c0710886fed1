/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's allow-list. It reads clocks, files and devices by name (a reload
 * may name new ones), speaks over local and loopback sockets, writes the segment
 * by memory and a few files of its own. It runs no program, maps nothing to be
 * executed, signals nobody but itself, and sets no clock but by adjtimex(2), which
 * wants a capability.
 *
 * Where one call has several names libc's of all ages and machines are here.
 */
#include "timed/sandbox.h"

#include <errno.h>
#include <linux/pps.h>
#include <linux/ptp_clock.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "confine/confine.h"

#define ANY(name)              { .call = name }
#define IS(name, n, what)      { name, CONFINE_IS, n, (uint32_t)(what) }
#define WITHOUT(name, n, bits) { name, CONFINE_WITHOUT, n, (uint32_t)(bits) }
#define IOCTL(request)         IS("ioctl", 1, request)

static const struct confine_rule rules[] = {
	/* descriptors */
	ANY("read"), ANY("readv"), ANY("pread64"), ANY("write"), ANY("writev"),
	ANY("pwrite64"), ANY("lseek"), ANY("close"), ANY("fcntl"), ANY("dup"), ANY("dup2"), ANY("dup3"),
	ANY("poll"), ANY("ppoll"), ANY("select"), ANY("pselect6"),
	/* files: the configuration, the leap table, /proc and /sys, devices; the
	 * drift file and what else is written beside it */
	ANY("open"), ANY("openat"), ANY("stat"), ANY("lstat"), ANY("fstat"),
	ANY("newfstatat"), ANY("statx"), ANY("access"), ANY("faccessat"),
	ANY("faccessat2"), ANY("readlink"), ANY("readlinkat"),
	ANY("getdents64"), ANY("fsync"), ANY("fdatasync"), ANY("ftruncate"),
	ANY("fallocate"), ANY("rename"), ANY("renameat"), ANY("renameat2"),
	ANY("unlink"), ANY("unlinkat"), ANY("chmod"), ANY("fchmod"),
	ANY("fchmodat"), ANY("lchown"), ANY("fchownat"), ANY("statfs"),
	ANY("fstatfs"), ANY("umask"), ANY("mkdir"), ANY("mkdirat"),
	/* local sockets, and the loopback */
	IS("socket", 0, AF_UNIX), IS("socket", 0, AF_INET),
	IS("socket", 0, AF_INET6), ANY("bind"), ANY("listen"), ANY("accept"),
	ANY("accept4"), ANY("connect"), ANY("sendto"), ANY("sendmsg"),
	ANY("recvfrom"), ANY("recvmsg"), ANY("getsockopt"), ANY("setsockopt"),
	ANY("getsockname"), ANY("getpeername"), ANY("shutdown"),
	/* PTP clocks, pulses, and which clock an interface has */
	IOCTL(PTP_CLOCK_GETCAPS), IOCTL(PTP_SYS_OFFSET),
	IOCTL(PTP_SYS_OFFSET_EXTENDED), IOCTL(PTP_SYS_OFFSET_PRECISE),
	IOCTL(PTP_EXTTS_REQUEST), IOCTL(PTP_EXTTS_REQUEST2),
	IOCTL(PTP_PIN_GETFUNC), IOCTL(PTP_PIN_SETFUNC), IOCTL(PPS_GETPARAMS),
	IOCTL(PPS_SETPARAMS), IOCTL(PPS_GETCAP), IOCTL(PPS_FETCH),
	IOCTL(SIOCETHTOOL), IOCTL(FIONREAD),
	IOCTL(TCGETS), /* is the log a terminal? */
	/* clocks */
	ANY("clock_gettime"), ANY("clock_gettime64"), ANY("clock_getres"),
	ANY("gettimeofday"), ANY("time"), ANY("nanosleep"),
	ANY("clock_nanosleep"), ANY("clock_nanosleep_time64"),
	ANY("adjtimex"), ANY("clock_adjtime"),
	/* CAP_SYS_TIME in force and back, where there is one */
	ANY("capget"), ANY("capset"),
	/* memory, none of it to be executed */
	ANY("brk"), WITHOUT("mmap", 2, PROT_EXEC),
	WITHOUT("mprotect", 2, PROT_EXEC), ANY("munmap"), ANY("mremap"),
	ANY("madvise"), ANY("futex"), ANY("membarrier"), ANY("rseq"),
	ANY("getrandom"), ANY("sched_yield"), ANY("sysinfo"), ANY("uname"),
	/* itself */
	ANY("getpid"), ANY("gettid"), ANY("getppid"), ANY("getuid"),
	ANY("geteuid"), ANY("getgid"), ANY("getegid"), ANY("sched_getaffinity"),
	ANY("getrusage"), ANY("times"), IS("prlimit64", 2, 0), ANY("getrlimit"),
	ANY("rt_sigaction"), ANY("rt_sigprocmask"), ANY("rt_sigreturn"),
	ANY("rt_sigpending"), ANY("sigaltstack"), ANY("restart_syscall"),
	ANY("tgkill"), /* abort(3): the kernel looks whom it may signal */
	ANY("exit"), ANY("exit_group"),
	/* a thread, and a child of the same program, the history log's writer: it
	 * closes what is not its own and lets others go first. No new
	 * namespaces; clone3(2) hides what it is asked, and clone(2) does */
	{ .call = "clone3", .test = CONFINE_ABSENT },
	WITHOUT("clone", 0, CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID |
				CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
				CLONE_NEWCGROUP),
	ANY("pipe2"), ANY("wait4"), ANY("set_robust_list"), ANY("close_range"),
	ANY("getpriority"), ANY("setpriority"), ANY("sched_setaffinity"),
	IS("prctl", 0, PR_SET_NAME),
};

int sandbox_drop_rights(void)
{
	return confine_capabilities();
}

int sandbox_enter(bool is_wanted, struct sandbox *ret)
{
	const char *refusal = confine_filter_refusal();
	int err = 0;

	*ret = (struct sandbox){ .is_on = false };
	if (!is_wanted)
		ret->why_not = "sandbox = false";
	else if (refusal)
		ret->why_not = refusal;
	else
		err = confine_filter(rules, sizeof(rules) / sizeof(rules[0]));
	ret->is_on = is_wanted && !refusal && !err;
	return err;
}

const struct confine_rule *sandbox_rules(size_t *ret_count)
{
	*ret_count = sizeof(rules) / sizeof(rules[0]);
	return rules;
}
