#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timed-tools alone: on a host that has no timed the tools run, and say so.
. /lab/common.sh

files_before
expect_code 0 "apt installs timed-tools" \
	apt install /lab/timed-tools_*.deb /lab/libtt0_*.deb
expect "timed does not come along" is_absent timed
expect_programs "check_tt tt-audit tt-bench tt-exporter tt-sim tt-skew tt-status" timed-tools
expect_pages 6 timed-tools
expect_unchanged timed-tools libtt0
expect_code 3 "tt-status: there is no timed" tt-status
cat /tmp/last.out
expect_code 0 "tt-sim needs none" tt-sim list
expect "what listens is not started unasked" \
	test "$(systemctl is-enabled tt-exporter)" = disabled
expect_code 0 "apt purges libtt0" apt purge libtt0
expect_gone timed-tools
