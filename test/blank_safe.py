# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""lit's ShTest for folders with blanks in their names. A module of its own: lit's workers import it."""
import lit.formats
import lit.TestRunner


class BlankSafeShTest(lit.formats.ShTest):
    """lit pastes paths into commands as they are; here their blanks are escaped first, so that a
    substitution stays one word of the command. It may not stand between quotes."""

    def execute(self, test, litConfig):
        folder, base = lit.TestRunner.getTempPaths(test)
        escaped = [
            (name, value.replace(" ", "\\ "))
            for name, value in lit.TestRunner.getDefaultSubstitutions(test, folder, base)
        ]
        return lit.TestRunner.executeShTest(test, litConfig, self.execute_external, escaped)
