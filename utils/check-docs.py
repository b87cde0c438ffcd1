#!/usr/bin/env python3
# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that what the pages say is there is there.

    utils/check-docs.py --tools build/release/bin [--root ROOT] [--update] [PAGE...]

Over README.md, CONTRIBUTING.md, findings/README.md and docs/*.md, or the named pages:

  links      the file exists, and the heading behind `#`
  paths      `lib/Tuning`, `fovea/runtime.h`, `PtxNeeds.cpp`: of the repository, or written by a
             command on the page
  plots      an embedded .svg names its raw data (dc:source) and their hashes, which are those of the files
             now; the page links each of them
  tests      `Simt/ops-invalid`, and whatever stands in a table's column "test"
  flags      `--report`, alone or behind a tool or script: in its --help, or in its text
  names      of passes and pipelines (fovea-opt --help), operations and attributes (`tile.rows`),
             constraints (`get_c1`), CMake options, presets and targets, identifiers
  quotations a block behind `<!-- quotes FILE -->` is a run of whole lines of FILE. Other ```mlir
             and ```tablegen quote some .mlir or .td file of the tests, unless `<!-- sketch -->`
             says that they are shortened.
  outputs    a block behind `<!-- output of COMMAND -->` is what that prints, here, now. The
             comment may go on with a line `lines REGEX`, for those that match, and a line
             `without types`, which cuts each behind its first ` : `. Commands run in ROOT, with
             the tools in PATH and $LIB the folder of plugins.
Prints each finding as file:line and exits 1 if there is one. --update writes outputs into the
pages instead of comparing them.
"""
import argparse
import fnmatch
import hashlib
import os
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"(?:^<!-- (quotes|output of|sketch)\b *((?:(?!-->).)*?)\s*-->\n)?"
                   r"^( *)```(\w*)\n(.*?)^ *```$", re.M | re.S)
SPAN = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
PLOT = re.compile(r"!\[[^]]*\]\(([^)\s]+\.svg)\)")
RAW_DATA = re.compile(r"(\S+) sha256=(\w+)")
SOURCE = (".cpp", ".h", ".hpp", ".td", ".py", ".sh", ".cmake", ".mlir", ".test", ".c")
# Commands of others, whose flags are theirs.
OTHERS = {"cmake", "ctest", "lit", "ptxas", "nvdisasm", "compute-sanitizer", "gcc", "cc", "pip",
          "pre-commit", "cuobjdump", "grep", "export", "python3", "diff", "ulimit"}
# Identifiers of others that the pages name.
FOREIGN = {"cuLaunchKernel", "cudaSetDevice", "data_ptr", "element_size", "requires_grad",
           "pthread_attr_setstacksize", "omp_set_num_threads", "KMP_BLOCKTIME", "OMP_STACKSIZE",
           "OMP_WAIT_POLICY", "OMP_PROC_BIND", "LD_LIBRARY_PATH", "__kmpc_fork_call",
           "inference_mode", "no_grad", "fovea.memcpy"}
FOREIGN_FLAGS = {"param", "tool"}  # of lit, of compute-sanitizer


def read(path):
    return path.read_text(errors="replace")


def slug(heading):
    """GitHub's anchor of a heading."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


class Repository:
    """What there is to refer to."""

    def __init__(self, root, tools):
        self.root, self.tools = root, tools.absolute()
        listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                                cwd=root, text=True, capture_output=True)
        if listed.returncode == 0:
            names = listed.stdout.split("\n")
        else:  # a copy without history
            names = [str(path.relative_to(root)) for path in root.rglob("*")
                     if "build" not in path.relative_to(root).parts]
        self.files = [name for name in names if name and (root / name).is_file()]
        self.folders = {str(parent) for name in self.files for parent in pathlib.Path(name).parents}
        self.basenames = {pathlib.Path(name).name for name in self.files}
        self.tops = {name.split("/")[0] for name in self.files if "/" in name}
        tests = [name for name in self.files if name.startswith("test/")]
        self.tests = {str(pathlib.Path(name).with_suffix("")) for name in tests
                      if name.endswith((".mlir", ".test", ".py"))}
        texts = {name: read(root / name) for name in self.files
                 if not name.startswith(("docs/", "README", "CONTRIBUTING", "test/Docs/")) and
                 (name.endswith(SOURCE + (".in", ".txt", ".json", ".map")) or "." not in name)}
        self.cmake = "\n".join(text for name, text in texts.items()
                               if name.endswith((".cmake", "CMakeLists.txt", ".in")))
        self.sources = "\n".join(texts.values())
        self.words = set(re.findall(r"\w+", self.sources))
        reference = "\n".join(read(path) for path in (root / "docs/reference").glob("*.md"))
        self.reference = re.sub(r"`(\w+_c)(\d+)` to\s+`\w+_c(\d+)`", lambda m: " ".join(
            f"`{m[1]}{number}`" for number in range(int(m[2]), int(m[3]) + 1)), reference)
        self.mlir = [normalize(read(root / name)) for name in self.files
                     if name.endswith((".mlir", ".td")) and name.startswith(("test/", "examples/"))]
        self.presets = set(re.findall(r'"name": "([\w-]+)"', read(root / "CMakePresets.json")))
        self.help = {path.name: self.get_help(path) for path in sorted(tools.iterdir())
                     if path.name.startswith("fovea") and path.is_file()}
        self.passes = set(re.findall(r"--([a-z][\w-]+)", self.help.get("fovea-opt", "")))

    @staticmethod
    def get_help(tool):
        return subprocess.run([tool, "--help"], text=True, capture_output=True).stdout

    def has_path(self, name):
        name = re.sub(r"<[^>]*>|…", "*", name.rstrip("/"))
        if name.startswith("fovea/"):
            return any(self.has_path(f"{folder}/{name}") for folder in ("include", "runtime/include"))
        if "*" in name:
            return any(fnmatch.fnmatch(file, name) for file in self.files)
        return name in self.folders or name in self.files

    def has_test(self, name):
        return any(test == name or test.endswith("/" + name) for test in self.tests)

    def has_flag(self, flag, command=None):
        if command in self.help:
            return re.search(rf"--?{re.escape(flag)}\b", self.help[command]) is not None
        if command:  # a script, or one that it names, and passes options on to
            text = read(self.root / command)
            return any(f"--{flag}" in read(self.root / name) for name in self.files
                       if name == command or name.endswith(".py") and pathlib.Path(name).name in text)
        return (any(self.has_flag(flag, tool) for tool in self.help) or f'"--{flag}"' in self.sources
                or re.search(rf"^\s*--{flag}\)", self.sources, re.M) is not None)

    def has_name(self, name):
        """An operation, attribute or string of the compiler, as in tile.rows."""
        return (f"`{name}`" in self.reference or name in FOREIGN
                or re.search(rf"\b{re.escape(name)}\b", self.sources) is not None)


def normalize(text):
    return " ".join(re.sub(r"^\s*//.*$", "", text, flags=re.M).split())


class Page:
    def __init__(self, repository, path):
        self.repository, self.path, self.text = repository, path, read(path)
        self.findings, self.updates = [], []
        self.blocks = [(match.start(5), *match.groups()) for match in BLOCK.finditer(self.text)]
        self.prose = BLOCK.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), self.text)
        # Names that the page's own code and commands make.
        self.made = set(re.findall(r"[\w.+-]+", " ".join(block[-1] for block in self.blocks)))

    def report(self, offset, what):
        self.findings.append((self.text.count("\n", 0, offset) + 1, what))

    def check(self):
        self.check_links()
        for match in PLOT.finditer(self.prose):
            self.check_plot(match.start(), self.path.parent / match[1])
        self.check_test_columns()
        for match in SPAN.finditer(self.prose):
            self.check_span(match.start(), match[1].replace("\n", " "))
        for offset, kind, argument, indent, language, text in self.blocks:
            self.check_block(offset, kind, argument, language, text)
        return self.findings

    def check_links(self):
        for match in LINK.finditer(self.prose):
            target, _, anchor = match[1].partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            path = (self.path.parent / target).resolve() if target else self.path
            if not path.exists():
                self.report(match.start(), f"expected the link's file, found none: {match[1]}")
            elif anchor:
                headings = re.findall(r"^#+ +(.*)$", BLOCK.sub("", read(path)), re.M)
                if anchor not in {slug(heading) for heading in headings}:
                    self.report(match.start(), f"expected the link's heading, found none: {match[1]}")

    def check_plot(self, offset, path):
        """A plot of what its raw data are now, beside links to them; links find absent files."""
        source = re.search(r"<dc:source>(.*?)</dc:source>", read(path) if path.exists() else "")
        data = RAW_DATA.findall(source[1]) if source else []
        if path.exists() and not data:
            self.report(offset, f"expected a plot that names its raw data, got {path.name}")
        links = {(self.path.parent / match[1]).resolve() for match in LINK.finditer(self.prose)
                 if not re.match(r"[a-z]+:", match[1])}
        for name, expected in data:
            raw = self.repository.root / name
            if not raw.is_file():
                self.report(offset, f"expected the plot's raw data, found none: {name}")
                continue
            if hashlib.sha256(raw.read_bytes()).hexdigest()[:len(expected)] != expected:
                self.report(offset, f"expected a plot of {name} as it is now: utils/plots.sh "
                                    "draws it")
            if raw.resolve() not in links:
                self.report(offset, f"expected a link to the plot's raw data, found none: {name}")

    def check_test_columns(self):
        column, offset = None, 0
        for line in self.prose.splitlines(keepends=True):
            cells = re.split(r"(?<!\\)\|", line)
            if not line.startswith("|"):
                column = None
            elif column is None:
                titles = [cell.strip() for cell in cells]
                column = titles.index("test") if "test" in titles else -1
            elif column >= 0:
                for span in SPAN.findall(cells[column]):
                    if not self.repository.has_test(span) and not self.repository.has_path(span):
                        self.report(offset, f"expected a test of this name, found none: {span}")
            offset += len(line)

    def check_span(self, offset, span):
        words = span.split()
        if len(words) > 1 and self.is_command(words[0]):
            return self.check_command(offset, span)
        for flag in re.findall(r"(?:^| )--([a-zA-Z][\w-]*)", span):
            if (span.split()[0] not in OTHERS and flag not in FOREIGN_FLAGS
                    and not self.repository.has_flag(flag)):
                self.report(offset, f"expected a flag of some tool or script, found none: --{flag}")
        for option in re.findall(r"(?:^| )-D(\w+)", span):
            self.check_option(offset, option)
        if len(words) == 1:
            self.check_word(offset, span)

    def check_word(self, offset, word):
        repository = self.repository
        found, what = True, "name"
        if re.fullmatch(r"[\w.+<>*-]+(/[\w.+<>*…-]+)+/?", word):
            top = word.split("/")[0]
            if top in repository.tops or top == "fovea":
                found, what = repository.has_path(word), "path"
            elif re.fullmatch(r"[A-Z]\w+/[\w-]+", word):
                found, what = repository.has_test(word), "test"
        elif re.fullmatch(r"[\w-]*[a-z][\w.-]*\.\w+", word) and word.endswith(SOURCE):
            found = word in repository.basenames or word in self.made
            what = "file"
        elif re.fullmatch(r"(attn|tile|simt|convert)-[a-z-]+|fovea-[a-z-]+", word):
            found = (word in repository.passes or word in repository.help
                     or repository.has_test(word) or word in repository.cmake)
            what = "pass, pipeline or tool"
        elif re.fullmatch(r"(attn|tile|simt|fovea)\.[a-z_]+", word):
            found, what = repository.has_name(word), "operation or attribute"
        elif re.fullmatch(r"[a-z_]+_c\d+", word):
            found, what = f"`{word}`" in repository.reference, "constraint"
        elif re.fullmatch(r"check-[a-z-]+", word):
            found, what = word in repository.cmake, "target"
        elif re.fullmatch(r"Fovea::\w+", word):
            found = word in repository.sources or word.replace("::", "") in repository.cmake
        elif match := re.fullmatch(r"(?:\w+\.)*([A-Za-z_]\w*)(?:\(\w*\))?", word):
            name = match[1]
            placeholder = re.match(r"[A-Z]+_[a-z]|BRANCH_|RANKER_", name) or name.endswith("_")
            if re.search(r"[a-z][A-Z]|_[a-zA-Z]{2}", name) and not placeholder:
                found = (name in repository.words or name in self.made or name in FOREIGN
                         or name in repository.reference)
                what = "identifier"
        if not found:
            article = "an" if what[0] in "aeiou" else "a"
            self.report(offset, f"expected {article} {what} of the repository, found none: {word}")

    def check_option(self, offset, option):
        if option.startswith("CMAKE_") or option == "MLIR_DIR":
            return
        if not re.search(rf"\b{option}\b", self.repository.cmake):
            self.report(offset, f"expected a CMake option, found none: -D{option}")

    def is_command(self, word):
        return word in OTHERS or word in self.repository.help or word in self.repository.files or (
            pathlib.Path(word).name in self.repository.help)

    def check_command(self, offset, line):
        """One command line of a tool, a script, or of CMake and friends."""
        repository = self.repository
        for part in re.split(r" \| | && ", line.split(" #")[0]):
            words = part.split()
            if not words:
                continue
            command = pathlib.Path(words[0]).name if words[0] not in repository.files else words[0]
            if command == "python3" and len(words) > 1 and words[1] in repository.files:
                command = words[1]
            for word in words[1:]:
                path = re.sub(r"^-\w ?|^[\w-]*=", "", word)
                if command == "lit": # of a build folder, whose test/ mirrors the source's
                    path = re.sub(r"^build/\w+/", "", path)
                if path.split("/")[0] in repository.tops and "/" in path:
                    if not repository.has_path(path):
                        self.report(offset, f"expected a path of the repository, found none: {path}")
            for option in re.findall(r" -D(\w+)", part):
                self.check_option(offset, option)
            if command in ("cmake", "ctest"):
                for preset in re.findall(r"--preset (\S+)", part):
                    if preset not in repository.presets:
                        self.report(offset, f"expected a preset, found none: {preset}")
                for target in re.findall(r"--target ([a-z]\S+)", part):
                    if target not in repository.cmake:
                        self.report(offset, f"expected a target, found none: {target}")
            elif command not in OTHERS:
                for flag in re.findall(r" '?--([a-zA-Z][\w-]*)", part):
                    if not repository.has_flag(flag, command):
                        self.report(offset, f"expected a flag of {command}, found none: --{flag}")

    def check_block(self, offset, kind, argument, language, text):
        if kind == "quotes":
            return self.check_quotation(offset, argument, text)
        if kind == "output of":
            return self.check_output(offset, argument, text)
        place = offset
        for line in text.replace("\\\n", "  ").splitlines(keepends=True):
            words = line.split()
            if words and language in ("", "sh") and self.is_command(words[0]):
                self.check_command(place, line)
            place += len(line)
        if language in ("mlir", "tablegen") and kind != "sketch":
            if not any(normalize(text) in known for known in self.repository.mlir):
                self.report(offset, f"expected a quotation of a .{language} file of the tests, "
                                    f"found it nowhere: {text.splitlines()[0]}")
        if language in ("c", "cpp", "cmake", "python"):
            for name in re.findall(r"\b(?:fovea|FOVEA)_\w+", text):
                if name not in self.repository.words and not self.is_generated(name):
                    self.report(offset, f"expected an identifier of the repository, found none: {name}")

    @staticmethod
    def is_generated(name):
        """A GPU header's function for a spec, as in fovea_nsa_sm_90a_load_bundle."""
        return re.match(r"fovea_\w+_sm_\d+a?_\w+", name)

    def check_quotation(self, offset, argument, text):
        path = self.repository.root / argument
        if not path.is_file():
            return self.report(offset, f"expected a file to quote, found none: {argument}")
        lines, quoted = read(path).splitlines(), text.splitlines()
        starts = range(len(lines) - len(quoted) + 1)
        if not any(lines[start:start + len(quoted)] == quoted for start in starts):
            self.report(offset, f"expected lines of {argument}, got others: {quoted[0]}")

    def check_output(self, offset, argument, text):
        command, *options = [line.strip() for line in argument.replace("\\\n", " ").splitlines()]
        tools = self.repository.tools
        environment = {**os.environ, "LIB": str(tools.parent / "lib"),
                       "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
        result = subprocess.run(["bash", "-o", "pipefail", "-c", command], text=True,
                                capture_output=True, cwd=self.repository.root, env=environment)
        if result.returncode != 0:
            return self.report(offset, f"expected the command to end with 0, got "
                                       f"{result.returncode}: {command}\n{result.stderr[:500]}")
        lines = result.stdout.rstrip().splitlines()
        for option in options:
            if option == "without types":
                lines = [re.sub(r" : [^{]*(?:<[^>]*>[^{]*)*", " ", line).rstrip() for line in lines]
            elif option.startswith("lines "):
                lines = [line for line in lines if re.search(option[len("lines "):], line)]
            else:
                return self.report(offset, f"expected `lines` or `without types`, got {option}")
        if not lines:
            return self.report(offset, f"expected the command to print something: {command}")
        printed = "".join(f"{line}\n" for line in lines)
        if printed != text:
            self.updates.append((offset, text, printed))
            self.report(offset, f"expected what this prints (--update writes it): {command}")

    def update(self):
        text = self.text
        for offset, old, new in sorted(self.updates, reverse=True):
            text = text[:offset] + new + text[offset + len(old):]
        self.path.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", type=pathlib.Path, required=True, help="folder of foveac")
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--update", action="store_true", help="write outputs into the pages")
    parser.add_argument("pages", type=pathlib.Path, nargs="*")
    options = parser.parse_args()
    root = options.root.resolve()
    repository = Repository(root, options.tools)
    pages = options.pages or [root / "README.md", root / "CONTRIBUTING.md",
                              *sorted((root / "docs").glob("*.md")), *sorted(root.glob("findings/*.md"))]
    count = 0
    for path in pages:
        page = Page(repository, path.resolve())
        findings = page.check()
        if options.update:
            page.update()
        for line, what in sorted(set(findings)):
            print(f"{path.relative_to(root) if path.is_absolute() else path}:{line}: {what}")
            count += 1
    print(f"{len(pages)} pages, {count} findings")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
