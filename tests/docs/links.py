#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each link of the tree's Markdown leads to a file, and to a heading of it, that is
there: links.py ROOT. Links to elsewhere are not followed."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])


def pages():
    for path in sorted(ROOT.rglob("*.md")):
        parts = path.relative_to(ROOT).parts
        if not any(p in (".git", ".cache", "build", "target") for p in parts):
            yield path


def anchors(path):
    """As GitHub makes them of headings."""
    found = set()
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    for heading in re.findall(r"^#+ (.*)$", text, re.M):
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower())
        found.add(slug.replace(" ", "-"))
    return found


def broken(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        to = (path.parent / name).resolve() if name else path
        if not to.exists():
            yield f"{path.relative_to(ROOT)}: {target} is not there"
        elif anchor and to.suffix == ".md" and anchor not in anchors(to):
            yield f"{path.relative_to(ROOT)}: {name or 'it'} has no #{anchor}"


complaints = [text for path in pages() for text in broken(path)]
print("\n".join(complaints) or "every link leads somewhere")

# docs/README.md is the index: each page of docs/ is in it.
index = (ROOT / "docs/README.md").read_text(encoding="utf-8")
for page in sorted((ROOT / "docs").glob("*.md")):
    if page.name != "README.md" and f"({page.name})" not in index:
        complaints.append(page.name)
        print(f"docs/README.md does not have {page.name}")
sys.exit(1 if complaints else 0)
