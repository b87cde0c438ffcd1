//===- AttnAttrs.cpp - attributes of the attn dialect ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace fovea::attn;

#include "fovea/Dialect/Attn/IR/AttnEnums.cpp.inc"
#include "fovea/Dialect/Attn/IR/KeySetInterface.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "fovea/Dialect/Attn/IR/AttnAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "fovea/Dialect/Attn/IR/AttnTypes.cpp.inc"

#include "fovea/Dialect/Attn/IR/AttnDialect.cpp.inc"

static LogicalResult verifyString(Operation *op, NamedAttribute attribute) {
  if (!isa<StringAttr>(attribute.getValue()))
    return op->emitError() << "expected " << attribute.getName().getValue()
                           << " to be a string, got " << attribute.getValue();
  return success();
}

static LogicalResult verifyMark(Operation *op, NamedAttribute attribute) {
  auto results = dyn_cast<ArrayAttr>(attribute.getValue());
  if (results && llvm::all_of(results, llvm::IsaPred<StringAttr>))
    return success();
  return op->emitError() << "expected " << attribute.getName().getValue()
                         << " to be names of results, got " << attribute.getValue();
}

static LogicalResult verifyCount(Operation *op, NamedAttribute attribute) {
  auto count = dyn_cast<IntegerAttr>(attribute.getValue());
  if (count && count.getType().isSignlessInteger(64) && count.getInt() >= 1)
    return success();
  return op->emitError() << "expected " << attribute.getName().getValue()
                         << " to be an i64 of at least 1, got " << attribute.getValue();
}

bool fovea::attn::isOfFewQueries(Operation *op) {
  auto function = op->getParentOfType<FunctionOpInterface>();
  return function && function->hasAttr(kMostQueriesAttrName);
}

LogicalResult AttnDialect::verifyOperationAttribute(Operation *op,
                                                    NamedAttribute attribute) {
  StringRef name = attribute.getName();
  if (name == kNameAttrName && isa<KernelOpInterface>(op))
    return verifyString(op, attribute);
  if (name == kBackwardAttrName && isa<FunctionOpInterface>(op))
    return verifyMark(op, attribute);
  if (name == kMostQueriesAttrName && isa<FunctionOpInterface>(op))
    return verifyCount(op, attribute);
  InFlightDiagnostic diag = op->emitError();
  diag << "expected " << name << " on ";
  if (name == kBackwardAttrName || name == kMostQueriesAttrName)
    return diag << "a function only";
  if (name == kNameAttrName)
    diag << "an operation of attention, or on ";
  return diag << "arguments and results of a function only";
}

static LogicalResult verifyOfValue(Operation *op, NamedAttribute attribute) {
  StringRef name = attribute.getName();
  if (name != kNameAttrName && name != kRowsAttrName)
    return op->emitError() << "expected one of " << kNameAttrName << ", "
                           << kRowsAttrName << ", got " << name;
  return verifyString(op, attribute);
}

LogicalResult AttnDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned,
                                                    NamedAttribute attribute) {
  return verifyOfValue(op, attribute);
}

LogicalResult AttnDialect::verifyRegionResultAttribute(Operation *op, unsigned,
                                                       unsigned,
                                                       NamedAttribute attribute) {
  return verifyOfValue(op, attribute);
}

void AttnDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "fovea/Dialect/Attn/IR/AttnAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "fovea/Dialect/Attn/IR/AttnTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "fovea/Dialect/Attn/IR/AttnOps.cpp.inc"
      >();
}

LogicalResult PhiAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              PhiKind kind, int64_t hidden, Activation activation) {
  if (kind == PhiKind::Mlp) {
    if (hidden < 1 || hidden > kMostHidden) // phi_c1
      return emitError() << "expected hidden to be 1 to " << kMostHidden << ", got "
                         << hidden;
    return success();
  }
  if (hidden != 0 || activation != Activation::Gelu) // phi_c2
    return emitError() << "expected hidden and activation for mlp only, got "
                       << stringifyPhiKind(kind);
  return success();
}

/// `hidden` `=` int | `activation` `=` keyword
static ParseResult parsePhiOption(AsmParser &parser, int64_t &hidden,
                                  Activation &activation) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef option, name;
  if (parser.parseKeyword(&option) || parser.parseEqual())
    return failure();
  if (option == "hidden")
    return parser.parseInteger(hidden);
  if (option != "activation")
    return parser.emitError(loc) << "expected hidden or activation, got " << option;
  loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&name))
    return failure();
  std::optional<Activation> parsed = symbolizeActivation(name);
  if (!parsed)
    return parser.emitError(loc) << "expected relu, gelu or silu, got " << name;
  activation = *parsed;
  return success();
}

/// `<` kind (`,` `hidden` `=` int)? (`,` `activation` `=` keyword)? `>`
Attribute PhiAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef keyword;
  if (parser.parseLess() || parser.parseKeyword(&keyword))
    return {};
  std::optional<PhiKind> kind = symbolizePhiKind(keyword);
  if (!kind) {
    parser.emitError(loc) << "expected mean, weighted, gated, linear or mlp, got "
                          << keyword;
    return {};
  }
  int64_t hidden = *kind == PhiKind::Mlp ? 64 : 0;
  Activation activation = Activation::Gelu;
  while (succeeded(parser.parseOptionalComma())) {
    if (failed(parsePhiOption(parser, hidden, activation)))
      return {};
  }
  if (parser.parseGreater())
    return {};
  return parser.getChecked<PhiAttr>(loc, parser.getContext(), *kind, hidden,
                                    activation);
}

void PhiAttr::print(AsmPrinter &printer) const {
  printer << "<" << stringifyPhiKind(getKind());
  if (getKind() == PhiKind::Mlp)
    printer << ", hidden = " << getHidden()
            << ", activation = " << stringifyActivation(getActivation());
  printer << ">";
}

SmallVector<StringRef> PhiAttr::getParameterNames() const {
  switch (getKind()) {
  case PhiKind::Mean:
    return {};
  case PhiKind::Weighted:
    return {"w"};
  case PhiKind::Gated:
    return {"u", "c"};
  case PhiKind::Linear:
    return {"A"};
  case PhiKind::Mlp:
    return {"B1", "b1", "B2", "b2"};
  }
  llvm_unreachable("every kind is covered");
}

int64_t PhiAttr::getHiddenSize(int64_t block) const {
  return getKind() == PhiKind::Mlp     ? getHidden()
         : getKind() == PhiKind::Gated ? block
                                       : 0;
}

SmallVector<int64_t> PhiAttr::getParameterShape(unsigned i, int64_t heads,
                                                int64_t block, int64_t dim) const {
  switch (getKind()) {
  case PhiKind::Mean:
    break;
  case PhiKind::Weighted:
    return {heads, block};
  case PhiKind::Gated:
    return {heads, i == 0 ? dim : block};
  case PhiKind::Linear:
    return {heads, block, dim, dim};
  case PhiKind::Mlp:
    if (i == 0)
      return {heads, block * dim, getHidden()};
    if (i == 2)
      return {heads, getHidden(), dim};
    return {heads, i == 1 ? getHidden() : dim};
  }
  llvm_unreachable("phi has no such parameter");
}
