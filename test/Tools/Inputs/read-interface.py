"""Prints what a shared library says of its entries: docs/cpu-object.md, by itself."""
import ctypes
import json
import sys

library = ctypes.CDLL(sys.argv[1])
size = ctypes.c_uint64.in_dll(library, "fovea_cpu_interface_bytes").value
interface = json.loads((ctypes.c_char * size).in_dll(library, "fovea_cpu_interface").raw)
print(list(interface))
for entry in interface["entries"]:
    print(entry["name"])
    for argument in entry["arguments"]:
        print(*argument.values())
