//===- foveac.cpp - the compiler ------------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Driver/Compiler.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

namespace cl = llvm::cl;
using fovea::Emit;

static cl::OptionCategory category("foveac options");

static cl::opt<std::string> input(cl::Positional, cl::desc("<spec.mlir>"), cl::Required,
                                  cl::cat(category));
static cl::opt<std::string> output("o", cl::init("-"), cl::value_desc("file"),
                                   cl::desc("where to write (default: stdout)"),
                                   cl::cat(category));
static cl::opt<Emit> emitKind(
    "emit", cl::desc("what to write (default: tile)"), cl::init(Emit::Tile),
    cl::values(clEnumValN(Emit::Attn, "attn", "functions of attn operations"),
               clEnumValN(Emit::Tile, "tile", "launch programs of tile kernels"),
               clEnumValN(Emit::LlvmDialect, "llvm-dialect", "MLIR's LLVM dialect"),
               clEnumValN(Emit::LlvmIR, "llvm", "optimized LLVM IR"),
               clEnumValN(Emit::Assembly, "asm", "assembly of the target"),
               clEnumValN(Emit::Object, "obj", "an object file"),
               clEnumValN(Emit::Header, "header", "the C header of that object")),
    cl::cat(category));
static cl::opt<std::string> target("target", cl::init("cpu"), cl::value_desc("name"),
                                   cl::desc("what to compile for: cpu (default)"),
                                   cl::cat(category));
static cl::opt<std::string>
    cpu("mcpu", cl::init("x86-64-v3"), cl::value_desc("name"),
        cl::desc("an LLVM processor name, or native (default: x86-64-v3)"),
        cl::cat(category));
static cl::opt<std::string>
    entry("entry", cl::value_desc("function"),
          cl::desc("compile one function only, as in nsa_forward"), cl::cat(category));
static cl::opt<bool> noFuse("no-fuse", cl::desc("one kernel per operation"),
                            cl::cat(category));
static cl::opt<bool>
    auxOutputs("aux-outputs",
               cl::desc("entries also return lse and block indices per branch"),
               cl::cat(category));
static cl::list<std::string>
    plugins("load-dialect-plugin", cl::value_desc("file"),
            cl::desc("load dialects, such as key sets, from a shared library"),
            cl::cat(category));
static cl::opt<bool> printTimes("time",
                                cl::desc("print the time of each stage to stderr"),
                                cl::cat(category));

static const char *overview =
    "Fovea's compiler: an attention spec in, one level of the road out\n\n"
    "  foveac nsa.mlir --emit=attn               what the spec means\n"
    "  foveac nsa.mlir --emit=tile               how one block is computed\n"
    "  foveac nsa.mlir --emit=obj -o nsa.o       native code, and\n"
    "  foveac nsa.mlir --emit=header -o nsa.h    how C and C++ call it\n"
    "  foveac nsa.mlir --emit=asm --mcpu=native --time -o nsa.s\n\n"
    "A spec says which keys a query may see; examples/nsa.mlir is one.\n";

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, overview);

  fovea::CompileOptions options{
      entry, cpu, !noFuse, auxOutputs, {plugins.begin(), plugins.end()}};
  fovea::StageTimer timer;
  bool ok = succeeded(fovea::checkTarget(target)) &&
            succeeded(fovea::compileToFile(input, emitKind, options, timer, output));
  if (printTimes)
    timer.print(llvm::errs());
  return ok ? 0 : 1;
}
