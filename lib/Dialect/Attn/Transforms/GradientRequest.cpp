//===- GradientRequest.cpp - what a gradient is asked for -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "GradientRequest.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace fovea::attn;

StringAttr fovea::attn::getName(func::FuncOp function, unsigned number, bool isResult) {
  return isResult ? function.getResultAttrOfType<StringAttr>(number, kNameAttrName)
                  : function.getArgAttrOfType<StringAttr>(number, kNameAttrName);
}

StringRef fovea::attn::getWord(OpResult result) {
  return cast<KernelOpInterface>(result.getOwner())
      .getResultRows(result.getResultNumber())
      .name;
}

static bool hasName(func::FuncOp function, StringRef name, bool isResult) {
  unsigned count = isResult ? function.getNumResults() : function.getNumArguments();
  return llvm::any_of(llvm::seq(count), [&](unsigned i) {
    StringAttr known = getName(function, i, isResult);
    return known && known.getValue() == name;
  });
}

std::string fovea::attn::makeName(func::FuncOp function, OpResult result) {
  auto isFree = [&](StringRef name) {
    return !hasName(function, name, /*isResult=*/false) &&
           !hasName(function, name, /*isResult=*/true);
  };
  std::string word = getWord(result).str();
  if (auto named = result.getOwner()->getAttrOfType<StringAttr>(kNameAttrName)) {
    word = (named.getValue() + "_" + word).str();
    if (isFree(word))
      return word;
  }
  for (unsigned n = 0;; ++n)
    if (std::string name = word + "_" + std::to_string(n); isFree(name))
      return name;
}

/// The numbers of the arguments or results that `names` name, ascending; without names
/// all of them.
static FailureOr<SmallVector<unsigned>>
findNumbers(func::FuncOp function, ArrayRef<std::string> names, bool isResult) {
  unsigned count = isResult ? function.getNumResults() : function.getNumArguments();
  if (names.empty())
    return llvm::to_vector(llvm::seq(count));
  SmallVector<unsigned> numbers;
  for (StringRef name : names) {
    unsigned number = 0;
    for (; number < count; ++number)
      if (StringAttr known = getName(function, number, isResult);
          known && known.getValue() == name)
        break;
    if (number == count && (name.getAsInteger(10, number) || number >= count))
      return function.emitError()
             << "expected the name of " << (isResult ? "a result" : "an argument")
             << " of @" << function.getName() << ", or a number below " << count
             << ", got '" << name << "'";
    numbers.push_back(number);
  }
  llvm::sort(numbers);
  numbers.erase(llvm::unique(numbers), numbers.end());
  return numbers;
}

/// The results of operations that `words` name.
static FailureOr<SmallVector<OpResult>> findSaved(func::FuncOp function,
                                                  ArrayRef<std::string> words) {
  auto isOnly = [&](StringRef word) { return words.size() == 1 && words[0] == word; };
  llvm::SetVector<StringRef> known;
  SmallVector<OpResult> saved;
  for (auto op : function.getOps<KernelOpInterface>())
    for (OpResult result : op->getResults()) {
      known.insert(getWord(result));
      if (isOnly("all") || llvm::is_contained(words, getWord(result)))
        saved.push_back(result);
    }
  if (isOnly("all") || isOnly("none"))
    return saved;
  for (const std::string &word : words)
    if (!known.contains(word)) {
      InFlightDiagnostic diag = function.emitError();
      diag << "expected values to save of @" << function.getName() << " among ";
      llvm::interleaveComma(known, diag);
      return diag << ", got '" << word << "'";
    }
  return saved;
}

FailureOr<GradientChoice> fovea::attn::resolve(const GradientRequest &request,
                                               func::FuncOp function) {
  auto arguments = findNumbers(function, request.arguments, /*isResult=*/false);
  if (failed(arguments))
    return failure();
  auto results = findNumbers(function, request.results, /*isResult=*/true);
  if (failed(results))
    return failure();
  FailureOr<SmallVector<OpResult>> saved = findSaved(function, request.saved);
  if (failed(saved))
    return failure();
  GradientChoice choice{{}, *results, *saved};
  for (unsigned number : *arguments) {
    BlockArgument argument = function.getArgument(number);
    if (isa<FloatType>(getElementTypeOrSelf(argument)))
      choice.arguments.push_back(argument);
    else if (!request.arguments.empty())
      return function.emitError()
             << "expected an argument of floating-point numbers, which has a "
                "gradient, got argument "
             << number << " of " << argument.getType();
  }
  return choice;
}
