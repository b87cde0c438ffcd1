#include "CpuProgram.h"
std::unique_ptr<fovea::CpuProgram>
fovea::CpuProgram::compile(SpecFile &, const CompileOptions &, unsigned,
                           StageTimer &) {
  llvm::errs() << "error: no CPU yet\n";
  return nullptr;
}
