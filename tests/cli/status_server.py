#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""status_server.py SOCKET: a daemon's status document for tests of what draws
it: four sources, one of them false, a budget of 100 us; or the text of the
environment's STATUS_DOCUMENT. Serves until killed."""
import json
import os
import socket
import sys


def source(name, verdict, lo_us, hi_us):
    return {"name": name, "class": "ntp", "stratum": 1, "verdict": verdict,
            "lo_ns": lo_us * 1000, "hi_ns": hi_us * 1000,
            "offset_ns": (lo_us + hi_us) * 500,
            "error_ns": (hi_us - lo_us) * 500,
            "last_sample_age_ns": 1000000000, "note": None}


def term(name, lo_us, hi_us):
    return {"name": name, "lo_ns": lo_us * 1000, "hi_ns": hi_us * 1000}


DOCUMENT = {
    "schema_version": 1,
    "clock": {"state": "SYNCHRONIZED",
              "earliest_unix_ns": 1700000000000000000,
              "latest_unix_ns": 1700000000000200000,
              "best_unix_ns": 1700000000000120000},
    "budget": {"half_width_ns": 100000, "lo_source": "10.0.0.1",
               "hi_source": "10.0.0.1",
               "terms": [term("server", 50, 50), term("delay", 30, 30),
                         term("mapping", 40, 40), term("history", -20, -20)]},
    "sources": [source("10.0.0.1", "used", -120, 80),
                source("10.0.0.2", "used", -300, 250),
                source("a, \"quoted\" name", "stale", -200, 90),
                source("10.0.0.4", "falseticker", 5000, 6000)],
    "axioms": {"oscillator": "server", "drift_ppb": 50000.0,
               "wander_ppb_s": 20.0, "jitter_ppb": 200.0, "liars": None},
    "counters": {"bound_violations": 2},
}


def main():
    text = os.environ.get("STATUS_DOCUMENT", json.dumps(DOCUMENT))
    server = socket.socket(socket.AF_UNIX)
    server.bind(sys.argv[1])
    server.listen(8)
    while True:
        client = server.accept()[0]
        client.sendall(text.encode())
        client.close()


if __name__ == "__main__":
    main()
