//===- LaunchChain.cpp - Kernels that a stream takes as one graph ---------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LaunchChain.h"
#include "LoadedKernels.h"

#include <algorithm>

using namespace fovea::rt;

static constexpr size_t maxChains = 16;

static KernelNodeParams getNodeParams(const KernelLaunch &launch) {
  KernelNodeParams params = {};
  params.function = launch.function;
  params.grid[0] = launch.blocks;
  params.block[0] = launch.threads;
  params.grid[1] = params.grid[2] = params.block[1] = params.block[2] = 1;
  params.sharedBytes = launch.sharedBytes;
  params.params = launch.params;
  return params;
}

/// Calls `visit` with each node that the node of launch number `first + i` of a call
/// waits for: what is before launch `first` is none.
template <typename Visit>
static void visitBefore(const KernelLaunch &launch, uint32_t first, Visit visit) {
  for (uint32_t number : *launch.after)
    if (number >= first)
      visit(number - first);
}

/// Whether the nodes of the launches wait for each other in `order`; calls of other
/// shapes may have another.
static bool isOrder(const std::vector<std::vector<uint32_t>> &order,
                    const std::vector<KernelLaunch> &launches, uint32_t first) {
  for (size_t i = 0; i < launches.size(); ++i) {
    size_t count = 0;
    bool same = true;
    visitBefore(launches[i], first, [&](uint32_t node) {
      same = same && count < order[i].size() && order[i][count] == node;
      ++count;
    });
    if (!same || count != order[i].size())
      return false;
  }
  return true;
}

/// A green context has a part of the device, which is its streams' alone.
static bool isOfGreenContext(const Driver &driver, void *stream) {
  void *green = nullptr;
  return driver.cuStreamGetGreenCtx &&
         (driver.cuStreamGetGreenCtx(stream, &green) != 0 || green);
}

bool LaunchChains::make(const Driver &driver, const std::vector<KernelLaunch> &launches,
                        uint32_t first, void *stream, Chain &chain) {
  int priority = 0;
  if (isOfGreenContext(driver, stream) ||
      driver.cuStreamGetPriority(stream, &priority) != 0 ||
      driver.cuGraphCreate(&chain.graph, /*flags=*/0) != 0)
    return false;
  // A kernel in a graph has a priority of its own.
  LaunchAttributeValue value = {};
  value.priority = priority;
  for (const KernelLaunch &launch : launches) {
    KernelNodeParams params = getNodeParams(launch);
    std::vector<CudaGraphNode> before;
    visitBefore(launch, first,
                [&](uint32_t number) { before.push_back(chain.nodes[number]); });
    CudaGraphNode node = nullptr;
    if (driver.cuGraphAddKernelNode(&node, chain.graph, before.data(), before.size(),
                                    &params) != 0 ||
        driver.cuGraphKernelNodeSetAttribute(node, priorityLaunchAttribute, &value) !=
            0)
      return false;
    chain.nodes.push_back(node);
  }
  return driver.cuGraphInstantiate(&chain.executable, chain.graph, /*flags=*/0) == 0;
}

void LaunchChains::free(const Driver &driver, Chain &chain) {
  // One that is running goes when it has ended.
  if (chain.executable)
    driver.cuGraphExecDestroy(chain.executable);
  if (chain.graph)
    driver.cuGraphDestroy(chain.graph);
  chain.executable = nullptr;
  chain.graph = nullptr;
  chain.nodes.clear();
}

LaunchChains::Chain &LaunchChains::find(const Driver &driver, const void *owner,
                                        unsigned long long id,
                                        const std::vector<KernelLaunch> &launches,
                                        uint32_t first, void *stream) {
  auto found = std::find_if(chains.begin(), chains.end(), [&](const Chain &chain) {
    return chain.owner == owner && chain.stream == id &&
           (!chain.executable || (chain.order.size() == launches.size() &&
                                  isOrder(chain.order, launches, first)));
  });
  if (found == chains.end()) {
    RelaxedCapture relaxed(driver);
    if (chains.size() == maxChains) {
      free(driver, chains.back());
      chains.pop_back();
    }
    chains.emplace_back();
    found = std::prev(chains.end());
    found->owner = owner;
    found->stream = id;
    for (const KernelLaunch &launch : launches) {
      std::vector<uint32_t> &before = found->order.emplace_back();
      visitBefore(launch, first, [&](uint32_t number) { before.push_back(number); });
    }
    if (!make(driver, launches, first, stream, *found))
      free(driver, *found);
  }
  std::rotate(chains.begin(), found, std::next(found));
  return chains.front();
}

bool LaunchChains::launch(const Driver &driver, const void *owner,
                          const std::vector<KernelLaunch> &launches, uint32_t first,
                          void *stream, Status &status) {
  unsigned long long id = 0;
  if (!driver.hasGraphs || driver.cuStreamGetId(stream, &id) != 0)
    return false;
  // Held to the launch: another thread would replace the parameters.
  std::lock_guard<std::mutex> lock(mutex);
  Chain &chain = find(driver, owner, id, launches, first, stream);
  if (!chain.executable)
    return false;
  for (size_t i = 0; i < launches.size(); ++i) {
    KernelNodeParams params = getNodeParams(launches[i]);
    if (driver.cuGraphExecKernelNodeSetParams(chain.executable, chain.nodes[i],
                                              &params) != 0)
      return false;
  }
  status =
      driver.check(driver.cuGraphLaunch(chain.executable, stream), "cuGraphLaunch");
  return true;
}

void LaunchChains::destroy(const Driver &driver) {
  std::lock_guard<std::mutex> lock(mutex);
  for (Chain &chain : chains)
    free(driver, chain);
  chains.clear();
}
