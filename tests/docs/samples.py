#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the pages show of the library, compiled: samples.py ROOT CC [CXX].

The C in the tree's Markdown; in the man pages of section 3 the prototypes, which must
be the headers' own, and the structs, which must have their fields where the headers
have them; the lines at the head of headers. Without CXX tt.hpp's are left, as 77.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT, CC = pathlib.Path(sys.argv[1]), sys.argv[2]
# What a sample sets is for its reader to use.
FLAGS = ["-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-unused-variable",
         "-Wno-unused-but-set-variable", "-I", str(ROOT / "libtt/include")]
TMP = pathlib.Path(tempfile.mkdtemp())
failed = False
count = 0


def compiles(what, text, compiler=CC, suffix=".c"):
    global failed, count
    path = TMP / f"sample{suffix}"
    path.write_text(text, encoding="utf-8")
    said = subprocess.run([compiler, *FLAGS, str(path)], capture_output=True, text=True,
                          check=False)
    path.unlink()
    count += 1
    if said.returncode:
        failed = True
        print(f"{what} does not compile:\n{text}\n{said.stderr}")


def program(lines):
    """Directives and all, made a function of."""
    head = [l for l in lines if l.startswith("#")]
    body = [l for l in lines if not l.startswith("#")]
    return "\n".join(head + ["int main(void)", "{", *body, "return 0;", "}", ""])


def markdown():
    for path in sorted(ROOT.rglob("*.md")):
        if {".git", ".cache", "build", "target"} & set(path.relative_to(ROOT).parts):
            continue
        text = path.read_text(encoding="utf-8")
        for block in re.findall(r"^```c\n(.*?)^```", text, re.M | re.S):
            compiles(path.relative_to(ROOT), program(block.splitlines()))


def same_struct(text):
    """A struct of a page under a name of its own, and each field where it is."""
    name = re.match(r"struct (\w+) \{", text).group(1)
    out = [text.replace(f"struct {name}", f"struct page_{name}", 1)]
    out += [f"_Static_assert(sizeof(struct page_{name}) == sizeof(struct {name}), \"\");"]
    for field in re.findall(r"(\w+)(?:\[\d+\])?\s*;", text):
        mine, theirs = f"struct page_{name}, {field}", f"struct {name}, {field}"
        out.append(f"_Static_assert(offsetof({mine}) == offsetof({theirs}) && "
                   f"FIELD_SIZE({mine}) == FIELD_SIZE({theirs}), \"{field}\");")
    return out


def man_page(path):
    text = path.read_text(encoding="utf-8")
    synopsis = text.split("# SYNOPSIS")[1].split("```")[1]
    structs = r"^struct \w+ \{.*?\};"
    lines = re.findall(r"^#include .*$", synopsis, re.M) + [
        "#include <stddef.h>", "#define FIELD_SIZE(s, f) sizeof(((s *)0)->f)"]
    for found in re.findall(structs, text.replace("\\_", "_"), re.M | re.S):
        lines += same_struct(re.sub(r"\s*/\*.*?\*/", "", found))
    lines.append(re.sub(r"^(#include .*|struct \w+ \{.*?\};.*)$", "",
                        re.sub(structs, "", synopsis, flags=re.M | re.S), flags=re.M))
    compiles(path.relative_to(ROOT), "\n".join(lines) + "\n")


# What the lines at the head of a header take for granted.
GIVEN = {
    "tt_inline.h": "",
    "waitset.h": "struct tt_clock *clk = 0; struct tt_waitset *set; int64_t commit_ns = 0;"
                 " struct tt_waitset_entry done; void *transaction = 0;"
                 " void publish(void *data);",
}


def header(name):
    """... is what the reader puts there."""
    head = (ROOT / "libtt/include/tt" / name).read_text(encoding="utf-8").split("#ifndef")[0]
    lines = [l[3:] for l in re.findall(r"^ \*\t.*$", head, re.M)]
    lines = [l if not l.lstrip().startswith("...") else "(void)0;" for l in lines]
    compiles(f"tt/{name}", program([f"#include <tt/{name}>", GIVEN[name], *lines]))


def cxx(compiler):
    head = (ROOT / "libtt/include/tt/tt.hpp").read_text(encoding="utf-8").split("#ifndef")[0]
    body = [l[3:].replace(" ...", " return 0;") for l in re.findall(r"^//\t.*$", head, re.M)]
    before = ["#include <tt/tt.hpp>", "tt::time_point deadline{};"]
    compiles("tt/tt.hpp", program(before + body).replace("(void)", "()"), compiler, ".cpp")


markdown()
for page in sorted((ROOT / "libtt").glob("*.3.scd")):
    man_page(page)
for page in GIVEN:
    header(page)
if len(sys.argv) > 3:
    cxx(sys.argv[3])
print(f"{count} samples compile" if not failed else "not all compile")
if failed or count < 8:
    sys.exit(1)
if len(sys.argv) <= 3:
    print("no C++ compiler here: the lines at the head of tt/tt.hpp were not tried")
    sys.exit(77)
