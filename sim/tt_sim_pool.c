/* SPDX-License-Identifier: Apache-2.0 */
/* Trials on many processors. See tt_sim_pool.h. */
#include "sim/tt_sim_pool.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static bool send_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size > 0) {
		const ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

/* Ends with the list, by a signal, or when nobody reads any more. */
static void work(const struct pool *p, uint64_t u, int fd)
{
	static struct trial t;
	const struct scenario *sc;
	uint64_t seed;
	double hours;

	for (; p->list.trial(p->list.arg, u, &sc, &seed, &hours); u += p->jobs)
		if (trial_run(sc, seed, hours, NULL, &t) < 0 ||
		    !send_all(fd, &t, sizeof(t)))
			_exit(1);
	_exit(0);
}

static int start(struct pool *p, uint64_t j)
{
	struct pool_worker *w = &p->worker[j];
	const pid_t parent = getpid();
	int fds[2];

	if (pipe(fds) != 0)
		return -errno;
	fflush(NULL);
	w->next = j;
	w->fd = fds[0];
	w->pid = fork();
	if (w->pid == 0) {
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		close(fds[0]);
		work(p, j, fds[1]);
	}
	close(fds[1]);
	return w->pid < 0 ? -errno : 0;
}

int pool_open(struct pool *p, uint64_t jobs, const struct pool_list *list)
{
	int err = 0;

	p->list = *list;
	p->jobs = jobs < POOL_JOBS_MAX ? jobs : POOL_JOBS_MAX;
	for (uint64_t j = 0; j < p->jobs; j++)
		p->worker[j] = (struct pool_worker){.pid = -1, .fd = -1};
	for (uint64_t j = 0; j < p->jobs && err == 0; j++)
		err = start(p, j);
	return err;
}

void pool_close(struct pool *p)
{
	for (uint64_t j = 0; j < p->jobs; j++) {
		struct pool_worker *w = &p->worker[j];

		if (w->fd >= 0)
			close(w->fd);
		w->fd = -1;
		if (w->pid <= 0)
			continue;
		kill(w->pid, SIGKILL);
		waitpid(w->pid, NULL, 0);
		w->pid = -1;
	}
}

/* Done, or dead? */
static int end(struct pool_worker *w)
{
	int status = 0;

	close(w->fd);
	w->fd = -1;
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	w->pid = -1;
	return w->have == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0
		       ? -ENODATA
		       : -EPIPE;
}

int pool_read(struct pool *p, uint64_t j)
{
	struct pool_worker *w = &p->worker[j];
	ssize_t n;

	if (w->fd < 0)
		return -ENODATA;
	n = read(w->fd, (char *)&w->trial + w->have,
		 sizeof(w->trial) - w->have);
	if (n < 0 && errno == EINTR)
		return 0;
	if (n <= 0)
		return end(w);
	w->have += (size_t)n;
	if (w->have < sizeof(w->trial))
		return 0;
	w->have = 0;
	w->next += p->jobs;
	return 1;
}

uint64_t pool_processors(void)
{
	const long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (uint64_t)n : 1;
}
