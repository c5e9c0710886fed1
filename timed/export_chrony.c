/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To chronyd: samples for its SOCK refclock. The socket is chronyd's; it may
 * come, go and be made anew, so each sample is sent to its path. chronyd takes
 * them in silence: that it does not answer is no trouble of theirs.
 *
 * A sample has no error of its own there. So none is given while the error is
 * beyond error_max, which chronyd's `delay` stands for; what chronyd's clock runs
 * off by without samples is its own dispersion's to say.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "timed/export.h"
#include "timed/sock_sample.h"

struct export_sock {
	struct export export;
	int fd; /* -1: none */
};

static struct export_sock *sock_of(struct export *x)
{
	return (struct export_sock *)x;
}

static struct export *open_sock(const struct config_export *cfg,
				const char *own, struct env *env)
{
	struct export_sock *s = calloc(1, sizeof(*s));

	(void)cfg;
	(void)own;
	(void)env;
	if (!s)
		return NULL;
	s->fd = -1;
	return &s->export;
}

/* By fcntl: type bits of socket(2) are more than a simulated libc may know. */
static int need_fd(struct export_sock *s)
{
	int fd, flags;

	if (s->fd >= 0)
		return 0;
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (fd < 0)
		return -errno;
	flags = fcntl(fd, F_GETFL);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || flags < 0 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
		const int err = -errno;

		close(fd);
		return err;
	}
	s->fd = fd;
	return 0;
}

static int send_sample(struct export_sock *s, const struct sock_sample *sample)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *path = s->export.view.socket;
	int err = need_fd(s);

	if (err)
		return err;
	memcpy(to.sun_path, path, strlen(path) + 1); /* config: it fits */
	if (sendto(s->fd, sample, sizeof(*sample), 0,
		   (const struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return 0;
}

static const char *trouble(int err)
{
	switch (err) {
	case 0:
		return "";
	case -ENOENT:
		return "there is no such socket: chronyd does not run, or has "
		       "no refclock SOCK of this path";
	case -ECONNREFUSED:
		return "nobody listens there any more: chronyd has ended";
	case -EAGAIN:
		return "chronyd does not read what it is sent";
	case -EPROTOTYPE:
		return "that is no datagram socket: not a refclock of chronyd";
	default:
		return strerror(-err);
	}
}

static void note_sent(struct export *x, int64_t raw_ns, int err)
{
	export_health(x, trouble(err));
	if (err) {
		x->view.failed++;
		return;
	}
	x->view.sent++;
	x->view.has_sent = true;
	x->view.sent_raw_ns = raw_ns;
}

static void note_aim(struct export_view *v, bool has_aim,
		     const struct sock_aim *aim)
{
	v->has_error = v->has_offset = v->has_leap = has_aim;
	if (!has_aim)
		return;
	v->error_ns = aim->error_ns;
	v->offset_ns = aim->offset_ns;
	v->leap_s = aim->leap_s;
}

static void update_sock(struct export *x, const struct export_now *now)
{
	const char *reason = "the system's clock cannot be read";
	struct sock_sample sample;
	struct sock_aim aim;
	struct look look;
	bool has_aim = false;

	if (look_realtime(x->env, &look) == 0)
		reason = sock_sample_aim(now->slot, &look, x->cfg->error_ns_max,
					 &aim, &has_aim);
	note_aim(&x->view, has_aim, &aim);
	export_serving(x, reason);
	if (reason)
		return;
	sock_sample_make(&look, &aim, &sample);
	note_sent(x, look.raw_ns, send_sample(sock_of(x), &sample));
}

static void close_sock(struct export *x)
{
	struct export_sock *s = sock_of(x);

	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

const struct export_ops export_chrony = {
	.open = open_sock, .update = update_sock, .close = close_sock};
