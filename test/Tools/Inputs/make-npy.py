"""make-npy.py FILE DTYPE SHAPE [VALUES]: a .npy file without NumPy.

DTYPE is f4, f2 or i4; SHAPE is sizes with commas; VALUES are numbers with commas that
repeat to fill the shape, zeros if left out. `cut` for VALUES leaves half of the bytes out.
"""
import itertools
import math
import struct
import sys

path, dtype, shape = sys.argv[1:4]
values = sys.argv[4] if len(sys.argv) > 4 else "0"
sizes = tuple(int(size) for size in shape.split(","))
number = int if dtype == "i4" else float
cut = values == "cut"
elements = itertools.cycle([number(0)] if cut else [number(v) for v in values.split(",")])
count = math.prod(sizes)
code = {"f4": "f", "f2": "e", "i4": "i"}[dtype]
data = struct.pack(f"<{count}{code}", *itertools.islice(elements, count))
header = f"{{'descr': '<{dtype}', 'fortran_order': False, 'shape': {sizes!r}, }}"
header = header.ljust(117) + "\n"
with open(path, "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
    file.write(data[: len(data) // 2] if cut else data)
