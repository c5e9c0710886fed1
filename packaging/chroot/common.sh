# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the tests in the minimal system have in common (packaging/test-chroot.sh).
. /lab/expect.sh
LAB_DIR=/tmp
upstream=$(dpkg-deb -f /lab/timed_*.deb Version)
upstream=${upstream%-*}

lab_until() # SECONDS COMMAND...
{
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}

apt()
{
	apt-get -q -y --no-install-recommends "$@"
}

# said PATTERN: the last expect_code's command did.
said()
{
	grep -q -- "$1" "$LAB_DIR/last.out"
}

is_installed() # PACKAGE
{
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = \
		installed ]
}

is_absent() # PACKAGE
{
	! is_installed "$1"
}

# Not even its configuration is known.
is_purged() # PACKAGE
{
	local status

	status=$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)
	[ "${status:-not-installed}" = not-installed ]
}

version() # PACKAGE
{
	dpkg-query -W -f '${Version}' "$1"
}

# ---- what came ----

finds_libraries() # PROGRAM
{
	! ldd "$1" | grep 'not found'
}

has_page() # PROGRAM
{
	local name=${1##*/}

	case $1 in
	/usr/sbin/*) [ -s "/usr/share/man/man8/$name.8.gz" ] ;;
	*)
		[ -s "/usr/share/man/man1/$name.1.gz" ] ||
			[ -s "/usr/share/man/man8/$name.8.gz" ]
		;;
	esac
}

expect_programs() # "NAME..." PACKAGE...
{
	local names=$1 program
	local -a programs

	shift
	mapfile -t programs < <(dpkg -L "$@" | grep -E '^/usr/s?bin/.' | sort)
	expect "the programs of $* are $names, no less and no more" \
		test "$(echo "${programs[@]##*/}")" = "$names"
	for program in "${programs[@]}"; do
		expect "$program finds its libraries" \
			finds_libraries "$program"
		expect_code 0 "${program##*/} --version" "$program" --version
		expect "is the packages'" said "$upstream"
		expect_code 0 "${program##*/} --help" "$program" --help
		expect "says how to use it" said "[Uu]sage: "
		expect "${program##*/} has a man page" has_page "$program"
	done
}

# Each page is a whole file, and what it stands for is there too.
page_is_whole() # PAGE
{
	local target

	gzip -t "$1" || return 1
	target=$(zcat "$1" | sed -n '1s/^\.so //p')
	[ -z "$target" ] || [ -s "/usr/share/man/$target.gz" ] ||
		{ echo "$1 stands for $target"; return 1; }
}

expect_pages() # COUNT-MIN PACKAGE...
{
	local count=$1 page
	local -a pages

	shift
	mapfile -t pages < <(dpkg -L "$@" | grep '^/usr/share/man/.*\.gz$')
	expect "there are $count man pages or more in $*: ${#pages[@]}" \
		test "${#pages[@]}" -ge "$count"
	for page in "${pages[@]}"; do
		page_is_whole "$page" || fail "$page is a whole man page"
	done
	echo "ok: all of them are whole"
}

# dpkg's sums and modes of all their files.
expect_unchanged() # PACKAGE...
{
	expect_code 0 "dpkg -V: $*" dpkg -V "$@"
	expect "has nothing to say" test ! -s "$LAB_DIR/last.out"
}

# ---- what stays ----

# Every file but the kernel's, apt's archives and what is in memory.
files()
{
	find / -xdev -path /lab -prune -o -path /run -prune -o \
		-path /tmp -prune -o -print | sort
}

files_before()
{
	files >/lab/before
}

# What Debian's own packages leave: the accounts' old versions, apt's and dpkg's
# books, man's cache, and of systemd, which makes our user, what it makes by itself.
leftovers()
{
	files | comm -13 /lab/before - | grep -vxE \
		-e '/etc/(group|gshadow|passwd|shadow|subuid|subgid)-' \
		-e '/var/(lib|log)/apt/.*' \
		-e '/var/lib/dpkg/.*-old' \
		-e '/var/(cache|lib|log)/private|/var/cache/man/.*' \
		-e '/var/lib/systemd/.*' \
		-e '/etc/(machine-id|mtab)|/root/\.ssh'
}

# Purged, with what apt had brought along for them.
expect_gone() # PACKAGE...
{
	local package left
	local -a known=()

	# of those that were removed apt knows only who left a configuration
	for package in "$@"; do
		is_purged "$package" || known+=("$package")
	done
	expect_code 0 "apt purges ${known[*]}" apt purge "${known[@]}"
	for package in "$@"; do
		expect "$package is gone" is_purged "$package"
	done
	expect_code 0 "and what came along" apt autoremove --purge
	left=$(leftovers)
	[ -z "$left" ] || fail "nothing is left, but there is:" "$left"
	echo "ok: nothing is left but the system's own books"
}
