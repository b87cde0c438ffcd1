# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Interrupts a compile while its ptxas hangs, and checks what is left of it.

    interrupt.py FOLDER SIGNAL COMMAND...

COMMAND's ptxas writes its process id to FOLDER/pid. FOLDER/tmp is for temporary files."""
import os
import pathlib
import signal
import subprocess
import sys
import time

SECONDS = 30


def wait_for(condition, what):
    end = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"expected {what} within {SECONDS} s")
        time.sleep(0.01)


def has_ended(pid):
    """Whether it is gone, or waits for nothing but a parent to ask for its status."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return text.rpartition(") ")[2][0] in "ZX"


def main():
    folder, number = pathlib.Path(sys.argv[1]), signal.Signals[sys.argv[2]]
    state, temporary = folder / "pid", folder / "tmp"
    temporary.mkdir(parents=True)
    environment = dict(os.environ, TMPDIR=str(temporary), FAKE_PTXAS="hang",
                       FAKE_PTXAS_STATE=str(state))
    signal.signal(number, signal.SIG_DFL)  # a shell's background jobs ignore SIGINT
    process = subprocess.Popen(sys.argv[3:], env=environment)
    wait_for(lambda: state.exists() and state.read_text().strip(), "ptxas to run")
    pid = int(state.read_text())
    files = sorted(path.suffix for path in temporary.iterdir())
    assert files == [".cubin", ".log", ".ptx"], files
    process.send_signal(number)
    assert process.wait(SECONDS) == -number, process.returncode
    wait_for(lambda: has_ended(pid), "ptxas to end")
    left = list(temporary.iterdir())
    assert not left, left
    print("nothing is left")


main()
