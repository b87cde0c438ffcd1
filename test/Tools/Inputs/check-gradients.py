"""Holds a backward function against differences of its forward function.

Usage: check-gradients.py FILE FORWARD BACKWARD ENDS [FLAG...]

FILE has both functions, ENDS are the sequence ends, FLAGs are for fovea-run. Both run on the reference, which rounds
results to f32, so that differences are good to about 1e-3. Prints a line per gradient.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy

file, forward, backward, ends, *flags = sys.argv[1:]
cu = numpy.array([int(end) for end in ends.split(",")], dtype=numpy.int32)
random = numpy.random.default_rng(1)
folder = pathlib.Path(tempfile.mkdtemp())


def run(entry, inputs, outputs):
    """The named outputs of `entry` on `inputs`."""
    command = ["fovea-run", file, "--entry=" + entry, "--device=reference", *flags]
    for name, array in inputs.items():
        numpy.save(folder / f"{name}.npy", array)
        command += ["--input", f"{name}={folder}/{name}.npy"]
    for name in outputs:
        command += ["--output", f"{name}={folder}/{name}.npy"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return [numpy.load(folder / f"{name}.npy").astype(float) for name in outputs]


def signature(entry):
    """Shapes of the f32 arguments by name, and names of the results."""
    text = re.search(rf"func.func @{entry}\((.*?)\) -> \((.*?)\) {{\n", pathlib.Path(file).read_text())
    one = re.compile(r'tensor<([\dx?]+)xf32> {attn.name = "(\w+)"')
    shapes = {name: [cu[-1] if size == "?" else int(size) for size in shape.split("x")]
              for shape, name in one.findall(text[1])}
    return shapes, [name for _, name in one.findall(text[2])]


shapes, results = signature(forward)
_, gradients = signature(backward)
inputs = {name: random.normal(size=shape).astype(numpy.float32) for name, shape in shapes.items()}
inputs["cu_seqlens"] = cu
weights = {name: random.normal(size=array.shape).astype(numpy.float32)
           for name, array in zip(results, run(forward, inputs, results))}
actual = run(backward, inputs | {"grad_" + name: array for name, array in weights.items()}, gradients)
for name, gradient in zip(gradients, actual):
    argument = name.removeprefix("grad_")
    direction = random.normal(size=gradient.shape).astype(numpy.float32)

    def loss(step):
        moved = inputs | {argument: inputs[argument] + numpy.float32(step) * direction}
        return sum((array * weights[result]).sum()
                   for result, array in zip(results, run(forward, moved, results)))

    step = 2.0 ** -7
    expected = (8 * (loss(step) - loss(-step)) - (loss(2 * step) - loss(-2 * step))) / (12 * step)
    got = (gradient * direction).sum()
    bound = 1e-3 * numpy.sqrt((gradient ** 2).sum())
    print(name, "as differences have it" if abs(got - expected) < bound else f"expected {expected}, got {got}")
