// What ptxas says of a kernel is judged by its words: C7519 is a notice in CUDA 12.5 to 13.0,
// and a serialized kernel in 13.1 and later. The ptxas here is a script that says so.
// DEFINE: %{run} = fovea-ptx %s --ptxas=%S/Inputs/fake-ptxas.sh --emit=report
// RUN: env "FAKE_PTXAS_ADVISORY=(C7519) warpgroup.arrive is injected in around line 32 by compiler to allow use of registers in GMMA in function" %{run} | FileCheck %s --check-prefix=NOTICE
// RUN: not env "FAKE_PTXAS_ADVISORY=(C7519) Potential Performance Loss: wgmma.mma_async instructions are serialized due to program dependence on compiler-inserted WG.AR in divergent path in the function" %{run} 2>&1 | FileCheck %s --check-prefix=SERIALIZED
// RUN: not env "FAKE_PTXAS_ADVISORY=(C7517) wgmma.wait_group is injected in around line 51 by compiler to allow use of registers defined by GMMA in function" %{run} 2>&1 | FileCheck %s --check-prefix=WAIT
// RUN: not env "FAKE_PTXAS_ADVISORY=(C9999) Potential Performance Loss: 'setmaxnreg' ignored to allow debugging." %{run} 2>&1 | FileCheck %s --check-prefix=SETMAXNREG
// RUN: env "FAKE_PTXAS_ADVISORY=(C7601) something about registers in function" %{run} | FileCheck %s --check-prefix=OTHER

// NOTICE:     advisory C7519: warpgroup.arrive is injected
// SERIALIZED: error: kernel 'empty': expected no C7519, got: {{.*}} serialized {{.*}} divergent path
// WAIT:       error: kernel 'empty': expected no C7517, got: wgmma.wait_group is injected
// SETMAXNREG: error: {{.*}}expected no C9999, got: {{.*}}'setmaxnreg' ignored
// OTHER:      advisory C7601: something about registers
llvm.func @empty() attributes {nvvm.kernel} {
  llvm.return
}
