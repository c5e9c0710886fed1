#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh FILE: its tests, by bats.
command -v bats >/dev/null || {
	echo "no bats"
	exit 77
}
exec bats "$1"
