//===- LoopAssembly.cpp - the syntax that tile's loops share --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "LoopAssembly.h"

using namespace mlir;

ParseResult fovea::tile::parseLoop(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> arguments;
  if (parser.parseColon() ||
      parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren,
                               /*allowType=*/true))
    return failure();
  auto parseCarried = [&]() -> ParseResult {
    OpAsmParser::UnresolvedOperand init;
    OpAsmParser::Argument &arg = arguments.emplace_back();
    if (parser.parseArgument(arg) || parser.parseEqual() || parser.parseOperand(init) ||
        parser.parseColonType(arg.type) ||
        parser.resolveOperand(init, arg.type, result.operands))
      return failure();
    result.addTypes(arg.type);
    return success();
  };
  if (succeeded(parser.parseOptionalKeyword("carry")) &&
      parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, parseCarried))
    return failure();
  Region *body = result.addRegion();
  return failure(parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
                 parser.parseRegion(*body, arguments));
}

void fovea::tile::printLoop(OpAsmPrinter &printer, Operation *op, unsigned numArgs,
                            ValueRange inits, ArrayRef<StringRef> elidedAttrs) {
  Region &body = op->getRegion(0);
  printer << " : (";
  llvm::interleaveComma(body.getArguments().take_front(numArgs), printer,
                        [&](BlockArgument arg) { printer.printRegionArgument(arg); });
  printer << ")";
  if (!inits.empty()) {
    printer << " carry(";
    llvm::interleaveComma(llvm::zip(body.getArguments().drop_front(numArgs), inits),
                          printer, [&](auto pair) {
                            auto [arg, init] = pair;
                            printer << arg << " = " << init << " : " << init.getType();
                          });
    printer << ")";
  }
  printer.printOptionalAttrDictWithKeyword(op->getAttrs(), elidedAttrs);
  printer << ' ';
  printer.printRegion(body, /*printEntryBlockArgs=*/false,
                      /*printBlockTerminators=*/!inits.empty());
}
