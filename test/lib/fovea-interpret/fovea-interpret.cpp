//===- fovea-interpret.cpp - kernels under many interleavings -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Compare.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Pipelines/Register.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

#include <map>

namespace cl = llvm::cl;
using namespace fovea;
using namespace fovea::tile;
using mlir::FunctionOpInterface;

enum class Policy { RoundRobin, Random, Adversarial, All };

static cl::opt<std::string> input(cl::Positional, cl::desc("<module.mlir>"),
                                  cl::init("-"));
static cl::opt<std::string> entryName("entry",
                                      cl::desc("the function or kernel (default: the "
                                               "one function)"));
static cl::opt<std::string> against("against",
                                    cl::desc("a module whose function of that name "
                                             "gives the numbers, say before placement"));
static cl::opt<double> tolerance("tolerance", cl::desc("against those numbers"),
                                 cl::init(0.02));
static cl::list<int64_t> lengths("lengths", cl::CommaSeparated,
                                 cl::desc("tokens of each sequence"));
static cl::list<int64_t> grid("grid", cl::CommaSeparated,
                              cl::desc("of a kernel that is run by itself"));
static cl::opt<Policy> policy(
    "policy", cl::desc("who runs next"), cl::init(Policy::All),
    cl::values(clEnumValN(Policy::RoundRobin, "round-robin", "each in turn"),
               clEnumValN(Policy::Random, "random", "by each of --seeds seeds"),
               clEnumValN(Policy::Adversarial, "adversarial",
                          "favor and starve each role; copies and products late or early"),
               clEnumValN(Policy::All, "all", "all of these")));
static cl::opt<uint64_t> seeds("seeds", cl::desc("of the random policy"), cl::init(8));
static cl::opt<uint64_t> inputSeed("input-seed", cl::desc("of the inputs"), cl::init(0));
static cl::opt<int64_t> blocks("blocks", cl::desc("of each launch"), cl::init(2));
static cl::opt<int64_t> listBlock("list-block",
                                  cl::desc("tokens of a block that index lists name"),
                                  cl::init(64));
static cl::opt<int64_t> nanSequence("nan-sequence",
                                    cl::desc("check that NaN rows of this sequence "
                                             "change no bit of another's"),
                                    cl::init(-1));

static FunctionOpInterface findEntry(mlir::ModuleOp module) {
  if (!entryName.empty())
    return module.lookupSymbol<FunctionOpInterface>(entryName);
  FunctionOpInterface found;
  for (auto function : module.getOps<mlir::func::FuncOp>())
    found = found ? FunctionOpInterface() : FunctionOpInterface(function);
  return found;
}

static std::vector<Order> ordersFor(mlir::ModuleOp module) {
  std::vector<Order> orders;
  auto wants = [](Policy kind) { return policy == kind || policy == Policy::All; };
  if (wants(Policy::RoundRobin))
    for (bool late : {true, false})
      orders.push_back({Order::Kind::RoundRobin, 0, 0, late, late});
  if (wants(Policy::Adversarial)) {
    unsigned groups = 1;
    module.walk([&](SpecializeOp roles) {
      groups = std::max<unsigned>(groups, llvm::divideCeil(roles.getWarps(), 4));
    });
    llvm::append_range(orders, getAdversarialOrders(1 + groups));
  }
  if (wants(Policy::Random))
    for (uint64_t seed = 0; seed < seeds; ++seed)
      orders.push_back({Order::Kind::Random, seed});
  return orders;
}

/// What was found, each with the orders that show it.
using Report = std::map<std::string, std::vector<Order>>;

/// Runs over a copy of the arguments, which it gives back with the outputs.
static Arguments run(FunctionOpInterface entry, const Arguments &arguments,
                     const InputOptions &inputs, const Order &order, Report &report) {
  Arguments own = arguments.clone();
  RunOptions options{order, blocks};
  RunResult result;
  if (mlir::isa<KernelOp>(entry.getOperation()))
    result = runKernel(entry, grid, own.buffers,
                       std::vector<int64_t>(entry.getNumArguments(), inputs.tokens()),
                       options);
  else
    result = runHost(entry, own.buffers, options);
  for (const Finding &finding : result.findings)
    report[finding.describe()].push_back(order);
  return own;
}

static void compare(const Arguments &actual, const Arguments &expected,
                    const Comparison &comparison, const std::string &title,
                    const Order &order, Report &report) {
  int64_t tokens = 0;
  for (int64_t length : lengths)
    tokens += length;
  for (std::string &line : compareOutputs(actual, expected, comparison, tokens))
    report[title + line].push_back(order);
}

/// Runs everything that the options ask for; gives how many runs that was.
static size_t interpret(mlir::ModuleOp module, FunctionOpInterface entry,
                        FunctionOpInterface reference, Report &report) {
  InputOptions inputs{{lengths.begin(), lengths.end()}, inputSeed, listBlock};
  Arguments arguments = generate(entry, inputs);
  std::vector<Order> orders = ordersFor(module);
  Arguments first;
  for (size_t i = 0; i < orders.size(); ++i) {
    size_t before = report.size();
    Arguments outputs = run(entry, arguments, inputs, orders[i], report);
    if (first.buffers.empty() && report.size() == before)
      first = std::move(outputs);
    else if (report.size() == before)
      compare(outputs, first, {}, "numbers: another order gives other bits: ", orders[i],
              report);
  }
  if (first.buffers.empty())
    return orders.size();
  if (reference)
    compare(first, run(reference, arguments, inputs, orders[0], report),
            {tolerance}, "numbers: not those of the other module: ", orders[0], report);
  if (nanSequence >= 0) {
    inputs.nanSequence = nanSequence;
    std::vector<int32_t> cu = inputs.cuSeqlens();
    Comparison others{0, cu[nanSequence], cu[nanSequence + 1]};
    compare(run(entry, generate(entry, inputs), inputs, orders[0], report), first, others,
            "numbers: NaN of another sequence changes ", orders[0], report);
  }
  return orders.size();
}

static int fail(const llvm::Twine &message) {
  llvm::WithColor::error() << message << '\n';
  return 1;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv, "Kernels of tiles under many interleavings\n");
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(input, &context);
  mlir::OwningOpRef<mlir::ModuleOp> other;
  if (!against.empty())
    other = mlir::parseSourceFile<mlir::ModuleOp>(against, &context);
  if (!module || (!against.empty() && !other))
    return 1;
  FunctionOpInterface entry = findEntry(*module);
  if (!entry)
    return fail("expected --entry to name a function or a kernel");
  if (lengths.empty())
    return fail("expected --lengths");
  FunctionOpInterface reference;
  if (other && !(reference = other->lookupSymbol<FunctionOpInterface>(entry.getName())))
    return fail("expected the other module to have @" + entry.getName());
  if (mlir::isa<KernelOp>(entry.getOperation()) && grid.empty())
    return fail("expected --grid for a kernel");
  Report report;
  size_t count = interpret(*module, entry, reference, report);
  for (auto &[text, orders] : report)
    llvm::outs() << text << "\n  in " << orders.size() << " of " << count
                 << " orders: " << orders.front().describe() << '\n';
  if (report.empty())
    llvm::outs() << "ok: " << count << " orders\n";
  return report.empty() ? 0 : 1;
}
