# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that a command fails just where its output says that ptxas serialized something:
whatever the version of ptxas does, the lint tells."""
import subprocess
import sys

result = subprocess.run(sys.argv[1:], text=True, capture_output=True)
text = result.stdout + result.stderr
assert "kernel branch:" in text, text
serialized = "serialized" in text
assert result.returncode == (1 if serialized else 0), (result.returncode, text)
assert ("error: kernel 'branch': expected no C" in text) == serialized, text
