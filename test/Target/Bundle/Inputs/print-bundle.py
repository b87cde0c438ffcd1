"""Reads a bundle by docs/bundle.md alone, holds it to that page, and prints its manifest: a
line per item of each list. A file of JSON is a manifest without cubins.

usage: print-bundle.py FILE
"""
import hashlib
import json
import struct
import sys


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:1] == b"{":
        return json.loads(data)
    assert data[:8] == b"FOVEAB02", "magic"
    (length,) = struct.unpack("<Q", data[8:16])
    end = 48 + length
    text = data[48:end]
    assert hashlib.sha256(text).digest() == data[16:48], "manifest's sha256"
    manifest = json.loads(text.decode("utf-8"))
    blobs = (end + 15) // 16 * 16
    for blob in (b for cubin in manifest["cubins"] for b in (cubin, cubin.get("ptx")) if b):
        begin = blobs + blob["offset"]
        assert begin == (end + 15) // 16 * 16, "offset"
        assert not any(data[end:begin]), "padding"
        end = begin + blob["bytes"]
        assert hashlib.sha256(data[begin:end]).hexdigest() == blob["sha256"], "sha256"
        if "ptx" in blob or manifest["target"].endswith("a"):
            assert data[begin : begin + 4] == b"\x7fELF", "cubin"
        else:
            assert b".entry" in data[begin:end] and data[end - 1] == 0, "ptx"
    assert end == len(data), "length"
    return manifest


# The lists whose items get lines of their own, and what such an item is called.
LISTS = {
    "bundle": {"cubins": "cubin", "kernels": "kernel", "entries": "entry"},
    "kernel": {"params": "param"},
    "entry": {"arguments": "argument", "values": "value", "workspace": "workspace",
              "launches": "launch", "checks": "check"},
}


def show(kind, label, item):
    lists = LISTS.get(kind, {})
    if lists:
        rest = {key: value for key, value in item.items() if key not in lists}
        print(label, json.dumps(rest))
    else:
        print(label, json.dumps(item))
    for key, name in lists.items():
        for i, element in enumerate(item.get(key, [])):
            show(name, f"{name} {i}", element)


show("bundle", "bundle", read(sys.argv[1]))
