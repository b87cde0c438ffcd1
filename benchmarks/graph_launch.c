/*===- graph_launch.c - Launching kernels one by one and as a graph -*- C -*-===*
 * Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *   cc -O2 benchmarks/graph_launch.c -lcuda -o graph_launch && ./graph_launch
 *
 * Median microseconds of the host, as JSON, for one and for six empty kernels on an
 * idle stream: by cuLaunchKernel, by one graph that is launched as it is, and by one
 * whose kernels' parameters are all replaced before; `done` is until they have ended.
 * Kernels have 0, 4 or 8 parameters of a tensor map's 128 bytes. Why the runtime
 * launches as it does (docs/runtime.md); it needs the CUDA Toolkit's header and nothing
 * of Fovea.
 *
 *===----------------------------------------------------------------------===*/

#include "host_time.h"

#include <cuda.h>
#include <stdio.h>
#include <string.h>

enum { mostKernels = 6, rounds = 400, mostMaps = 8, blocks = 132, threads = 128 };

static void check(CUresult result, const char *what) {
  const char *text = "an error without a text";
  if (result == CUDA_SUCCESS)
    return;
  cuGetErrorString(result, &text);
  fprintf(stderr, "error: %s: %s\n", what, text);
  exit(1);
}
#define CHECK(call) check(call, #call)

/* An empty kernel that takes `maps` tensor maps and two numbers. */
static CUfunction makeKernel(int maps) {
  static char text[4096];
  CUmodule module;
  CUfunction function;
  char *end =
      text +
      sprintf(text,
              ".version 8.0\n.target sm_80\n.address_size 64\n.visible .entry k(");
  for (int i = 0; i < maps; ++i)
    end += sprintf(end, ".param .align 64 .b8 m%d[128], ", i);
  sprintf(end, ".param .u64 a, .param .u64 b)\n{ ret; }\n");
  CHECK(cuModuleLoadData(&module, text));
  CHECK(cuModuleGetFunction(&function, module, "k"));
  return function;
}

static void measure(CUstream stream, int kernels, int maps) {
  static _Alignas(64) char map[mostMaps][128];
  static double separate[rounds], same[rounds], replaced[rounds];
  static double separateDone[rounds], replacedDone[rounds];
  unsigned long long a = 0, b = 0;
  void *params[mostMaps + 2];
  for (int i = 0; i < maps; ++i)
    params[i] = map[i];
  params[maps] = &a;
  params[maps + 1] = &b;
  CUDA_KERNEL_NODE_PARAMS kernel = {0};
  kernel.func = makeKernel(maps);
  kernel.gridDimX = blocks;
  kernel.blockDimX = threads;
  kernel.gridDimY = kernel.gridDimZ = kernel.blockDimY = kernel.blockDimZ = 1;
  kernel.kernelParams = params;
  CUgraph graph;
  CUgraphExec executable;
  CUgraphNode nodes[mostKernels];
  CHECK(cuGraphCreate(&graph, 0));
  for (int k = 0; k < kernels; ++k)
    CHECK(cuGraphAddKernelNode(&nodes[k], graph, k ? &nodes[k - 1] : NULL, k > 0,
                               &kernel));
  CHECK(cuGraphInstantiate(&executable, graph, 0));
  for (int i = 0; i < rounds; ++i) {
    a = (unsigned long long)i;
    CHECK(cuStreamSynchronize(stream));
    double begin = now();
    for (int k = 0; k < kernels; ++k)
      CHECK(cuLaunchKernel(kernel.func, blocks, 1, 1, threads, 1, 1, 0, stream, params,
                           NULL));
    separate[i] = now() - begin;
    CHECK(cuStreamSynchronize(stream));
    separateDone[i] = now() - begin;
    begin = now();
    CHECK(cuGraphLaunch(executable, stream));
    same[i] = now() - begin;
    CHECK(cuStreamSynchronize(stream));
    begin = now();
    for (int k = 0; k < kernels; ++k)
      CHECK(cuGraphExecKernelNodeSetParams(executable, nodes[k], &kernel));
    CHECK(cuGraphLaunch(executable, stream));
    replaced[i] = now() - begin;
    CHECK(cuStreamSynchronize(stream));
    replacedDone[i] = now() - begin;
  }
  printf("  {\"kernels\": %d, \"maps\": %d, \"one_by_one_us\": %.2f, "
         "\"one_by_one_done_us\": %.2f, \"graph_us\": %.2f, "
         "\"graph_replaced_us\": %.2f, \"graph_replaced_done_us\": %.2f}%s\n",
         kernels, maps, median(separate, rounds), median(separateDone, rounds),
         median(same, rounds), median(replaced, rounds), median(replacedDone, rounds),
         kernels < mostKernels || maps < mostMaps ? "," : "");
}

int main(void) {
  CUdevice device;
  CUcontext context;
  CUstream stream;
  int version;
  char name[64];
  CHECK(cuInit(0));
  CHECK(cuDriverGetVersion(&version));
  CHECK(cuDeviceGet(&device, 0));
  CHECK(cuDeviceGetName(name, sizeof(name), device));
  CHECK(cuDevicePrimaryCtxRetain(&context, device));
  CHECK(cuCtxSetCurrent(context));
  CHECK(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
  printf("{\"device\": \"%s\", \"driver_cuda\": %d, \"rounds\": %d, "
         "\"medians\": [\n",
         name, version, rounds);
  for (int kernels = 1; kernels <= mostKernels; kernels += mostKernels - 1)
    for (int maps = 0; maps <= mostMaps; maps += 4)
      measure(stream, kernels, maps);
  printf("]}\n");
  return 0;
}
