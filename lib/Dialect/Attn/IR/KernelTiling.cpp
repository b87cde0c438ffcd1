//===- KernelTiling.cpp - how the operations' kernels are tiled -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/KernelTiling.h"

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Attn/IR/PackedShape.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace fovea::attn;

KernelTiling CompressOp::getTiling() {
  int64_t heads = headsOf(getInput());
  KernelTiling tiling{TilingKind::Windows, heads, heads, getCuSeqlens()};
  tiling.keys = getWindows();
  return tiling;
}

KernelTiling AttendOp::getTiling() {
  return {TilingKind::Queries, headsOf(getQ()),   headsOf(getK()), getCuSeqlens(),
          /*readsKeys=*/true,  bool(getIndices())};
}

TileForm AttendOp::getResultForm(unsigned result) {
  return result == 0 ? TileForm::Rows : TileForm::None;
}

Value AttendOp::getQueries() { return getQ(); }

KernelTiling ScoreBlocksOp::getTiling() {
  return {TilingKind::Queries, headsOf(getQ()),
          headsOf(getKc()),    getCuSeqlens(),
          /*readsKeys=*/true,  /*takesLists=*/false,
          /*keys=*/{},         /*takesHeadsInParts=*/true};
}

TileForm ScoreBlocksOp::getResultForm(unsigned) { return TileForm::Scores; }

Value ScoreBlocksOp::getQueries() { return getQ(); }

bool IndexBlocksOp::takesHeadsTogether() {
  constexpr int64_t kMostTogether = 16; // rows of a token, of a tile of 64
  return isOfFewQueries(*this) && getGroupSize() == 1 && headsOf(getIk()) == 1 &&
         headsOf(getIq()) <= kMostTogether;
}

KernelTiling IndexBlocksOp::getTiling() {
  int64_t kvHeads = takesHeadsTogether() ? 1 : headsOf(getScores());
  return {TilingKind::Queries, headsOf(getIq()),          kvHeads, getCuSeqlens(),
          /*readsKeys=*/true,  /*takesLists=*/false,
          /*windows=*/{},      /*takesHeadsInParts=*/true};
}

TileForm IndexBlocksOp::getResultForm(unsigned) { return TileForm::Scores; }

Value IndexBlocksOp::getQueries() { return getIq(); }

KernelTiling SelectTopkOp::getTiling() {
  return {TilingKind::Queries, /*heads=*/0, headsOf(getScores()), getCuSeqlens()};
}

TileForm SelectTopkOp::getOperandForm(unsigned operand) {
  return operand == 0 ? TileForm::Scores : TileForm::None;
}

KernelTiling CombineOp::getTiling() { return {TilingKind::AnyRows, headsOf(getOut())}; }

TileForm CombineOp::getOperandForm(unsigned operand) {
  return operand == getBranches().size() ? TileForm::None : TileForm::Rows; // gates
}

TileForm CombineOp::getResultForm(unsigned) { return TileForm::Rows; }

OpOperand *CombineOp::getUpdatedOperand(unsigned) {
  return getBase() ? &getBaseMutable()[0] : nullptr;
}

//===----------------------------------------------------------------------===//
// Gradients
//===----------------------------------------------------------------------===//

KernelTiling AttendDeltaOp::getTiling() {
  return {TilingKind::AnyRows, headsOf(getDout())};
}

KernelTiling AttendGradQOp::getTiling() {
  return {TilingKind::Queries, headsOf(getQ()), headsOf(getK()), getCuSeqlens(),
          /*readsKeys=*/true};
}

Value AttendGradQOp::getQueries() { return getQ(); }

OpOperand *AttendGradQOp::getUpdatedOperand(unsigned result) {
  return result == 0 && getBase() ? &getBaseMutable()[0] : nullptr;
}

KernelTiling AttendGradKVOp::getTiling() {
  return {TilingKind::Keys,   headsOf(getQ()),
          headsOf(getK()),    getCuSeqlens(),
          /*readsKeys=*/true, /*takesLists=*/false,
          getKeys(),          /*takesHeadsInParts=*/true};
}

KernelTiling InvertListsOp::getTiling() {
  int64_t heads = headsOf(getIndices());
  KernelTiling tiling{TilingKind::Blocks, heads, heads, getCuSeqlens()};
  tiling.block = getBlock();
  return tiling;
}

/// A program sums numbers of as many heads as lie together in a sector of memory, or of
/// fewer, so that there are more programs.
static KernelTiling tileNumbers(int64_t heads, Value cuSeqlens) {
  int64_t together = kSummedHeads;
  while (heads % together != 0)
    --together;
  return {TilingKind::Heads, heads, heads / together, cuSeqlens};
}

KernelTiling AttendGradSinksOp::getTiling() {
  return tileNumbers(headsOf(getLse()), getCuSeqlens());
}

KernelTiling SumTokensOp::getTiling() {
  return tileNumbers(headsOf(getRows()), getCuSeqlens());
}

KernelTiling CompressGradHiddenOp::getTiling() {
  int64_t heads = headsOf(getInput());
  KernelTiling tiling{TilingKind::Windows, heads, heads, getCuSeqlens()};
  tiling.keys = getWindows();
  return tiling;
}

KernelTiling CompressGradInputOp::getTiling() {
  int64_t heads = headsOf(getInput());
  KernelTiling tiling{TilingKind::Strides, heads, heads, getCuSeqlens()};
  tiling.keys = getWindows();
  return tiling;
}

/// What is summed for the rows of a window is the same for all of them where they weigh
/// the same, and has a program for each row elsewhere. One more sums what is of no row
/// where there is a hidden layer.
KernelTiling CompressGradParamsOp::getTiling() {
  int64_t heads = headsOf(getInput());
  KernelTiling tiling{TilingKind::Heads, heads, heads, getCuSeqlens()};
  tiling.keys = getWindows();
  if (getPhi().getKind() != PhiKind::Mean)
    tiling.parts = getWindows().getBlock() + !getHidden().empty();
  return tiling;
}

KernelTiling CombineGradGatesOp::getTiling() {
  return {TilingKind::AnyRows, headsOf(getDout()), /*kvHeads=*/0, getCuSeqlens()};
}

KernelTiling SumOp::getTiling() {
  bool isPacked = tensorType(getOut()).getRank() == 3;
  return {TilingKind::AnyRows, isPacked ? headsOf(getOut()) : 0};
}
