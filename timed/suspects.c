/* SPDX-License-Identifier: Apache-2.0 */
/* Who may be steering the system clock. See suspects.h. */
#include "timed/suspects.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* As the kernel has them: cut to 15 characters. */
static const char *const programs[] = {"chronyd", "phc2sys", "ntpd",
				       "systemd-timesyn", "timemaster"};

#define PROCESSES_MAX 65536

/* How many bytes; 0: it cannot be read. Ends in 0. */
static size_t read_file(const char *pid, const char *name, char *ret,
			size_t size)
{
	char path[300];
	ssize_t n;
	int fd;

	ret[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, ret, size - 1);
	close(fd);
	if (n < 0)
		n = 0;
	ret[n] = '\0';
	return (size_t)n;
}

/* chronyd -x steers nothing. */
static bool is_harmless(const char *pid)
{
	char line[1024];
	const size_t n = read_file(pid, "cmdline", line, sizeof(line));

	for (size_t i = 0; i < n; i += strlen(line + i) + 1) {
		if (strcmp(line + i, "-x") == 0)
			return true;
	}
	return false;
}

static bool is_suspect(const char *pid, char *ret_name, size_t size)
{
	if (read_file(pid, "comm", ret_name, size) == 0)
		return false;
	ret_name[strcspn(ret_name, "\n")] = '\0';
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (strcmp(ret_name, programs[i]) == 0)
			return strcmp(ret_name, "chronyd") || !is_harmless(pid);
	}
	return false;
}

void suspects_find(char *ret, size_t size)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	char name[32];
	size_t used = 0;

	ret[0] = '\0';
	for (int i = 0; proc && i < PROCESSES_MAX; i++) {
		int n;

		e = readdir(proc);
		if (!e)
			break;
		if (!isdigit((unsigned char)e->d_name[0]) ||
		    !is_suspect(e->d_name, name, sizeof(name)))
			continue;
		n = snprintf(ret + used, size - used, "%s%s (pid %s)",
			     used ? ", " : "", name, e->d_name);
		if (n < 0 || (size_t)n >= size - used)
			break;
		used += (size_t)n;
	}
	if (proc)
		closedir(proc);
}
