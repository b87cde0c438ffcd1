# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the command lines of benchmarks in halves share: one half compiles where there need not be a GPU, the other
measures where there need not be a compiler, and a third shows what was measured."""
import json
import os
import pathlib


def add_compiler(command):
    """The options of the half that compiles."""
    command.add_argument("--foveac", type=pathlib.Path, required=True)
    command.add_argument("--target", default="sm_90a", help="of foveac")
    command.add_argument("--option", action="append", default=[],
                         help="of foveac, for each file: --option=--ptxas=FILE")
    command.add_argument("--jobs", type=int, default=os.cpu_count())


def add_table(commands):
    """The command `table`, of a file that was measured."""
    commands.add_parser("table", help="the table of what was measured").add_argument("json", type=pathlib.Path)


def show(args, describe):
    """What `table` does; `describe` makes text of what is in the file."""
    print(describe(json.loads(args.json.read_text())))
    return 0
