#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# command_blocks.sh SOURCE BUILD CTEST: commands.py check, with the names of all tests
# and our own programs at hand.
set -u
names=$(mktemp)
trap 'rm -f "$names"' EXIT
PATH=$2/timed:$2/tools:$2/tools/exporter:$2/tools/skew:$2/sim:$PATH
export PATH
"$3" --test-dir "$2" -N | sed -n 's/^ *Test *#[0-9]*: //p' >"$names"
"$(dirname "$0")/commands.py" check "$1" "$names"
