#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes docs/pictures/: of real programs, and nothing is painted in.
#   report.png, report-source.png   a day in which one of three servers lies for two
#       hours and all are silent for seven: timed's engine and history in the
#       simulator's world (tests/report/picture.scenario), a day in some seconds
#   exporter.png, watch.png   tt-exporter's page and tt-status --watch beside a real
#       timed and a real chronyd, two minutes long; one of three servers lies by 5 ms
# usage: docs/pictures.sh [day|live]     without a word: all
#   LAB_BUILD=build/dev: the programs
# needs: packaging/install-deps.sh build run test engines pictures
. "$(dirname "$0")/../tests/system/lab.sh"
set -u
lab_enter "$@"
out=$lab_root/docs/pictures
tmux_dir=$LAB_DIR
export TMUX_TMPDIR=$tmux_dir LC_ALL=C.UTF-8

die()
{
	printf 'pictures.sh: %s\n' "$*" >&2
	exit 1
}

# shot FILE-OR-URL NAME WIDTH HEIGHT: PNG of 64 colours
shot()
{
	chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars \
		--user-data-dir="$LAB_DIR/profile" --window-size="$3,$4" \
		--screenshot="$LAB_DIR/$2.png" "$1" >"$LAB_DIR/chromium.log" 2>&1 ||
		die "chromium: $(tail -n 1 "$LAB_DIR/chromium.log")"
	pngquant --force --strip --output "$out/$2.png" 64 "$LAB_DIR/$2.png" ||
		die "pngquant: $2"
	[ "$(stat -c %s "$out/$2.png")" -lt 100000 ] || die "$2.png: over 100 kB"
	echo "$2.png: $(stat -c %s "$out/$2.png") bytes"
}

# What is on the terminal, as a page; tmux gives colours and weights as SGR.
terminal_page()
{
	tmux capture-pane -p -e >"$LAB_DIR/terminal"
	python3 - "$LAB_DIR/terminal" <<'END'
import html
import re
import sys

COLOURS = ["#484f58", "#ff7b72", "#3fb950", "#d29922",
           "#58a6ff", "#bc8cff", "#39c5cf", "#e6edf3"]
PLAIN = {"fg": "#e6edf3", "bg": "#0d1117", "bold": 0, "dim": 0, "reverse": 0}


def order(now, code):
    if code == 0:
        now.update(PLAIN)
    elif code in (1, 2, 7):
        now[{1: "bold", 2: "dim", 7: "reverse"}[code]] = 1
    elif code in (22, 27):
        now.update({"bold": 0, "dim": 0} if code == 22 else {"reverse": 0})
    elif code in (39, 49):
        key = "fg" if code == 39 else "bg"
        now[key] = PLAIN[key]
    elif 30 <= code <= 37 or 90 <= code <= 97:
        now["fg"] = COLOURS[code % 10]
    elif 40 <= code <= 47:
        now["bg"] = COLOURS[code % 10]
    else:
        sys.exit(f"SGR {code} is not known here")


def span(now, text):
    fg, bg = (now["bg"], now["fg"]) if now["reverse"] else (now["fg"], now["bg"])
    style = f"color:{fg};background:{bg};font-weight:{700 if now['bold'] else 400}"
    if now["dim"]:
        style += ";opacity:.65"
    return f'<span style="{style}">{html.escape(text)}</span>'


now, out = dict(PLAIN), []
for part in re.split(r"(\x1b\[[0-9;]*m)", open(sys.argv[1]).read()):
    if part.startswith("\x1b["):
        for code in part[2:-1].split(";"):
            order(now, int(code or 0))
    elif part:
        out.append(span(now, re.sub(r"\x1b[()][B0]|[\x0e\x0f]", "", part)))
print("<!DOCTYPE html><meta charset=utf-8><body style='margin:0;background:"
      "#0d1117'><pre style='margin:14px;font:15px/1.25 DejaVu Sans Mono,"
      "monospace'>" + "".join(out) + "</pre>")
END
}

day()
{
	"$lab_build/tests/report/day_report" \
		"$lab_root/tests/report/picture.scenario" >"$LAB_DIR/day.html" ||
		die "no day"
	shot "file://$LAB_DIR/day.html" report 900 660
	# One source's section alone.
	python3 - "$LAB_DIR/day.html" >"$LAB_DIR/source.html" <<'END'
import re
import sys
page = open(sys.argv[1], encoding="utf-8").read()
head = page[:page.index("<body>")]
section = next(s for s in re.findall(r"<section>.*?</section>", page, re.S)
               if "<h3>192.0.2.2<" in s)
keys = re.findall(r'<p class="keys">.*?</p>', page, re.S)[-1]
print(head, "<body>", section.replace("</h3>", "</h3>" + keys),
      "</body></html>")
END
	shot "file://$LAB_DIR/source.html" report-source 900 480
}

live()
{
	local exporter=$lab_build/tools/exporter/tt-exporter port

	lab_server 1
	lab_liar 2
	lab_liar 3 --offset-ns 5000000
	lab_client 1 2 3
	lab_timed_start
	lab_until 30 "$lab_build/tools/tt-status" --segment "$lab_segment" \
		--socket "$lab_socket" >"$LAB_DIR/status.log" || die "no bound"
	lab_spawn exporter "$exporter" --listen 127.0.0.1:0 \
		--segment "$lab_segment" --socket "$lab_socket"
	lab_until 10 grep -q 'serving at' "$LAB_DIR/exporter.log"
	port=$(sed -n 's,.*serving at http://127.0.0.1:\([0-9]*\)/,\1,p' \
		"$LAB_DIR/exporter.log")
	tmux -f /dev/null new-session -d -x 80 -y 26 \
		"TERM=screen-256color '$lab_build/tools/tt-status' --watch \
--segment '$lab_segment' --socket '$lab_socket'"
	sleep 110
	terminal_page >"$LAB_DIR/watch.html" || die "the terminal"
	tmux kill-server
	shot "file://$LAB_DIR/watch.html" watch 760 520
	shot "http://127.0.0.1:$port/" exporter 900 800
}

for tool in chromium pngquant tmux python3; do
	command -v $tool >/dev/null || die "no $tool: packaging/install-deps.sh pictures"
done
lab_find_chronyd >/dev/null || die "no chronyd: packaging/fetch-engines.sh"
mkdir -p "$out"
[ $# -gt 0 ] || set -- day live
for part; do
	case $part in
	day | live) "$part" ;;
	*) die "what is '$part'? day and live are there" ;;
	esac
done
