#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""contrib/prometheus against what tt-exporter shows: check_prometheus.py ROOT.

Every series that a rule, a test or a panel names is in the golden text, with
the labels asked for; every alert has a runbook section, a test in which it
fires and one in which it does not; every expression of the dashboard is one
that promtool takes.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = sys.argv[1]
PROMTOOL = sys.argv[2]
DIR = f"{ROOT}/contrib/prometheus"
failed = False


def complain(text):
    global failed
    failed = True
    print(text)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def golden():
    data = f"{ROOT}/tests/unit/tools/data"
    text = read(f"{data}/exporter_metrics.prom") + read(f"{data}/skew_agent.prom")
    series = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels = re.match(r"(\w+)(?:\{(.*)\})? ", line).groups()
            series.setdefault(name, []).append(labels or "")
    return series


def documented(name):
    """The row of docs/metrics.md: an info has one word at a time."""
    page = read(f"{ROOT}/docs/metrics.md")
    return re.search(rf"\n\| `{name}` \|.*", page).group()


# Not from the exporter: Prometheus' own, and what it adds.
ADDED = {"job", "instance"}


def check_names(what, expr, series, recorded):
    for name in re.findall(r"(?<![\w:/])(?:timed|tt_skew)_[a-z_]+", expr):
        if name not in series:
            complain(f"{what}: nobody shows a {name}")
    for name in re.findall(r"[a-z_]*[a-z]:[a-z_0-9:]+", expr):
        if name not in recorded:
            complain(f"{what}: no rule records {name}")
    for name, labels in re.findall(r"(?<![\w:])((?:timed|tt_skew)_[a-z_]+)\{([^}]*)\}", expr):
        for label, value in re.findall(r'(\w+)="([^"]*)"', labels):
            there = [s for s in series.get(name, []) if f'{label}="' in s]
            if label in ADDED or label in FREE:
                if label not in ADDED and not there:
                    complain(f"{what}: {name} has no label {label}")
            elif not any(f'{label}="{value}"' in s for s in there) and (
                f"`{value}`" not in documented(name)
            ):
                complain(f'{what}: {name} has no {label}="{value}"')


# Labels whose values are the host's own.
FREE = {"source", "class", "driver", "socket", "type", "le", "node", "from", "to"}


def rules():
    recorded, alerts, exprs = set(), {}, []
    for name in ("timed-rules.yml", "timed-alerts.yml"):
        text = re.sub(r"(?m)^\s*#.*\n", "", read(f"{DIR}/{name}"))
        for block in re.split(r"(?m)^ {6}- ", text)[1:]:
            kind, what = re.match(r"(record|alert): (\S+)", block).groups()
            expr = re.search(
                r"expr: (?:>\s*)?(.*?)(?=\n {8}\w+:|\Z)", block, re.S
            ).group(1)
            exprs.append((what, expr))
            if kind == "record":
                recorded.add(what)
            else:
                alerts[what] = block
    return recorded, alerts, exprs


def check_alerts(alerts):
    tests = read(f"{DIR}/timed-alerts-test.yml")
    runbook = read(f"{ROOT}/docs/operations.md")
    runbook = runbook[runbook.find("\n## Runbook\n") :]
    for name, block in alerts.items():
        anchor = f"docs/operations.md#{name.lower()}\n"
        if f"runbook: {anchor}" not in block + "\n":
            complain(f"{name}: its runbook is not {anchor}")
        if f"\n### {name}\n" not in runbook:
            complain(f"{name}: no section in docs/operations.md's Runbook")
        if not re.search(rf"alertname: {name}\n.*\n\s*exp_alerts:\n", tests):
            complain(f"{name}: no test in which it fires")
        if f"{{alertname: {name}, " not in tests:
            complain(f"{name}: no test in which it does not fire")
    for name in re.findall(r"\n### (Timed\w+)\n", runbook):
        if name not in alerts:
            complain(f"docs/operations.md: there is no alert {name}")


def dashboard():
    board = json.loads(read(f"{DIR}/grafana-timed.json"))
    ids = [p["id"] for p in board["panels"]]
    if len(ids) != len(set(ids)):
        complain("grafana-timed.json: two panels of one id")
    for panel in board["panels"]:
        if panel["type"] != "row" and not panel.get("targets"):
            complain(f"grafana-timed.json: {panel['title']} shows nothing")
        for target in panel.get("targets", []):
            yield f"grafana-timed.json: {panel['title']}", target["expr"]


def check_syntax(exprs):
    """As recording rules, which promtool reads."""
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as f:
        f.write("groups:\n- name: x\n  rules:\n")
        for i, (_, expr) in enumerate(exprs):
            expr = expr.replace("$__rate_interval", "1m")
            f.write(f"  - record: x:{i}\n    expr: {json.dumps(expr)}\n")
        f.flush()
        run = subprocess.run(
            [PROMTOOL, "check", "rules", f.name], capture_output=True, text=True
        )
        if run.returncode:
            complain(f"grafana-timed.json: {run.stdout}{run.stderr}")


series = golden()
recorded, alerts, exprs = rules()
shown = list(dashboard())
inputs = re.findall(
    r"series: ((?:timed|tt_skew)_.*)", read(f"{DIR}/timed-alerts-test.yml")
)
for what, expr in exprs + shown + [("timed-alerts-test.yml", i) for i in inputs]:
    check_names(what, expr, series, recorded)
check_alerts(alerts)
check_syntax(shown)
print(
    f"{len(recorded)} recording rules, {len(alerts)} alerts, "
    f"{len(shown)} expressions on the dashboard"
)
if len(recorded) < 5 or len(alerts) < 10 or len(shown) < 20:
    complain("fewer than there should be: were they read?")
sys.exit(failed)
