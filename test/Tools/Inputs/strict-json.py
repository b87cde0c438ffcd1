"""Prints what JSON on stdin holds at a path of keys; refuses the infinities and NaN of
JavaScript, which Python reads by default."""
import json
import sys


def refuse(constant):
    raise ValueError(f"expected JSON, got {constant}")


value = json.load(sys.stdin, parse_constant=refuse)
for key in sys.argv[1:]:
    value = value[int(key) if key.isdigit() else key]
print(value)
