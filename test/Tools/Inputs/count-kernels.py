# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How many distinct cubins the bundles of some folders hold."""
import json
import pathlib
import struct
import sys

hashes = set()
for path in (p for folder in sys.argv[1:] for p in pathlib.Path(folder).glob("*.fovea")):
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data, 8)
    hashes |= {cubin["sha256"] for cubin in json.loads(data[48:48 + length])["cubins"]}
print(f"{len(hashes)} distinct kernels")
