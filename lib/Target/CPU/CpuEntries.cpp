//===- CpuEntries.cpp - which symbols compiled code has -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A spec names its functions as it likes, so none of these names may become a symbol:
// @malloc would be what memory is taken from, @main where the program begins. Functions
// get a prefix that no C name can have. What an object shows are C functions around its
// entries, which take the struct of the header (CHeader.h) and check it.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Target/CPU/CpuTarget.h"
#include "fovea/Target/CPU/Passes.h"
#include "fovea/Target/Entry/CEntry.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/SymbolTable.h"

namespace fovea {
#define GEN_PASS_DEF_CPUENTRIESPASS
#include "fovea/Target/CPU/Passes.h.inc"
} // namespace fovea

using namespace mlir;
using namespace fovea;

static void setLinkage(func::FuncOp function, LLVM::Linkage linkage) {
  function->setAttr("llvm.linkage",
                    LLVM::LinkageAttr::get(function.getContext(), linkage));
}

namespace {
/// Builds the C function of one entry: int32_t (const struct <entry>_args *).
class CFunctionBuilder {
public:
  CFunctionBuilder(func::FuncOp entry, const EntrySignature &signature)
      : entry(entry), signature(signature), b(entry.getLoc(), entry) {}

  void build(StringRef name) {
    Type pointer = LLVM::LLVMPointerType::get(b.getContext());
    auto function =
        func::FuncOp::create(b, name, b.getFunctionType({pointer}, {b.getI32Type()}));
    // Equal tags are equal code, so one of several serves.
    setLinkage(function, LLVM::Linkage::WeakODR);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(function.addEntryBlock());
    args = function.getArgument(0);
    Value isNull = LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::eq, args,
                                        LLVM::ZeroOp::create(b, pointer));
    Value result = choose(
        isNull, [&] { return status(CpuStatus::Null); },
        [&] { return checkAndCall(); });
    func::ReturnOp::create(b, result);
  }

private:
  Value constant(int64_t value) { return arith::ConstantIntOp::create(b, value, 64); }
  Value status(CpuStatus value) {
    return arith::ConstantIntOp::create(b, int64_t(value), 32);
  }
  Value compare(arith::CmpIPredicate predicate, Value x, int64_t y) {
    return arith::CmpIOp::create(b, predicate, x, constant(y));
  }

  Value choose(Value condition, function_ref<Value()> yes, function_ref<Value()> no) {
    auto branch = scf::IfOp::create(b, TypeRange{b.getI32Type()}, condition,
                                    /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(b, yes());
    b.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(b, no());
    return branch.getResult(0);
  }

  /// Field `i` of the struct, whose fields are all of 64 bits.
  Value loadField(unsigned i, Type type) {
    Type pointer = LLVM::LLVMPointerType::get(b.getContext());
    Value at = LLVM::GEPOp::create(b, pointer, b.getI64Type(), args,
                                   ArrayRef<LLVM::GEPArg>{int32_t(i)});
    return LLVM::LoadOp::create(b, type, at);
  }

  /// What rows that are not static count.
  Value countRows(RowCount rows) {
    switch (rows.kind) {
    case RowKind::Static:
      llvm_unreachable("static rows are a number");
    case RowKind::Tokens: {
      Value all = rows.ofKeys ? keyTokens : tokens;
      return rows.tokensPerRow == 1
                 ? all
                 : arith::DivUIOp::create(b, all, constant(rows.tokensPerRow));
    }
    case RowKind::Sequences:
      return sequences;
    case RowKind::SequenceEnds:
      return arith::AddIOp::create(b, sequences, constant(1));
    case RowKind::Pages:
      return pages;
    }
    llvm_unreachable("unknown kind of rows");
  }

  Value getRows(const EntryArgument &argument) {
    return argument.hasStaticRows() ? constant(argument.shape[0])
                                    : countRows(argument.rows);
  }

  /// Keeps the first fault: `result`, or `fault` where that is none and `holds`.
  void note(Value &result, Value holds, CpuStatus fault) {
    Value isGood = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, result,
                                         status(CpuStatus::Ok));
    Value both = arith::AndIOp::create(b, isGood, holds);
    result = arith::SelectOp::create(b, both, status(fault), result);
  }

  /// The status of the argument `i`, of `rows` rows, at `address`.
  void check(Value &result, const EntryArgument &argument, Value address, Value rows) {
    Value isNull = compare(arith::CmpIPredicate::eq, address, 0);
    Value hasRows = compare(arith::CmpIPredicate::sgt, rows, 0);
    note(result, arith::AndIOp::create(b, isNull, hasRows), CpuStatus::Null);
    Value low =
        arith::AndIOp::create(b, address, constant(getByteWidth(argument.type) - 1));
    note(result, compare(arith::CmpIPredicate::ne, low, 0), CpuStatus::Alignment);
  }

  Value checkAndCall() {
    tokens = loadField(0, b.getI64Type());
    sequences = loadField(1, b.getI64Type());
    unsigned firstPointer = 2;
    Value result = status(CpuStatus::Ok);
    // Unsigned, so that negative numbers are large ones.
    note(result, compare(arith::CmpIPredicate::ugt, tokens, signature.mostTokens),
         CpuStatus::Size);
    if (signature.hasKeyTokens()) {
      keyTokens = loadField(firstPointer++, b.getI64Type());
      note(result, compare(arith::CmpIPredicate::ugt, keyTokens, signature.mostTokens),
           CpuStatus::Size);
    }
    if (signature.hasPages()) {
      pages = loadField(firstPointer++, b.getI64Type());
      note(result, compare(arith::CmpIPredicate::uge, pages, kMaxSize),
           CpuStatus::Size);
    }
    note(result, compare(arith::CmpIPredicate::uge, sequences, kMaxSize),
         CpuStatus::Size);
    // A static number of rows is that of one batch where the rows count something.
    for (const EntryArgument &argument : signature.arguments)
      if (argument.hasStaticRows() && argument.rows.kind != RowKind::Static)
        note(result,
             compare(arith::CmpIPredicate::ne, countRows(argument.rows),
                     argument.shape[0]),
             CpuStatus::Size);
    SmallVector<Value> pointers, rows;
    for (auto [i, argument] : llvm::enumerate(signature.arguments)) {
      pointers.push_back(
          loadField(firstPointer + i, LLVM::LLVMPointerType::get(b.getContext())));
      rows.push_back(getRows(argument));
      Value address = LLVM::PtrToIntOp::create(b, b.getI64Type(), pointers.back());
      check(result, argument, address, rows.back());
    }
    Value isGood = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, result,
                                         status(CpuStatus::Ok));
    return choose(isGood, [&] { return call(pointers, rows); }, [&] { return result; });
  }

  Value call(ArrayRef<Value> pointers, ArrayRef<Value> rows) {
    SmallVector<Value> operands;
    for (auto [i, argument] : llvm::enumerate(signature.arguments))
      operands.push_back(makeMemref(entry.getArgumentTypes()[i], argument.shape,
                                    pointers[i], rows[i]));
    return func::CallOp::create(b, entry, operands).getResult(0);
  }

  /// A memref is a struct here already: what the conversion makes of the type.
  Value makeMemref(Type type, ArrayRef<int64_t> shape, Value pointer, Value rows) {
    Type word = b.getI64Type();
    Type list = LLVM::LLVMArrayType::get(word, shape.size());
    Type descriptor = LLVM::LLVMStructType::getLiteral(
        b.getContext(), {pointer.getType(), pointer.getType(), word, list, list});
    Value value = LLVM::PoisonOp::create(b, descriptor);
    auto insert = [&](Value field, ArrayRef<int64_t> at) {
      value = LLVM::InsertValueOp::create(b, value, field, at);
    };
    insert(pointer, {0});
    insert(pointer, {1});
    insert(constant(0), {2});
    int64_t stride = 1;
    for (int64_t axis = shape.size() - 1; axis >= 0; --axis) {
      insert(axis == 0 ? rows : constant(shape[axis]), {3, axis});
      insert(constant(stride), {4, axis});
      stride *= axis == 0 ? 1 : shape[axis];
    }
    return UnrealizedConversionCastOp::create(b, type, value).getResult(0);
  }

  func::FuncOp entry;
  const EntrySignature &signature;
  ImplicitLocOpBuilder b;
  Value args, tokens, sequences, keyTokens, pages;
};

class CpuEntriesPass final : public fovea::impl::CpuEntriesPassBase<CpuEntriesPass> {
public:
  using CpuEntriesPassBase::CpuEntriesPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    std::vector<EntrySignature> entries;
    std::string tag;
    if (cFunctions) {
      tag = getContentTag(module, target);
      if (failed(getEntrySignatures(module, entries)))
        return signalPassFailure();
      for (const EntrySignature &entry : entries)
        if (failed(checkStatus(module, entry)) || failed(checkCNames(module, entry)))
          return signalPassFailure();
    }
    if (failed(rename(module)))
      return signalPassFailure();
    if (!cFunctions)
      return;
    for (func::FuncOp function : module.getOps<func::FuncOp>())
      if (!function.isExternal())
        setLinkage(function, LLVM::Linkage::Internal);
    for (const EntrySignature &entry : entries)
      addCFunctions(module, entry, tag);
  }

private:
  /// A C function has a status to pass on.
  static LogicalResult checkStatus(ModuleOp module, const EntrySignature &signature) {
    auto entry = module.lookupSymbol<func::FuncOp>(signature.name);
    if (!entry.isExternal() && entry.getNumResults() == 1 &&
        entry.getResultTypes()[0].isInteger(32))
      return success();
    return entry.emitError() << "expected an entry with a body that returns its status "
                                "as i32, got "
                             << (entry.isExternal() ? "a declaration of " : "")
                             << entry.getFunctionType();
  }

  /// Prefixes what this module defines.
  LogicalResult rename(ModuleOp module) {
    SymbolTable symbols(module);
    for (Operation &op : llvm::make_early_inc_range(module.getOps())) {
      auto function = dyn_cast<FunctionOpInterface>(op);
      if (!function || function.isExternal())
        continue;
      std::string name = getInternalName(function.getName());
      if (symbols.lookup(name) || failed(symbols.rename(&op, name)))
        return op.emitError() << "expected no other function of the name " << name
                              << ", got one";
    }
    return success();
  }

  void addCFunctions(ModuleOp module, const EntrySignature &signature, StringRef tag) {
    auto entry = module.lookupSymbol<func::FuncOp>(getInternalName(signature.name));
    std::string plain = getCpuSymbol(signature.name);
    std::string tagged = plain + "_" + tag.str();
    CFunctionBuilder(entry, signature).build(tagged);
    // The JIT's interface is not an object's.
    entry->removeAttr(tile::kEntryAttrName);

    ImplicitLocOpBuilder b(entry.getLoc(), entry);
    Type pointer = LLVM::LLVMPointerType::get(b.getContext());
    auto function =
        func::FuncOp::create(b, plain, b.getFunctionType({pointer}, {b.getI32Type()}));
    setLinkage(function, LLVM::Linkage::Weak);
    b.setInsertionPointToStart(function.addEntryBlock());
    auto call = func::CallOp::create(b, tagged, TypeRange{b.getI32Type()},
                                     ValueRange{function.getArgument(0)});
    func::ReturnOp::create(b, call.getResults());
  }
};
} // namespace
