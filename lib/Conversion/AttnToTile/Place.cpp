//===- Place.cpp - where a sequence's queries and keys are ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/AttnToTile/Place.h"

using namespace mlir;
using namespace fovea;

/// The rows of the sequence whose the located rows are, by other arrays.
static tile::SequenceOp findSequence(TileBuilder &b, tile::LocateOp located, Value ends,
                                     Value most, Value lengths) {
  Type type = b.getIndexType();
  return tile::SequenceOp::create(b, type, type, located.getSequence(), ends, most,
                                  lengths);
}

Place fovea::emitPlaceApart(TileBuilder &b, tile::LocateOp located, bool ofKeys,
                            const BatchViews &views) {
  auto keys = findSequence(b, located, views.keys, views.mostKeys, views.lengths);
  if (!ofKeys)
    return Place::apart(b, located.getBase(), located.getLength(), keys.getBase(),
                        keys.getLength());
  auto queries = findSequence(b, located, views.queries, views.mostQueries,
                              /*lengths=*/{});
  Place place = Place::apart(b, queries.getBase(), queries.getLength(),
                             located.getBase(), keys.getLength());
  place.keyTokens = located.getLength();
  return place;
}

Place fovea::emitTokenPlace(TileBuilder &b, tile::LocateOp located, Value ends,
                            Value most, Value lengths) {
  Value keys = located.getKeys();
  if (lengths)
    keys = findSequence(b, located, ends, most, lengths).getLength();
  return Place::packed(b, located.getBase(), located.getLength(), keys);
}
