//===- Scheduler.cpp - who runs next --------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Scheduler.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace fovea::tile;

/// Threads whose weights differ; the others share the last one's.
static constexpr unsigned kThreads = 9;
static constexpr unsigned kCopyWeight = kThreads, kProductWeight = kThreads + 1;

std::string Order::describe() const {
  std::string text;
  switch (kind) {
  case Kind::RoundRobin:
    text = "round robin";
    break;
  case Kind::Random:
    return llvm::formatv("random, seed {0}", seed);
  case Kind::Favor:
  case Kind::Starve:
    text = kind == Kind::Favor ? "favor " : "starve ";
    text += thread == 0 ? std::string("the producer")
                        : "group " + std::to_string(thread - 1);
  }
  text += lateCopies ? ", copies late" : ", copies early";
  return text + (lateProducts ? ", products late" : ", products early");
}

std::vector<Order> fovea::tile::getAdversarialOrders(unsigned threads) {
  std::vector<Order> orders;
  for (bool lateCopies : {true, false})
    for (bool lateProducts : {true, false})
      for (Order::Kind kind : {Order::Kind::Favor, Order::Kind::Starve})
        for (unsigned thread = 0; thread < threads; ++thread)
          orders.push_back({kind, 0, thread, lateCopies, lateProducts});
  return orders;
}

Scheduler::Scheduler(const Order &order, uint64_t block)
    : order(order), random(order.seed * 0x9e3779b97f4a7c15 + block),
      lastRun(kThreads, -1) {
  // A seed has its slow and its fast: equal weights alone would rarely drift apart.
  for (unsigned i = 0; i <= kProductWeight; ++i)
    weights.push_back(uint64_t(1) << 2 * (random() % 4));
}

size_t Scheduler::pickRandom(llvm::ArrayRef<Choice> choices) {
  auto weightOf = [&](const Choice &choice) {
    return choice.kind == Choice::Kind::Copy      ? weights[kCopyWeight]
           : choice.kind == Choice::Kind::Product ? weights[kProductWeight]
                                                  : weights[choice.index % kThreads];
  };
  uint64_t total = 0;
  for (const Choice &choice : choices)
    total += weightOf(choice);
  uint64_t at = random() % total;
  size_t i = 0;
  while (at >= weightOf(choices[i]))
    at -= weightOf(choices[i++]);
  return i;
}

int64_t Scheduler::rank(const Choice &choice) const {
  constexpr int64_t kFirst = -2, kThreadsFrom = 0, kLate = int64_t(1) << 60;
  if (choice.kind == Choice::Kind::Copy)
    return order.lateCopies ? kLate : kFirst;
  if (choice.kind == Choice::Kind::Product)
    return order.lateProducts ? kLate + 2 : kFirst;
  if (choice.index == order.thread && order.kind == Order::Kind::Favor)
    return -1;
  if (choice.index == order.thread && order.kind == Order::Kind::Starve)
    return kLate + 1;
  return kThreadsFrom + 1 + lastRun[choice.index % kThreads];
}

size_t Scheduler::pick(llvm::ArrayRef<Choice> choices) {
  size_t best = 0;
  if (order.kind == Order::Kind::Random) {
    best = pickRandom(choices);
  } else {
    for (size_t i = 1; i < choices.size(); ++i)
      if (rank(choices[i]) < rank(choices[best]))
        best = i;
  }
  if (choices[best].kind == Choice::Kind::Thread)
    lastRun[choices[best].index % kThreads] = ++time;
  return best;
}
