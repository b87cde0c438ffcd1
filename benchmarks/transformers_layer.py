#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One sparse attention layer of MiniMax-M3 in the library transformers: with Fovea, and by every path that the library
has; forward and backward, with what each holds of memory at most.

    transformers_layer.py prepare --folder build/layer --foveac build/release/bin/foveac \\
        --runtime build/release/lib/libfovea_runtime.so                # no GPU; PyTorch with CUDA, transformers
    transformers_layer.py measure --folder build/layer --runtime build/runtime/libfovea_runtime.so --json layer.json
    transformers_layer.py table layer.json                             # anywhere
    transformers_layer.py measure --device cpu --foveac build/release/bin/foveac --json layer.json    # tiny, to try it

The layer is the library's module, projections, norms and indexer included, with random weights; its input is drawn. A
path that the library refuses, or that lacks memory, is kept with what it said. Before a path is timed, its output and
its gradient of the input are compared with the library's eager path, where that one runs; where all blocks of a query
tie or nearly do, two rankings may differ. The dense layer is another function, which the model's first layers are."""
import argparse
import datetime
import gc
import json
import os
import pathlib
import statistics
import sys
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# Paths that take turns leave blocks of other sizes.
os.environ.setdefault("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")
import torch  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test" / "gpu"))
import kernel_cache  # noqa: E402
import prepare as prepared  # noqa: E402
import run as runner  # noqa: E402
from fovea import runtime  # noqa: E402
from gpu_timing import MOST_SECONDS, PAUSE_SECONDS, SPIN_CYCLES  # noqa: E402

SHAPE = dict(hidden_size=6144, num_attention_heads=64, num_key_value_heads=4, head_dim=128, rotary_dim=64,
             index_n_heads=4, index_head_dim=128, index_block_size=128, index_topk_blocks=16)
TINY = dict(hidden_size=64, num_attention_heads=4, num_key_value_heads=2, head_dim=32, rotary_dim=16, index_n_heads=2,
            index_head_dim=32, index_block_size=16, index_topk_blocks=3)
MSA_FUNCTION = "library_msa"
# What the library's model is told, and whether the layer is a sparse one.
PATHS = {
    "fovea": ("fovea", True),
    "fovea, ranks": ("fovea", True),  # with rank_in_kernel
    "eager": ("eager", True),
    "sdpa": ("sdpa", True),
    "sdpa, traced": ("sdpa", True),  # by torch.compile
    "flex_attention": ("flex_attention", True),
    "flash_attention_2": ("flash_attention_2", True),
    "MiniMaxAI/msa": ("MiniMaxAI/msa", True),  # of the hub, by the library's function
    "msa function": (MSA_FUNCTION, True),  # as it is without that
    "dense layer, sdpa": ("sdpa", False),
    "dense layer, fovea": ("fovea", False),
}
OURS = ("fovea", "fovea, ranks")
EAGER = "eager"
COMMIT = "commit.txt"  # of the prepared folder


class Layer:
    """A path's own copy of the layer, of the same weights for all."""

    def __init__(self, name, args):
        import transformers
        from fovea.integrations import transformers as integration
        from transformers.integrations.msa_attention import msa_attention_forward
        from transformers.models.minimax_m3_vl import modeling_minimax_m3_vl as library
        self.implementation, is_sparse = PATHS[name]
        sizes = SHAPE if args.device == "cuda" else TINY
        config = library.MiniMaxM3VLTextConfig(
            **sizes, vocab_size=16, num_hidden_layers=1, intermediate_size=16, dense_intermediate_size=16,
            shared_intermediate_size=16, mlp_layer_types=["dense"], bos_token_id=1, eos_token_id=2,
            max_position_embeddings=1 << 20,
            layer_types=["minimax_m3_sparse" if is_sparse else "full_attention"], rope_parameters={
                "rope_type": "default", "rope_theta": 5e6, "partial_rotary_factor": 0.5})
        torch.manual_seed(args.seed)
        integration.register()
        transformers.AttentionInterface.register(MSA_FUNCTION, msa_attention_forward)
        with torch.device(args.device):
            self.model = library.MiniMaxM3VLTextModel._from_config(
                config, dtype=torch.bfloat16 if args.device == "cuda" else torch.float32)
        self.model.set_attn_implementation(self.implementation)
        if name == "fovea, ranks":
            integration.rank_in_kernel(self.model)
        self.layer = self.model.layers[0].self_attn
        self.weights = [p for n, p in self.layer.named_parameters() if "indexer" not in n]  # it gets no gradient
        self.call = torch.compile(self._attend, dynamic=False) if name.endswith("traced") else self._attend

    def _attend(self, x, positions, rotation, mask):
        return self.layer(hidden_states=x, position_embeddings=rotation, attention_mask=mask,
                          position_ids=positions)[0]

    def forward(self, x):
        """The layer's output, with what the library's model makes in front of it: rotations and a mask."""
        from transformers.masking_utils import create_causal_mask
        positions = torch.arange(x.shape[1], device=x.device)[None]
        # Given positions, the library looks for packed sequences in them: here is one sequence.
        mask = create_causal_mask(config=self.model.config, inputs_embeds=x, attention_mask=None, cache=None,
                                  position_ids=None)
        return self.call(x, positions, self.model.rotary_emb(x, position_ids=positions), mask)

    def step(self, x, grad):
        """(the output, the gradient of x); those of the weights are computed, too."""
        out = self.forward(x)
        return out.detach(), torch.autograd.grad(out, [x, *self.weights], grad)[0]


def draw(args, tokens):
    torch.manual_seed(args.seed)
    hidden = (SHAPE if args.device == "cuda" else TINY)["hidden_size"]
    dtype = torch.bfloat16 if args.device == "cuda" else torch.float32
    x, grad = (torch.randn(1, tokens, hidden, device=args.device, dtype=dtype) for _ in range(2))
    return x.requires_grad_(), grad


def words(error):
    """What a path said, on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:400]


def prepare(args):
    runtime.use_library(args.runtime)
    args.device = "cuda"
    with kernel_cache.compiling(args.folder, args.foveac, args.target):
        for name in [name for name in args.paths if PATHS[name][0] == "fovea"]:
            layer, (x, _) = Layer(name, args), draw(args, 4096)
            layer.forward(x)  # whose kernels are those of its gradient, too
            with torch.no_grad():
                layer.forward(x)
            print(f"{name}: compiled", flush=True)
    (args.folder / COMMIT).write_text(prepared.commit_of_this_tree() + "\n")
    return 0


def free_memory():
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


class Path:
    """A path at one length: what it gives, what it takes, or why it does not."""

    def __init__(self, name, args, inputs):
        self.name, self.args, self.inputs, self.row = name, args, inputs, {"name": name}
        self.times = {"forward": [], "step": []}
        self.layer = None

    def start(self):
        """What it gives; None where it does not run."""
        try:
            self.layer = Layer(self.name, self.args)
            self.layer.step(*self.inputs)  # which may compile
            before = self._reset_peak()
            results = self.layer.step(*self.inputs)
            self.row["step_peak_bytes"] = self._peak(before)
            before = self._reset_peak()
            begin = time.monotonic()
            self.forward()
            self.row["forward_peak_bytes"] = self._peak(before)
            self.row["rounds"] = max(3, min(self.args.rounds, int(MOST_SECONDS / (4 * (time.monotonic() - begin)))))
            return results
        except Exception as error:  # whatever a path raises is its result
            said = words(error)
        self._stop(said)
        return None

    def _stop(self, said):
        """Not where an exception is handled, whose frames hold what it could not allocate more of."""
        self.row["error"], self.layer = said, None
        free_memory()

    def forward(self):
        with torch.no_grad():
            self.layer.forward(self.inputs[0])

    def sample(self, number):
        if self.layer is None or number >= self.row["rounds"]:
            return
        said = None
        try:
            for part, run in (("forward", self.forward), ("step", lambda: self.layer.step(*self.inputs))):
                self.times[part].append(self._time(run))
        except RuntimeError as error:
            said = words(error)
        if said:
            self._stop(said)

    def finish(self):
        if self.layer is not None:
            for part, times in self.times.items():
                self.row.update({f"{part}_ms": statistics.median(times), f"{part}_min_ms": min(times),
                                 f"{part}_max_ms": max(times)})
        self.layer = None
        return self.row

    def _reset_peak(self):
        if self.args.device != "cuda":
            return 0
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        return torch.cuda.memory_allocated()

    def _peak(self, before):
        """Bytes beside what was there, weights and inputs; None where nothing counts."""
        if self.args.device != "cuda":
            return None
        torch.cuda.synchronize()
        return torch.cuda.max_memory_allocated() - before

    def _time(self, run):
        """Milliseconds, of the device's clock where it has one: it spins first, so that the host runs ahead."""
        if self.args.device != "cuda":
            begin = time.perf_counter()
            run()
            return (time.perf_counter() - begin) * 1e3
        time.sleep(PAUSE_SECONDS)
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda._sleep(SPIN_CYCLES)
        begin.record()
        run()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end)


def distance(got, wanted):
    """Of the root of the mean square, as a part of what is wanted."""
    difference = got.double() - wanted.double()
    return (difference.square().mean() / wanted.double().square().mean()).sqrt().item()


def measure_length(args, tokens):
    """A row for each path."""
    inputs = draw(args, tokens)
    paths = {name: Path(name, args, inputs) for name in args.paths}
    order = sorted(paths, key=lambda name: name != EAGER)  # which the others are compared with
    eager = None
    for name in order:
        results = paths[name].start()
        if name == EAGER and results is not None:
            eager = [x.cpu() for x in results]
        elif eager is not None and results is not None and PATHS[name][1]:
            paths[name].row["rms_from_eager"] = dict(zip(("output", "grad_x"), (
                distance(x.cpu(), y) for x, y in zip(results, eager))))
        del results
    for number in range(args.rounds):
        for path in paths.values():
            path.sample(number)
    return [path.finish() for path in paths.values()]


def describe(args):
    import transformers
    found = {"torch": torch.__version__, "transformers": transformers.__version__, "name": "cpu"}
    if args.device == "cuda":
        found.update(runner.describe_device())
    return found


def measure(args):
    if args.device == "cuda":
        runtime.use_library(args.runtime)
        kernel_cache.use(args.folder)
        commit = (args.folder / COMMIT).read_text().strip()
    else:
        os.environ["FOVEA_FOVEAC"] = str(pathlib.Path(args.foveac).absolute())
        commit = prepared.commit_of_this_tree()
    result = {"date": datetime.date.today().isoformat(), "commit": commit, "device": describe(args),
              "seed": args.seed, "rounds": args.rounds, "shape": SHAPE if args.device == "cuda" else TINY,
              "dtype": "bfloat16" if args.device == "cuda" else "float32", "batch": 1, "lengths": []}
    for tokens in args.tokens or ([32768, 16384, 8192, 4096] if args.device == "cuda" else [64]):
        result["lengths"].append({"tokens": tokens, "rows": measure_length(args, tokens)})
        args.json.write_text(json.dumps(result, indent=1) + "\n")
        print(format_length(result["lengths"][-1]), flush=True)
        free_memory()
    return 0


def format_row(row):
    if "step_ms" not in row:
        return f"| {row['name']} | | {row['error'].split(': ', 1)[0]} | |"
    peak = row["step_peak_bytes"]
    return (f"| {row['name']} | {row['forward_ms']:.2f} | {row['step_ms']:.2f} | "
            f"{'' if peak is None else f'{peak / 1e9:.2f}'} |")


def fastest(rows, is_ours):
    """Of a sparse layer's paths, the least milliseconds of a step; None where none runs."""
    return min((row["step_ms"] for row in rows if "step_ms" in row and PATHS[row["name"]][1]
                and (row["name"] in OURS) == is_ours), default=None)


def format_length(length):
    """The rows of one length as a table in Markdown."""
    lines = [f"{length['tokens']} tokens", "", "| path | forward, ms | forward and backward, ms | of them at most, GB |",
             "| --- | --- | --- | --- |", *map(format_row, length["rows"]), ""]
    ours, theirs = (fastest(length["rows"], is_ours) for is_ours in (True, False))
    lines.append("No path of the library's runs." if theirs is None else "Fovea does not run." if ours is None else
                 f"The library's fastest path takes {theirs / ours:.2f} times what Fovea does.")
    return "\n".join(lines) + "\n"


def table(args):
    for length in json.loads(args.json.read_text())["lengths"]:
        print(format_length(length))
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("prepare", help="compile for the GPU")
    second = commands.add_parser("measure", help="time, on the GPU or a tiny layer on the CPU")
    third = commands.add_parser("table", help="what was measured, in Markdown")
    first.add_argument("--target", default="sm_90a")
    second.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    second.add_argument("--tokens", type=int, nargs="+", help="lengths, by default 32768 and less, or 64 on the CPU")
    second.add_argument("--rounds", type=int, default=10)
    second.add_argument("--json", type=pathlib.Path, required=True)
    for half in (first, second):
        half.add_argument("--folder", type=pathlib.Path, help="of the compiled kernels")
        half.add_argument("--runtime", help="libfovea_runtime.so")
        half.add_argument("--foveac")
        half.add_argument("--paths", nargs="+", choices=PATHS, default=list(PATHS))
        half.add_argument("--seed", type=int, default=1)
    third.add_argument("json", type=pathlib.Path)
    args = parser.parse_args()
    return {"prepare": prepare, "measure": measure, "table": table}[args.command](args)


if __name__ == "__main__":
    sys.exit(main())
