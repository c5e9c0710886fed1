/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exporter's allow-list: it listens already, so that all it opens from now on
 * is the segment, the hypervisor's page and the daemon's socket. It writes to no
 * file.
 */
#include "tools/exporter/exporter_confine.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "confine/confine.h"

#define ANY(name)              {.call = name}
#define IS(name, n, what)      {name, CONFINE_IS, n, (uint32_t)(what)}
#define WITHOUT(name, n, bits) {name, CONFINE_WITHOUT, n, (uint32_t)(bits)}
#define TO_WRITE               (O_WRONLY | O_RDWR | O_CREAT)

static const struct confine_rule rules[] = {
	/* descriptors */
	ANY("read"), ANY("readv"), ANY("pread64"), ANY("write"), ANY("writev"),
	ANY("lseek"), ANY("close"), ANY("fcntl"), ANY("poll"), ANY("ppoll"),
	ANY("epoll_ctl"), ANY("epoll_wait"), ANY("epoll_pwait"),
	ANY("epoll_pwait2"), IS("ioctl", 1, FIONREAD), IS("ioctl", 1, TCGETS),
	/* files, to be read */
	WITHOUT("open", 1, TO_WRITE), WITHOUT("openat", 2, TO_WRITE),
	ANY("stat"), ANY("lstat"), ANY("fstat"), ANY("newfstatat"),
	ANY("statx"), ANY("access"), ANY("faccessat"), ANY("faccessat2"),
	ANY("readlink"), ANY("readlinkat"), ANY("fstatfs"),
	/* sockets: clients come in, and the daemon is asked */
	IS("socket", 0, AF_UNIX), ANY("connect"), ANY("accept"), ANY("accept4"),
	ANY("sendto"), ANY("sendmsg"), ANY("recvfrom"), ANY("recvmsg"),
	ANY("getsockopt"), ANY("setsockopt"), ANY("getsockname"),
	ANY("getpeername"), ANY("shutdown"),
	/* clocks */
	ANY("clock_gettime"), ANY("clock_gettime64"), ANY("clock_getres"),
	ANY("gettimeofday"), ANY("time"), ANY("nanosleep"),
	ANY("clock_nanosleep"), ANY("clock_nanosleep_time64"),
	/* memory, none of it to be executed */
	ANY("brk"), WITHOUT("mmap", 2, PROT_EXEC),
	WITHOUT("mprotect", 2, PROT_EXEC), ANY("munmap"), ANY("mremap"),
	ANY("madvise"), ANY("futex"), ANY("membarrier"), ANY("rseq"),
	ANY("getrandom"), ANY("sched_yield"), ANY("sysinfo"), ANY("uname"),
	/* itself */
	ANY("getpid"), ANY("gettid"), ANY("getuid"), ANY("geteuid"),
	ANY("getgid"), ANY("getegid"), ANY("sched_getaffinity"),
	ANY("getrusage"), ANY("times"), IS("prlimit64", 2, 0), ANY("getrlimit"),
	ANY("rt_sigaction"), ANY("rt_sigprocmask"), ANY("rt_sigreturn"),
	ANY("rt_sigpending"), ANY("sigaltstack"), ANY("restart_syscall"),
	ANY("tgkill"), /* abort(3): the kernel looks whom it may signal */
	ANY("exit"), ANY("exit_group"),
};

int exporter_confine(void)
{
	int err = confine_capabilities();

	return err ? err
		   : confine_filter(rules, sizeof(rules) / sizeof(rules[0]));
}

const struct confine_rule *exporter_confine_rules(size_t *ret_count)
{
	*ret_count = sizeof(rules) / sizeof(rules[0]);
	return rules;
}
