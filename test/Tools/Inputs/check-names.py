"""Headers of functions and arrays of awkward names: refused by one diagnostic at the name, or good C
and C++. Usage: check-names.py <foveac> <cc> <c++> <folder>"""

import os
import re
import subprocess
import sys

SPEC = """func.func @"{function}"(
  %q: tensor<?x2x8xf32> {{attn.name = "{query}"}},
  %k: tensor<?x1x8xf32> {{attn.name = "k"}},
  %cu: tensor<?xi32> {{attn.name = "cu_seqlens"}})
  -> (tensor<?x2x8xf32> {{attn.name = "{result}"}}) {{
  %o, %l = attn.attend %q sees #attn.causal in %k, %k, %cu
      : tensor<?x2x8xf32>, tensor<?x1x8xf32>, tensor<?x1x8xf32>, tensor<?xi32>
     -> tensor<?x2x8xf32>, tensor<?x2xf32>
  return %o : tensor<?x2x8xf32>
}}
"""
# What may be an array but no function: it is a name of the library.
FUNCTIONS = ["memcpy", "exp2f", "main", "printf", "csinf", "y0", "malloc", "free", "std", "size_t",
             "fovea_x", "FOVEA_CPU_OK"]
# What is good for both.
GOOD = ["f", "args", "status", "q_", "_x", "self", "half", "f_args", "fovea", "T", "module", "o_t_",
        "export_", "kernel", "name", "data", "rows"]
# What is good for neither.
BAD = ["int", "class", "_Bool", "__x", "_Imaginary", "a.b", "a-b", "1a", "", "*/ int x;", "int32_t",
       "UINT64_C", "INT32_MAX", "SIZE_MAX", "co_await", "linux", "tokens\\\\", "wchar_t", "NULL"]
ONLY_ARGUMENT_BAD = ["tokens", "sequences", "k"]

foveac, cc, cxx, folder = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
failures = []


def emit(kind, function="g", query="q", result="o"):
    """What foveac writes, or None, and what it says."""
    spec, output = f"{folder}/spec.mlir", f"{folder}/out.{kind}"
    with open(spec, "w") as file:
        file.write(SPEC.format(function=function, query=query, result=result))
    if os.path.exists(output):
        os.remove(output)
    run = subprocess.run([foveac, spec, f"--emit={kind}", "-o", output], capture_output=True, text=True)
    if run.returncode not in (0, 1) or (run.returncode == 0) != os.path.exists(output):
        failures.append(f"{kind} of {function}, {query}, {result}: exit {run.returncode}, {run.stderr}")
    return (output if run.returncode == 0 else None), run.stderr


def refused(**names):
    for kind in ("header", "obj"):
        output, text = emit(kind, **names)
        if output or text.count("error:") != 1 or not re.search(r"spec.mlir:\d+:\d+: error: expected", text):
            failures.append(f"{kind} of {names}: expected one diagnostic, got {text or 'none'}")


def accepted(headers, **names):
    output, text = emit("header", **names)
    if not output or text:
        failures.append(f"header of {names}: expected one, got {text}")
        return
    with open(output) as file:
        headers.append(file.read())


def compile_headers(headers):
    with open(f"{folder}/all.h", "w") as file:
        file.write("\n".join(headers))
    for name in ("all.c", "all.cpp"):
        with open(f"{folder}/{name}", "w") as file:
            file.write('#include "all.h"\n')
    common = ["-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
    for command in ([cc, "-std=c99", "-pedantic", f"{folder}/all.c"], [cc, f"{folder}/all.c"],
                    [cxx, "-std=c++17", "-pedantic", f"{folder}/all.cpp"], [cxx, f"{folder}/all.cpp"]):
        run = subprocess.run(command + common, capture_output=True, text=True)
        if run.returncode:
            failures.append(f"{' '.join(command)}: {run.stderr[:2000]}")


headers = []
for i, name in enumerate(GOOD):
    accepted(headers, function=name)
    accepted(headers, function=f"argument_{i}", query=name)
    accepted(headers, function=f"result_{i}", result=name)
for i, name in enumerate(FUNCTIONS):
    if name not in ("std", "size_t", "main"):
        accepted(headers, function=f"library_{i}", query=name)
    refused(function=name)
compile_headers(headers)
for name in BAD:
    if name:
        refused(function=name)
    refused(query=name)
    refused(result=name)
for name in ONLY_ARGUMENT_BAD:
    refused(query=name)
    refused(result=name)
print("\n".join(failures))
sys.exit(1 if failures else 0)
