/* SPDX-License-Identifier: Apache-2.0 */
/* The membership from DNS SRV records (RFC 2782), by libc's resolver. */
#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/skew/fleet_build.h"

/* Over TCP an answer has 64 KiB at the most: some 1000 nodes. */
#define ANSWER_MAX 65536
#define TRIES	   2
#define TRY_S	   2
#define SRV_FIXED  6 /* priority, weight, port */
#define SRV_PORT   4

static int refuse(char ret_why[FLEET_WHY_SIZE], int err, const char *why)
{
	snprintf(ret_why, FLEET_WHY_SIZE, "%s", why);
	return err;
}

static int take_record(struct fleet_builder *b, const ns_msg *msg,
		       const ns_rr *rr, char ret_why[FLEET_WHY_SIZE])
{
	char host[NS_MAXDNAME], target[NS_MAXDNAME + 8];
	struct fleet_entry e = {.target = target};
	const uint8_t *data = ns_rr_rdata(*rr);

	if (ns_rr_rdlen(*rr) <= SRV_FIXED ||
	    dn_expand(ns_msg_base(*msg), ns_msg_end(*msg), data + SRV_FIXED,
		      host, sizeof(host)) < 0)
		return refuse(ret_why, -EPROTO, "an SRV record is broken");
	/* RFC 2782: "." is "decidedly not available". */
	if (!*host || !strcmp(host, "."))
		return refuse(ret_why, -ENODATA,
			      "it says that there is no such service");
	snprintf(target, sizeof(target), "%s:%u", host,
		 ns_get16(data + SRV_PORT));
	return fleet_builder_add(b, &e, ret_why);
}

int fleet_parse_srv(const uint8_t *msg, size_t len, struct fleet **ret,
		    char ret_why[FLEET_WHY_SIZE])
{
	struct fleet_builder b = {0};
	ns_msg m;
	int err = 0;

	if (len > ANSWER_MAX || ns_initparse(msg, (int)len, &m))
		return refuse(ret_why, -EPROTO, "the answer is broken");
	if (ns_msg_getflag(m, ns_f_rcode) != ns_r_noerror)
		return refuse(ret_why, -ENODATA,
			      "there is no such name, or the server failed");
	if (ns_msg_getflag(m, ns_f_tc))
		return refuse(ret_why, -EFBIG,
			      "the answer was cut short; use a file_sd file");
	for (int i = 0; !err && i < ns_msg_count(m, ns_s_an); i++) {
		ns_rr rr;

		if (ns_parserr(&m, ns_s_an, i, &rr))
			err = refuse(ret_why, -EPROTO, "the answer is broken");
		else if (ns_rr_type(rr) == ns_t_srv)
			err = take_record(&b, &m, &rr, ret_why);
	}
	return fleet_builder_end(&b, err, ret, ret_why);
}

static int name_it(const char *name, int err, char ret_why[FLEET_WHY_SIZE])
{
	char why[FLEET_WHY_SIZE];

	memcpy(why, ret_why, sizeof(why));
	snprintf(ret_why, FLEET_WHY_SIZE, "SRV records of %.120s: %.170s", name,
		 why);
	return err;
}

int fleet_query_srv(const char *name, struct fleet **ret,
		    char ret_why[FLEET_WHY_SIZE])
{
	uint8_t *answer = malloc(ANSWER_MAX);
	struct __res_state state = {0};
	int n = -1, err;

	if (!answer)
		return refuse(ret_why, -ENOMEM, "out of memory");
	if (!res_ninit(&state)) {
		state.retrans = TRY_S;
		state.retry = TRIES;
		n = res_nquery(&state, name, ns_c_in, ns_t_srv, answer,
			       ANSWER_MAX);
		err = state.res_h_errno;
		res_nclose(&state);
	} else {
		err = NO_RECOVERY;
	}
	if (n < 0 || n > ANSWER_MAX)
		err = refuse(ret_why, -ENODATA, hstrerror(err));
	else
		err = fleet_parse_srv(answer, (size_t)n, ret, ret_why);
	free(answer);
	return err ? name_it(name, err, ret_why) : 0;
}
