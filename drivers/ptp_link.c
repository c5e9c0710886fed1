/* SPDX-License-Identifier: Apache-2.0 */
/* The socket to ptp4l. See ptp_link.h. */
#include "drivers/ptp_link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/link_socket.h"

/* linuxptp forgets a subscriber that long after it last heard of it. */
#define SUBSCRIPTION_S 60

/* The kernel is to say who sent what comes. */
static int open_socket(struct ptp_link *link)
{
	const int on = 1;
	int err = link_socket_open(AF_UNIX, SOCK_DGRAM, &link->fd);

	if (!err && setsockopt(link->fd, SOL_SOCKET, SO_PASSCRED, &on,
			       sizeof(on)) < 0)
		err = -errno;
	return err;
}

static int set_path(struct sockaddr_un *address, const char *path)
{
	const size_t len = strlen(path);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (len == 0)
		return -EINVAL;
	if (len >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	memcpy(address->sun_path, path, len + 1);
	return 0;
}

/* What lies there already is removed only if it is a socket. */
static int clear_path(const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	return unlink(path) < 0 ? -errno : 0;
}

static int bind_path(struct ptp_link *link, const char *path, int mode)
{
	struct sockaddr_un own;
	int err;

	err = set_path(&own, path);
	if (!err)
		err = clear_path(path);
	if (err)
		return err;
	/* closed to others from its first moment: connecting wants the right
	 * to write, which no mode of an unnamed socket grants */
	if (fchmod(link->fd, (mode_t)mode) < 0 ||
	    bind(link->fd, (const struct sockaddr *)&own, sizeof(own)) < 0)
		return -errno;
	link->own = own;
	return chmod(path, (mode_t)mode) < 0 ? -errno : 0;
}

int ptp_link_open(struct ptp_link *link, struct env *env, const char *server,
		  const char *path, int mode, uint8_t domain)
{
	int err;

	memset(link, 0, sizeof(*link));
	link->env = env;
	link->fd = -1;
	link->domain = domain;
	link->request.asker = (uint16_t)getpid();
	link->request.sequence = (uint16_t)env_raw_ns(env);
	err = set_path(&link->server, server);
	if (!err)
		err = open_socket(link);
	if (!err)
		err = bind_path(link, path, mode);
	if (err)
		ptp_link_close(link);
	return err;
}

void ptp_link_close(struct ptp_link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	if (link->own.sun_path[0] != '\0')
		unlink(link->own.sun_path);
	link->fd = -1;
	link->own.sun_path[0] = '\0';
	link->is_waiting = false;
}

static int send_request(struct ptp_link *link, enum ptpmsg_id id,
			int64_t timeout_ns)
{
	uint8_t buf[PTPMSG_REQUEST_SIZE];
	struct stat st;
	size_t len;

	link->is_waiting = false;
	if (stat(link->server.sun_path, &st) < 0)
		return -errno;
	link->owner = st.st_uid;
	link->request.id = id;
	link->request.domain = link->domain;
	link->request.sequence++;
	link->request.subscription = (struct ptp_subscription){
		.duration_s = SUBSCRIPTION_S,
		.first = PTP_EVENT_PORT_STATE | PTP_EVENT_TIME_SYNC |
			 PTP_EVENT_PARENT};
	len = ptpmsg_encode(&link->request, buf);
	link->deadline_raw_ns = env_raw_ns(link->env) + timeout_ns;
	if (sendto(link->fd, buf, len, 0,
		   (const struct sockaddr *)&link->server,
		   sizeof(link->server)) < 0 &&
	    errno != EAGAIN) /* its queue is full: it has other things to do */
		return -errno;
	link->is_waiting = true;
	return 0;
}

int ptp_link_ask(struct ptp_link *link, enum ptpmsg_id id, int64_t timeout_ns)
{
	link->request.sets_settings = false;
	return send_request(link, id, timeout_ns);
}

int ptp_link_set(struct ptp_link *link, const struct ptp_settings *settings,
		 int64_t timeout_ns)
{
	link->request.sets_settings = true;
	link->request.settings = *settings;
	return send_request(link, PTPMSG_GRANDMASTER_SETTINGS_NP, timeout_ns);
}

/* Who sent it, as the kernel has it; false where it does not say. */
static bool sender_of(struct msghdr *msg, uid_t *ret)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	struct ucred cred;

	if (!c || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_CREDENTIALS)
		return false;
	memcpy(&cred, CMSG_DATA(c), sizeof(cred));
	*ret = cred.uid;
	return true;
}

int ptp_link_receive(struct ptp_link *link, struct ptpmsg *ret)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
	uint8_t buf[PTPMSG_SIZE];
	struct iovec iov = {.iov_base = buf, .iov_len = sizeof(buf)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	const ssize_t n = recvmsg(link->fd, &msg, 0);
	uid_t sender;

	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (!sender_of(&msg, &sender) || (sender != 0 && sender != link->owner))
		return -EPERM;
	return ptpmsg_parse(buf, (size_t)n, ret);
}

bool ptp_link_is_answer(const struct ptp_link *link, const struct ptpmsg *m)
{
	return link->is_waiting && m->kind != PTPMSG_LEGS &&
	       m->id == link->request.id &&
	       m->sequence == link->request.sequence &&
	       m->domain == link->domain;
}
