/* SPDX-License-Identifier: Apache-2.0 */
/* Starts, kills, pauses and ends processes. See cluster.h. */
#include "ledger/cluster.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS_NS	    INT64_C(1000000)
#define ELECTION_NS (4000 * MS_NS) /* takes a lease and two messages */
#define PATH_SIZE   4096
#define ARGS_MAX    32

static int64_t raw_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t true_ns(const struct cluster *c)
{
	return raw_ns() + c->truth_ns;
}

uint64_t draw(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "ledger: %s: %s\n", what, why);
	return 2;
}

/* In the child: dies with us, says what it has to say in a file. */
static _Noreturn void become(const struct cluster *c, int i, const char *name,
			     int keep_fd, char *const argv[])
{
	char path[PATH_SIZE];
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "%s/n%d/clock", c->dir, i);
	setenv("TT_CLOCK", path, 1);
	snprintf(path, sizeof(path), "%s/n%d/%s", c->dir, i, name);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
	    dup2(fd, STDERR_FILENO) < 0)
		_exit(127);
	if (keep_fd >= 0)
		fcntl(keep_fd, F_SETFD, 0);
	fd = open("/dev/null", O_RDONLY);
	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
		_exit(127);
	execv(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* --- clocks -------------------------------------------------------------- */

/* Node 0 is ahead by nine tenths of half its interval, node 1 behind by as
 * much: as far apart as honest clocks of that width may be. */
static void start_clock(struct cluster *c, int i)
{
	static const int64_t tenths[NODES] = {9, -9, 3};
	const int64_t half_ns = c->o->width_ns / 2;
	char program[PATH_SIZE], word[8][PATH_SIZE];
	char *argv[ARGS_MAX] = {program, NULL};

	snprintf(program, sizeof(program), "%s/../../sim/tt-sim", c->bin);
	if (access(program, X_OK) < 0)
		snprintf(program, sizeof(program), "%s/tt-sim", c->bin);
	snprintf(word[0], PATH_SIZE, "%s/n%d/clock", c->dir, i);
	snprintf(word[1], PATH_SIZE, "--truth=%s/truth", c->dir);
	snprintf(word[2], PATH_SIZE, "--half-width=%" PRId64 "ns", half_ns);
	snprintf(word[3], PATH_SIZE, "--offset=%" PRId64 "ns",
		 half_ns * tenths[i] / 10);
	snprintf(word[4], PATH_SIZE, "--drift=0.2ppm");
	snprintf(word[5], PATH_SIZE, "--seed=%" PRIu64,
		 c->o->seed * 10 + (uint64_t)i);
	snprintf(word[6], PATH_SIZE, "--scenario=%s",
		 c->o->has_faults ? "storm" : "cloud");
	snprintf(word[7], PATH_SIZE, "--commands=%s/n%d/orders", c->dir, i);
	argv[1] = (char[]){"serve"};
	for (int k = 0; k < 8; k++)
		argv[2 + k] = word[k];
	c->clock[i] = fork();
	if (c->clock[i] == 0)
		become(c, i, "said", -1, argv);
}

/* Its first line says what true time is. */
static int await_clock(struct cluster *c, int i)
{
	const struct timespec wait = {.tv_nsec = 10 * MS_NS};
	char path[PATH_SIZE], line[1024] = "";
	const char *at;
	FILE *f;

	snprintf(path, sizeof(path), "%s/n%d/said", c->dir, i);
	for (int n = 0; n < 1500; n++) {
		f = fopen(path, "re");
		if (f && !fgets(line, sizeof(line), f))
			*line = '\0';
		if (f)
			fclose(f);
		at = strstr(line, "unix_ns_less_raw_ns=");
		if (!strncmp(line, "ready ", 6) && strchr(line, '\n') && at) {
			c->truth_ns = strtoll(at + 20, NULL, 10);
			return 0;
		}
		if (*line && strncmp(line, "ready ", 6) != 0)
			return complain("tt-sim serve", line);
		nanosleep(&wait, NULL);
	}
	return complain("tt-sim serve", "is not ready after 15 s");
}

static void order(const struct cluster *c, int i, const char *word,
		  const char *amount)
{
	char path[PATH_SIZE];
	FILE *f;

	snprintf(path, sizeof(path), "%s/n%d/orders", c->dir, i);
	f = fopen(path, "we");
	if (!f)
		return;
	fprintf(f, "%s %s\n", word, amount);
	fclose(f);
}

/* --- nodes --------------------------------------------------------------- */

static void start_node(struct cluster *c, int i)
{
	char program[PATH_SIZE], number[8][24], port[NODES][16], dir[PATH_SIZE];
	char *argv[ARGS_MAX] = {program,   number[0], number[1], number[2],
				number[3], number[4], number[6], number[5],
				dir,	   number[7]};

	snprintf(program, sizeof(program), "%s/ledger-node", c->bin);
	snprintf(dir, sizeof(dir), "%s/n%d", c->dir, i);
	snprintf(number[0], 24, "%d", i);
	snprintf(number[1], 24, "%d", (int)c->o->clock);
	snprintf(number[2], 24, "%d", (int)c->o->store);
	snprintf(number[3], 24, "%d", (int)c->o->guard);
	snprintf(number[4], 24, "%d", (int)c->o->lacks);
	snprintf(number[5], 24, "%" PRId64, c->o->far_ns);
	snprintf(number[6], 24, "%d", c->o->far);
	snprintf(number[7], 24, "%d", c->fd[i]);
	for (int k = 0; k < NODES; k++) {
		snprintf(port[k], 16, "%d", ntohs(c->at[k].sin_port));
		argv[10 + k] = port[k];
	}
	c->node[i] = fork();
	if (c->node[i] == 0)
		become(c, i, "log.err", c->fd[i], argv);
}

static int open_socket(struct cluster *c, int i)
{
	socklen_t length = sizeof(c->at[i]);
	int size = 1 << 20;

	c->fd[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	c->at[i].sin_family = AF_INET;
	c->at[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(c->fd[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (c->fd[i] < 0 ||
	    bind(c->fd[i], (struct sockaddr *)&c->at[i], length) < 0 ||
	    getsockname(c->fd[i], (struct sockaddr *)&c->at[i], &length) < 0)
		return complain("a socket on loopback", strerror(errno));
	return 0;
}

static int map_stats(struct cluster *c, int i)
{
	char path[PATH_SIZE];
	int fd;

	snprintf(path, sizeof(path), "%s/n%d/stats", c->dir, i);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || ftruncate(fd, sizeof(struct stats)) < 0)
		return complain(path, strerror(errno));
	c->stats[i] =
		mmap(NULL, sizeof(struct stats), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	return c->stats[i] == MAP_FAILED ? complain(path, strerror(errno)) : 0;
}

/* On a disk, not in memory: fsync is to be what it is. */
static int make_dirs(struct cluster *c)
{
	char path[PATH_SIZE];
	ssize_t n = readlink("/proc/self/exe", c->bin, sizeof(c->bin) - 1);

	if (n < 0)
		return complain("/proc/self/exe", strerror(errno));
	c->bin[n] = '\0';
	*strrchr(c->bin, '/') = '\0';
	snprintf(c->dir, sizeof(c->dir), "%s",
		 c->o->dir ? c->o->dir : "/var/tmp/ledger-XXXXXX");
	if (c->o->dir ? mkdir(c->dir, 0755) < 0 : !mkdtemp(c->dir))
		return complain(c->dir, strerror(errno));
	for (int i = 0; i < NODES; i++) {
		snprintf(path, sizeof(path), "%s/n%d", c->dir, i);
		if (mkdir(path, 0755) < 0)
			return complain(path, strerror(errno));
	}
	return 0;
}

int cluster_start(struct cluster *c, const struct options *o)
{
	int rc;

	*c = (struct cluster){
		.o = o, .victim = -1, .struck_shard = -1, .random = o->seed};
	rc = make_dirs(c);
	for (int i = 0; rc == 0 && i < NODES; i++) {
		rc = open_socket(c, i);
		if (rc == 0)
			rc = map_stats(c, i);
		if (rc == 0)
			start_clock(c, i);
	}
	for (int i = 0; rc == 0 && i < NODES; i++)
		rc = await_clock(c, i);
	for (int i = 0; rc == 0 && i < NODES; i++)
		start_node(c, i);
	c->next_ns = raw_ns() + 3000 * MS_NS;
	c->lie_ns = raw_ns() + 2000 * MS_NS;
	return rc;
}

/* --- faults -------------------------------------------------------------- */

static void recover(struct cluster *c)
{
	if (c->victim >= 0 && c->is_dead)
		start_node(c, c->victim);
	else if (c->victim >= 0)
		kill(c->node[c->victim], SIGCONT);
	c->victim = -1;
}

/* Who was elected last; -1: nobody yet, or a store without leaders. */
static int leader_of(const struct cluster *c, int shard)
{
	uint64_t term = 0;
	int leader = -1;

	for (int i = 0; i < NODES; i++) {
		if (c->stats[i]->led_term[shard] > term) {
			term = c->stats[i]->led_term[shard];
			leader = i;
		}
	}
	return leader;
}

/* A leader that was struck down is let up when another leads: on a machine that
 * is slow, too, each such strike is an election. */
static bool awaits_election(const struct cluster *c)
{
	return c->struck_shard >= 0 &&
	       leader_of(c, c->struck_shard) == c->victim &&
	       raw_ns() < c->next_ns + ELECTION_NS;
}

/* One node at a time, for some ms or for longer than a lease, every other time
 * a leader; then some quiet, so that there is something to break. */
static void strike(struct cluster *c)
{
	const int64_t longest_ms = draw(&c->random) % 2 ? 200 : 2500;

	c->victim = (int)(draw(&c->random) % NODES);
	c->struck_shard = -1;
	if ((c->kills + c->pauses) % 2 == 0) {
		const int shard = (int)(draw(&c->random) % SHARDS);
		const int leader = leader_of(c, shard);

		if (leader >= 0) {
			c->victim = leader;
			c->struck_shard = shard;
		}
	}
	c->is_dead = draw(&c->random) % 2;
	if (c->is_dead) {
		kill(c->node[c->victim], SIGKILL);
		waitpid(c->node[c->victim], NULL, 0);
		c->kills++;
	} else {
		kill(c->node[c->victim], SIGSTOP);
		c->pauses++;
	}
	c->next_ns = raw_ns() +
		     (20 + (int64_t)(draw(&c->random) % (uint64_t)longest_ms)) *
			     MS_NS;
}

bool cluster_tick(struct cluster *c, bool is_ending)
{
	int status;

	if (c->o->liar >= 0 && !c->has_lied && raw_ns() >= c->lie_ns) {
		c->has_lied = true;
		order(c, c->o->liar, "liar", c->o->lie);
	}
	for (int i = 0; i < NODES; i++) {
		if ((i == c->victim && c->is_dead) ||
		    waitpid(c->node[i], &status, WNOHANG) != c->node[i])
			continue;
		fprintf(stderr,
			"ledger: node %d ended by itself (%s %d): see "
			"%s/n%d/log.err\n",
			i, WIFSIGNALED(status) ? "signal" : "exit code",
			WIFSIGNALED(status) ? WTERMSIG(status)
					    : WEXITSTATUS(status),
			c->dir, i);
		c->node[i] = 0;
		return false;
	}
	if (!c->o->has_faults ||
	    ((raw_ns() < c->next_ns || awaits_election(c)) && !is_ending))
		return true;
	if (c->victim >= 0 || is_ending) {
		recover(c);
		c->next_ns = raw_ns() +
			     (200 + (int64_t)(draw(&c->random) % 1500)) * MS_NS;
	} else {
		strike(c);
	}
	return true;
}

static void finish(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGCONT);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

void cluster_stop(struct cluster *c)
{
	if (c->victim >= 0 && c->is_dead)
		c->node[c->victim] = 0;
	for (int i = 0; i < NODES; i++)
		finish(c->node[i]);
	for (int i = 0; i < NODES; i++)
		finish(c->clock[i]);
	for (int i = 0; i < NODES; i++)
		if (c->fd[i] > 0)
			close(c->fd[i]);
}
