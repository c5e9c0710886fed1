#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/failure-modes.md against the tree: failure_modes.py ROOT.

Each metric, alert and proof that a row names exists; no row is without a proof; no
alert is without a row.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
COLUMNS = 7
failed = False


def complain(text):
    global failed
    failed = True
    print(text)


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def claims():
    """Each claim of a cmocka program, as "test_x: claim"."""
    found = set()
    for path in list(ROOT.glob("tests/unit/*/test_*.c")) + list(
        ROOT.glob("tests/sim/test_*.c")
    ):
        text = path.read_text(encoding="utf-8")
        listed = re.findall(
            r"\b(?:cmocka_unit_test\w*|EACH|TEST|CASE)\(\s*(\w+)", text)
        for name in listed:
            found.add(f"{path.stem}: {name}")
    return found


PAGE = read("docs/failure-modes.md")
METRICS = set(re.findall(r"^\| `(timed_\w+)` \|", read("docs/metrics.md"), re.M))
METRICS |= set(re.findall(r"`(tt_skew_\w+)`", read("docs/skew.md")))
ALERTS = set(re.findall(r"- alert: (\w+)", read("contrib/prometheus/timed-alerts.yml")))
SCENARIOS = set(re.findall(r'\{\.name = "([^"]+)", \.hours', read("sim/scenarios.c")))
CLAIMS = claims()


def check_proof(row, proof):
    if proof.endswith(".sh"):
        if not any((ROOT / place / proof).exists()
                   for place in ("tests/system", "tests/vm/scenarios")):
            complain(f"{row}: no {proof} in tests/system, tests/vm/scenarios")
    elif proof.startswith("sim: "):
        if proof[5:] not in SCENARIOS:
            complain(f"{row}: no scenario '{proof[5:]}'")
    elif proof not in CLAIMS:
        complain(f"{row}: no test claims '{proof}'")


def check(cells, seen):
    row, alerts = cells[0], cells[5]
    metrics = re.findall(r"`(\w+)`", cells[4])
    if not metrics or not set(metrics) <= METRICS:
        complain(f"{row}: metric {cells[4]}")
    if alerts != "*none*":
        for alert in re.split(r", ", alerts):
            seen.add(alert)
            if alert not in ALERTS:
                complain(f"{row}: no alert {alert}")
    proofs = re.findall(r"`([^`]+)`", cells[6])
    if not proofs:
        complain(f"{row}: is not proved")
    for proof in proofs:
        check_proof(row, proof)


def main():
    rows, seen = 0, set()
    for line in PAGE.splitlines():
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if not line.startswith("|") or cells[0] in ("Fault", "---"):
            continue
        if len(cells) != COLUMNS:
            complain(f"{len(cells)} columns: {line[:60]}")
            continue
        rows += 1
        check(cells, seen)
    for alert in sorted(ALERTS - seen):
        complain(f"no row has the alert {alert}")
    print(f"{rows} rows")
    return 1 if failed or rows < 30 else 0


sys.exit(main())
