#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what packaging/deps.txt names and the machine lacks; nothing else.
# usage: install-deps.sh [--list-missing] [GROUP...]
# exit: 0 all there; 1 something could not be installed; 2 usage.
# Quick when all is there: one dpkg-query, no network, no root.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
list_only=
case ${1:-} in
--list-missing) list_only=1; shift ;;
-*) echo "usage: install-deps.sh [--list-missing] [GROUP...]" >&2; exit 2 ;;
esac

# wanted GROUP...: the packages of these groups; when none, of all but those that
# are "only when named".
wanted()
{
	awk -v groups=" $* " '
		/^\[/ {
			group = $1
			gsub(/[][]/, "", group)
			all = groups ~ /^ *$/ && !/only when named/
			next
		}
		{ sub(/#.*/, "") }
		NF && (all || index(groups, " " group " ")) { print $1 }
	' "$here/deps.txt"
}

missing()
{
	local -a all
	mapfile -t all < <(wanted "$@")
	dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' \
		"${all[@]}" 2>/dev/null |
		awk '$1 == "installed" { sub(/:.*/, "", $2); print $2 }' |
		sort -u | comm -13 - <(printf '%s\n' "${all[@]}" | sort -u)
}

if ! command -v dpkg-query >/dev/null; then
	echo "this is no Debian: install what packaging/deps.txt lists" \
		"by your own means" >&2
	exit 1
fi

mapfile -t lack < <(missing "$@")
if [ -n "$list_only" ]; then
	[ ${#lack[@]} -eq 0 ] || printf '%s\n' "${lack[@]}"
	exit 0
fi
[ ${#lack[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "missing packages: ${lack[*]}" >&2
	echo "not root, so they cannot be installed from here; as root:" >&2
	echo "    apt-get install --no-install-recommends ${lack[*]}" >&2
	exit 1
fi

echo "installing: ${lack[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install()
{
	apt-get -q -y -o DPkg::Lock::Timeout=300 install \
		--no-install-recommends "${lack[@]}" </dev/null >"$log" 2>&1
}

# The package lists may be absent (a fresh image) or old (a version that has
# left the mirror): only then is the update worth its time.
if ! install; then
	if ! apt-get -q -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 ||
	   ! install; then
		tail -n 15 "$log" >&2
		echo "apt could not install: $(missing "$@" | xargs)" >&2
		exit 1
	fi
fi
