# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is drawn: specs of a grammar, mutated text, `.npy` files, bundles. Everything is a
function of a `random.Random` alone, so that a seed is an input."""
import hashlib
import json
import re
import struct

# Numbers at which sizes, products and casts go wrong.
ODD = [0, 1, -1, 2, 3, 5, 7, 13, 31, 33, 63, 65, 127, 255, 256, 257, 1023, 4097, 65535, 65536, 2**20,
       2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**61, 2**62, 2**63 - 1, -2**31, -2**63, 2**64]
SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]


def number(rng, odd=0.1):
    """A size as specs have them, or, one time in ten, an odd one."""
    return rng.choice(ODD) if rng.random() < odd else rng.choice(SIZES)


# Specs --------------------------------------------------------------------------------------


def key_set(rng, odd):
    n = lambda: number(rng, odd)
    stride = n()
    return rng.choice([
        "#attn.full", "#attn.causal", f"#attn.window<{n()}>",
        f"#attn.compressed<block = {stride * rng.choice([1, 2, 4])}, stride = {stride}>",
        f"#attn.compressed<block = {n()}, stride = {n()}>", f"#attn.selected<block = {n()}>"])


def phi(rng, odd):
    activation = rng.choice(["relu", "gelu", "silu", "tanh"])
    return rng.choice(["mean", "weighted", "gated", "linear",
                       f"mlp, hidden = {number(rng, odd)}, activation = {activation}"])


def branch(rng, name, names, odd):
    keys = key_set(rng, odd)
    text = f"attn.branch @{name} sees {keys}"
    if keys.startswith("#attn.compressed") or rng.random() < 0.05:
        text += f" by #attn.phi<{phi(rng, odd)}>" + rng.choice(["", "", " with_positions"])
    if keys.startswith("#attn.selected") or rng.random() < 0.05:
        ranker = rng.choice(names) if names and rng.random() < 0.9 else rng.choice([name, "nobody"])
        top = number(rng, odd)
        text += f" top {top} initial {rng.choice([0, 1, 2, top])} local {rng.choice([0, 1, 2, top])}"
        text += f" ranked by @{ranker}"
    return text + rng.choice(["", "", "", " own_kv"])


def nsa_branches(rng, odd):
    """The three of the paper, which is what most users write."""
    stride = rng.choice([4, 8, 16, 32])
    windows = f"#attn.compressed<block = {stride * rng.choice([1, 2])}, stride = {stride}>"
    count = rng.choice([1, 2, 3, 5, 8, 16]) if rng.random() > odd else number(rng, odd)
    return [f"attn.branch @compressed sees {windows} by #attn.phi<{phi(rng, odd)}>",
            f"attn.branch @selected sees #attn.selected<block = {stride * rng.choice([1, 2, 4])}> "
            f"top {count} initial {rng.choice([0, 1])} local {rng.choice([0, 1, 2])} ranked by @compressed",
            f"attn.branch @window sees #attn.window<{number(rng, odd)}>"]


def ranked(rng, kv_heads, odd):
    """A ranker, and a branch whose blocks it ranks."""
    pool = number(rng, odd)
    kind = rng.choice(["max_index", f"relu_index<pool = {pool}>"])
    block = pool * rng.choice([1, 2, 4]) if rng.random() > odd else number(rng, odd)
    heads, keys = kv_heads * rng.choice([1, 2, 4]), rng.choice([1, kv_heads, number(rng, odd)])
    top = rng.choice([1, 2, 3, 16]) if rng.random() > odd else number(rng, odd)
    return [f"attn.ranker @index heads {heads} over {keys} dim {number(rng, odd)} by #attn.{kind}",
            f"attn.branch @ranked sees #attn.selected<block = {block}> top {top} initial 0 local "
            f"{rng.choice([0, 1])} ranked by @index"]


def spec(rng, small=False):
    """The text of a spec. `small` ones have sizes that the reference runs in milliseconds."""
    odd = 0 if small else rng.choice([0, 0, 0.05, 0.3])
    if rng.random() < 0.5:
        branches = nsa_branches(rng, odd)
    else:
        names = ["a", "b", "c", "compressed"][:rng.choice([1, 1, 2, 3, 4])]
        branches = [branch(rng, name, names[:i], odd) for i, name in enumerate(names)]
    kv_heads = rng.choice([1, 1, 2, 4]) if small else number(rng, odd)
    group = rng.choice([1, 2, 4] if small else [1, 2, 3, 4, 6, 8, 16, 12])
    heads = kv_heads * group if rng.random() > odd / 2 else number(rng, 1)
    if rng.random() < 0.15:
        branches += ranked(rng, kv_heads, odd)
    dims = [rng.choice([8, 16, 32]) if small else number(rng, odd) for _ in range(2)]
    gates = rng.choice(["logits", "values"]) if len(branches) > 1 or rng.random() < odd else ""
    scale = rng.choice(["0.0", "-1.0", "1e-46", "1e38", "1e400", "0x7FF0000000000000", "0.125"])
    return (f"attn.spec @s heads {heads} over {kv_heads} dims {dims[0]} x {dims[1]} of "
            f"{rng.choice(['f32', 'f16', 'bf16'])}" + (f" gates {gates}" if gates else "") +
            (f" scale {scale}" if rng.random() < odd else "") +
            (" entries backward" if not small and rng.random() < 0.25 else "") + " {\n" +
            "".join(f"  {line}\n" for line in branches) + "}\n")


# Mutated text -------------------------------------------------------------------------------

NUMBER = re.compile(r"(?<![\w%@!#])-?\d+(?![\w.])")
TYPE = re.compile(r"(?:tensor|memref|vector)<[^<>\n]*(?:<[^<>\n]*>[^<>\n]*)*>|\bindex\b|\b[if]\d+\b")
WORD = re.compile(r"\b(?:attn|tile|simt|arith|math|scf|llvm|memref|nvvm)\.[a-z_0-9]+")
VALUE = re.compile(r"%[\w#]+")
ATTRIBUTE = re.compile(r"#(?:attn|tile)\.\w+(?:<[^<>\n]*>)?|\{[^{}\n]*\}")
TYPES = ["index", "i1", "i32", "i64", "i8", "f16", "bf16", "f32", "f64", "f8E4M3FN", "none", "tensor<*xf32>",
         "tensor<f32>", "tensor<0xf32>", "tensor<4x?xf32>", "tensor<4294967296x4294967296xf32>", "memref<*xf32>",
         "memref<f32>", "vector<4xf32>", "vector<[4]xf32>", "tensor<16x64xf32, #tile.fragment<warps = 1>>",
         "memref<?x64xf32, strided<[?, 2]>>", "complex<f32>", "!llvm.ptr<3>", "!tile.visits"]


def replace_one(rng, text, pattern, choose):
    found = list(pattern.finditer(text))
    if not found:
        return text
    match = rng.choice(found)
    return text[:match.start()] + choose(match.group(), found) + text[match.end():]


def mutate_lines(rng, text):
    lines = text.split("\n")
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(4)
    if kind == 0:
        del lines[i]
    elif kind == 1:
        lines.insert(j, lines[i])
    elif kind == 2:
        lines[i], lines[j] = lines[j], lines[i]
    else:
        lines.insert(j, lines.pop(i))
    return "\n".join(lines)


def mutate_bytes(rng, text):
    i = rng.randrange(len(text) + 1)
    kind = rng.randrange(3)
    if kind == 0:
        return text[:i] + text[i + rng.choice([1, 1, 4, 40]):]
    if kind == 1:
        return text[:i] + rng.choice(list("<>{}()[]#%@!:,-=\"\0\\0x?*") + ["->", "dense<", "\u00e9"]) + text[i:]
    return text[:i] + chr(rng.randrange(1, 127)) + text[i + 1:]


def swap_of(rng, pattern):
    """One match of `pattern` becomes what another one is."""
    return lambda text: replace_one(rng, text, pattern, lambda _, found: rng.choice(found).group())


def mutate(rng, text):
    """`text` with one to four changes, most of which keep it parseable."""
    odd = lambda old, found: str(rng.choice(ODD) if rng.random() < 0.7 else int(old) + rng.choice([-1, 1]))
    changes = [
        (6, lambda t: replace_one(rng, t, NUMBER, odd)),
        (3, swap_of(rng, NUMBER)),
        (2, swap_of(rng, TYPE)),
        (2, lambda t: replace_one(rng, t, TYPE, lambda old, found: rng.choice(TYPES))),
        (2, swap_of(rng, WORD)),
        (3, swap_of(rng, VALUE)),
        (2, swap_of(rng, ATTRIBUTE)),
        (1, lambda t: replace_one(rng, t, ATTRIBUTE, lambda old, found: "")),
        (3, lambda t: mutate_lines(rng, t)),
        (1, lambda t: mutate_bytes(rng, t))]
    weights, functions = zip(*changes)
    for _ in range(rng.choice([1, 1, 1, 1, 2, 3])):
        text = rng.choices(functions, weights)[0](text) or " "
    return text


SIZE_IN_TYPE = re.compile(r"(?<=[<x])\d+(?=x)")


def mutate_sizes(rng, text):
    """Every occurrence of one size in types becomes another: what stays consistent passes the
    verifiers and reaches the passes."""
    sizes = sorted(set(SIZE_IN_TYPE.findall(text)))
    if not sizes:
        return text
    old, new = rng.choice(sizes), str(rng.choice([n for n in ODD + SIZES if n >= 0]))
    return re.sub(rf"(?<![\w.#%@]){old}(?=[x,\]>\s])|(?<=x){old}(?=x)", new, text)


# Files --------------------------------------------------------------------------------------


def npy(rng):
    """A .npy file of an argument q [8, 2, 8] in f32, mostly broken."""
    shape = "(8, 2, 8)"
    if rng.random() < 0.3:
        shape = "(" + ", ".join(str(number(rng, 0.5)) for _ in range(rng.randrange(6))) + ",)"
    descr = rng.choice(["<f4"] * 12 + ["<f2", "|V2", "<i4", ">f4", "<f8", "", "\0", "<f4" * 1000])
    header = f"{{'descr': '{descr}', 'fortran_order': {rng.choice(['False'] * 12 + ['True', '0'])}, 'shape': {shape}, }}"
    for _ in range(rng.choice([0] * 4 + [1, 3])):
        header = mutate_bytes(rng, header)
    body = header.encode("utf-8", "replace") + b" " * rng.choice([0, 10, 100]) + b"\n"
    length = len(body) if rng.random() < 0.95 else rng.choice([0, 1, 2**16 - 1, len(body) + 7])
    major = rng.choice([1] * 9 + [2, 3, 0, 255])
    head = b"\x93NUMPY" + bytes([major, int(rng.random() < 0.05)])
    head += struct.pack("<H", length & 0xFFFF) if major == 1 else struct.pack("<I", length)
    data = bytes(rng.choice([512] * 9 + [0, 511, 513]))
    return mutate_binary(rng, head + body + data) if rng.random() < 0.15 else head + body + data


def mutate_binary(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8])):
        i = rng.randrange(len(data)) if data else 0
        kind = rng.randrange(4)
        if kind == 0 and data:
            data[i] ^= 1 << rng.randrange(8)
        elif kind == 1 and data:
            del data[i:i + rng.choice([1, 8, 1000])]
        elif kind == 2:
            data[i:i] = bytes(rng.randrange(256) for _ in range(rng.choice([1, 4, 16])))
        else:
            data[i:i + 8] = struct.pack("<Q", rng.choice([n for n in ODD if 0 <= n < 2**64]))
    return bytes(data)


def manifest():
    """A bundle's manifest and its cubins, of the smallest program that has one of everything."""
    cubins = [b"first cubin", b"second cubin"]
    blobs = cubins[0] + bytes(5) + cubins[1]
    sha = [hashlib.sha256(cubin).hexdigest() for cubin in cubins]
    argument = lambda name, kind, rows, shape, output: {
        "name": name, "type": kind, "rows": rows, "shape": shape, "output": output}
    return {
        "format": 1, "producer": "fovea fuzz", "target": "sm_90a",
        "cubins": [{"sha256": sha[0], "offset": 0, "bytes": 11}, {"sha256": sha[1], "offset": 16, "bytes": 12}],
        "kernels": [
            {"name": "compress", "symbol": "compress_kernel", "cubin": 0, "threads": 128, "shared_bytes": 65536,
             "registers": 96, "params": [
                 {"kind": "tensor_map", "argument": 0, "box": [64, 4, 16], "swizzle": 128},
                 {"kind": "pointer", "argument": 1}, {"kind": "size", "argument": 0, "axis": 0},
                 {"kind": "scalar", "argument": 2, "type": "i32"}, {"kind": "programs", "axis": 0}]},
            {"name": "copy", "symbol": "copy_kernel", "cubin": 1, "threads": 32, "shared_bytes": 0, "registers": 8,
             "params": [{"kind": "pointer", "argument": 0}, {"kind": "pointer", "argument": 1}]}],
        "entries": [
            {"name": "forward", "arguments": [
                argument("q", "bf16", "tokens", [-1, 4, 64], False),
                argument("cu_seqlens", "i32", "sequence_ends", [-1], False),
                argument("out", "bf16", "tokens", [-1, 4, 64], True)],
             "values": [["dim", 0, 0], ["const", 16], ["divui", 0, 1]],
             "workspace": [{"type": "f32", "shape": [{"value": 2}, 4, 64], "first": 0, "last": 1}],
             "launches": [
                 {"kernel": 0, "grid": [{"value": 2}, 4],
                  "arguments": [{"argument": 0}, {"workspace": 0}, {"value": 2}]},
                 {"kernel": 1, "grid": [{"value": 0}], "arguments": [{"workspace": 0}, {"argument": 2}]}]}],
    }, blobs


def mutate_json(rng, node):
    """One place of the tree becomes something else."""
    places = []

    def visit(parent):
        for key in (parent if isinstance(parent, dict) else range(len(parent))):
            places.append((parent, key))
            if isinstance(parent[key], (dict, list)):
                visit(parent[key])

    visit(node)
    if not places:
        return
    parent, key = rng.choice(places)
    other_parent, other = rng.choice(places)
    kind = rng.randrange(6)
    if kind == 0:
        del parent[key]
    elif kind == 1:
        parent[key] = rng.choice(ODD)
    elif kind == 2:
        parent[key] = rng.choice([None, True, "", "\0", "x" * 1000, [], {}, 1.5, -0.0, [[]], "\ud800", "../a"])
    elif kind == 3:
        parent[key] = json.loads(json.dumps(other_parent[other]))
    elif isinstance(parent[key], list) and kind == 4:
        parent[key] = parent[key] * rng.choice([2, 3, 100])
    elif isinstance(parent[key], int) and not isinstance(parent[key], bool):
        parent[key] += rng.choice([-1, 1, 16])


def bundle(rng):
    tree, blobs = manifest()
    if rng.random() < 0.8:
        for _ in range(rng.choice([1, 1, 1, 2, 4])):
            mutate_json(rng, tree)
    text = json.dumps(tree).encode("utf-8", "surrogatepass")
    if rng.random() < 0.2:
        text = mutate_binary(rng, text)
    size = len(text) if rng.random() < 0.95 else rng.choice([n for n in ODD if 0 <= n < 2**64])
    data = b"FOVEAB01" + struct.pack("<Q", size) + text
    data += bytes(-len(data) % 16) + blobs
    return mutate_binary(rng, data) if rng.random() < 0.2 else data
