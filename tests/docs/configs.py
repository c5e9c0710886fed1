#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each piece of a timed.conf that the pages show is one: configs.py ROOT TIMED.

What is indented or fenced, or between ``` in a man page, and begins with a setting of
timed's and an equals sign is given to `timed --check-config` as it stands there.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT, TIMED = pathlib.Path(sys.argv[1]), sys.argv[2]
TMP = pathlib.Path(tempfile.mkdtemp())
KEYS = set(re.findall(r'KEY\("([^".]+)', (ROOT / "timed/config_keys.c").read_text(
    encoding="utf-8")))


def pieces(path):
    """Lines of samples, without their indent, as one text each."""
    inside, lines = False, []
    for line in path.read_text(encoding="utf-8").splitlines() + [""]:
        if line.strip().startswith("```"):
            inside = not inside
            line = ""
        in_sample = line != "" and (inside or re.match(r"^    ", line))
        if in_sample:
            lines.append(line.strip())
        elif lines:
            yield "\n".join(lines) + "\n"
            lines = []


def main():
    count, failed = 0, False
    pages = [p for folder in ("docs", "examples", "packaging", "timed", ".")
             for p in sorted((ROOT / folder).glob("*.md" if folder != "timed" else "*.scd"))]
    for page in pages:
        for text in pieces(page):
            first = re.match(r"([a-z_]+)\s*=", text)
            if not first or first.group(1) not in KEYS:
                continue
            count += 1
            conf = TMP / "timed.conf"
            conf.write_text(text, encoding="utf-8")
            said = subprocess.run([TIMED, "--check-config", "-f", str(conf)],
                                  capture_output=True, text=True, check=False)
            if said.returncode:
                failed = True
                print(f"{page.relative_to(ROOT)}:\n{text}{said.stderr}")
    print(f"{count} pieces of timed.conf")
    return failed or count < 10


sys.exit(1 if main() else 0)
