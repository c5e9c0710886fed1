/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One node: a process with one thread, a socket, a log file, and a clock of its
 * own. Each source file beside this header is one idea, and owns the functions
 * declared under its name here.
 */
#ifndef LEDGER_NODE_H
#define LEDGER_NODE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tt/hlc.h>
#include <tt/lease.h>
#include <tt/logical.h>
#include <tt/tt.h>
#include <tt/waitset.h>

#include "ledger/ledger.h"

#define PENDING_MAX   128
#define PREPARED_MAX  128
#define AFTERSYNC_MAX 256
#define LATE_MAX      1024

#define MS_NS	   INT64_C(1000000)
#define LEASE_NS   (1000 * MS_NS)
#define RENEW_NS   (250 * MS_NS)
#define BEAT_NS	   (50 * MS_NS)
#define TIMEOUT_NS (400 * MS_NS) /* of a transaction under way */

struct version {
	int64_t ts, value;
};

/* A key of a shard this node holds. Locked by a transaction from its arrival
 * (lock_ts INT64_MAX: no timestamp yet) until it is applied. */
struct key {
	struct version *version; /* rising timestamps; [0] is {0, 0} */
	int count, room;
	uint64_t lock; /* transaction; 0: none */
	int64_t lock_ts;
	bool is_prepared; /* the lock is a participant's */
};

struct prepared {     /* without an outcome, as the log has it */
	uint64_t txn; /* 0: none */
	int64_t index;
	int64_t asked_ns;
	bool has_outcome; /* it is in the log */
};

enum role { FOLLOWER, CANDIDATE, LEADER };

struct shard {
	int id;
	/* durable: promises, and the log; log[0] is before the first */
	uint64_t term;
	int voted_for;
	int64_t granted_end_ns; /* until then this node votes for nobody else */
	struct entry *log;
	int64_t last, room;
	/* what is known of it */
	int64_t synced;	   /* durable here */
	int64_t committed; /* durable at a quorum */
	int64_t applied;
	enum role role;
	int leader;    /* -1: not known */
	bool is_ready; /* leader, and all entries before its own are applied */
	int64_t first; /* index of the leader's own NOOP */
	int64_t heard_ns, beat_ns, renew_ns, patience_ns;
	int64_t next[NODES], match[NODES], match_before[NODES];
	int64_t granted_ns[NODES]; /* the lease ends they granted us */
	unsigned int votes;
	/* timestamps given stay above these */
	int64_t last_ts; /* of the log */
	int64_t read_ts; /* of reads that were served */
	struct prepared prepared[PREPARED_MAX];
};

enum pending_state {
	PENDING_NONE,
	PENDING_PREPARING, /* coordinator, waits for the participant */
	PENDING_LOGGED,	   /* coordinator, COMMIT is in the log */
	PENDING_GATHERING, /* gateway of a snapshot */
	PENDING_READ,	   /* leader: a read that waits for a lock */
	PENDING_PUT,	   /* LWW: until a quorum has it */
	PENDING_GET	   /* LWW: until a quorum has answered */
};

/* Something a client, or a gateway, waits for. */
struct pending {
	enum pending_state state;
	struct txn txn;
	struct sockaddr_in asker;
	int asker_node; /* of PENDING_READ for a gateway; else -1 */
	int shard, other;
	int64_t index;
	int64_t ts;
	int64_t begin_ns;
	int64_t stamp_ns, due_ns, durable_ns; /* of the commit wait */
	unsigned int answers;
	uint8_t vector[VECTOR_SIZE];
	int32_t vector_size;
};

struct put { /* LWW: the one version of a key */
	int64_t key, ts, value;
	int32_t vector_size;
	uint8_t vector[VECTOR_SIZE];
};

enum record_kind { RECORD_ENTRY = 1, RECORD_VOTE, RECORD_PUT };

struct record {
	uint64_t sum;
	int32_t kind;
	int32_t shard;
	int64_t index; /* of an entry: replaces all from there on */
	union {
		struct entry entry;
		struct put put;
		struct {
			uint64_t term;
			int64_t voted_for, granted_end_ns;
		} vote;
	} u;
};

struct log_file {
	int fd;
	struct record *waiting; /* added, not written yet */
	size_t count, room;
};

struct node {
	int id;
	enum clock_kind clock;
	enum store_kind store;
	enum guard_kind guard;
	enum rule_kind lacks;
	int far;	     /* node that is far away from the others; -1 */
	int64_t far_ns;	     /* messages take so long, */
	int64_t far_from_ns; /* from then on */
	struct tt_clock *clk;
	struct tt_hlc *hlc;
	struct tt_waitset *waits;
	struct stats *stats;
	int fd;
	struct sockaddr_in peer[NODES];
	struct log_file file;
	struct shard shard[SHARDS];
	struct key key[KEYS_MAX];
	struct put put[KEYS_MAX];
	struct pending pending[PENDING_MAX];
	struct {
		int to;
		uint64_t head[(offsetof(struct msg, entry) + 7) / 8];
	} after_sync[AFTERSYNC_MAX];
	int after_sync_count;
	int64_t last_ts;	  /* given by a clock without bounds */
	struct tt_vector *events; /* this node's, of no other */
	unsigned int random;
	struct {
		int64_t due_ns;
		struct msg *m;
	} late[LATE_MAX]; /* a ring */
	unsigned int late_first, late_count;
	struct msg in, out;
};

/* node.c */
int64_t mono_ns(void); /* for time-outs, and for nothing that must be right */

/* wire.c */
struct msg *node_msg(struct node *n, enum msg_kind kind, int shard);
void node_send(struct node *n, int to, struct msg *m);
void node_send_after_sync(struct node *n, int to, const struct msg *m);
void node_send_synced(struct node *n);
void node_take_all(struct node *n);
struct pending *node_pending(struct node *n, enum pending_state state,
			     const struct msg *m,
			     const struct sockaddr_in *asker);
struct pending *node_find_pending(struct node *n, enum pending_state state,
				  uint64_t txn);
void node_reply(struct node *n, struct pending *p, enum status status);
void node_refuse(struct node *n, const struct msg *m,
		 const struct sockaddr_in *to, enum status status);

/* start_rule.c */
int start_rule(struct node *n, int64_t above_ts, int64_t *ret_ts);
int read_rule(struct node *n, int64_t *ret_ts);
int plain_clock(struct node *n, int64_t *ret_ns);
int64_t timestamp_ns(const struct node *n, int64_t ts);

/* commit_wait.c */
void commit_wait_begin(struct node *n, struct pending *p);
bool commit_wait_is_over(struct node *n, int64_t ts);
void commit_wait_durable(struct pending *p);
void commit_wait_end(struct node *n, const struct pending *p);

/* leader_lease.c */
int lease_propose(struct node *n, int64_t *ret_end_ns);
bool lease_may_grant(struct node *n, const struct shard *s);
int64_t lease_end(const struct shard *s);
bool lease_is_held(struct node *n, const struct shard *s);
bool lease_covers(struct node *n, const struct shard *s, int64_t ts);
void lease_renew(struct node *n, struct shard *s);

/* hlc_on_messages.c */
void message_stamp(struct node *n, struct msg *m);
bool message_admit(struct node *n, const struct msg *m);

/* read_at_timestamp.c */
void snapshot_begin(struct node *n, const struct msg *m,
		    const struct sockaddr_in *from);
void read_begin(struct node *n, const struct msg *m,
		const struct sockaddr_in *from);
void read_done(struct node *n, const struct msg *m);
void read_retry(struct node *n);

/* two_phase_commit.c */
void txn_begin(struct node *n, const struct msg *m,
	       const struct sockaddr_in *from);
void txn_prepare(struct node *n, const struct msg *m);
void txn_prepared(struct node *n, const struct msg *m);
void txn_decide(struct node *n, const struct msg *m);
void txn_apply(struct node *n, struct shard *s, int64_t index);
void txn_leader(struct node *n, struct shard *s);
void txn_tick(struct node *n);
void txn_durable(struct node *n, struct shard *s);

/* replicated_log.c */
int64_t log_add(struct node *n, struct shard *s, struct entry *e);
void log_restore(struct shard *s, const struct record *r);
void log_replicate(struct node *n, struct shard *s);
void log_append(struct node *n, const struct msg *m);
void log_appended(struct node *n, const struct msg *m);
void log_vote(struct node *n, const struct msg *m);
void log_voted(struct node *n, const struct msg *m);
void log_synced(struct node *n, struct shard *s);
void log_tick(struct node *n, struct shard *s);
void log_promise(struct node *n, struct shard *s);
void log_apply(struct node *n, struct shard *s);

/* last_write_wins.c */
void lww_begin(struct node *n, const struct msg *m,
	       const struct sockaddr_in *from);
void lww_put(struct node *n, const struct msg *m);
void lww_put_done(struct node *n, const struct msg *m);
void lww_get(struct node *n, const struct msg *m);
void lww_got(struct node *n, const struct msg *m);
void lww_restore(struct node *n, const struct put *p);
void lww_synced(struct node *n);
void lww_finish(struct node *n);

/* log_file.c */
typedef void log_file_seen(struct node *n, const struct record *r);
int log_file_open(struct node *n, const char *path, log_file_seen *seen);
void log_file_add(struct node *n, struct record *r);
bool log_file_sync(struct node *n); /* true: there was something */

#endif
