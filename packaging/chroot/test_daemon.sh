#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timed alone, without what it recommends: its user, its directory, its units.
. /lab/common.sh

files_before
expect_code 0 "apt installs timed" apt install /lab/timed_*.deb
expect "the tools do not come along" is_absent timed-tools
expect_programs "timed tt-ctl" timed
expect_pages 4 timed
expect_unchanged timed
expect "its user is there, with no shell" test "$(getent passwd _timed |
	cut -d: -f6,7)" = /var/lib/timed:/usr/sbin/nologin
expect "and the segment's directory, which is his" \
	test "$(stat -c '%a %U %G' /run/timed)" = "755 _timed _timed"
expect "it starts at the next boot" \
	test "$(systemctl is-enabled timed timed-sleep | uniq)" = enabled
expect_code 0 "its configuration is one" setpriv --reuid=_timed \
	--regid=_timed --clear-groups timed --check-config
expect_gone timed
expect "the user stays" id -u _timed
