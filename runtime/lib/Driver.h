//===- Driver.h - The part of libcuda that the runtime calls ----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The driver's functions and numbers as its ABI has them, so that no CUDA header is
// needed, and the one place that opens its library.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_DRIVER_H
#define FOVEA_RUNTIME_LIB_DRIVER_H

#include "Status.h"

namespace fovea::rt {

struct CudaContextObject;
struct CudaModuleObject;
struct CudaFunctionObject;
struct CudaEventObject;
struct CudaGraphObject;
struct CudaGraphExecObject;
struct CudaGraphNodeObject;
using CudaContext = CudaContextObject *;     // CUcontext
using CudaModule = CudaModuleObject *;       // CUmodule
using CudaFunction = CudaFunctionObject *;   // CUfunction
using CudaEvent = CudaEventObject *;         // CUevent
using CudaGraph = CudaGraphObject *;         // CUgraph
using CudaGraphExec = CudaGraphExecObject *; // CUgraphExec
using CudaGraphNode = CudaGraphNodeObject *; // CUgraphNode
using CudaAddress = uintptr_t;               // CUdeviceptr
using CudaDevice = int;                      // CUdevice
using CudaResult = int;                      // CUresult; 0 is success

constexpr int multiprocessorCountAttribute = 16; // CUdevice_attribute
constexpr int capabilityMajorAttribute = 75;
constexpr int capabilityMinorAttribute = 76;
constexpr int maxDynamicSharedBytesAttribute = 8; // CUfunction_attribute
constexpr int pointerMemoryTypeAttribute = 2;     // CUpointer_attribute
constexpr int pointerIsManagedAttribute = 8;
constexpr int pointerDeviceAttribute = 9;
constexpr int pointerRangeBeginAttribute = 11;
constexpr int pointerRangeBytesAttribute = 12;
constexpr unsigned hostMemoryType = 1; // CUmemorytype
constexpr unsigned deviceMemoryType = 2;
constexpr int captureModeRelaxed = 2; // CUstreamCaptureMode
constexpr uintptr_t legacyStream = 1; // CU_STREAM_LEGACY
constexpr int jitErrorLogOption = 5;  // CUjit_option
constexpr int jitErrorLogBytesOption = 6;

/// CUtensorMap.
struct alignas(64) TensorMap {
  unsigned char bytes[128];
};

constexpr int priorityLaunchAttribute = 8; // CUlaunchAttributeID

/// CUlaunchAttributeValue.
union LaunchAttributeValue {
  char pad[64];
  int priority;
};

/// CUDA_KERNEL_NODE_PARAMS_v2.
struct KernelNodeParams {
  CudaFunction function;
  unsigned grid[3], block[3];
  unsigned sharedBytes;
  void **params;
  void **extra;
  void *kernel;
  CudaContext context;
};

/// Functions of libcuda, under their own names; of some, the name ends in _v2.
struct Driver {
  CudaResult (*cuInit)(unsigned flags);
  CudaResult (*cuGetErrorString)(CudaResult error, const char **text);
  CudaResult (*cuDeviceGet)(CudaDevice *device, int ordinal);
  CudaResult (*cuDeviceGetAttribute)(int *value, int attribute, CudaDevice device);
  CudaResult (*cuDeviceGetName)(char *name, int bytes, CudaDevice device);
  CudaResult (*cuDevicePrimaryCtxRetain)(CudaContext *context, CudaDevice device);
  CudaResult (*cuDevicePrimaryCtxRelease)(CudaDevice device);
  CudaResult (*cuCtxGetCurrent)(CudaContext *context);
  CudaResult (*cuCtxGetDevice)(CudaDevice *device);
  CudaResult (*cuCtxGetId)(CudaContext context, unsigned long long *id);
  CudaResult (*cuCtxPushCurrent)(CudaContext context);
  CudaResult (*cuCtxPopCurrent)(CudaContext *context);
  CudaResult (*cuModuleLoadData)(CudaModule *module, const void *image);
  CudaResult (*cuModuleLoadDataEx)(CudaModule *module, const void *image,
                                   unsigned optionCount, const int *options,
                                   void **values);
  CudaResult (*cuModuleUnload)(CudaModule module);
  CudaResult (*cuModuleGetFunction)(CudaFunction *function, CudaModule module,
                                    const char *symbol);
  CudaResult (*cuFuncSetAttribute)(CudaFunction function, int attribute, int value);
  CudaResult (*cuOccupancyMaxActiveBlocksPerMultiprocessor)(int *blocks,
                                                            CudaFunction function,
                                                            int threads,
                                                            size_t sharedBytes);
  CudaResult (*cuTensorMapEncodeTiled)(TensorMap *map, int type, uint32_t rank,
                                       void *address, const uint64_t *sizes,
                                       const uint64_t *strides, const uint32_t *box,
                                       const uint32_t *elementStrides, int interleave,
                                       int swizzle, int l2Promotion, int oobFill);
  CudaResult (*cuTensorMapReplaceAddress)(TensorMap *map, void *address);
  CudaResult (*cuPointerGetAttributes)(unsigned count, const int *attributes,
                                       void **values, CudaAddress address);
  CudaResult (*cuLaunchKernel)(CudaFunction function, unsigned gridX, unsigned gridY,
                               unsigned gridZ, unsigned blockX, unsigned blockY,
                               unsigned blockZ, unsigned sharedBytes, void *stream,
                               void **params, void **extra);
  CudaResult (*cuStreamIsCapturing)(void *stream, int *status);
  CudaResult (*cuStreamSynchronize)(void *stream);
  CudaResult (*cuThreadExchangeStreamCaptureMode)(int *mode);
  CudaResult (*cuMemAlloc)(CudaAddress *address, size_t bytes);
  CudaResult (*cuMemFree)(CudaAddress address);
  CudaResult (*cuMemcpyHtoD)(CudaAddress to, const void *from, size_t bytes);
  CudaResult (*cuMemcpyDtoH)(void *to, CudaAddress from, size_t bytes);
  CudaResult (*cuMemcpyDtoHAsync)(void *to, CudaAddress from, size_t bytes,
                                  void *stream);
  CudaResult (*cuEventCreate)(CudaEvent *event, unsigned flags);
  CudaResult (*cuEventDestroy)(CudaEvent event);
  CudaResult (*cuEventRecord)(CudaEvent event, void *stream);
  CudaResult (*cuEventSynchronize)(CudaEvent event);
  CudaResult (*cuEventElapsedTime)(float *milliseconds, CudaEvent first,
                                   CudaEvent last);

  /// Those of graphs. Without one of them kernels are launched one by one.
  bool hasGraphs;
  CudaResult (*cuStreamGetId)(void *stream, unsigned long long *id);
  CudaResult (*cuStreamGetPriority)(void *stream, int *priority);
  CudaResult (*cuGraphCreate)(CudaGraph *graph, unsigned flags);
  CudaResult (*cuGraphDestroy)(CudaGraph graph);
  CudaResult (*cuGraphAddKernelNode)(CudaGraphNode *node, CudaGraph graph,
                                     const CudaGraphNode *before, size_t count,
                                     const KernelNodeParams *params);
  CudaResult (*cuGraphKernelNodeSetAttribute)(CudaGraphNode node, int attribute,
                                              const LaunchAttributeValue *value);
  CudaResult (*cuGraphInstantiate)(CudaGraphExec *executable, CudaGraph graph,
                                   unsigned long long flags);
  CudaResult (*cuGraphExecDestroy)(CudaGraphExec executable);
  CudaResult (*cuGraphExecKernelNodeSetParams)(CudaGraphExec executable,
                                               CudaGraphNode node,
                                               const KernelNodeParams *params);
  CudaResult (*cuGraphLaunch)(CudaGraphExec executable, void *stream);
  CudaResult (*cuStreamGetGreenCtx)(void *stream, void **green); // null before 12.5

  /// FOVEA_DRIVER_ERROR with the driver's own text where `result` is an error of
  /// `function`.
  Status check(CudaResult result, const char *function) const;
};

/// The process's driver, opened and initialized at first use. libcuda is one per
/// process, and so is this; it holds no device, context or module.
Status getDriver(const Driver *&driver);

/// Opens `path`, or libcuda where it is null; see fovea_runtime_open.
Status openDriver(const char *path);

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_DRIVER_H
