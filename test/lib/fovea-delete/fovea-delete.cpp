//===- fovea-delete.cpp - kernels with one operation missing --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Deletes each operation on a ring and each wait of a module's kernels, one at a time,
// and verifies what is left. Prints which operations refused how many mutants and,
// where one is valid, its place; exits with 1 then. What used the deleted operation's
// results uses, in one mutant each, an earlier value of that type or a poisoned one.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Pipelines/Register.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

#include <map>

namespace cl = llvm::cl;
using namespace fovea::tile;

static cl::opt<std::string> input(cl::Positional, cl::desc("<module.mlir>"),
                                  cl::init("-"));

static cl::list<std::string> names("of", cl::CommaSeparated,
                                   cl::desc("what to delete instead"));

/// What stands for the results of the deleted operation.
enum class Substitute { Earlier, Poison };

static bool isCandidate(mlir::Operation *op) {
  if (names.empty())
    return mlir::isa<PutOp, GetOp, ReleaseOp, PostOp, TakeOp, WaitOp, AwaitTurnOp,
                     PassTurnOp>(op);
  return llvm::is_contained(names, op->getName().getStringRef().str());
}

/// The last value of `type` before `op` in its block, or of an operation or block
/// around it; null if there is none.
static mlir::Value findEarlier(mlir::Operation *op, mlir::Type type) {
  auto ofType = [&](mlir::ValueRange values) {
    auto found =
        llvm::find_if(values, [&](mlir::Value v) { return v.getType() == type; });
    return found == values.end() ? mlir::Value() : *found;
  };
  for (; op && !mlir::isa<KernelOp>(op); op = op->getParentOp()) {
    for (mlir::Operation *before = op->getPrevNode(); before;
         before = before->getPrevNode())
      if (mlir::Value value = ofType(before->getResults()))
        return value;
    if (mlir::Value value = ofType(mlir::ValueRange(op->getBlock()->getArguments())))
      return value;
  }
  return mlir::Value();
}

/// False where a value is used and nothing can stand for it.
static bool deleteOp(mlir::Operation *op, Substitute substitute) {
  mlir::OpBuilder builder(op);
  for (mlir::Value result : op->getResults()) {
    if (result.use_empty())
      continue;
    mlir::Value other = findEarlier(op, result.getType());
    if (substitute == Substitute::Poison)
      other = mlir::ub::PoisonOp::create(builder, op->getLoc(), result.getType());
    if (!other)
      return false;
    result.replaceAllUsesWith(other);
  }
  op->erase();
  return true;
}

namespace {
/// Mutants of one kind of operation.
struct Tally {
  unsigned mutants = 0;
  std::map<std::string, unsigned> refusedBy; ///< name of the operation that says why
};

class Deletions {
public:
  void tryAll(KernelOp kernel);
  /// Whether every mutant was refused.
  bool print(llvm::raw_ostream &stream) const;

private:
  void tryOne(KernelOp kernel, unsigned ordinal, Substitute substitute);

  std::map<std::string, Tally> tallies;
  std::vector<std::string> valid;
};
} // namespace

/// The kernel's candidates in the order of a walk.
static llvm::SmallVector<mlir::Operation *> candidatesOf(KernelOp kernel) {
  llvm::SmallVector<mlir::Operation *> ops;
  kernel.walk([&](mlir::Operation *op) {
    if (isCandidate(op))
      ops.push_back(op);
  });
  return ops;
}

void Deletions::tryOne(KernelOp kernel, unsigned ordinal, Substitute substitute) {
  mlir::OwningOpRef<KernelOp> mutant = kernel.clone();
  mlir::Operation *op = candidatesOf(*mutant)[ordinal];
  std::string name = op->getName().getStringRef().str(), place;
  llvm::raw_string_ostream(place) << '@' << kernel.getName() << ": " << *op;
  if (substitute == Substitute::Poison && op->use_empty())
    return; // nothing to stand in for: the same mutant again
  if (!deleteOp(op, substitute))
    return;
  Tally &tally = tallies[name];
  ++tally.mutants;
  std::string reason;
  mlir::ScopedDiagnosticHandler handler(
      kernel.getContext(), [&](mlir::Diagnostic &diagnostic) {
        reason = reason.empty() ? diagnostic.str() : reason;
        return mlir::success();
      });
  if (succeeded(mlir::verify(*mutant)) || reason.empty())
    valid.push_back(place);
  else
    ++tally.refusedBy[reason.substr(0, reason.find(" op "))];
}

void Deletions::tryAll(KernelOp kernel) {
  for (unsigned i = 0, e = candidatesOf(kernel).size(); i < e; ++i)
    for (Substitute substitute : {Substitute::Earlier, Substitute::Poison})
      tryOne(kernel, i, substitute);
}

bool Deletions::print(llvm::raw_ostream &stream) const {
  for (auto &[name, tally] : tallies) {
    stream << name << ": " << tally.mutants << " mutants, refused by";
    for (auto &[verifier, count] : tally.refusedBy)
      stream << ' ' << verifier << ' ' << count;
    stream << '\n';
  }
  for (const std::string &place : valid)
    stream << "valid without " << place << '\n';
  return valid.empty();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv, "Kernels with one operation missing\n");
  mlir::DialectRegistry registry;
  fovea::registerAllDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<mlir::ub::UBDialect>();
  context.printOpOnDiagnostic(false);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(input, &context);
  if (!module)
    return 1;
  Deletions deletions;
  module->walk([&](KernelOp kernel) { deletions.tryAll(kernel); });
  return deletions.print(llvm::outs()) ? 0 : 1;
}
