/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger-node: one node's process. A turn of its loop: take what has come, let
 * the clock do its part, send entries to followers, bring the log to disk, say
 * what may be said only now, apply what is committed and whose wait is over.
 */
#include "ledger/node.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS (10 * MS_NS)

static volatile sig_atomic_t wants_stop;

static void on_signal(int sig)
{
	(void)sig;
	wants_stop = 1;
}

int64_t mono_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* --- the loop ------------------------------------------------------------ */

static void to_disk(struct node *n)
{
	struct tt_waitset_entry past;

	for (int i = 0; i < SHARDS; i++)
		log_replicate(n, &n->shard[i]);
	log_file_sync(n);
	for (int i = 0; i < SHARDS; i++)
		log_synced(n, &n->shard[i]);
	lww_synced(n);
	node_send_synced(n);
	while (tt_waitset_next(n->waits, &past) == 0)
		;
	for (int i = 0; i < SHARDS; i++)
		log_apply(n, &n->shard[i]);
	read_retry(n);
	lww_finish(n);
}

static void run(struct node *n)
{
	struct pollfd fds[2] = {
		{.fd = n->fd, .events = POLLIN},
		{.fd = tt_waitset_fd(n->waits), .events = POLLIN}};
	int64_t tick_ns = 0;

	while (!wants_stop) {
		(void)poll(fds, 2, (int)(TICK_NS / MS_NS));
		node_take_all(n);
		if (mono_ns() - tick_ns >= TICK_NS) {
			tick_ns = mono_ns();
			for (int i = 0; i < SHARDS; i++)
				if (n->store == STORE_TXN)
					log_tick(n, &n->shard[i]);
			txn_tick(n);
		}
		to_disk(n);
	}
}

/* --- the start ----------------------------------------------------------- */

static _Noreturn void die(const char *what, int err)
{
	fprintf(stderr, "ledger-node: %s: %s\n", what, tt_strerror(err));
	exit(EXIT_FAILURE);
}

static void restore(struct node *n, const struct record *r)
{
	if (r->kind == RECORD_PUT)
		lww_restore(n, &r->u.put);
	else
		log_restore(&n->shard[r->shard], r);
}

static void init_store(struct node *n)
{
	struct key *k;

	for (int i = 0; i < KEYS_MAX; i++) {
		k = &n->key[i];
		k->room = 16;
		k->version = calloc((size_t)k->room, sizeof(*k->version));
		if (!k->version)
			die("memory", -ENOMEM);
		k->count = 1;
	}
	if (tt_vector_new(NODES, &n->events) < 0)
		die("memory", -ENOMEM);
	for (int i = 0; i < SHARDS; i++) {
		n->shard[i].id = i;
		n->shard[i].leader = n->shard[i].voted_for = -1;
		n->shard[i].granted_end_ns = INT64_MIN;
		n->shard[i].heard_ns = mono_ns();
		n->shard[i].patience_ns =
			(20 + 100 * ((n->id - i + NODES) % NODES)) * MS_NS;
	}
}

static void open_files(struct node *n, const char *dir)
{
	struct tt_hlc_options opt = {.size = sizeof(opt),
				     .resolution = TT_HLC_64};
	char path[4096];
	int fd, rc;

	snprintf(path, sizeof(path), "%s/stats", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || ftruncate(fd, sizeof(*n->stats)) < 0)
		die(path, -errno);
	n->stats = mmap(NULL, sizeof(*n->stats), PROT_READ | PROT_WRITE,
			MAP_SHARED, fd, 0);
	if (n->stats == MAP_FAILED)
		die(path, -errno);
	n->stats->starts++;
	snprintf(path, sizeof(path), "%s/log", dir);
	rc = log_file_open(n, path, restore);
	if (rc < 0)
		die(path, rc);
	rc = tt_open(NULL, &n->clk);
	if (rc == 0)
		rc = tt_waitset_open(n->clk, &n->waits);
	if (rc < 0)
		die("the clock", rc);
	if (n->clock == CLOCK_SYSTEM) /* as plain clocks have it: none */
		return;
	snprintf(path, sizeof(path), "%s/hlc", dir);
	opt.state_path = path;
	rc = tt_hlc_open(n->clk, &opt, &n->hlc);
	if (rc < 0)
		die(path, rc);
}

/* As cluster.c starts it; the socket is inherited, so that the port stays the
 * node's own while it is dead. */
int main(int argc, char **argv)
{
	static struct node n;
	struct sigaction act = {.sa_handler = on_signal};

	if (argc != 10 + NODES) {
		fprintf(stderr,
			"usage: ledger-node ID CLOCK STORE GUARD LACKS FAR "
			"FAR_NS DIR FD PORT...: started by ledger\n");
		return 2;
	}
	n.id = atoi(argv[1]);
	n.clock = (enum clock_kind)atoi(argv[2]);
	n.store = (enum store_kind)atoi(argv[3]);
	n.guard = (enum guard_kind)atoi(argv[4]);
	n.lacks = (enum rule_kind)atoi(argv[5]);
	n.far = atoi(argv[6]);
	n.far_ns = atoll(argv[7]);
	n.far_from_ns = mono_ns() + 1000 * MS_NS; /* there are leaders */
	n.fd = atoi(argv[9]);
	n.random = (unsigned int)n.id + 1;
	for (int i = 0; i < NODES; i++) {
		n.peer[i].sin_family = AF_INET;
		n.peer[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		n.peer[i].sin_port = htons((uint16_t)atoi(argv[10 + i]));
	}
	sigaction(SIGTERM, &act, NULL);
	init_store(&n);
	open_files(&n, argv[8]);
	run(&n);
	tt_hlc_close(n.hlc);
	return EXIT_SUCCESS;
}
