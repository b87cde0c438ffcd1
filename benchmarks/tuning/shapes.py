# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The specs whose kernels the built-in table is to have: the standard NSA forward with one choice
changed at a time, dense attention of each head dim, and MSA in MiniMax-M3's shape. 64 query
heads each, or as many as the group divides."""
import dataclasses
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "test" / "gpu"))
import specs  # noqa: E402

HEADS = 64
DIMS = [(64, 64), (80, 80), (96, 96), (112, 112), (128, 128), (192, 128), (256, 256)]
GROUPS = [1, 2, 4, 8, 12, 16]
BLOCKS = [32, 128]
COUNTS = [4, 9, 64]


def forwards():
    """The standard NSA, `nsa`, and what differs from it in one choice, by name."""
    base = specs.Nsa()
    changed = {"nsa": base}
    changed |= {f"nsa_d{dk}x{dv}": dataclasses.replace(base, dk=dk, dv=dv) for dk, dv in DIMS}
    changed |= {f"nsa_g{group}": dataclasses.replace(base, group=group, kv_heads=HEADS // group)
                for group in GROUPS}
    changed |= {f"nsa_l{block}": dataclasses.replace(base, select=block) for block in BLOCKS}
    changed |= {f"nsa_n{count}": dataclasses.replace(base, count=count) for count in COUNTS}
    return {name: nsa for name, nsa in changed.items() if name == "nsa" or nsa != base}


def texts():
    """Text of each spec by its name; the standard one first, whose kernels others share."""
    result = {name: nsa.text() for name, nsa in forwards().items()}
    for dk, dv in DIMS:
        result[f"dense_d{dk}x{dv}"] = specs.attend_texts(
            dataclasses.replace(specs.Nsa(), dk=dk, dv=dv))["causal"]
    result["msa"] = specs.minimax_m3().text()
    return result


def write(folder):
    """Writes a file for each; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in texts().items():
        paths.append(folder / f"{name}.mlir")
        paths[-1].write_text(text)
    return paths
