#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# libtt0 and libtt-dev alone: nothing of the daemon comes along, and there is no more
# to them than libc.
. /lab/common.sh

files_before
packages=$(dpkg-query -W | wc -l)
expect_code 0 "apt installs libtt0 and libtt-dev" \
	apt install /lab/libtt0_*.deb /lab/libtt-dev_*.deb
expect "and nothing besides" \
	test "$(dpkg-query -W | wc -l)" = $((packages + 2))
expect "there is no user of the daemon's" test -z "$(getent passwd _timed)"
ldconfig -p >/tmp/cache
expect "programs find libtt by its soname" grep -q 'libtt\.so\.0 ' /tmp/cache
expect "and the linker by its name" test -e "$(echo /usr/lib/*/libtt.so)"
expect "its calls are there" test -s /usr/include/tt/tt.h
expect_pages 40 libtt-dev
expect_unchanged libtt0 libtt-dev
expect_code 0 "libtt0 alone may stay" apt purge libtt-dev
expect "it is there" is_installed libtt0
expect_gone libtt0
