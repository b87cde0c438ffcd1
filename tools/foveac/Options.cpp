//===- Options.cpp - the command line of foveac ---------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Options.h"

#include "fovea/Driver/Compile/Version.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

namespace cl = llvm::cl;
using namespace fovea;

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
               clEnumValN(Emit::TilePlaced, "tile-placed",
                          "tile kernels of a GPU, with a place for each tile"),
               clEnumValN(Emit::LlvmDialect, "llvm-dialect", "MLIR's LLVM dialect"),
               clEnumValN(Emit::LlvmIR, "llvm", "optimized LLVM IR"),
               clEnumValN(Emit::Assembly, "asm", "assembly of the target"),
               clEnumValN(Emit::Object, "obj",
                          "an object file; of a GPU, one that holds the bundle"),
               clEnumValN(Emit::Shared, "shared",
                          "a shared library that says what its entries take"),
               clEnumValN(Emit::Header, "header", "the C header of that object"),
               clEnumValN(Emit::Nvvm, "nvvm", "GPU kernels of MLIR's nvvm dialect"),
               clEnumValN(Emit::Ptx, "ptx", "PTX of the GPU kernels"),
               clEnumValN(Emit::Cubin, "cubin", "machine code of one GPU kernel"),
               clEnumValN(Emit::Bundle, "bundle", "GPU kernels and their launches")),
    cl::cat(category));
static cl::opt<std::string> target("target", cl::init("cpu"), cl::value_desc("name"),
                                   cl::desc("what to compile for: cpu (default), "
                                            "sm_80 or sm_90a"),
                                   cl::cat(category));
static cl::opt<std::string>
    kernel("kernel", cl::value_desc("name"),
           cl::desc("write this GPU kernel's PTX or cubin only"), cl::cat(category));
static cl::opt<std::string>
    ptxas("ptxas", cl::value_desc("file"),
          cl::desc("the ptxas to run (default: the first usable one in PATH, "
                   "else the build's)"),
          cl::cat(category));
static cl::opt<unsigned>
    ptxasSeconds("ptxas-timeout", cl::init(kPtxasSeconds), cl::value_desc("seconds"),
                 cl::desc("what ptxas may take for one kernel; 0: no limit "
                          "(default: 600)"),
                 cl::cat(category));
static cl::opt<unsigned> jobs(
    "jobs", cl::init(0), cl::value_desc("N"),
    cl::desc("GPU kernels to compile at a time, with the same result for any N; 0: "
             "as many as there are cores (default: 0)"),
    cl::cat(category));
static cl::alias jobsShort("j", cl::Prefix, cl::aliasopt(jobs),
                           cl::desc("the same as --jobs=N"), cl::cat(category));
static cl::opt<bool> printReport("report",
                                 cl::desc("print what each GPU kernel uses, and the "
                                          "time it needs at least, to stderr"),
                                 cl::cat(category));
static cl::opt<std::string>
    scheduleTable("schedule-table", cl::value_desc("file"),
                  cl::desc("take the schedules that this table has for GPU kernels "
                           "(docs/tuning.md)"),
                  cl::cat(category));
static cl::opt<bool>
    noBuiltInTable("no-built-in-table",
                   cl::desc("leave out the measured schedules that come with Fovea"),
                   cl::cat(category));
static cl::opt<Explain> explain(
    "explain-schedule",
    cl::desc("print why each GPU kernel has its schedule; beside --emit, to stdout"),
    cl::ValueOptional, cl::init(Explain::Not),
    cl::values(clEnumValN(Explain::Text, "", "as text"),
               clEnumValN(Explain::Text, "text", "as text"),
               clEnumValN(Explain::Json, "json",
                          "as JSON, with all schedules that a kernel may have")),
    cl::cat(category));
static cl::opt<int64_t>
    tokens("tokens", cl::init(65536), cl::value_desc("N"),
           cl::desc("length of the sequence that --report and --explain-schedule are "
                    "about (default: 65536)"),
           cl::cat(category));
static cl::opt<uint32_t> delaySeed("inject-delays", cl::value_desc("seed"),
                                   cl::desc("for testing: GPU kernels sleep for drawn "
                                            "times before each barrier operation"),
                                   cl::cat(category));
static cl::opt<std::string>
    cpu("mcpu", cl::init("x86-64-v3"), cl::value_desc("name"),
        cl::desc("an LLVM processor name, or native (default: x86-64-v3)"),
        cl::cat(category));
static cl::opt<std::string>
    linker("linker", cl::value_desc("file"),
           cl::desc("the C compiler that links a shared library (default: cc)"),
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
static cl::list<std::string> save(
    "save", cl::CommaSeparated, cl::value_desc("word,..."),
    cl::desc("what a forward entry keeps for its backward one, which computes the "
             "rest once more: out, lse, output, indices, or all (default), or none "
             "(docs/gradients.md)"),
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
    "  foveac nsa.mlir --emit=asm --mcpu=native --time -o nsa.s\n"
    "  foveac nsa.mlir --target=sm_90a --emit=tile-placed    where each tile lives\n"
    "  foveac nsa.mlir --target=sm_90a --emit=bundle --report -o nsa.bundle\n"
    "  foveac nsa.mlir --target=sm_90a --explain-schedule    why kernels are cut so\n\n"
    "A spec says which keys a query may see; examples/nsa.mlir is one.\n";

std::optional<CompileRequest> fovea::parseCompileOptions(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::SetVersionPrinter(
      [](llvm::raw_ostream &stream) { printVersions({ptxas, ptxasSeconds}, stream); });
  cl::ParseCommandLineOptions(argc, argv, overview);
  if (tokens.getNumOccurrences() && !printReport && explain == Explain::Not) {
    llvm::errs() << "error: expected --report or --explain-schedule for --tokens\n";
    return std::nullopt;
  }
  CompileRequest request{input, output, emitKind, {}, printTimes};
  CompileOptions &options = request.options;
  options.entry = entry;
  options.cpu = cpu;
  options.linker = linker;
  options.fuse = !noFuse;
  options.auxOutputs = auxOutputs;
  options.dialectPlugins.assign(plugins.begin(), plugins.end());
  if (!save.empty())
    options.save.assign(save.begin(), save.end());
  options.gpu.kernel = kernel;
  options.gpu.ptxas = {ptxas, ptxasSeconds};
  options.gpu.jobs = jobs;
  options.gpu.report = printReport;
  options.gpu.workTokens = tokens;
  options.gpu.scheduleTable = scheduleTable;
  options.gpu.builtInTable = !noBuiltInTable;
  options.gpu.explain = explain;
  if (explain != Explain::Not && !emitKind.getNumOccurrences())
    request.kind = Emit::Explanation;
  if (delaySeed.getNumOccurrences())
    options.gpu.delaySeed = delaySeed;
  if (failed(selectTarget(target, options)))
    return std::nullopt;
  return request;
}
