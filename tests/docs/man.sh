#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# man.sh lint SOURCE              every page without a warning of mandoc's
# man.sh html SOURCE              docs/man is what the pages are now
# man.sh all SOURCE BUILD CMAKE   a page for all that is installed: each program,
#                                 each configuration file
set -u
what=$1 source=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

for tool in scdoc mandoc; do
	command -v $tool >/dev/null || {
		echo "no $tool here (packaging/deps.txt)"
		exit 77
	}
done

pages()
{
	find "$source" -name .cache -prune -o -name build -prune -o \
		-name '*.scd' -print | sort
}

lint()
{
	for page in $(pages); do
		name=$(basename "$page" .scd)
		scdoc <"$page" >"$tmp/$name" || {
			echo "$page: scdoc refuses it"
			failed=1
			continue
		}
		# scdoc ends each part with a paragraph, and so many are empty.
		mandoc -T lint -W warning "$tmp/$name" 2>&1 |
			grep -v 'skipping paragraph macro: PP' >"$tmp/said" && {
			sed "s|^|$page: |" "$tmp/said"
			failed=1
		}
		grep -q '^# NAME' "$page" && grep -q '^# SEE ALSO' "$page" || {
			echo "$page: no NAME, or no SEE ALSO"
			failed=1
		}
	done
	echo "$(pages | wc -l) pages linted"
}

html()
{
	mkdir "$tmp/html"
	cp "$source/docs/man/man.css" "$source/docs/man/render.sh" "$tmp/html"
	"$source/docs/man/render.sh" "$tmp/html" || exit 1
	diff -r -u "$source/docs/man" "$tmp/html" >"$tmp/diff" || {
		head -n 40 "$tmp/diff"
		echo "docs/man is not what the pages say: run docs/man/render.sh"
		failed=1
	}
	# A sample has the lines that it has in the source.
	for page in "$tmp"/html/*.html; do
		awk '/<pre>/ { inside = 1 } inside && /<br\/>/ { bad = 1 }
			/<\/pre>/ { inside = 0 } END { exit bad }' "$page" || {
			echo "$page: a line too many in a sample"
			failed=1
		}
	done
	# Each link leads somewhere.
	for target in $(grep -oh 'href="[^"#:]*\.html' "$tmp"/html/*.html |
		sed 's/href="//' | sort -u); do
		[ -e "$tmp/html/$target" ] || {
			echo "a link to $target, which is not there"
			failed=1
		}
	done
}

# page_of NAME SECTION...: it is installed in one of these.
page_of()
{
	name=$1
	shift
	for section in "$@"; do
		[ -s "$man/man$section/$name.$section" ] && return 0
	done
	echo "$name: no man page is installed with it"
	failed=1
}

all()
{
	"$2" --install "$1" --prefix "$tmp/root" >"$tmp/said" 2>&1 || {
		tail -n 5 "$tmp/said"
		exit 1
	}
	man=$tmp/root/share/man
	programs=0
	for program in "$tmp"/root/bin/* "$tmp"/root/sbin/*; do
		page_of "$(basename "$program")" 1 8
		programs=$((programs + 1))
	done
	for file in "$tmp"/root/etc/*/*.conf; do
		page_of "$(basename "$file")" 5
	done
	page_of timed-files 5
	page_of tt-sim.scenario 5
	# An alias leads to a page.
	for alias in $(grep -lr '^\.so ' "$man"); do
		[ -s "$man/$(sed -n 's/^\.so //p' "$alias")" ] || {
			echo "$alias leads nowhere"
			failed=1
		}
	done
	echo "$programs programs have their pages"
	[ $programs -ge 7 ] || failed=1
}

case $what in
lint) lint ;;
html) html ;;
all) all "$3" "$4" ;;
esac
exit $failed
