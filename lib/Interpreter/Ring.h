//===- Ring.h - slots, barriers, and who may touch what ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A slot has two barriers, as in hardware. A barrier counts phases; a wait names only
// the parity of the phase that must have ended, so a thread that is a whole turn off
// passes where it should not. Turn t of a slot is the tile t * stages + slot:
//
//   put      waits for the empty barrier's parity (t & 1) ^ 1; passes a fresh one
//   arrival  ends phase t of the full barrier
//   get      waits for the full barrier's parity t & 1
//   release  one arrival at the empty barrier; the last group's ends its phase t
//
// Beside them each slot remembers what no hardware knows: which tile it holds, and
// which tiles each group got and released. Barriers decide who runs; the memory decides
// whether that was right.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_INTERPRETER_RING_H
#define FOVEA_LIB_INTERPRETER_RING_H

#include "Data.h"

namespace fovea::tile {

class Barrier {
public:
  explicit Barrier(int64_t arrivals) : arrivals(arrivals), missing(arrivals) {}

  bool passes(int64_t parity) const { return (ended & 1) != parity; }
  void arrive() {
    if (--missing)
      return;
    missing = arrivals;
    ++ended;
  }

private:
  int64_t arrivals, missing;
  int64_t ended = 0; ///< phases
};

class Ring {
public:
  Ring(mlir::Operation *made, unsigned ordinal, unsigned groups);

  int64_t slotOf(int64_t number) const { return number % stages; }
  int64_t parityOf(int64_t number) const { return number / stages & 1; }
  bool canPut(int64_t number) const;
  bool canGet(int64_t number) const;

  /// The copy into the slot begins: until it arrives nothing may touch the slot.
  void beginPut(int64_t number, mlir::Operation *op, Findings &findings);
  void arrive(int64_t number, TileRef tile);
  void post(int64_t number, std::shared_ptr<const Visit> visit, mlir::Operation *op,
            Findings &findings);

  void get(int64_t number, unsigned group, mlir::Operation *op, Findings &findings);
  void release(int64_t number, unsigned group, mlir::Operation *op, Findings &findings);
  /// The contents of a slot that the group holds; null with a finding if it does not.
  TileRef read(int64_t number, unsigned group, mlir::Operation *op, Findings &findings);
  void write(int64_t number, TileRef tile);
  const std::shared_ptr<const Visit> &visitAt(int64_t number) const {
    return slots[slotOf(number)].visit;
  }
  /// Changes with the contents.
  int64_t versionOf(int64_t number) const { return slots[slotOf(number)].version; }

  /// Tiles that were put and that some group did not give back, at the block's end.
  void checkDrained(Findings &findings) const;
  /// Why a put or a get of this tile cannot go on.
  std::string explainPut(int64_t number) const;
  std::string explainGet(int64_t number) const;
  /// `ring 1 (!tile.ring<...>)`.
  std::string name() const;

private:
  /// What a group last did with the slot.
  struct Holder {
    int64_t got = -1, released = -1;
    mlir::Operation *get = nullptr, *release = nullptr;
  };
  struct Slot {
    explicit Slot(unsigned groups) : full(1), empty(groups), holders(groups) {}

    Barrier full, empty;
    int64_t number = -1; ///< the tile that is there, or on its way
    bool inFlight = false;
    mlir::Operation *put = nullptr;
    TileRef tile;
    std::shared_ptr<const Visit> visit; ///< of a ring of visits; null: the end
    int64_t version = 0;
    llvm::SmallVector<Holder> holders;
  };
  Slot &at(int64_t number) { return slots[slotOf(number)]; }
  const Slot &at(int64_t number) const { return slots[slotOf(number)]; }
  /// "tile 3", or "the copy of tile 3 ..." as the slot is.
  static std::string contents(const Slot &slot);

  mlir::Operation *made;
  unsigned ordinal;
  int64_t stages;
  std::vector<Slot> slots;
};

} // namespace fovea::tile

#endif // FOVEA_LIB_INTERPRETER_RING_H
