/* SPDX-License-Identifier: Apache-2.0 */
/* Configured and asked. See chronyd.h. */
#include "tools/skew/chronyd.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define STALE_MAX 16 /* late answers to earlier questions, at a time */

void chronyd_write_config(FILE *out, const struct chronyd_options *opt)
{
	fprintf(out,
		"# Made by tt-skew agent --print-chronyd-config, for chronyd "
		"-x alone: it serves\n"
		"# this host's clock to those that probe it, probes its own "
		"peers, and sets nothing.\n"
		"port %u\n",
		opt->port);
	if (opt->address)
		fprintf(out, "bindaddress %s\n", opt->address);
	fprintf(out, "allow %s\n", opt->allow ? opt->allow : "all");
	fputs("local stratum 10\n"
	      "cmdport 0\n",
	      out);
	fprintf(out,
		"bindcmdaddress %s/" CHRONYD_SOCKET "\n"
		"pidfile %s/chronyd.pid\n"
		"sourcedir %s/" CHRONYD_SOURCES "\n",
		opt->dir, opt->dir, opt->dir);
	if (opt->keyfile)
		fprintf(out, "keyfile %s\n", opt->keyfile);
	if (opt->nts_cert)
		fprintf(out, "ntsservercert %s\nntsserverkey %s\n",
			opt->nts_cert, opt->nts_key);
	if (opt->nts_trusted)
		fprintf(out, "ntstrustedcerts %s\n", opt->nts_trusted);
	if (opt->has_hwtimestamp)
		fputs("hwtimestamp *\n", out);
}

/* ---- its command socket ---- */

static int set_path(struct sockaddr_un *a, const char *dir, const char *name)
{
	const int n =
		snprintf(a->sun_path, sizeof(a->sun_path), "%s/%s", dir, name);

	a->sun_family = AF_UNIX;
	return n < 0 || (size_t)n >= sizeof(a->sun_path) ? -ENAMETOOLONG : 0;
}

static int join(struct chronyd *c, const struct sockaddr_un *own,
		const struct sockaddr_un *server)
{
	unlink(own->sun_path); /* of a former life with our number */
	if (bind(c->fd, (const struct sockaddr *)own, sizeof(*own)))
		return -errno;
	memcpy(c->path, own->sun_path, sizeof(c->path));
	/* It answers to this path, as another user perhaps. */
	if (chmod(own->sun_path, 0666) ||
	    connect(c->fd, (const struct sockaddr *)server, sizeof(*server)))
		return -errno;
	return 0;
}

int chronyd_open(const char *dir, struct chronyd *ret)
{
	struct sockaddr_un own = {0}, server = {0};
	struct chronyd c = {.fd = -1};
	struct timespec now;
	char name[32];
	int err;

	_Static_assert(sizeof(c.path) == sizeof(own.sun_path), "a path");
	snprintf(name, sizeof(name), "tt-skew.%ld.sock", (long)getpid());
	err = set_path(&own, dir, name);
	if (!err)
		err = set_path(&server, dir, CHRONYD_SOCKET);
	if (err)
		return err;
	if (access(server.sun_path, F_OK))
		return -errno;
	c.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c.fd < 0)
		return -errno;
	clock_gettime(CLOCK_MONOTONIC, &now);
	c.sequence = (uint32_t)now.tv_nsec;
	err = join(&c, &own, &server);
	if (err)
		chronyd_close(&c);
	else
		*ret = c;
	return err;
}

void chronyd_close(struct chronyd *c)
{
	if (c->fd >= 0)
		close(c->fd);
	if (c->path[0])
		unlink(c->path);
	c->fd = -1;
	c->path[0] = '\0';
}

/* Which question a datagram answers. */
static bool is_answer(const uint8_t *buf, size_t len, uint32_t sequence)
{
	return len >= 20 && buf[16] == (uint8_t)(sequence >> 24) &&
	       buf[17] == (uint8_t)(sequence >> 16) &&
	       buf[18] == (uint8_t)(sequence >> 8) &&
	       buf[19] == (uint8_t)sequence;
}

static int receive(struct chronyd *c, uint8_t ret[CMDMON_REPLY_SIZE],
		   size_t *ret_len)
{
	for (int i = 0; i < STALE_MAX; i++) {
		struct pollfd p = {.fd = c->fd, .events = POLLIN};
		const int ready = poll(&p, 1, CHRONYD_WAIT_MS);
		ssize_t n;

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return ready < 0 ? -errno : -ETIMEDOUT;
		n = recv(c->fd, ret, CMDMON_REPLY_SIZE, 0);
		if (n < 0 && errno != EAGAIN)
			return -errno;
		if (n > 0 && is_answer(ret, (size_t)n, c->sequence)) {
			*ret_len = (size_t)n;
			return 0;
		}
	}
	return -ETIMEDOUT;
}

int chronyd_ask(struct chronyd *c, struct cmdmon_request *request,
		uint8_t ret[CMDMON_REPLY_SIZE], size_t *ret_len)
{
	uint8_t buf[CMDMON_REQUEST_SIZE];
	size_t len;
	int err;

	if (c->fd < 0)
		return -ENOTCONN;
	request->sequence = ++c->sequence;
	len = cmdmon_encode(request, buf);
	err = send(c->fd, buf, len, 0) < 0 ? -errno : receive(c, ret, ret_len);
	if (err)
		chronyd_close(c);
	return err;
}

int chronyd_count(struct chronyd *c, uint32_t *ret)
{
	struct cmdmon_request r = {.command = CMDMON_N_SOURCES};
	uint8_t buf[CMDMON_REPLY_SIZE];
	size_t len;
	const int err = chronyd_ask(c, &r, buf, &len);

	return err ? err : cmdmon_parse_n_sources(&r, buf, len, ret);
}

int chronyd_source(struct chronyd *c, uint32_t index, struct cmdmon_source *ret)
{
	struct cmdmon_request r = {.command = CMDMON_SOURCE_DATA,
				   .index = index};
	uint8_t buf[CMDMON_REPLY_SIZE];
	size_t len;
	const int err = chronyd_ask(c, &r, buf, &len);

	return err ? err : cmdmon_parse_source(&r, buf, len, ret);
}

int chronyd_ntp_data(struct chronyd *c, const struct cmdmon_address *address,
		     struct cmdmon_ntp_data *ret)
{
	struct cmdmon_request r = {.command = CMDMON_NTP_DATA,
				   .address = *address};
	uint8_t buf[CMDMON_REPLY_SIZE];
	size_t len;
	const int err = chronyd_ask(c, &r, buf, &len);

	return err ? err : cmdmon_parse_ntp_data(&r, buf, len, ret);
}

int chronyd_name(struct chronyd *c, const struct cmdmon_address *address,
		 char ret[CMDMON_NAME_SIZE])
{
	struct cmdmon_request r = {.command = CMDMON_NTP_SOURCE_NAME,
				   .address = *address};
	uint8_t buf[CMDMON_REPLY_SIZE];
	size_t len;
	const int err = chronyd_ask(c, &r, buf, &len);

	return err ? err : cmdmon_parse_name(&r, buf, len, ret);
}

int chronyd_reload(struct chronyd *c)
{
	struct cmdmon_request r = {.command = CMDMON_RELOAD_SOURCES};
	uint8_t buf[CMDMON_REPLY_SIZE];
	size_t len;
	const int err = chronyd_ask(c, &r, buf, &len);

	return err ? err : cmdmon_parse_done(&r, buf, len);
}
