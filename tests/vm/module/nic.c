// SPDX-License-Identifier: GPL-2.0
/*
 * Pairs of NICs, lab0a and lab0b, lab1a and lab1b, ..., joined by a wire with a
 * delay of its own in each direction. The stamps of the hardware are those of
 * the instants at which a frame leaves and arrives, whenever the guest's
 * processor gets round to it.
 */
#include <linux/ethtool.h>
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>

#include "ttlab.h"

#define PAIRS_MAX    4
#define DELAY_NS_MAX NSEC_PER_SEC
#define WIRE_FRAMES  1024

struct nic {
	struct phc phc;
	struct net_device *dev;
	struct net_device *peer;
	struct kernel_hwtstamp_config config;
	/* Frames on their way to this end. */
	struct sk_buff_head wire;
	struct hrtimer arrival;
	s64 last_tai_ns;
	/* Knobs of the way to this end's peer. */
	u64 delay_ns;
	u64 jitter_ns; /* evenly from 0 to this, besides */
	u64 queue_ns;  /* and so much on average, exponentially distributed */
	u64 loss_pm;   /* in thousandths */
	u64 tx_withheld_pm, rx_withheld_pm;
};

/* What a frame on the wire carries. */
struct transit {
	s64 tai_ns; /* when it arrives */
};

static struct net_device *nics[2 * PAIRS_MAX];

static struct transit *transit_of(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct transit) > sizeof(skb->cb));
	return (struct transit *)skb->cb;
}

/* --- the wire ------------------------------------------------------------- */

static void deliver(struct nic *nic, struct sk_buff *skb)
{
	const s64 tai_ns = transit_of(skb)->tai_ns;
	unsigned long flags;
	bool is_stamped;

	if (!netif_running(nic->dev)) {
		kfree_skb(skb);
		return;
	}
	memset(skb->cb, 0, sizeof(skb->cb));
	spin_lock_irqsave(&world_lock, flags);
	is_stamped = nic->config.rx_filter != HWTSTAMP_FILTER_NONE &&
		     !world_chance(nic->rx_withheld_pm);
	if (is_stamped)
		skb_hwtstamps(skb)->hwtstamp =
			ns_to_ktime(phc_stamp(&nic->phc, tai_ns));
	spin_unlock_irqrestore(&world_lock, flags);
	dev_sw_netstats_rx_add(nic->dev, skb->len);
	skb->protocol = eth_type_trans(skb, nic->dev);
	netif_rx(skb);
}

/* Ns until the next frame arrives; < 0: none is on its way; 0: it is there. */
static s64 until_arrival(struct nic *nic)
{
	const struct sk_buff *next = skb_peek(&nic->wire);
	unsigned long flags;
	s64 wait_ns;

	if (!next)
		return -1;
	spin_lock_irqsave(&world_lock, flags);
	wait_ns = transit_of((struct sk_buff *)next)->tai_ns - world_keep();
	spin_unlock_irqrestore(&world_lock, flags);
	return max(wait_ns, 0LL);
}

static enum hrtimer_restart arrive(struct hrtimer *timer)
{
	struct nic *nic = container_of(timer, struct nic, arrival);
	s64 wait_ns;

	while ((wait_ns = until_arrival(nic)) == 0)
		deliver(nic, skb_dequeue(&nic->wire));
	if (wait_ns < 0)
		return HRTIMER_NORESTART;
	return world_again(timer, wait_ns);
}

/* When what leaves now arrives at the peer: frames do not overtake. Under
 * world_lock. */
static s64 draw_arrival(struct nic *nic, struct nic *peer, s64 tai_ns)
{
	const u64 delay_ns =
		nic->delay_ns + world_exponential(nic->queue_ns) +
		world_below((u32)min(nic->jitter_ns + 1, DELAY_NS_MAX));

	tai_ns += (s64)min(delay_ns, DELAY_NS_MAX);
	peer->last_tai_ns = max(tai_ns, peer->last_tai_ns);
	return peer->last_tai_ns;
}

static void put_on_wire(struct nic *peer, struct sk_buff *skb, s64 tai_ns)
{
	s64 wait_ns;

	skb_scrub_packet(skb, true);
	memset(skb_hwtstamps(skb), 0, sizeof(*skb_hwtstamps(skb)));
	skb->tstamp = 0;
	skb->dev = peer->dev;
	transit_of(skb)->tai_ns = tai_ns;
	skb_queue_tail(&peer->wire, skb);
	/* With others before it the timer is on its way already. */
	wait_ns = until_arrival(peer);
	if (!hrtimer_is_queued(&peer->arrival))
		hrtimer_start(&peer->arrival, ns_to_ktime(wait_ns),
			      HRTIMER_MODE_REL);
}

static void stamp_tx(struct nic *nic, struct sk_buff *skb, s64 phc_ns)
{
	struct skb_shared_hwtstamps stamp = {.hwtstamp = ns_to_ktime(phc_ns)};

	skb_shinfo(skb)->tx_flags |= SKBTX_IN_PROGRESS;
	skb_tstamp_tx(skb, &stamp);
}

static netdev_tx_t nic_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct nic *nic = netdev_priv(dev), *peer = netdev_priv(nic->peer);
	struct sk_buff *copy = skb_copy(skb, GFP_ATOMIC);
	const bool is_asked = nic->config.tx_type == HWTSTAMP_TX_ON &&
			      skb_shinfo(skb)->tx_flags & SKBTX_HW_TSTAMP;
	bool is_withheld, is_lost;
	s64 phc_ns, arrival_tai_ns, now_ns;
	unsigned long flags;

	skb_tx_timestamp(skb);
	spin_lock_irqsave(&world_lock, flags);
	now_ns = world_keep();
	phc_ns = phc_stamp(&nic->phc, now_ns);
	arrival_tai_ns = draw_arrival(nic, peer, now_ns);
	is_withheld = world_chance(nic->tx_withheld_pm);
	is_lost = world_chance(nic->loss_pm);
	spin_unlock_irqrestore(&world_lock, flags);

	if (is_asked && !is_withheld)
		stamp_tx(nic, skb, phc_ns);
	dev_sw_netstats_tx_add(dev, 1, skb->len);
	dev_consume_skb_any(skb);
	if (copy && !is_lost && netif_running(nic->peer) &&
	    skb_queue_len(&peer->wire) < WIRE_FRAMES)
		put_on_wire(peer, copy, arrival_tai_ns);
	else
		kfree_skb(copy);
	return NETDEV_TX_OK;
}

/* --- the device ----------------------------------------------------------- */

static int nic_open(struct net_device *dev)
{
	netif_carrier_on(dev);
	netif_start_queue(dev);
	return 0;
}

static int nic_stop(struct net_device *dev)
{
	netif_stop_queue(dev);
	return 0;
}

static int nic_hwtstamp_set(struct net_device *dev,
			    struct kernel_hwtstamp_config *config,
			    struct netlink_ext_ack *extack)
{
	struct nic *nic = netdev_priv(dev);

	if (config->tx_type != HWTSTAMP_TX_OFF &&
	    config->tx_type != HWTSTAMP_TX_ON)
		return -ERANGE;
	if (config->rx_filter != HWTSTAMP_FILTER_NONE)
		config->rx_filter = HWTSTAMP_FILTER_ALL;
	nic->config = *config;
	return 0;
}

static int nic_hwtstamp_get(struct net_device *dev,
			    struct kernel_hwtstamp_config *config)
{
	const struct nic *nic = netdev_priv(dev);

	*config = nic->config;
	return 0;
}

static int nic_get_ts_info(struct net_device *dev,
			   struct kernel_ethtool_ts_info *info)
{
	const struct nic *nic = netdev_priv(dev);

	info->so_timestamping =
		SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE |
		SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_HARDWARE |
		SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
	info->phc_index = ptp_clock_index(nic->phc.clock);
	info->tx_types = BIT(HWTSTAMP_TX_OFF) | BIT(HWTSTAMP_TX_ON);
	info->rx_filters = BIT(HWTSTAMP_FILTER_NONE) | BIT(HWTSTAMP_FILTER_ALL);
	return 0;
}

static const struct net_device_ops nic_ops = {
	.ndo_open = nic_open,
	.ndo_stop = nic_stop,
	.ndo_start_xmit = nic_xmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_hwtstamp_get = nic_hwtstamp_get,
	.ndo_hwtstamp_set = nic_hwtstamp_set,
};

static const struct ethtool_ops nic_ethtool_ops = {
	.get_ts_info = nic_get_ts_info,
	.get_link = ethtool_op_get_link,
};

static void nic_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &nic_ops;
	dev->ethtool_ops = &nic_ethtool_ops;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
}

static void create_knobs(struct nic *nic, struct dentry *dir)
{
	debugfs_create_u64("delay_ns", 0600, dir, &nic->delay_ns);
	debugfs_create_u64("jitter_ns", 0600, dir, &nic->jitter_ns);
	debugfs_create_u64("queue_ns", 0600, dir, &nic->queue_ns);
	debugfs_create_u64("loss_pm", 0600, dir, &nic->loss_pm);
	debugfs_create_u64("tx_withheld_pm", 0600, dir, &nic->tx_withheld_pm);
	debugfs_create_u64("rx_withheld_pm", 0600, dir, &nic->rx_withheld_pm);
}

/* --- coming and going ----------------------------------------------------- */

/* The address tells the NIC: 02:54:54:00:00:0a is lab0a's. */
static void set_address(struct net_device *dev, int at)
{
	const u8 address[ETH_ALEN] = {0x02, 0x54,	  0x54,
				      0,    (u8)(at / 2), (u8)(0x0a + at % 2)};

	eth_hw_addr_set(dev, address);
}

static int create(int at, bool has_precise, struct dentry *parent)
{
	struct net_device *dev;
	struct dentry *dir;
	struct nic *nic;
	char name[IFNAMSIZ];
	int rc;

	snprintf(name, sizeof(name), "lab%d%c", at / 2, "ab"[at % 2]);
	dev = alloc_netdev(sizeof(*nic), name, NET_NAME_USER, nic_setup);
	if (!dev)
		return -ENOMEM;
	set_address(dev, at);
	nic = netdev_priv(dev);
	nic->dev = dev;
	skb_queue_head_init(&nic->wire);
	hrtimer_init(&nic->arrival, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	nic->arrival.function = arrive;
	dir = debugfs_create_dir(name, parent);
	create_knobs(nic, dir);
	rc = phc_register(&nic->phc, name, has_precise, dir);
	if (rc) {
		free_netdev(dev);
		return rc;
	}
	nics[at] = dev;
	return 0;
}

static void join(struct net_device *a, struct net_device *b)
{
	((struct nic *)netdev_priv(a))->peer = b;
	((struct nic *)netdev_priv(b))->peer = a;
}

/* A NIC that is not known to the network yet has no peer to be called on. */
static void destroy(struct net_device *dev)
{
	struct nic *nic = netdev_priv(dev);

	if (dev->reg_state == NETREG_REGISTERED)
		unregister_netdev(dev);
	hrtimer_cancel(&nic->arrival);
	skb_queue_purge(&nic->wire);
	phc_unregister(&nic->phc);
}

void nic_destroy(void)
{
	for (int i = 0; i < 2 * PAIRS_MAX; i++) {
		if (nics[i])
			destroy(nics[i]);
	}
	for (int i = 0; i < 2 * PAIRS_MAX; i++) {
		if (nics[i])
			free_netdev(nics[i]);
	}
}

int nic_create_pairs(int pairs, bool has_precise, struct dentry *dir)
{
	int rc = pairs < 1 || pairs > PAIRS_MAX ? -EINVAL : 0;

	for (int i = 0; !rc && i < 2 * pairs; i++)
		rc = create(i, has_precise, dir);
	for (int i = 0; !rc && i < 2 * pairs; i += 2)
		join(nics[i], nics[i + 1]);
	for (int i = 0; !rc && i < 2 * pairs; i++)
		rc = register_netdev(nics[i]);
	if (rc)
		nic_destroy();
	return rc;
}

void nic_edge(s64 tai_ns)
{
	for (int i = 0; i < 2 * PAIRS_MAX; i++) {
		if (nics[i])
			phc_edge(&((struct nic *)netdev_priv(nics[i]))->phc,
				 tai_ns);
	}
}
