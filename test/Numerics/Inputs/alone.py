# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whether a sequence's results are the same bits alone and as the first of a batch.

    alone.py FOVEA_RUN SPEC ENTRY LENGTHS --inputs NAME... --outputs NAME...

Every argument has a row for each token, but for cu_seqlens."""
import argparse
import pathlib
import subprocess
import tempfile

import numpy


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("fovea_run")
    parser.add_argument("spec")
    parser.add_argument("entry")
    parser.add_argument("lengths")
    parser.add_argument("--inputs", nargs="+", required=True)
    parser.add_argument("--outputs", nargs="+", required=True)
    args = parser.parse_args()
    first = int(args.lengths.split(",")[0])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        def run(lengths, given, outputs):
            files = [f"--input={x}={folder / x}.npy" for x in given]
            files += [f"--output={x}={folder / x}.npy" for x in outputs]
            subprocess.run([args.fovea_run, args.spec, f"--entry={args.entry}", f"--lengths={lengths}", *files],
                           check=True, stdout=subprocess.DEVNULL)
            return {x: numpy.load(folder / f"{x}.npy").copy() for x in outputs}

        generator = numpy.random.default_rng(1)
        tokens = sum(map(int, args.lengths.split(",")))
        whole = {}
        for item in args.inputs:
            x, *shape = item.split(":")
            shape = (tokens, *map(int, shape))
            values = generator.standard_normal(shape, numpy.float32)
            if x == "indices":  # all tokens list the first blocks, which have the most parts
                values = numpy.broadcast_to(numpy.arange(shape[-1], dtype=numpy.int32), shape)
            whole[x] = values
            numpy.save(folder / f"{x}.npy", values)
        together = run(args.lengths, whole, args.outputs)
        for x, values in whole.items():
            numpy.save(folder / f"{x}.npy", values[:first])
        alone = run(first, whole, args.outputs)
        for x in args.outputs:
            same = together[x][:first].tobytes() == alone[x].tobytes()
            print(f"{x}: {'same bits' if same else 'other bits'}, largest {abs(alone[x]).max():.3f}")


if __name__ == "__main__":
    main()
