#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests fovea's operations of PyTorch, on the CPU. Where PyTorch is not installed the test is skipped.

Usage: torch_test.py <foveac>
"""

import subprocess
import sys
import unittest
import warnings

import support

try:
    import torch
except ImportError:
    support.skip("PyTorch is not installed")
import fovea
from fovea.autograd import Differentiable

torch.set_num_threads(1)
B, S, HQ, HKV, D = 2, 24, 4, 2, 16
SIZES = dict(block=8, stride=4, selected_block=8, top=3, initial=1, local=1, window=8)


def draw(*shape, grad=True):
    return torch.randn(shape).requires_grad_(grad)


def mlp_parameters():
    shapes = {"B1": (HKV, 8 * D, 16), "b1": (HKV, 16), "B2": (HKV, 16, D), "b2": (HKV, D), "pos": (HKV, 8, D)}
    return {f"{of}_{name}": (0.1 * torch.randn(shape)).requires_grad_()
            for of in "kv" for name, shape in shapes.items()}


class TorchTest(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        torch._dynamo.reset()
        self.q, self.k, self.v = draw(B, S, HQ, D), draw(B, S, HKV, D), draw(B, S, HKV, D)
        self.gates, self.sinks = draw(B, S, HQ, 3), draw(HQ)
        self.ends = torch.tensor([0, S, 2 * S], dtype=torch.int32)
        indices = torch.stack([torch.zeros(S, dtype=torch.int32), torch.arange(S, dtype=torch.int32) // 8], -1)
        indices[:8, 1] = -1
        self.indices = indices[None, :, None].repeat(B, 1, HKV, 1)
        self.index = draw(B, S, HKV, D, grad=False), draw(B, S, 1, D, grad=False)

    def calls(self):
        """Every function of the package, and what it is given that has gradients."""
        q, k, v, gates = self.q, self.k, self.v, self.gates
        parameters = mlp_parameters()
        yield "nsa", lambda: fovea.nsa(q, k, v, gates, **SIZES), (q, k, v, gates)
        yield "own", lambda: fovea.nsa(q, [k, 2 * k, k], [v, v, -v], gates, phi="mlp silu",
                                       parameters=parameters, **SIZES), (q, k, v, *parameters.values())
        yield "msa", lambda: fovea.msa(q, k, v, *self.index, block=8, top=2), (q, k, v)
        yield "causal", lambda: fovea.causal(q, k, v, sinks=self.sinks, scale=1e-1), (q, k, v, self.sinks)
        yield "window", lambda: fovea.window(q, k, v, size=5), (q, k, v)
        yield "compressed", lambda: fovea.compressed(q, k, v, block=8, stride=4), (q, k, v)
        yield "selected", lambda: fovea.selected(q, k, v, self.indices, block=8, scale=0.3), (q, k, v)

    def differentiate(self, call, inputs):
        o = call()
        return o.detach(), torch.autograd.grad(o.square().sum(), inputs)

    def test_traces_whole_graphs(self):
        """The same bits as without a trace, forward and backward."""
        for name, call, inputs in self.calls():
            with self.subTest(name):
                o, gradients = self.differentiate(call, inputs)
                traced = torch.compile(call, fullgraph=True, backend="aot_eager")
                o_traced, traced_gradients = self.differentiate(traced, inputs)
                self.assertTrue(torch.equal(o, o_traced))
                for gradient, traced_gradient in zip(gradients, traced_gradients):
                    self.assertTrue(gradient.abs().max() > 0 and torch.equal(gradient, traced_gradient))

    def test_later_calls_are_as_the_first(self):
        """A call's plan is kept; arrays, and what the plan does not depend on, are each call's own."""
        for name, call, inputs in self.calls():
            with self.subTest(name):
                o, gradients = self.differentiate(call, inputs)
                again, later = self.differentiate(call, inputs)
                self.assertTrue(torch.equal(o, again) and all(map(torch.equal, gradients, later)))
        q, k, v = (x.detach() for x in (self.q, self.k, self.v))
        fovea.causal(q, k, k)  # one array for two arguments tells nothing of the next call
        self.assertTrue(torch.equal(fovea.causal(q, k, v), fovea.causal(self.q, self.k, self.v)))
        for tokens in (S // 2, 1, 0):  # other lengths have the same plan
            fewer = [x[:, :tokens].contiguous() for x in (q, k, v)]
            torch.testing.assert_close(fovea.causal(*fewer), fovea.causal(q, k, v)[:, :tokens])
        packed = [x.flatten(0, 1) for x in (q, k, v)]
        for ends in ([0, 48], [0, 10, 48], [0, 24, 48]):
            o = fovea.causal(*packed, torch.tensor(ends, dtype=torch.int32))
            parts = [fovea.causal(*(x[begin:end] for x in packed)) for begin, end in zip(ends, ends[1:])]
            torch.testing.assert_close(o, torch.cat(parts))

    def test_later_calls_are_refused_as_the_first(self):
        q, k, v = (x.detach() for x in (self.q, self.k, self.v))
        gapless = torch.empty(B, S, HKV, 2 * D)[..., ::2].copy_(v)
        ends = torch.tensor([0, B * S], dtype=torch.int32)
        packed = [x.flatten(0, 1) for x in (q, k, v)]
        for _ in range(2):  # the second time there are plans
            fovea.causal(q, k, v)
            fovea.causal(*packed, ends)
            fovea.window(q, k, v, size=1)
            for text, call in (
                    ("v: expected a tensor on cpu, where q is, got one on meta",
                     lambda: fovea.causal(q, k, v.to("meta"))),
                    ("argument 'v': expected float32, got float16", lambda: fovea.causal(q, k, v.half())),
                    ("v: expected a contiguous array, got one with gaps", lambda: fovea.causal(q, k, gapless)),
                    ("v: expected a tensor, got a numpy.ndarray", lambda: fovea.causal(q, k, v.numpy())),
                    ("cu_seqlens: expected a tensor, got a list", lambda: fovea.causal(*packed, [0, B * S])),
                    ("argument 'cu_seqlens': expected int32, got int64", lambda: fovea.causal(*packed, ends.long())),
                    ("cu_seqlens: expected none beside q of", lambda: fovea.causal(q, k, v, ends)),
                    (r"v: expected \[batch, tokens, heads, dim\] with 2 x 24 tokens, as q has, got the shape \(2, 23, ",
                     lambda: fovea.causal(q, k, v[:, 1:].contiguous())),
                    ("size: expected an integer, got a float", lambda: fovea.window(q, k, v, size=1.0))):
                with self.subTest(text), self.assertRaisesRegex(fovea.FoveaError, text):
                    call()

    def test_modes_of_gradients_change_between_calls(self):
        """What an inference mode left, such as the ends of sequences, serves no gradient."""
        q, k, v = draw(3, 7, HQ, D), draw(3, 7, HKV, D), draw(3, 7, HKV, D)
        with torch.inference_mode():
            first = [fovea.causal(q, k, v) for _ in range(2)][-1]
        with torch.no_grad():
            self.assertFalse(fovea.causal(q, k, v).requires_grad)
        for _ in range(2):
            o = fovea.causal(q, k, v)
            self.assertTrue(torch.equal(o, first) and o.requires_grad)
            o.sum().backward()
        self.assertFalse(fovea.causal(*(x.detach() for x in (q, k, v))).requires_grad)

    def test_transforms_have_no_plans(self):
        """PyTorch refuses to transform what is recorded as this is; with a plan there would be no gradient."""
        q, k, v = (x.detach() for x in (self.q, self.k, self.v))
        for _ in range(2):
            fovea.causal(q, k, v)
            with self.assertRaisesRegex(RuntimeError, "functorch transforms"):
                torch.func.grad(lambda x: fovea.causal(x, k, v).sum())(q)

    def test_a_trace_is_the_first_to_ask(self):
        """It compiles kernels, and does not look into how."""
        def call(q, k, v, size, scale):
            near = fovea.window(q, k, v, size=size, scale=scale)
            return near + fovea.causal(near, k, v, scale=q.shape[-1] ** -0.5)
        for dynamic in (False, True):
            fovea.autograd._known.clear()
            torch._dynamo.reset()
            traced = torch.compile(call, fullgraph=True, dynamic=dynamic, backend="aot_eager")
            for size, scale in ((5, 0.1), (6, 1e-5)):
                o, gradients = self.differentiate(lambda: traced(self.q, self.k, self.v, size, scale), (self.q, self.v))
                expected = self.differentiate(lambda: call(self.q, self.k, self.v, size, scale), (self.q, self.v))
                torch.testing.assert_close((o, gradients), expected)

    def test_second_derivatives_are_refused(self):
        """PyTorch would take gradients for constants where the output's gradient is one."""
        def call():
            return fovea.causal(self.q, self.k, self.v).sum()
        gradients = torch.autograd.grad(call(), (self.q, self.k, self.v), create_graph=True)
        for gradient, expected in zip(gradients, torch.autograd.grad(call(), (self.q, self.k, self.v))):
            self.assertTrue(torch.equal(gradient, expected))
        with self.assertRaisesRegex(fovea.FoveaError, "causal_backward: expected to be differentiated once, got a "
                                    "second derivative"):
            torch.autograd.grad(gradients[0].sum(), self.q)

    def test_derivatives_in_forward_mode_are_refused(self):
        q, k, v = (x.detach() for x in (self.q, self.k, self.v))
        with self.assertRaisesRegex(fovea.FoveaError, "expected tensors without tangents, got some with"):
            torch.func.jvp(lambda x: fovea.causal(x, k, v), (q,), (q,))
        with torch.autograd.forward_ad.dual_level():
            self.assertTrue(torch.equal(fovea.causal(q, k, v), fovea.causal(self.q, self.k, self.v)))

    def test_traces_lengths_as_symbols(self):
        def call(q, k, v, gates):
            return fovea.nsa(2 * q, k, v, gates, **SIZES) + 1
        count = torch._dynamo.testing.CompileCounterWithBackend("aot_eager")
        traced = torch.compile(call, fullgraph=True, dynamic=True, backend=count)
        for tokens in (24, 40, 17):
            inputs = draw(B, tokens, HQ, D), draw(B, tokens, HKV, D), draw(B, tokens, HKV, D), draw(B, tokens, HQ, 3)
            (o, gradients), (expected, expected_gradients) = (
                self.differentiate(lambda: function(*inputs), inputs) for function in (traced, call))
            torch.testing.assert_close(o, expected)
            torch.testing.assert_close(gradients, expected_gradients)
        self.assertEqual(count.frame_count, 1)

    def test_operations_are_as_torch_wants_them(self):
        joined = [x.detach().requires_grad_() for x in (self.q, self.k, self.v, self.gates)]
        packed = [x.detach().flatten(0, 1).requires_grad_() for x in joined]
        inputs = [*packed, self.ends]
        fovea.nsa(*packed, self.ends, **SIZES)
        [nsa] = [known for kernel, known in fovea.autograd._known.items()
                 if "@nsa" in kernel and "phi<mean>" in kernel and known.backward][-1:]
        for tensors in (inputs, [*joined, self.ends]):
            torch.library.opcheck(torch.ops.fovea.forward.default, (tensors, nsa.kernel))
            torch.library.opcheck(torch.ops.fovea.run.default, ([x.detach() for x in tensors], nsa.kernel))
        results = torch.ops.fovea.forward(inputs, nsa.kernel)
        named = {a.name: t.detach() for a, t in zip(nsa.forward.arguments, inputs + results)}
        named["grad_o"] = torch.randn_like(named["o"])
        taken = [named[a.name] for a in nsa.backward.arguments if not a.output]
        torch.library.opcheck(torch.ops.fovea.backward.default, (taken, nsa.kernel))

    def test_gradients_are_those_of_differences(self):
        """In f32: differences over 2^-6 leave 2 to 3 digits. All blocks are selected, so that no choice
        changes within a difference."""
        q, k, v, gates = (0.5 * draw(1, 16, *rest) for rest in ((2, 8), (1, 8), (1, 8), (2, 3)))
        inputs = tuple(x.detach().requires_grad_() for x in (q, k, v, gates))
        check = dict(eps=2 ** -6, atol=2e-3, rtol=2e-2, nondet_tol=0.0, check_undefined_grad=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that these are not of double precision
            torch.autograd.gradcheck(lambda *x: fovea.nsa(*x, **{**SIZES, "top": 2}), inputs, **check)
            torch.autograd.gradcheck(lambda *x: fovea.causal(*x), inputs[:3], **check)

    def test_against_dense_attention(self):
        for dtype in (torch.float32, torch.bfloat16, torch.float16):
            inputs = [x.detach().to(dtype).requires_grad_() for x in (self.q, self.k, self.v)]
            dense = [x.detach().double().requires_grad_() for x in inputs]
            o, gradients = self.differentiate(lambda: fovea.causal(*inputs), inputs)
            expected, expected_gradients = self.differentiate(
                lambda: torch.nn.functional.scaled_dot_product_attention(
                    *(x.transpose(1, 2) for x in dense), is_causal=True, enable_gqa=True).transpose(1, 2), dense)
            # Roundings of the result, of weights, and of the output that the gradient is taken of.
            close = 8 * torch.finfo(dtype).eps
            for got, wanted in zip((o, *gradients), (expected, *expected_gradients)):
                self.assertEqual(got.dtype, dtype)
                self.assertLess((got.double() - wanted).abs().max(), close * wanted.abs().max())

    def test_without_gradients_nothing_is_saved(self):
        fovea.autograd._known.clear()
        with torch.no_grad():
            fovea.window(self.q, self.k, self.v, size=3)
        [known] = fovea.autograd._known.values()
        self.assertIsNone(known.backward)
        with self.assertRaisesRegex(fovea.FoveaError, "window_forward: expected a spec with `entries backward`, "
                                    "got one without and a tensor with requires_grad"):
            torch.ops.fovea.forward([x.flatten(0, 1) for x in (self.q, self.k, self.v)] + [self.ends],
                                    known.kernel)

    def test_a_library_that_was_loaded(self):
        near = Differentiable(fovea.compile(support.NEAR), "near")
        q, k, v = draw(12, 4, 8), draw(12, 2, 8), draw(12, 2, 4)
        ends = torch.tensor([0, 12], dtype=torch.int32)
        o = near(q, k, cu_seqlens=ends, v=v)
        expected = fovea.window(q, k, v, ends, size=5)
        self.assertTrue(torch.equal(o, expected))
        for ours, theirs in zip(*(torch.autograd.grad(x.sum(), (q, k, v)) for x in (o, expected))):
            self.assertTrue(torch.equal(ours, theirs))

    def test_a_kernel_is_found_by_its_string_alone(self):
        """As of a graph that another process stored."""
        fovea.causal(self.q, self.k, self.v)
        [kernel] = [kernel for kernel in fovea.autograd._known if "@causal" in kernel][-1:]
        before = fovea.autograd._known.pop(kernel)
        self.assertEqual(fovea.autograd.find(kernel).kernel, before.kernel)
        with self.assertRaisesRegex(fovea.FoveaError, "expected a bundle that was loaded, got the tag and name "
                                    "0123 near: make a Differentiable of it first"):
            torch.ops.fovea.forward([self.q.detach()], "0123 near")

    def test_refuses(self):
        q, k, v = self.q, self.k, self.v
        for text, call in (
                ("v: expected a tensor, got a numpy.ndarray",
                 lambda: fovea.causal(q, k, v.detach().numpy())),
                ("k: expected a tensor on cpu, where q is, got one on meta",
                 lambda: fovea.causal(q, k.to("meta"), v)),
                ("cu_seqlens: expected a tensor on cpu, where q is, got one on meta",
                 lambda: fovea.causal(q[0], k[0], v[0], self.ends.to("meta"))),
                ("cu_seqlens: expected a tensor, got a list", lambda: fovea.causal(q[0], k[0], v[0], [0, S])),
                ("sinks: expected a tensor, got a float", lambda: fovea.causal(q, k, v, sinks=0.0)),
                ("k: expected a contiguous array, got one with gaps",
                 lambda: fovea.causal(q, k[..., ::2], v)),
                (r"causal_forward, argument 'k': expected the shape \(tokens, 2, 16\), got \(48, 2, 8\)",
                 lambda: fovea.causal(q, k[..., :8].contiguous(), v)),
                ("causal_forward, argument 'v': expected float32, got float16",
                 lambda: fovea.causal(q, k, v.half())),
                ("expected one of float32, bfloat16, float16; got float64",
                 lambda: fovea.causal(q.double(), k, v)),
                ("q: expected a tensor on the CPU or a CUDA device, got one on meta",
                 lambda: fovea.causal(*(x.to("meta") for x in (q, k, v))))):
            with self.assertRaisesRegex(fovea.FoveaError, text):
                call()

    def test_fake_tensors_have_the_shapes_and_the_errors(self):
        from torch._subclasses.fake_tensor import FakeTensorMode
        with FakeTensorMode(allow_non_fake_inputs=False) as mode:
            q, k, v = (mode.from_tensor(x) for x in (self.q, self.k, self.v))
            o = fovea.causal(q, k, v)
            self.assertEqual((o.shape, o.dtype, o.requires_grad), (self.q.shape, torch.float32, True))
            with self.assertRaisesRegex(fovea.FoveaError, "argument 'k': expected the shape"):
                fovea.causal(q, k[..., :8].contiguous(), v)

    def test_the_tracer_is_not_loaded_before_it_is_used(self):
        """It takes a second, of the first result of a process."""
        subprocess.run([sys.executable, "-c", "import sys, torch, fovea\n"
                        "x = torch.ones(1, 8, 2, 16)\n"
                        "fovea.causal(x, x, x)\n"
                        "assert 'torch._dynamo' not in sys.modules"], check=True)

    def test_old_versions_are_refused(self):
        done = subprocess.run([sys.executable, "-c", "import torch; torch.__version__ = '2.1.0'\n"
                               "import fovea.autograd"], text=True, capture_output=True)
        self.assertIn("FoveaError: expected PyTorch 2.4 or later, got 2.1.0", done.stderr)


if __name__ == "__main__":
    support.main(sys.argv[1])
