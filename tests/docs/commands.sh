#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every command in the tree's pages that can be run here is run, as it stands there,
# on a machine on which timed and chronyd live at their usual places: those of a mount
# namespace of its own. commands.py says what is run and what is not.
. "$(dirname "$0")/../system/lab.sh"
. "$(dirname "$0")/../system/expect.sh"
lab_enter "$@"
need_chronyd
need_namespaces

here=$(cd "$(dirname "$0")" && pwd)
export PATH=$lab_build/timed:$lab_build/tools:$lab_build/tools/exporter:$lab_build/sim:$lab_root/.cache/chrony/usr/bin:$PATH
unset TT_CLOCK

# Everything by its default path, in a /run and an /etc/timed of our own.
kept=$LAB_DIR/kept
mkdir "$kept"
mount -t tmpfs tmpfs /run || skip "no right to mount"
mkdir -p -m 0755 /run/timed
mkdir -p -m 0700 /run/chrony
mount -t tmpfs tmpfs /var/log
mkdir -m 0750 /var/log/timed

lab_server 1
cat >"$LAB_DIR/client.conf" <<-CONF
	port 0
	cmdport 323
	bindcmdaddress /run/chrony/chronyd.sock
	pidfile /run/chrony/pid
	server $(lab_address 1) iburst minpoll -2 maxpoll -2
CONF
lab_client_start
cat >"$LAB_DIR/timed.conf" <<-CONF
	drift_file = "";
	history = { log = "/var/log/timed/history.log"; log_interval = "1s"; };
CONF
lab_timed_start
expect_soon 15 "timed is synchronised, at its usual path" tt-status --sources
expect_soon 15 "its history log has a bound" grep -q '"kind":"bound"' \
	/var/log/timed/history.log

# What a page takes for granted: the tree's examples, a configuration.
mkdir "$LAB_DIR/cwd"
cd "$LAB_DIR/cwd" || exit 1
ln -s "$lab_root/examples" examples
cp "$lab_root/timed/timed.conf" timed.conf

"$here/commands.py" list "$lab_root" "$kept" >"$LAB_DIR/list" ||
	fail "the pages cannot be taken apart"
run_block() # FILE
{
	timeout 60 bash -e -u -o pipefail "$1" </dev/null
}
while read -r where file; do
	expect_code 0 "$where" run_block "$file"
done <"$LAB_DIR/list"
expect "there were some" test "$(wc -l <"$LAB_DIR/list")" -ge 5
