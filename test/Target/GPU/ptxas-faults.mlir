// A ptxas that misbehaves is one diagnostic, which names its version or says that it has none,
// and never a finding about the kernel. The ptxas here is a script.
// DEFINE: %{run} = fovea-ptx %s --ptxas=%S/Inputs/fake-ptxas.sh --emit=cubin -o %t.cubin

// One that does what it should, by whatever name it calls itself.
// RUN: %{run} && od -A n -c -N 4 %t.cubin | FileCheck %s --check-prefix=ELF
// ELF: 177   E   L   F
// RUN: env FAKE_PTXAS=named %{run}
// RUN: rm %t.cubin

// Which ptxas it is.
// RUN: not env FAKE_PTXAS=old %{run} 2>&1 | FileCheck %s --check-prefix=OLD --implicit-check-not=error:
// RUN: not env FAKE_PTXAS=mute %{run} 2>&1 | FileCheck %s --check-prefix=MUTE --implicit-check-not=error:
// RUN: not env FAKE_PTXAS=crash-at-version %{run} 2>&1 | FileCheck %s --check-prefix=CRASH-AT --implicit-check-not=error:
// RUN: not env FAKE_PTXAS=hang-at-version %{run} --ptxas-timeout=1 2>&1 | FileCheck %s --check-prefix=HANG-AT --implicit-check-not=error:
// OLD:      error: expected ptxas of CUDA 12.0 or later to assemble a cubin, got '{{.*}}fake-ptxas.sh', of CUDA 11.8.89: install the CUDA Toolkit 12.0 or later, or give ptxas' path
// MUTE:     error: expected ptxas of CUDA 12.0 or later to assemble a cubin, got '{{.*}}fake-ptxas.sh', which says no version of ptxas at --version: install
// CRASH-AT: error: expected ptxas of CUDA 12.0 or later to assemble a cubin, got '{{.*}}fake-ptxas.sh', which ended at --version by a signal: Segmentation fault{{.*}}: install
// HANG-AT:  error: expected ptxas of CUDA 12.0 or later to assemble a cubin, got '{{.*}}fake-ptxas.sh', which did not answer --version within 1 s: install
// RUN: cp %S/Inputs/fake-ptxas.sh %t.plain && chmod -x %t.plain
// RUN: not fovea-ptx %s --ptxas=%t.plain --emit=cubin -o %t.cubin 2>&1 | FileCheck %s --check-prefix=PLAIN --implicit-check-not=error:
// PLAIN:    error: expected ptxas of CUDA 12.0 or later to assemble a cubin, got '{{.*}}.plain', which cannot be run: {{.*}}Permission denied: install

// The first usable one in PATH, not the first.
// RUN: rm -rf %t.bin && mkdir -p %t.bin/old %t.bin/good %t.bin/none
// RUN: printf '#!/bin/sh\nFAKE_PTXAS=old exec %S/Inputs/fake-ptxas.sh "$@"\n' > %t.bin/old/ptxas && chmod +x %t.bin/old/ptxas
// RUN: cp %S/Inputs/fake-ptxas.sh %t.bin/good/ptxas
// RUN: cp %t.plain %t.bin/none/ptxas
// RUN: not env FAKE_PTXAS=new-words PATH=%t.bin/none:%t.bin/old:%t.bin/good:%fovea_output/bin:/usr/bin:/bin fovea-ptx %s --emit=cubin -o %t.cubin 2>&1 | FileCheck %s --check-prefix=PATH
// PATH: error: expected ptxas -v to print the spills of 'empty', got none: Fovea reads the output of CUDA 12.0 to 13.5

// How it ends.
// RUN: not env FAKE_PTXAS=crash %{run} 2>&1 | FileCheck %s --check-prefix=CRASH --implicit-check-not=error:
// RUN: not env FAKE_PTXAS=hang %{run} --ptxas-timeout=1 2>&1 | FileCheck %s --check-prefix=HANG --implicit-check-not=error:
// RUN: not env FAKE_PTXAS=refuses-words %{run} 2>&1 | FileCheck %s --check-prefix=WORDS --implicit-check-not=error:
// RUN: not env FAKE_PTXAS=refuses-mutely %{run} 2>&1 | FileCheck %s --check-prefix=MUTELY --implicit-check-not=error:
// CRASH:  error: expected ptxas 13.0.88 ('{{.*}}fake-ptxas.sh') to end by itself, got a signal: Segmentation fault
// HANG:   error: expected ptxas 13.0.88 ('{{.*}}fake-ptxas.sh') to end within 1 s, got no end: give it more time, or another ptxas
// WORDS:  error: expected ptxas 13.0.88 ('{{.*}}fake-ptxas.sh') to accept the PTX, got:
// WORDS:  line 9; error   : Not a name of any known instruction: 'f'
// MUTELY: error: expected ptxas 13.0.88 ('{{.*}}fake-ptxas.sh') to say why it refuses the PTX, got exit status 3

// What it gives.
// RUN: not env FAKE_PTXAS=no-elf %{run} 2>&1 | FileCheck %s --check-prefix=NO-ELF --implicit-check-not=error:
// RUN: not env FAKE_PTXAS=no-cubin %{run} 2>&1 | FileCheck %s --check-prefix=NO-CUBIN --implicit-check-not=error:
// RUN: not env FAKE_PTXAS=other-machine %{run} 2>&1 | FileCheck %s --check-prefix=MACHINE --implicit-check-not=error:
// RUN: not env FAKE_PTXAS=no-report %{run} 2>&1 | FileCheck %s --check-prefix=NO-REPORT --implicit-check-not=error:
// RUN: not env FAKE_PTXAS=other-kernel %{run} 2>&1 | FileCheck %s --check-prefix=NO-REPORT --implicit-check-not=error:
// RUN: not env FAKE_PTXAS=other-target %{run} 2>&1 | FileCheck %s --check-prefix=TARGET --implicit-check-not=error:
// NO-ELF:    error: expected ptxas 13.0.88 ('{{.*}}fake-ptxas.sh') to write an ELF file for a GPU, got 8 bytes of something else
// NO-CUBIN: error: expected ptxas {{.*}} to write an ELF file for a GPU, got 0 bytes of something else
// MACHINE: error: expected ptxas {{.*}} to write an ELF file for a GPU, got 64 bytes of an ELF file for machine 62
// NO-REPORT: error: expected ptxas 13.0.88 ('{{.*}}fake-ptxas.sh') -v to report on kernel 'empty' for sm_90a, got no report
// TARGET: error: expected ptxas {{.*}} -v to report on kernel 'empty' for sm_90a, got one for sm_70

// PTX of a version that it does not take is not given to it.
// RUN: sed 's/;/; tensormap.cp_fenceproxy;/' %s > %t.newer.mlir
// RUN: not env FAKE_PTXAS=first fovea-ptx %t.newer.mlir --ptxas=%S/Inputs/fake-ptxas.sh --emit=cubin -o %t.cubin 2>&1 | FileCheck %s --check-prefix=NEWER --implicit-check-not=error:
// NEWER: error: expected a ptxas that takes PTX 8.3, of CUDA 12.3 or later, got ptxas 12.0.140 ('{{.*}}fake-ptxas.sh'), which takes 8.0

// None of this leaves a file, and an interrupt leaves no process either.
// RUN: not ls %t.cubin
// RUN: rm -rf %t.term %t.int
// RUN: %python %S/Inputs/interrupt.py %t.term SIGTERM %{run} | FileCheck %s --check-prefix=LEFT
// RUN: %python %S/Inputs/interrupt.py %t.int SIGINT %{run} | FileCheck %s --check-prefix=LEFT
// LEFT: nothing is left

llvm.func @empty() attributes {nvvm.kernel} {
  llvm.inline_asm has_side_effects asm_dialect = att "membar.cta;", "" : () -> ()
  llvm.return
}
