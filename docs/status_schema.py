#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints docs/status.schema.json: the JSON Schema of what tt-status
--format=json prints. The daemon's part is made of the tables of status.md."""
import json
import os
import re
import sys

ROW = re.compile(r"^\| `([a-z0-9_.\[\]]+)` \| ([a-z ]+?) \| (.*)\|$")
JSON_TYPES = {"integer", "number", "string", "boolean", "array", "object"}
INT64 = {"minimum": -2**63, "maximum": 2**63 - 1}


def schema_of(words):
    """'integer or null', 'array of strings' as a schema."""
    if words == "array of strings":
        return {"type": "array", "items": {"type": "string"}}
    types = words.split(" or ")
    if not set(types) <= JSON_TYPES | {"null"}:
        sys.exit("docs/status.md: no type '%s'" % words)
    schema = {"type": types if len(types) > 1 else types[0]}
    if "integer" in types:
        schema.update(INT64)
    return schema


def place(schema, path, leaf):
    """Put `leaf` at 'sources[].name' below an object's schema."""
    for name in path.split(".")[:-1]:
        is_list = name.endswith("[]")
        name = name.removesuffix("[]")
        schema = schema["properties"].setdefault(name, {"type": "object"})
        if is_list:
            schema = schema.setdefault("items", {"type": "object"})
        schema.setdefault("properties", {})
    name = path.split(".")[-1]
    schema["properties"][name] = leaf
    # Of the whole document --budget and its like leave parts only.
    if "." in path or name in ("schema_version", "raw_ns"):
        schema.setdefault("required", []).append(name)


def document(page):
    schema = {"type": ["object", "null"], "properties": {}}
    for line in page:
        row = ROW.match(line)
        if row:
            words = row[3].replace("`", "").strip()
            place(schema, row[1], {"description": words, **schema_of(row[2])})
    schema["properties"]["schema_version"]["const"] = 1
    return schema


def obj(**properties):
    return {"type": "object", "properties": properties,
            "required": list(properties), "additionalProperties": False}


def enum(*words):
    return {"enum": list(words)}


def whole(page):
    string, text = {"type": "string"}, {"type": ["string", "null"]}
    ns = {"type": ["integer", "null"], **INT64}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "tt-status --format=json",
        "description": "Made by docs/status_schema.py of docs/status.md.",
        **obj(
            schema_version={"const": 1},
            verdict=enum("ok", "degraded", "unsynchronized", "unreadable"),
            exit_code={"type": "integer", "minimum": 0, "maximum": 3},
            contradictory={"type": "boolean"},
            limits=obj(warning=text, critical=text,
                       broken=enum(None, "warning", "critical")),
            segment=obj(
                path=string, error=text,
                state=enum(None, "SYNCHRONIZED", "HOLDOVER", "DISPUTED"),
                epoch={"type": ["integer", "null"], "minimum": 0},
                flags={"type": ["array", "null"], "items": string},
                raw_ns=ns, earliest_unix_ns=ns, latest_unix_ns=ns,
                half_width_ns={**ns, "minimum": 0}),
            daemon=obj(socket=text, error=text, status=document(page))),
    }


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "status.md"), encoding="utf-8") as page:
        json.dump(whole(page), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
