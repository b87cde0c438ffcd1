# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Shows that differential.py can fail: runs a spec, and states each spec that differs from it
in one number or in one word. Every one must be told from what ran."""
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import differential  # noqa: E402

WORDS = [(" own_kv", ""), (" with_positions", ""), ("logits", "values"), ("gelu", "silu"),
         ("gelu", "relu"), ("ranked by @far", "ranked by @wide"), ("#attn.causal", "#attn.full"),
         ("phi<gated>", "phi<mean>"), ("@near sees", "@far2 sees")]
LENGTHS = [70, 0, 1, 33]


def changes(text):
    """(what changes, the changed text)."""
    for match in re.finditer(r"(?<![\w@.])\d+\b(?!\.)", text):
        line = text[text.rfind("\n", 0, match.start()) + 1:match.end() + 1]
        changed = str(int(match[0]) + 1)
        yield f"{line.strip()} -> {changed}", text[:match.start()] + changed + text[match.end():]
    for old, new in WORDS:
        assert old in text, old
        yield f"{old.strip()} -> {new.strip() or 'nothing'}", text.replace(old, new, 1)


def main():
    path = pathlib.Path(sys.argv[1])
    text, missed, count = path.read_text(), [], 0
    with tempfile.TemporaryDirectory() as name:
        check = lambda stated: differential.check(pathlib.Path(name), path, stated, LENGTHS, 3,
                                                  ["reference"])
        assert check(text) == "", check(text)
        for what, changed in changes(text):
            count += 1
            problem = check(changed)
            print(f"{what}: {problem[:100] or 'NOT FOUND'}")
            missed += [] if problem else [what]
    print(f"{count - len(missed)} of {count} changes found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
