/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the nodes of the ledger, and its clients, say to each other: one struct
 * for all messages, in datagrams between processes of one machine; and what
 * nodes count, in a file that they share with whoever reports.
 *
 * A timestamp is an int64_t, compared and nothing else: nanoseconds since 1970
 * with --clock=system and tt, a packed hybrid logical time with hlc.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include <stdint.h>

#define NODES	 3 /* all of them hold both shards */
#define QUORUM	 2
#define SHARDS	 2  /* a key is of shard key % SHARDS */
#define KEYS_MAX 64 /* of the whole store */

#define TXN_KEYS    4 /* of one transaction */
#define ENTRIES_MAX 200
#define VECTOR_SIZE 36 /* of an encoded vector clock of all nodes */

enum clock_kind { CLOCK_SYSTEM, CLOCK_HLC, CLOCK_TT };
enum store_kind { STORE_TXN, STORE_LWW };
enum guard_kind { GUARD_REFUSE, GUARD_TELL };
/* What to leave out of --clock=tt, to see what it was good for. */
enum rule_kind { RULE_NONE, RULE_START, RULE_WAIT, RULE_READ, RULE_LEASE };

/* UPDATE reads and writes all its keys; READ asks the leader of one key for
 * what is there; SNAPSHOT reads keys of any shards as of one timestamp. */
enum txn_kind { TXN_UPDATE, TXN_READ, TXN_SNAPSHOT };

struct access {
	int32_t key;
	int32_t shard;
	int64_t value;	 /* to be written; no two are alike */
	int64_t read;	 /* what was found; 0: nothing yet */
	int64_t read_ts; /* and its timestamp */
};

struct txn {
	uint64_t id;
	int32_t kind;
	int32_t count;
	struct access at[TXN_KEYS];
};

/* An entry of a shard's replicated log. */
enum entry_kind {
	ENTRY_NOOP,    /* a leader's first: all before it is settled */
	ENTRY_COMMIT,  /* a transaction, as its coordinator decided */
	ENTRY_ABORT,   /* nobody may commit this one any more */
	ENTRY_PREPARE, /* a participant's promise to commit when it is told */
	ENTRY_OUTCOME  /* that it was told, and what */
};

struct entry {
	uint64_t term;
	uint64_t txn;
	int64_t ts; /* 0, of an OUTCOME: aborted */
	int32_t kind;
	int32_t count;	     /* keys of this shard */
	int32_t coordinator; /* shard; of PREPARE */
	int32_t other;	     /* shard; of COMMIT: the participant, -1 none */
	struct {
		int64_t key, value;
	} write[TXN_KEYS];
};

enum msg_kind {
	MSG_TXN = 1,  /* client to node */
	MSG_REPLY,    /* node to client */
	MSG_APPEND,   /* leader to follower: entries, lease */
	MSG_APPENDED, /* durable up to */
	MSG_VOTE,     /* candidate asks for the lease */
	MSG_VOTED,
	MSG_PREPARE, /* coordinator to participant */
	MSG_PREPARED,
	MSG_DECIDE, /* coordinator to participant: commit at ts, or abort */
	MSG_READ_AT,
	MSG_READ,
	MSG_PUT, /* last write wins */
	MSG_PUT_DONE,
	MSG_GET,
	MSG_GOT
};

enum status {
	STATUS_OK,
	STATUS_ABORTED,	  /* nothing was done */
	STATUS_ELSEWHERE, /* nothing was done: ask `leader` */
	STATUS_NO_CLOCK	  /* nothing was done: no bound, no timestamp */
};

#define MSG_MAGIC 0x4c444731u

struct msg {
	uint32_t magic;
	int32_t kind;
	int32_t from; /* node; -1: a client */
	int32_t shard;
	int32_t status;
	int32_t leader; /* as far as the sender knows; -1: none */
	int32_t has_hlc;
	uint8_t hlc[12]; /* tt_hlc_encode() */
	uint64_t term;
	int64_t index;	     /* APPEND, VOTE: of the entry before these */
	uint64_t index_term; /* and its term */
	int64_t applied;     /* APPEND: others may apply up to here */
	int64_t lease_end_ns;
	int64_t ts;
	struct txn txn;
	uint8_t vector[VECTOR_SIZE];
	int32_t vector_size;
	int32_t count;
	int32_t reserved;
	struct entry entry[ENTRIES_MAX]; /* sent as far as count says */
};

/* Counted by a node in dir/nN/stats, mapped: a SIGKILL loses none of it. */
struct stats {
	uint64_t starts, elections, fsyncs, fsync_ns;
	uint64_t led_term[SHARDS]; /* the last one it was elected for */
	uint64_t waits;		   /* commit waits */
	uint64_t wait_ns;	   /* what they took in all */
	uint64_t hidden_ns; /* of that, while replication and fsync ran */
	uint64_t parked;    /* reads that waited for a prepared transaction */
	uint64_t in_doubt;  /* participants that had to ask what became of it */
	uint64_t refused[NODES]; /* messages beyond our latest, by sender */
	int64_t refused_ns_max[NODES];
	uint64_t
		dropped_later; /* LWW: the write that lost knew of the winner */
	uint64_t dropped_blind; /* LWW: neither knew of the other */
};

#endif
