#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The Grafana dashboard as far as it can be checked without Grafana:
check_dashboard.py DASHBOARD SCHEMA METRICS. It fits the documented JSON model
(grafana.schema.json), no panel lies on another or beyond the 24 columns, no id
and no refId is there twice, and each legend names labels that its series have in
METRICS, a text of tt-exporter's. A dashboard that is spoilt is found to be."""
import copy
import json
import re
import sys

import jsonschema

DASHBOARD, SCHEMA, METRICS = sys.argv[1:]

# Prometheus adds them.
ADDED = {"job", "instance"}


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def labels_of():
    labels = {}
    with open(METRICS, encoding="utf-8") as f:
        for line in f:
            if not line.startswith("#"):
                name, inside = re.match(r"(\w+)(?:\{(.*)\})? ", line).groups()
                labels.setdefault(name, set(ADDED)).update(
                    re.findall(r'(\w+)="', inside or "")
                )
    return labels


def overlap(a, b):
    return (
        a["x"] < b["x"] + b["w"]
        and b["x"] < a["x"] + a["w"]
        and a["y"] < b["y"] + b["h"]
        and b["y"] < a["y"] + a["h"]
    )


def twice(values):
    return len(values) != len(set(values))


def check_legend(title, target, labels):
    known = set()
    for name in re.findall(r"(?<![\w:/])timed_[a-z_]+", target["expr"]):
        known |= labels.get(name, set())
    if re.search(r"\btimed:", target["expr"]):
        known |= ADDED
    for label in re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")):
        if label not in known:
            yield f"{title}: its series have no label {label}"


def faults(board, schema, labels):
    for e in jsonschema.Draft7Validator(schema).iter_errors(board):
        yield f"{'/'.join(str(p) for p in e.path)}: {e.message[:200]}"
    panels = board["panels"]
    if twice([p["id"] for p in panels]):
        yield "two panels of one id"
    for i, p in enumerate(panels):
        grid = p["gridPos"]
        if grid["x"] + grid["w"] > 24:
            yield f"{p['title']}: beyond 24 columns"
        for q in panels[:i]:
            if overlap(grid, q["gridPos"]):
                yield f"{p['title']}: on {q['title']}"
        if twice([t["refId"] for t in p.get("targets", [])]):
            yield f"{p['title']}: a refId twice"
        for target in p.get("targets", []):
            yield from check_legend(p["title"], target, labels)
    names = {v["name"] for v in board["templating"]["list"]}
    for used in re.findall(r"\$\{?([a-z]+)\b", json.dumps(board)):
        if used not in names:
            yield f"there is no variable {used}"


def spoilt(board):
    """Each has one fault."""
    def change(what):
        b = copy.deepcopy(board)
        what(b, b["panels"][0])
        return b

    yield change(lambda b, p: b.update(uid="short"))
    yield change(lambda b, p: b.update(rows=[]))
    yield change(lambda b, p: b["time"].update({"from": "yesterday"}))
    yield change(lambda b, p: p.update(type="graph"))
    yield change(lambda b, p: p.update(id=2))
    yield change(lambda b, p: p["gridPos"].update(w=8))
    yield change(lambda b, p: p["fieldConfig"]["defaults"].update(unit="sec"))
    yield change(lambda b, p: p["targets"][0].pop("expr"))
    yield change(lambda b, p: p["targets"].append(p["targets"][0]))
    yield change(lambda b, p: p["targets"][0].update(legendFormat="{{host}}"))
    yield change(lambda b, p: b["templating"]["list"].pop(0))


def main():
    board, schema, labels = load(DASHBOARD), load(SCHEMA), labels_of()
    found = list(faults(board, schema, labels))
    for fault in found:
        print(f"grafana-timed.json: {fault}")
    for i, b in enumerate(spoilt(board)):
        try:
            none = not list(faults(b, schema, labels))
        except KeyError:
            none = False
        if none:
            found.append(i)
            print(f"a spoilt dashboard passes: {i}")
    print(f"{len(board['panels'])} panels fit the documented model")
    sys.exit(bool(found))


main()
