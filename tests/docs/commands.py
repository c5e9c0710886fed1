#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The commands in the tree's Markdown.

commands.py check ROOT NAMES   they are where the convention wants them
commands.py list ROOT          each block to be run, as a file of its own: its path

A fenced block of "sh" is run by commands.sh, unless a comment right before it says
    <!-- needs: hardware, or whatever is not to be had here -->
    <!-- tested by: NAME -->      a ctest, one of NAMES (a file), or a path in the tree
Commands are in such blocks, or inline; inline ones name options that there are.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(sys.argv[2])
# What is a command when a line of another block begins with it.
WORDS = """tt-status tt-ctl tt-audit tt-bench tt-sim tt-exporter tt-skew check_tt chronyc systemctl
journalctl apt apt-get cmake ctest curl ptp4l pmc phc2sys ts2phc ethtool ldattach
ppstest cgps gpspipe install javac java socat jq promtool ./check ./demo""".split()
failed = False


def complain(text):
    global failed
    failed = True
    print(text)


def pages():
    for path in sorted(ROOT.rglob("*.md")):
        parts = path.relative_to(ROOT).parts
        if not any(p in (".git", ".cache", "build", "target") for p in parts):
            yield path


class Block:
    def __init__(self, path, line, language, indent, marker):
        self.where = f"{path.relative_to(ROOT)}:{line}"
        self.language, self.marker = language, marker
        self.indent, self.lines = indent, []

    def text(self):
        cut = len(self.indent)
        return "".join(
            l[cut:] if l.startswith(self.indent) else l for l in self.lines)


def blocks(path):
    """Fenced blocks, and the lines outside of them that are indented code."""
    block, marker = None, None
    for number, line in enumerate(path.open(encoding="utf-8"), 1):
        fence = re.match(r"^(\s*)```(\w*)\s*$", line)
        if block is not None:
            if fence and not fence.group(2):
                yield block
                block = None
            else:
                block.lines.append(line)
            continue
        if fence:
            block = Block(path, number, fence.group(2), fence.group(1), marker)
            marker = None
            continue
        comment = re.match(r"^\s*<!-- (.*) -->\s*$", line)
        marker = comment.group(1) if comment else None
        if re.match(r"^    +\S", line) and not re.match(r"^\s*([-*|]|\d+\.)\s", line):
            loose = Block(path, number, None, "", None)
            loose.lines.append(line)
            yield loose
    if block is not None:
        complain(f"{block.where}: a block without end")


def check_block(block, names):
    if block.language == "sh":
        marker = block.marker or ""
        if marker.startswith("tested by: "):
            for name in marker[len("tested by: "):].split(", "):
                if name not in names and not (ROOT / name).exists():
                    complain(f"{block.where}: there is no test {name}")
        elif marker and not marker.startswith("needs: "):
            complain(f"{block.where}: <!-- {marker} --> is neither needs nor tested by")
        return
    for line in block.lines:
        words = line.split()
        if len(words) > 1 and words[0] in WORDS and re.match(r"^\s*\S+ \S", line):
            complain(f"{block.where}: a command outside of a block of sh: {line.strip()}")


def help_of(program):
    said = subprocess.run([program, "--help"], capture_output=True, text=True,
                          check=False)
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", said.stdout)) | {"--help"}


def check_inline(path, helps):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    for span in re.findall(r"`([^`\n]+(?:\n[^`\n]+)?)`", text):
        words = span.split()
        if words[0] not in helps:
            continue
        known = helps[words[0]]
        for word in words[1:]:
            option = re.match(r"--?[a-z][a-z-]*", word)
            if option and option.group() not in known:
                complain(f"{path.relative_to(ROOT)}: `{span}`: no such option {word}")


def check():
    names = set(pathlib.Path(sys.argv[3]).read_text(encoding="utf-8").split())
    programs = ["timed", "tt-status", "check_tt", "tt-ctl", "tt-bench", "tt-sim",
                "tt-exporter", "tt-audit", "tt-skew"]
    helps = {p: help_of(p) for p in programs}
    counts = {"run": 0, "needs": 0, "tested": 0}
    for path in pages():
        for block in blocks(path):
            check_block(block, names)
            if block.language == "sh":
                counts[(block.marker or "run").split(":")[0].split()[0]] += 1
        check_inline(path, helps)
    print(f"blocks of commands: {counts['run']} run here, {counts['tested']} tested "
          f"elsewhere, {counts['needs']} need what is not to be had here")
    return 1 if failed or counts["run"] < 5 else 0


def write_out():
    out = pathlib.Path(tempfile.mkdtemp(dir=sys.argv[3]))
    for path in pages():
        for block in blocks(path):
            if block.language == "sh" and not block.marker:
                name = block.where.replace("/", "_").replace(":", "_")
                (out / name).write_text(block.text(), encoding="utf-8")
                print(block.where, out / name)
    return 1 if failed else 0


sys.exit({"check": check, "list": write_out}[sys.argv[1]]())
