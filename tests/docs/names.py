#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the tree's Markdown names is there: names.py ROOT TT-SIM.

Settings (`chrony.poll`), functions (`audit()`), pieces of the proof (`--break=hull`),
scenarios of the simulator, tests and files of the tree. Of error-budget.md besides: a
function stands in the file that its row names first, and each piece that can be taken
away is in the table of them. And CONTRIBUTING.md has every folder.
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1])
LIST = subprocess.run([sys.argv[2], "list"], capture_output=True, text=True,
                      check=True).stdout
CODE = (".c", ".h", ".hpp", ".sh", ".py", ".in", ".cmake", ".txt", ".yml")
# Of other projects: what wire-your-database.md and comparison.md tell of them.
OTHERS = {"src/yb/server/clock.h"}
OTHER_CALLS = ("clockbound_", "fbclock_")
failed = False


def complain(text):
    global failed
    failed = True
    print(text)


def tree():
    """The files of the tree, whether git knows it or it is an archive."""
    for folder, inner, names in os.walk(ROOT):
        inner[:] = sorted(set(inner) - {".git", ".cache", "build", "target"})
        yield from (pathlib.Path(folder, name) for name in sorted(names))


FILES = [p for p in tree() if p.suffix in CODE]
SOURCE = {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8", errors="replace")
          for p in FILES}
WORDS = {name: set(re.findall(r"\w+", text)) for name, text in SOURCE.items()}
ALL = set().union(*WORDS.values())
STEMS = {pathlib.Path(f).stem for f in SOURCE}
KEYS = set(re.findall(r'KEY\("([^"]+)"', SOURCE["timed/config_keys.c"]))
GROUPS = {k.split(".")[0] for k in KEYS if "." in k}
# Fields of the documents have names of the same shape.
FIELDS = {f for page in ("status", "history") for f in re.findall(
    r"^\| `([^`]+)`", (ROOT / f"docs/{page}.md").read_text(encoding="utf-8"), re.M)}


def section(title):
    return re.findall(r"^  ([^ ].*?)  +\S", LIST.split(title)[1].split("\n\n")[0], re.M)


SCENARIOS = section("Scenarios")
PIECES = section("Pieces of the proof")


def is_file(name, page):
    places = (ROOT, page.parent, ROOT / "libtt/include", ROOT / "systemd")
    if any((place / name).exists() for place in places):
        return True
    # Installed under this name: a drop-in.
    return re.fullmatch(r"[\w@.]+\.service\.d/timed\.conf", name) is not None


def check_span(page, span):
    where = page.relative_to(ROOT)
    if re.fullmatch(r"\w+\.\w+", span) and span.split(".")[0] in GROUPS:
        last = span.split(".")[1]
        if span not in KEYS | FIELDS and last not in ("c", "h", "md", "sh", "conf"):
            complain(f"{where}: no setting {span}")
    if (re.fullmatch(r"[a-z]\w+\(\)", span) and span[:-2] not in ALL
            and not span.startswith(OTHER_CALLS)):
        complain(f"{where}: no function {span}")
    for piece in re.findall(r"--break=([\w-]+)", span):
        if piece not in PIECES:
            complain(f"{where}: nothing to break is called {piece}")
    if span.startswith("sim: ") and span[5:] not in SCENARIOS + ["name"]:
        complain(f"{where}: no scenario {span[5:]}")
    if re.fullmatch(r"(?!/)[\w@./-]+/[\w.-]+\.(c|h|hpp|sh|py|md|conf|yml|json|scd|list)",
                    span) and span not in OTHERS and not is_file(span, page):
        complain(f"{where}: no file {span}")


def check_tests(page, text):
    """test_x, with its .sh or without: a file of that name, or a program's or test's."""
    for name in set(re.findall(r"\btest_[a-z0-9_]+", text)):
        short = re.sub(r"^test_(timed|libtt|tools|drivers)_", "test_", name)
        if not {name, short} & STEMS and not {name, short} & ALL:
            complain(f"{page.relative_to(ROOT)}: no test {name}")


def check_rows(page):
    """In a row the functions after a file are of that file, or used there."""
    for line in page.read_text(encoding="utf-8").splitlines():
        spans = re.findall(r"`([^`]+)`", line) if line.startswith("| **") else []
        here = None
        for span in spans:
            if re.fullmatch(r"\w+\.c", span):
                here = [f for f in SOURCE if f.endswith("/" + span)]
                if not here:
                    complain(f"{page.name}: no file {span}")
            name = span[:-2] if re.fullmatch(r"[a-z]\w+\(\)", span) else None
            users = [f for f in WORDS if name in WORDS[f]]
            if name and here and not set(users) & set(here):
                complain(f"{page.name}: {span} is not in {here[0]}")


def check_folders():
    """CONTRIBUTING.md says what lives in each folder."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    tops = {p.relative_to(ROOT).parts[:1] for p in FILES}
    tests = {p.relative_to(ROOT).parts[:2] for p in FILES
             if p.relative_to(ROOT).parts[0] == "tests"}
    for parts in sorted(tops | tests):
        name = "/".join(parts)
        if (ROOT / name).is_dir() and name != "tests":
            if f"`{name}/`" not in text and f"`{name}`" not in text:
                complain(f"CONTRIBUTING.md: what is in {name}?")


def main():
    pages = [p for p in tree() if p.suffix == ".md"]
    count = 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for span in set(re.findall(r"`([^`\n]+)`", text)):
            check_span(page, span)
            count += 1
        check_tests(page, text)
    budget = ROOT / "docs/error-budget.md"
    check_rows(budget)
    check_folders()
    table = budget.read_text(encoding="utf-8").split("## What is taken away")[1]
    for piece in PIECES:
        if f"`{piece}`" not in table.split("\n## ")[0]:
            complain(f"error-budget.md: what may be taken away lacks {piece}")
    print(f"{count} names in {len(pages)} pages, {len(KEYS)} settings, "
          f"{len(SCENARIOS)} scenarios, {len(PIECES)} pieces")
    return failed or count < 1000 or len(PIECES) < 30 or len(SCENARIOS) < 80


sys.exit(1 if main() else 0)
