//===- fovea-opt.cpp - every pass and pipeline ----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Pipelines/Register.h"
#include "fovea/Support/OutputFile.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

/// The result of `error`, after saying it.
static llvm::LogicalResult report(llvm::Error error) {
  if (!error)
    return llvm::success();
  llvm::errs() << "error: " << llvm::toString(std::move(error)) << "\n";
  return llvm::failure();
}

/// MlirOptMain for an output file, which it would write in place.
static llvm::LogicalResult runToFile(llvm::StringRef input, llvm::StringRef output,
                                     mlir::DialectRegistry &registry,
                                     const mlir::MlirOptMainConfig &config) {
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> file = mlir::openInputFile(input, &message);
  if (!file)
    return report(llvm::createStringError(message));
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (failed(mlir::MlirOptMain(stream, std::move(file), registry, config)))
    return llvm::failure();
  return report(
      fovea::writeFile(output, [&](llvm::raw_ostream &file) { file << text; }));
}

/// A mistake gets one diagnostic, not a print of the operation as well, unless
/// --mlir-print-op-on-diagnostic asks for it.
static void printNoOperations() {
  mlir::registerMLIRContextCLOptions();
  llvm::cl::Option *option =
      llvm::cl::getRegisteredOptions().lookup("mlir-print-op-on-diagnostic");
  if (auto *flag = static_cast<llvm::cl::opt<bool> *>(option))
    flag->setValue(false);
}

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  fovea::registerAllDialects(registry);
  fovea::registerAllPasses();
  printNoOperations();
  auto [input, output] = mlir::registerAndParseCLIOptions(
      argc, argv, "Fovea optimizer driver\n", registry);
  auto config = mlir::MlirOptMainConfig::createFromCLOptions();
  bool isList = config.shouldShowDialects() || config.shouldListPasses();
  if (output != "-" && !isList) {
    llvm::InitLLVM init(argc, argv);
    return mlir::asMainReturnCode(runToFile(input, output, registry, config));
  }
  llvm::LogicalResult result = mlir::MlirOptMain(argc, argv, input, "-", registry);
  bool isWritten = succeeded(report(fovea::flushStandardOutput()));
  return mlir::asMainReturnCode(llvm::success(isWritten && succeeded(result)));
}
