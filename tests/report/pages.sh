#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The reports of simulated days (calm, a long holdover and a restart, a liar, the
# first minutes, nothing yet) are XML that Python's parser takes, refer to nothing
# outside of themselves, and show what happened. day_report is $1.
# With `pictures DIR` each is left there as PNG too, by chromium: light, dark,
# narrow, printed.
here=$(cd "$(dirname "$0")" && pwd)
day_report=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

fail()
{
	echo "FAILED: $*"
	failed=1
}

check() # PAGE WORDS...: whole, its own, and has the words
{
	local page=$1 words

	shift
	python3 - "$dir/$page.html" <<'END' || fail "$page: is no such XML"
import re
import sys
import xml.etree.ElementTree as tree

HTML, SVG = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2000/svg}"
root = tree.parse(sys.argv[1]).getroot()
assert root.tag == HTML + "html" and root.get("lang") == "en", root.tag
ids = [e.get("id") for e in root.iter() if e.get("id")]
assert len(ids) == len(set(ids)), "an id twice"
for e in root.iter():
    assert e.tag.startswith((HTML, SVG)), e.tag
    assert e.tag != HTML + "script" and not e.get("style"), e.tag
    for name, value in e.attrib.items():
        assert name not in ("src", "onload", "onclick"), name
        assert name != "href" or value.startswith("/"), value
        assert not re.search(r"\b(nan|inf)\b", value), (name, value)
charts = [e for e in root.iter(SVG + "svg") if e.get("role") == "img"]
for chart in charts:
    title, says = (chart.find(SVG + tag) for tag in ("title", "desc"))
    assert title.text and says.text
    assert chart.get("aria-labelledby") == f"{title.get('id')} {says.get('id')}"
style = root.find(f"{HTML}head/{HTML}style").text
for words in ("prefers-color-scheme:dark", "@media print", "max-width:"):
    assert words in style, words
assert "url(" not in style and "@import" not in style
print(f"{sys.argv[1].split('/')[-1]}: {len(charts)} charts")
END
	for words; do
		grep -qF -- "$words" "$dir/$page.html" ||
			fail "$page: nothing of '$words'"
	done
}

for day in calm holdover liar; do
	"$day_report" "$here/$day.scenario" >"$dir/$day.html" ||
		fail "$day: no page" &
done
"$day_report" "$here/fresh.scenario" >"$dir/fresh.html" || fail "fresh: no page"
"$day_report" "$here/fresh.scenario" empty >"$dir/empty.html" ||
	fail "empty: no page"
wait

check calm 'SYNCHRONIZED for 23 h' 'violations: 0' '99.9 %' 'ADEV' \
	'source 2001:db8::3: used (was waiting)' 'Axioms in force' \
	'Configuration in force' 'Versions'
check holdover 'HOLDOVER for 6 h' 'HOLDOVER (was SYNCHRONIZED)' 'class="warn"'
check liar 'source 192.0.2.2: falseticker (was used)' 'class="bad"' '−2 ms'
check fresh 'too few for a histogram' 'too few for ADEV'
check empty 'remembers nothing yet' 'the daemon did not tell them'
[ "$(stat -c %s "$dir/liar.html")" -lt 400000 ] || fail "a day is over 400 kB"

picture() # PAGE NAME WIDTH HEIGHT OPTION...
{
	local page=$1 name=$2 width=$3 height=$4

	shift 4
	chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars \
		--user-data-dir="$dir/profile" --window-size="$width,$height" \
		--screenshot="$pictures/$name.png" "$@" \
		"file://$dir/$page.html" >"$dir/chromium.log" 2>&1 ||
		{ cat "$dir/chromium.log"; fail "chromium: $name"; }
}

if [ "$2" = pictures ]; then
	pictures=$(cd "$3" && pwd) || exit 1
	for page in calm holdover liar fresh empty; do
		picture $page $page 1000 4600
		picture $page $page-dark 1000 4600 \
			--blink-settings=preferredColorScheme=0
		picture $page $page-narrow 500 4600
		chromium --headless=new --no-sandbox --disable-gpu \
			--user-data-dir="$dir/profile" --no-pdf-header-footer \
			--print-to-pdf="$pictures/$page.pdf" \
			"file://$dir/$page.html" >"$dir/chromium.log" 2>&1 ||
			fail "chromium: $page.pdf"
	done
fi
exit $failed
