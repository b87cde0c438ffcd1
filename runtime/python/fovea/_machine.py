# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What this machine's processor is, and what it lacks."""

import functools
import hashlib
import platform
from typing import FrozenSet, List

from ._library import FoveaError

# Instructions as LLVM names them, by the names that Linux has for them on x86. Others of LLVM's
# come with these, or are not asked for.
_FLAGS = {
    "sse4.1": "sse4_1", "sse4.2": "sse4_2", "popcnt": "popcnt", "avx": "avx", "avx2": "avx2",
    "bmi": "bmi1", "bmi2": "bmi2", "f16c": "f16c", "fma": "fma", "lzcnt": "abm", "movbe": "movbe",
    "avx512f": "avx512f", "avx512bw": "avx512bw", "avx512cd": "avx512cd", "avx512dq": "avx512dq",
    "avx512vl": "avx512vl", "avx512vbmi": "avx512vbmi", "avx512vbmi2": "avx512_vbmi2",
    "avx512vnni": "avx512_vnni", "avx512bf16": "avx512_bf16", "avx512fp16": "avx512_fp16",
    "avxvnni": "avx_vnni", "vaes": "vaes", "vpclmulqdq": "vpclmulqdq", "gfni": "gfni"}


@functools.lru_cache(maxsize=None)
def read_flags() -> FrozenSet[str]:
    """The instructions of this processor as Linux names them; empty where it does not say."""
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith(("flags", "Features")):
                    return frozenset(line.partition(":")[2].split())
    except OSError:
        pass
    return frozenset()


def describe_machine() -> str:
    """What `native` stands for here: equal texts run equal code."""
    flags = " ".join(sorted(read_flags()))
    return f"{platform.machine()} {hashlib.sha256(flags.encode()).hexdigest()}"


def check_machine(place: str, machine: str, features: List[str]) -> None:
    """Raises FoveaError where code for `machine` with LLVM's `features` cannot run here."""
    if machine != platform.machine():
        raise FoveaError(f"{place}: expected code for {platform.machine()}, which this machine is, got "
                         f"some for {machine}")
    flags = read_flags()
    lacking = [name for name in features if flags and name in _FLAGS and _FLAGS[name] not in flags]
    if lacking:
        raise FoveaError(f"{place}: expected code whose instructions this processor has, got some that "
                         f"adds {', '.join(lacking)}: compile it for another (cpu=)")
