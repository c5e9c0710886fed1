#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""metrics_vs_status.py METRICS.MD URL: every number of a running tt-exporter's
/metrics that docs/metrics.md says is one field of the daemon's document, against
/status.json, which serves the same document within half a second."""
import json
import math
import re
import sys
import urllib.request

PAGE, URL = sys.argv[1:]
SAMPLE = re.compile(r"^(timed_\w+)(?:\{(.*)\})? (\S+)$")


def rows():
    """Metric, unit and path of those with no labels of their own and one field."""
    with open(PAGE, encoding="utf-8") as page:
        for line in page:
            cells = [cell.strip() for cell in line.split("|")[1:-1]]
            if len(cells) != 6 or cells[1] or cells[2] not in ("gauge", "counter"):
                continue
            name, path = cells[0].strip("`"), cells[5].strip("`")
            if re.fullmatch(r"(sources\[\].)?[a-z_.]+", path):
                yield name, cells[3], path


def fetch():
    """Both of one document, or try again."""
    for _ in range(20):
        texts = [urllib.request.urlopen(URL + path, timeout=10).read().decode()
                 for path in ("/status.json", "/metrics", "/status.json")]
        if texts[0] == texts[2]:
            return json.loads(texts[0]), texts[1]
    sys.exit("no two answers of one document")


def samples(text):
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = SAMPLE.match(line).groups()
            labels = dict(re.findall(r'(\w+)="([^"]*)"', labels or ""))
            found.setdefault(name, []).append((labels, float(value)))
    return found


def at(doc, path):
    for name in path.split("."):
        doc = doc.get(name) if isinstance(doc, dict) else None
    return doc


def quantity(value, path):
    if value is None or isinstance(value, (str, list, dict)):
        return None
    if path.endswith("_ns"):
        return value / 1e9
    if "_ppb" in path:
        return value / 1e9
    return float(value) if isinstance(value, (int, float)) else None


def is_same(a, b):
    return math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-18)


def objects(doc, path):
    """The field in the document, or in each source, with the source's labels."""
    if not path.startswith("sources[]."):
        return [({}, at(doc, path))]
    return [({"source": s["name"], "class": s["class"]},
             at(s, path.removeprefix("sources[].")))
            for s in doc["sources"]]


def main():
    doc, text = fetch()
    found = samples(text)
    compared, wrong = 0, 0
    for name, unit, path in rows():
        # Instants and ages move between the document and the scrape.
        if unit == "Unix time, s" or path.endswith("raw_ns"):
            continue
        for own, value in objects(doc, path):
            if isinstance(value, (str, list, dict)) or unit == "0 or 1" and (
                not isinstance(value, bool)
            ):
                continue  # a word, or whether there is one
            want = quantity(value, path)
            have = [v for labels, v in found.get(name, []) if labels == own]
            if want is None and not have:
                continue
            compared += 1
            if want is None or len(have) != 1 or not is_same(have[0], want):
                wrong += 1
                print(f"{name} {own}: {have}, {path} is {value}")
    print(f"{compared} numbers compared, {wrong} differ")
    sys.exit(wrong > 0 or compared < 50)


main()
