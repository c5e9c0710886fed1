#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""schema_check.py SCHEMA < DOCUMENT: it is JSON without NaN and infinities, and
valid by the schema; says where it is not."""
import json
import sys

import jsonschema


def refuse(word):
    sys.exit("%s is no JSON" % word)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    document = json.load(sys.stdin, parse_constant=refuse)
    errors = list(jsonschema.Draft7Validator(schema).iter_errors(document))
    for error in errors:
        print("/".join(map(str, error.absolute_path)), error.message[:200])
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
