# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gives a bundle of `foveac --inject-delays` another seed, without compiling it again.

    delay_seed.py IN.fovea SEED OUT.fovea

In each cubin the seed is the word behind a mark (docs/reference/simt-passes.md); the manifest,
by docs/bundle.md, has the hash of each cubin, and the header that of the manifest."""
import hashlib
import json
import struct
import sys

MARK = b"fovea-delay:"
HEADER = 48  # 8 bytes of magic, 8 of the manifest's length, 32 of its hash


def with_seed(bundle, seed):
    """The bytes of `bundle` with another seed in every kernel that sleeps; raises ValueError
    where none does, or where there is PTX, which would keep the old seed."""
    (length,) = struct.unpack("<Q", bundle[8:16])
    end = HEADER + length
    manifest = json.loads(bundle[HEADER:end])
    blobs = (end + 15) // 16 * 16
    result, changed = bytearray(bundle), 0
    for cubin in manifest["cubins"]:
        if "ptx" in cubin:
            raise ValueError(f"expected a bundle of cubins alone, got {manifest['target']}'s PTX")
        begin = blobs + cubin["offset"]
        after = begin + cubin["bytes"]
        mark = result.find(MARK, begin, after)
        if mark < 0:  # a kernel without rings
            continue
        struct.pack_into("<I", result, mark + len(MARK), seed)
        digest = hashlib.sha256(result[begin:after]).hexdigest()
        place = result.find(cubin["sha256"].encode(), HEADER, end)
        result[place:place + len(digest)] = digest.encode()
        changed += 1
    if not changed:
        raise ValueError("expected a bundle of foveac --inject-delays, got no kernel with delays")
    result[16:HEADER] = hashlib.sha256(result[HEADER:end]).digest()
    return bytes(result)


def main():
    source, seed, target = sys.argv[1:]
    with open(source, "rb") as file:
        bundle = with_seed(file.read(), int(seed))
    with open(target, "wb") as file:
        file.write(bundle)


if __name__ == "__main__":
    main()
