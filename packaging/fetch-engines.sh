#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Unpacks the engines that the demo and the tests run into .cache/: chronyd and
# chronyc, ptp4l and pmc, gpsd, Prometheus and promtool. The packages are never installed: that would replace
# the machine's own time daemon, or start services. Their libraries are
# (packaging/deps.txt, group engines).
# usage: fetch-engines.sh [--offline]
# exit: 0 all are there; 1 one cannot be had; 2 usage.
# Quick, and without network, once they are there.
set -euo pipefail

offline=
case ${1:-} in
--offline) offline=1 ;;
'') ;;
*) echo "usage: fetch-engines.sh [--offline]" >&2; exit 2 ;;
esac

root=$(cd "$(dirname "$0")/.." && pwd)
cache=$root/.cache
work=
trap '[ -z "$work" ] || rm -rf "$work"' EXIT

# version PACKAGE DIR: what its programs there say of themselves; fails where
# they do not run.
version()
{
	case $1 in
	chrony)
		"$2/usr/bin/chronyc" --version >/dev/null 2>&1 &&
			"$2/usr/sbin/chronyd" --version 2>&1 | cut -c1-40
		;;
	linuxptp)
		"$2/usr/sbin/pmc" -v >/dev/null 2>&1 &&
			"$2/usr/sbin/ptp4l" -v 2>&1 | sed 's/^/ptp4l /'
		;;
	gpsd)
		"$2/usr/sbin/gpsd" -V 2>&1 | grep -o 'gpsd: [0-9].*'
		;;
	prometheus)
		"$2/usr/bin/promtool" --version >/dev/null 2>&1 &&
			"$2/usr/bin/prometheus" --version 2>&1 |
			sed -n '1s/ *(.*//p'
		;;
	esac
}

# as root apt wants a folder that its own user can write to, or it warns
download()
{
	(cd "$work" && apt-get -qq download "$1" 2>"$work/log")
}

# a fresh image has no package lists, an old one names versions that are gone
download_anew()
{
	download "$1" && return
	[ "$(id -u)" -eq 0 ] && apt-get -qq update 2>"$work/log" && download "$1"
}

complain()
{
	echo "$*" >&2
	return 1
}

# fetch PACKAGE: 0 it is in .cache/PACKAGE and runs.
fetch()
{
	local package=$1 dir=$cache/$1 tool

	if version "$package" "$dir" >/dev/null; then
		echo "$package: $(version "$package" "$dir") in $dir"
		return 0
	fi
	[ -z "$offline" ] ||
		complain "$package: not in $dir, and told to use no network" ||
		return 1
	for tool in apt-get dpkg-deb; do
		command -v $tool >/dev/null ||
			complain "$package: no $tool here; see tests/system/*.sh" \
				"for how to name binaries of your own" || return 1
	done
	mkdir -p "$cache"
	work=$(mktemp -d "$cache/fetch.XXXXXX")
	echo "$package: downloading it"
	if ! download_anew "$package"; then
		cat "$work/log" >&2
		complain "$package: apt-get download failed (as root: apt-get" \
			"update?)" || return 1
	fi
	echo "$package: unpacking $(cd "$work" && echo "$package"_*.deb)"
	dpkg-deb -x "$work/$package"_*.deb "$work/tree"
	version "$package" "$work/tree" >/dev/null ||
		complain "$package: what was unpacked does not run;" \
			"packaging/install-deps.sh engines installs its" \
			"libraries" || return 1
	rm -rf "$dir"
	mv "$work/tree" "$dir"
	rm -rf "$work"
	work=
	echo "$package: $(version "$package" "$dir") in $dir"
}

code=0
for package in chrony linuxptp gpsd prometheus; do
	fetch "$package" || code=1
	[ -z "$work" ] || rm -rf "$work"
	work=
done
exit $code
