/* SPDX-License-Identifier: Apache-2.0 */
/* What clients tell of timestamps beyond their latest. See hearsay.h. */
#include "timed/hearsay.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libtt/hlc_report.h"
#include "timed/local_path.h"

struct hearsay {
	struct hearsay_view view;
	hearsay_heard heard;
	void *arg;
	struct sockaddr_un at;
	dev_t dev; /* the socket's, so as to remove no other */
	ino_t ino;
	int fd;
	int taken; /* in the present second */
	struct event readable;
	struct event second;
};

int hearsay_parse(const void *bytes, size_t size, struct hearsay_report *ret)
{
	uint64_t word[HLC_REPORT_WORDS];
	struct hearsay_report r;
	int64_t excess_ns;

	if (size != sizeof(word))
		return -EPROTO;
	memcpy(word, bytes, sizeof(word));
	if (word[HLC_REPORT_MAGIC_WORD] != HLC_REPORT_MAGIC)
		return -EPROTO;
	r.rejected = word[HLC_REPORT_REJECTED];
	r.excess_ns = (int64_t)word[HLC_REPORT_EXCESS_NS];
	r.excess_ns_max = (int64_t)word[HLC_REPORT_EXCESS_NS_MAX];
	r.wall_ns = (int64_t)word[HLC_REPORT_WALL_NS];
	r.latest_ns = (int64_t)word[HLC_REPORT_LATEST_NS];
	if (__builtin_sub_overflow(r.wall_ns, r.latest_ns, &excess_ns))
		excess_ns = r.wall_ns > 0 ? INT64_MAX : INT64_MIN;
	if (r.rejected == 0 || r.excess_ns <= 0 || r.excess_ns != excess_ns ||
	    r.excess_ns_max < r.excess_ns)
		return -EPROTO;
	*ret = r;
	return 0;
}

/* Who sent it, as the kernel says. */
static bool find_sender(struct msghdr *msg, struct ucred *ret)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);

	if (!c || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_CREDENTIALS ||
	    c->cmsg_len < CMSG_LEN(sizeof(*ret)))
		return false;
	memcpy(ret, CMSG_DATA(c), sizeof(*ret));
	return true;
}

static void take(struct hearsay *h, const struct hearsay_report *r,
		 const struct ucred *sender)
{
	struct hearsay_view *v = &h->view;

	v->reports++;
	if (__builtin_add_overflow(v->rejected, r->rejected, &v->rejected))
		v->rejected = UINT64_MAX;
	if (r->excess_ns_max > v->excess_ns_max)
		v->excess_ns_max = r->excess_ns_max;
	v->last = *r;
	v->pid = sender->pid;
	v->uid = sender->uid;
	h->heard(h->arg, v);
}

/* False: there is none. Descriptors that are sent along find no room and are
 * closed by the kernel. */
static bool receive(struct hearsay *h)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
	char bytes[HLC_REPORT_WORDS * sizeof(uint64_t) + 1];
	struct iovec part = {.iov_base = bytes, .iov_len = sizeof(bytes)};
	struct msghdr msg = {.msg_iov = &part,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	const ssize_t n = recvmsg(h->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct hearsay_report r;
	struct ucred sender;

	if (n < 0)
		return false;
	if (find_sender(&msg, &sender) &&
	    hearsay_parse(bytes, (size_t)n, &r) == 0)
		take(h, &r, &sender);
	else
		h->view.refused++;
	return true;
}

static void on_second_over(evutil_socket_t fd, short what, void *arg)
{
	struct hearsay *h = arg;

	(void)fd;
	(void)what;
	h->taken = 0;
	event_add(&h->readable, NULL);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval second = {.tv_sec = 1};
	struct hearsay *h = arg;

	(void)fd;
	(void)what;
	if (!event_pending(&h->second, EV_TIMEOUT, NULL))
		event_add(&h->second, &second);
	while (h->taken < HEARSAY_PER_S && receive(h))
		h->taken++;
	if (h->taken >= HEARSAY_PER_S)
		event_del(&h->readable);
}

static int make_address(const char *segment, struct sockaddr_un *ret)
{
	const char *slash = strrchr(segment, '/');
	const size_t dir = slash ? (size_t)(slash - segment) + 1 : 0;

	if (dir + sizeof(HLC_REPORT_SOCKET) > sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	ret->sun_family = AF_UNIX;
	memcpy(ret->sun_path, segment, dir);
	strcpy(ret->sun_path + dir, HLC_REPORT_SOCKET);
	return 0;
}

static int listen_there(struct hearsay *h)
{
	const int on = 1;
	struct stat st;
	int err;

	/* What comes before the option is set carries no credentials. */
	if (setsockopt(h->fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    bind(h->fd, (const struct sockaddr *)&h->at, sizeof(h->at)) < 0)
		return -errno;
	if (chmod(h->at.sun_path, 0666) < 0 || lstat(h->at.sun_path, &st) < 0) {
		err = -errno;
		unlink(h->at.sun_path);
		return err;
	}
	h->dev = st.st_dev;
	h->ino = st.st_ino;
	return 0;
}

static int start(struct hearsay *h, const char *segment)
{
	int err = make_address(segment, &h->at);

	if (!err)
		err = local_path_clear(&h->at, SOCK_DGRAM);
	if (err)
		return err;
	h->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (h->fd < 0)
		return -errno;
	return listen_there(h);
}

int hearsay_open(struct event_base *base, const char *segment,
		 hearsay_heard heard, void *arg, struct hearsay **ret)
{
	struct hearsay *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return -ENOMEM;
	h->heard = heard;
	h->arg = arg;
	h->fd = -1;
	err = start(h, segment);
	event_assign(&h->readable, base, h->fd, EV_READ | EV_PERSIST,
		     on_readable, h);
	event_assign(&h->second, base, -1, 0, on_second_over, h);
	if (!err && event_add(&h->readable, NULL) < 0)
		err = -ENOMEM;
	if (err) {
		hearsay_close(h);
		return err;
	}
	*ret = h;
	return 0;
}

void hearsay_close(struct hearsay *h)
{
	if (!h)
		return;
	event_del(&h->readable);
	event_del(&h->second);
	if (h->ino)
		local_path_remove(h->at.sun_path, h->dev, h->ino);
	if (h->fd >= 0)
		close(h->fd);
	free(h);
}

const struct hearsay_view *hearsay_view(const struct hearsay *h)
{
	return h ? &h->view : NULL;
}
