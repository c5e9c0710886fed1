#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Where docs/wire-your-database.md points to a line of the ledger, that line has
# the words beside it: in a table, | ... | `FILE:LINE` | `words` |.
set -u
cd "$(dirname "$0")/../.." || exit 1
page=docs/wire-your-database.md
checked=0 failed=0

while IFS=$'\t' read -r file line words; do
	checked=$((checked + 1))
	sed -n "${line}p" "$file" 2>/dev/null | grep -qF -- "$words" && continue
	failed=1
	echo "$page: $file:$line has not \"$words\" but:"
	sed -n "${line}p" "$file"
	echo "they are in line $(grep -nF -- "$words" "$file" | cut -d: -f1 | xargs)"
done < <(sed -nE "s,.*\`(examples/ledger/[a-z_]+\.[ch]):([0-9]+)\` \| \`([^\`]+)\` \|.*,\1\t\2\t\3,p" $page)
echo "$checked lines looked at"
[ $checked -ge 10 ] || failed=1
if [ "$(grep -oE 'examples/ledger/[a-z_]+\.[ch]:[0-9]+' $page | wc -l)" != $checked ]; then
	echo "$page: a reference without its words"
	failed=1
fi
exit $failed
