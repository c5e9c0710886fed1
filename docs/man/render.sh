#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The man pages as HTML, from the scdoc sources of the whole tree, with links
# between them and an index.
# usage: docs/man/render.sh [FOLDER]     docs/man, unless another is named
# needs: scdoc, mandoc
set -eu
tree=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:-$tree/docs/man}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

sources=$(find "$tree" -name .cache -prune -o -name build -prune -o \
	-name '*.scd' -print | sort)

# PAGE NAME SECTION SUMMARY of each name that a page's NAME line has.
names()
{
	for source in $sources; do
		page=$(basename "$source" .scd)
		sed -n '/^# NAME/,/^# /{s/\\//g; / - /p}' "$source" |
			awk -v page="$page" '{
				at = index($0, " - ")
				summary = substr($0, at + 3)
				section = page
				sub(/.*\./, "", section)
				n = split(substr($0, 1, at - 1), name, /, */)
				for (i = 1; i <= n; i++)
					print page "\t" name[i] "\t" section "\t" summary
			}'
	done
}

# In samples mandoc breaks a line before one that begins with a blank, unless that
# begins with what has no width, and leaves out empty ones, unless a blank is in them.
keep_samples()
{
	awk '
	$0 == ".nf" { inside = 1 }
	$0 == ".fi" { inside = 0 }
	inside && /^ / { $0 = "\\&" $0 }
	inside && /^$/ { $0 = "\\~" }
	{ print }'
}

# The names as links where there is a page, and no other.
link()
{
	awk -F '\t' -v self="$1" '
	NR == FNR { page[$2 "(" $3 ")"] = $1; next }
	{
		rest = $0
		line = ""
		while (match(rest, /<b>[A-Za-z_][A-Za-z0-9_.-]*<\/b>\([1-8]\)/)) {
			it = substr(rest, RSTART, RLENGTH)
			name = it
			gsub(/<\/?b>/, "", name)
			line = line substr(rest, 1, RSTART - 1)
			if (name in page && page[name] != self)
				line = line "<a href=\"" page[name] ".html\">" it "</a>"
			else
				line = line it
			rest = substr(rest, RSTART + RLENGTH)
		}
		print line rest
	}' "$tmp/names" -
}

index()
{
	cat <<-'E'
	<!DOCTYPE html>
	<html lang="en">
	<head>
	<meta charset="utf-8"/>
	<meta name="viewport" content="width=device-width, initial-scale=1.0"/>
	<link rel="stylesheet" href="man.css" type="text/css"/>
	<title>timed and libtt: man pages</title>
	</head>
	<body>
	<h1>timed and libtt: man pages</h1>
	<table class="index">
	E
	awk -F '\t' '{
		printf "<tr><td><a href=\"%s.html\"><b>%s</b>(%s)</a></td><td>%s</td></tr>\n",
			$1, $2, $3, $4
	}' "$tmp/names"
	printf '</table>\n</body>\n</html>\n'
}

# By section, then by name.
names | LC_ALL=C sort -t "$(printf '\t')" -k 3,3 -k 2,2 >"$tmp/names"
for source in $sources; do
	page=$(basename "$source" .scd)
	# Without the day on which it was made.
	SOURCE_DATE_EPOCH=0 scdoc <"$source" |
		sed 's/^\(\.TH "[^"]*" "[^"]*"\) "1970-01-01".*/\1 "" "timed" "timed and libtt"/' |
		keep_samples | mandoc -T html -O style=man.css 2>/dev/null |
		sed "s/&#x2022;\([^ ]\)/\&#x2022; \1/" |
		link "$page" >"$tmp/$page.html"
done
index >"$tmp/index.html"
rm -f "$tmp/names" "$out"/*.html
cp "$tmp"/*.html "$out"
