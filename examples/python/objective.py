"""The loop of an objective's program (docs/objectives.md)."""

import json
import math
import sys


def serve(value):
    """Answers each request on standard input: value(architecture) is a number. What it raises is
    the reason for which that candidate has failed."""
    for line in sys.stdin:
        request = json.loads(line)
        values, errors = [], {}
        for architecture in request["architectures"]:
            try:
                number = float(value(architecture))
                if not math.isfinite(number):
                    raise ValueError(f"the value is {number}")
            except Exception as error:  # pylint: disable=broad-except
                errors[architecture["archid"]] = f"{type(error).__name__}: {error}"
                number = None
            values.append(number)
        print(json.dumps({"id": request["id"], "values": values, "errors": errors}), flush=True)
