//===- Ring.cpp - slots, barriers, and who may touch what -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Ring.h"

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fovea::tile;
using llvm::formatv;

Ring::Ring(Operation *made, unsigned ordinal, unsigned groups)
    : made(made), ordinal(ordinal) {
  Type type = made->getResult(0).getType();
  if (auto ring = dyn_cast<RingType>(type))
    stages = ring.getStages();
  else
    stages = cast<VisitRingType>(type).getStages();
  slots.assign(stages, Slot(groups));
}

std::string Ring::name() const {
  return formatv("ring {0} ({1})", ordinal, made->getResult(0).getType()).str();
}

std::string Ring::contents(const Slot &slot) {
  if (slot.number < 0)
    return "nothing";
  return formatv(slot.inFlight ? "tile {0}, whose copy is in flight" : "tile {0}",
                 slot.number)
      .str();
}

bool Ring::canPut(int64_t number) const {
  return at(number).empty.passes(parityOf(number) ^ 1);
}
bool Ring::canGet(int64_t number) const {
  return at(number).full.passes(parityOf(number));
}

void Ring::beginPut(int64_t number, Operation *op, Findings &findings) {
  Slot &slot = at(number);
  for (auto [group, holder] : llvm::enumerate(slot.holders)) {
    if (slot.number < 0 || holder.released == slot.number)
      continue;
    bool holds = holder.got == slot.number;
    Finding &finding = findings.report(
        FindingKind::Race, op->getLoc(),
        formatv("tile {0} goes into slot {1} of {2} over {3}, which group {4} {5}",
                number, slotOf(number), name(), contents(slot), group,
                holds ? "still holds" : "has not got yet"));
    finding.notes.push_back({slot.put->getLoc(), "put here"});
    if (holds)
      finding.notes.push_back({holder.get->getLoc(), "got here"});
    return;
  }
  slot.number = number;
  slot.put = op;
  slot.inFlight = true;
  slot.tile = nullptr;
  ++slot.version;
}

void Ring::arrive(int64_t number, TileRef tile) {
  Slot &slot = at(number);
  slot.tile = std::move(tile);
  slot.inFlight = false;
  slot.full.arrive();
}

void Ring::post(int64_t number, std::shared_ptr<const Visit> visit, Operation *op,
                Findings &findings) {
  beginPut(number, op, findings);
  at(number).visit = std::move(visit);
  arrive(number, nullptr);
}

void Ring::get(int64_t number, unsigned group, Operation *op, Findings &findings) {
  Slot &slot = at(number);
  Holder &holder = slot.holders[group];
  if (slot.number != number || slot.inFlight) {
    Finding &finding = findings.report(
        FindingKind::Race, op->getLoc(),
        formatv("group {0} passes the wait for tile {1} of {2} (slot {3}, parity {4}), "
                "but the slot holds {5}",
                group, number, name(), slotOf(number), parityOf(number),
                contents(slot)));
    if (slot.put)
      finding.notes.push_back({slot.put->getLoc(), "put here"});
    return;
  }
  if (holder.got == number) {
    findings
        .report(FindingKind::Race, op->getLoc(),
                formatv("group {0} gets tile {1} of {2} twice", group, number, name()))
        .notes.push_back({holder.get->getLoc(), "got here before"});
    return;
  }
  holder.got = number;
  holder.get = op;
}

void Ring::release(int64_t number, unsigned group, Operation *op, Findings &findings) {
  Slot &slot = at(number);
  Holder &holder = slot.holders[group];
  if (holder.got != number || holder.released == number) {
    bool again = holder.released == number;
    Finding &finding = findings.report(
        FindingKind::Race, op->getLoc(),
        formatv("group {0} releases tile {1} of {2}, which it {3}", group, number,
                name(), again ? "released before" : "did not get"));
    if (again)
      finding.notes.push_back({holder.release->getLoc(), "released here"});
    return;
  }
  holder.released = number;
  holder.release = op;
  slot.empty.arrive();
}

TileRef Ring::read(int64_t number, unsigned group, Operation *op, Findings &findings) {
  Slot &slot = at(number);
  Holder &holder = slot.holders[group];
  if (slot.number == number && !slot.inFlight && holder.got == number &&
      holder.released != number)
    return slot.tile;
  bool released = holder.released == number;
  Finding &finding = findings.report(
      FindingKind::Race, op->getLoc(),
      formatv("group {0} touches tile {1} of {2} {3}; the slot holds {4}", group,
              number, name(), released ? "after its release" : "without holding it",
              contents(slot)));
  if (released)
    finding.notes.push_back({holder.release->getLoc(), "released here"});
  return nullptr;
}

void Ring::write(int64_t number, TileRef tile) {
  at(number).tile = std::move(tile);
  ++at(number).version;
}

void Ring::checkDrained(Findings &findings) const {
  for (const Slot &slot : slots) {
    if (slot.number < 0)
      continue;
    for (auto [group, holder] : llvm::enumerate(slot.holders))
      if (holder.released != slot.number) {
        findings.report(FindingKind::Unbalanced, slot.put->getLoc(),
                        formatv("tile {0} was put into {1} and group {2} did not {3}",
                                slot.number, name(), group,
                                holder.got == slot.number ? "release it" : "get it"));
        return;
      }
  }
}

std::string Ring::explainPut(int64_t number) const {
  const Slot &slot = at(number);
  std::string text =
      formatv("to put tile {0} into {1}: slot {2} holds {3}, the empty "
              "barrier's parity {4} has not ended",
              number, name(), slotOf(number), contents(slot), parityOf(number) ^ 1);
  for (auto [group, holder] : llvm::enumerate(slot.holders))
    if (slot.number >= 0 && holder.released != slot.number)
      text += formatv("; group {0} has not {1} it", group,
                      holder.got == slot.number ? "released" : "got");
  return text;
}

std::string Ring::explainGet(int64_t number) const {
  const Slot &slot = at(number);
  return formatv(
      "to get tile {0} of {1}: slot {2} holds {3}, the full barrier's parity "
      "{4} has not ended",
      number, name(), slotOf(number), contents(slot), parityOf(number));
}
