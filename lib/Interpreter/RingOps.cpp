//===- RingOps.cpp - rings and asynchronous products ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace fovea::tile;

static Ring *ringOf(Operation *op, Machine &machine) {
  return std::get<Ring *>(machine.get(op->getOperand(0)));
}
static int64_t numberOf(Operation *op, Machine &machine) {
  return machine.integer(op->getOperand(1));
}

static void evaluatePut(PutOp op, Machine &machine) {
  World &world = machine.world;
  Ring *ring = ringOf(op, machine);
  int64_t number = numberOf(op, machine);
  ring->beginPut(number, op, world.findings);
  TileRef rows;
  if (op.getRows() && !(rows = machine.tile(op.getRows(), op)))
    return;
  int64_t count =
      op.getCount() ? machine.integer(op.getCount()) : op.getSizes().front();
  world.copies.push_back({ring, number, op, machine.buffer(op.getView()),
                          machine.integers(op.getOffsets()), rows, count});
}

static void evaluatePost(PostOp op, Machine &machine) {
  std::shared_ptr<const Visit> visit; // none: the end of the stream
  if (op.getKeyBlock())
    visit = std::make_shared<Visit>(Visit{machine.integer(op.getKeyBlock()),
                                          machine.integer(op.getMasked()) != 0,
                                          machine.tile(op.getTokens(), op)});
  ringOf(op, machine)->post(numberOf(op, machine), visit, op, machine.world.findings);
}

static void evaluateTake(TakeOp op, Machine &machine) {
  Ring *ring = ringOf(op, machine);
  int64_t number = numberOf(op, machine);
  Findings &findings = machine.world.findings;
  ring->get(number, machine.group, op, findings);
  if (findings.any())
    return;
  const Visit *visit = ring->visitAt(number).get();
  auto none = std::make_shared<Tile>(cast<RankedTensorType>(op.getTokens().getType()));
  machine.set(op.getMore(), int64_t(visit != nullptr));
  machine.set(op.getKeyBlock(), visit ? visit->block : 0);
  machine.set(op.getMasked(), int64_t(visit && visit->masked));
  machine.set(op.getTokens(), visit ? visit->tokens : TileRef(none));
  ring->release(number, machine.group, op, findings);
}

static bool reads(const Product &product, const SlotUse &use) {
  auto isUse = [&](const Datum &operand) {
    auto *slot = std::get_if<SlotUse>(&operand);
    return slot && slot->ring == use.ring && slot->number == use.number;
  };
  return isUse(product.lhs) || isUse(product.rhs);
}

/// A product that no wait has retired may still read the slot, whether or not it has
/// read it in this interleaving.
static void evaluateRelease(ReleaseOp op, Machine &machine) {
  Ring *ring = ringOf(op, machine);
  int64_t number = numberOf(op, machine);
  Findings &findings = machine.world.findings;
  for (auto &product : machine.products)
    if (reads(*product, {ring, number})) {
      findings
          .report(
              FindingKind::Race, op.getLoc(),
              llvm::formatv("group {0} releases tile {1} of {2} while a product that "
                            "reads it may run",
                            machine.group, number, ring->name()))
          .notes.push_back({product->op.getLoc(), "issued here"});
      return;
    }
  ring->release(number, machine.group, op, findings);
}

static void evaluateClear(ClearRowsOp op, Machine &machine) {
  TileRef before = machine.tile(op.getTile(), op);
  if (!before)
    return;
  int64_t first =
      std::clamp<int64_t>(machine.integer(op.getCount()), 0, before->rows());
  auto begin = before->floats.begin() + first * before->columns();
  if (std::all_of(begin, before->floats.end(), [](float x) { return x == 0; }))
    return; // nothing changes
  auto cleared = std::make_shared<Tile>(*before);
  std::fill(cleared->floats.begin() + first * before->columns(), cleared->floats.end(),
            0.0f);
  if (auto *slot = std::get_if<SlotUse>(&machine.get(op.getTile())))
    slot->ring->write(slot->number, cleared);
  else
    machine.set(op.getTile(), TileRef(cleared));
}

static int64_t versionOf(const Datum &operand) {
  auto *slot = std::get_if<SlotUse>(&operand);
  return slot ? slot->ring->versionOf(slot->number) : 0;
}

static void evaluateIssue(IssueDotOp op, Machine &machine) {
  auto product = std::make_shared<Product>();
  product->op = op;
  product->lhs = machine.get(op.getLhs());
  product->rhs = machine.get(op.getRhs());
  product->lhsVersion = versionOf(product->lhs);
  product->rhsVersion = versionOf(product->rhs);
  product->acc = machine.tile(op.getAcc(), op);
  machine.products.push_back(product);
  machine.set(op, product);
}

void Machine::compute(Product &product) {
  if (product.result)
    return;
  Findings &findings = world.findings;
  TileRef lhs = tile(product.lhs, product.op), rhs = tile(product.rhs, product.op);
  if (!lhs || !rhs)
    return;
  if (versionOf(product.lhs) != product.lhsVersion ||
      versionOf(product.rhs) != product.rhsVersion) {
    findings.report(
        FindingKind::Race, product.op.getLoc(),
        llvm::formatv("an operand of a product of group {0} changes between "
                      "its issue and its wait",
                      group));
    return;
  }
  product.result = multiply(*lhs, *rhs, *product.acc, product.op.getTransposeRhs(),
                            ownRows(product.acc->rows()));
}

bool Machine::hasProduct() const {
  return llvm::any_of(products, [](auto &product) { return !product->result; });
}
void Machine::runProduct() {
  compute(**llvm::find_if(products, [](auto &product) { return !product->result; }));
}

/// Retires all but the `newer` newest.
static void evaluateWait(WaitOp op, Machine &machine) {
  auto product = std::get<std::shared_ptr<Product>>(machine.get(op.getPending()));
  Findings &findings = machine.world.findings;
  while (int64_t(machine.products.size()) > int64_t(op.getNewer()) && !findings.any()) {
    machine.compute(*machine.products.front());
    machine.products.pop_front();
  }
  if (findings.any())
    return;
  auto position = llvm::find(machine.products, product);
  if (position != machine.products.end()) {
    findings
        .report(
            FindingKind::Pending, op.getLoc(),
            llvm::formatv("group {0} waits with {1} newer products allowed, but only "
                          "{2} were issued after this one: it may still run",
                          machine.group, op.getNewer(),
                          machine.products.end() - position - 1))
        .notes.push_back({product->op.getLoc(), "issued here"});
    return;
  }
  machine.set(op.getTile(), product->result);
  for (auto [through, passed] : llvm::zip_equal(op.getThrough(), op.getPassed()))
    machine.set(passed, machine.get(through));
}

bool fovea::tile::evaluateRing(Operation *op, Machine &machine) {
  Findings &findings = machine.world.findings;
  if (isa<MakeRingOp>(op)) {
    World &world = machine.world;
    world.rings.emplace_back(op, world.rings.size(), world.groups);
    machine.set(op->getResult(0), &world.rings.back());
  } else if (auto put = dyn_cast<PutOp>(op)) {
    evaluatePut(put, machine);
  } else if (auto post = dyn_cast<PostOp>(op)) {
    evaluatePost(post, machine);
  } else if (auto get = dyn_cast<GetOp>(op)) {
    Ring *ring = ringOf(op, machine);
    int64_t number = numberOf(op, machine);
    ring->get(number, machine.group, op, findings);
    machine.set(get.getTile(), SlotUse{ring, number});
  } else if (auto take = dyn_cast<TakeOp>(op)) {
    evaluateTake(take, machine);
  } else if (auto release = dyn_cast<ReleaseOp>(op)) {
    evaluateRelease(release, machine);
  } else if (auto read = dyn_cast<ReadOp>(op)) {
    if (TileRef values = machine.tile(read.getValues(), op))
      machine.set(read.getResult(), values);
  } else if (auto clear = dyn_cast<ClearRowsOp>(op)) {
    evaluateClear(clear, machine);
  } else if (auto issue = dyn_cast<IssueDotOp>(op)) {
    evaluateIssue(issue, machine);
  } else if (auto wait = dyn_cast<WaitOp>(op)) {
    evaluateWait(wait, machine);
  } else if (isa<AwaitTurnOp>(op)) {
    // It is: canRun has asked.
  } else if (isa<PassTurnOp>(op)) {
    machine.world.turn = (machine.group + 1) % machine.world.groups;
  } else {
    return false;
  }
  return true;
}
