#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""validate.py [--refuse] SCHEMA DOCUMENT...

Each file is one JSON document that the schema allows; with --refuse, that it does not allow.
"""
import json
import sys

import jsonschema

refuse = sys.argv[1] == "--refuse"
if refuse:
    del sys.argv[1]
with open(sys.argv[1], encoding="utf-8") as f:
    schema = json.load(f)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
failed = False
for name in sys.argv[2:]:
    try:
        with open(name, encoding="utf-8") as f:
            document = json.load(f)
    except ValueError as error:
        print(f"{name}: {error}", file=sys.stderr)
        failed = True
        continue
    if refuse:
        if validator.is_valid(document):
            print(f"{name}: allowed", file=sys.stderr)
            failed = True
        continue
    for error in validator.iter_errors(document):
        place = "/".join(map(str, error.absolute_path))
        print(f"{name}: {place}: {error.message[:300]}", file=sys.stderr)
        failed = True
sys.exit(1 if failed else 0)
