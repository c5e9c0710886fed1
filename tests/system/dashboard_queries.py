#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""dashboard_queries.py DASHBOARD PROMETHEUS-URL: each expression of each panel,
and each variable's, asked of a Prometheus that has scraped a timed, as Grafana
would ask over the last minute. Each must be taken; those that give nothing are
told, and may only be of what this host has not."""
import json
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

DASHBOARD, URL = sys.argv[1:]

# A receiver, a steered clock, an oscillator that was watched for long enough, and
# what did not happen.
MAY_BE_EMPTY = re.compile(
    r"timed_(receiver_|steering_rate|oscillator_deviation"
    r"|segment_read_errors)|avg1h"
)


def get(path, **query):
    url = f"{URL}{path}?{urllib.parse.urlencode(query)}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as e:
        return json.load(e)


def fill(expr):
    for name, value in (("__rate_interval", "15s"), ("job", "timed"),
                        ("instance", ".+")):
        expr = expr.replace(f"${name}", value)
    return expr


def ask(expr):
    """The number of series; None: it was not taken."""
    now = time.time()
    answer = get("/api/v1/query_range", query=fill(expr), start=now - 60,
                 end=now, step=5)
    if answer["status"] != "success":
        print(f"{expr}: {answer.get('error')}")
        return None
    return len(answer["data"]["result"])


def main():
    with open(DASHBOARD, encoding="utf-8") as f:
        board = json.load(f)
    failed = asked = 0
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            series = ask(target["expr"])
            asked += 1
            if series is None:
                failed += 1
            elif series == 0 and not MAY_BE_EMPTY.search(target["expr"]):
                print(f"{panel['title']}: nothing: {target['expr']}")
                failed += 1
    for variable in board["templating"]["list"]:
        if variable["type"] != "query":
            continue
        what, label = re.fullmatch(r"label_values\((.*), (\w+)\)",
                                   variable["query"]["query"]).groups()
        values = get(f"/api/v1/label/{label}/values",
                     **{"match[]": fill(what)})
        asked += 1
        if not values.get("data"):
            print(f"${variable['name']}: no values: {values}")
            failed += 1
    if ask("timed_up{") is not None:
        failed += 1
    print(f"{asked} queries of the dashboard, {failed} failed")
    sys.exit(failed > 0 or asked < 30)


main()
