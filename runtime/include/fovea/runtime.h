/*===- fovea/runtime.h - Load and launch compiled kernels ---------*- C -*-===*
 * Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The C interface of Fovea's runtime: a bundle (docs/bundle.md) is loaded, its
 * entries are looked up by name, and an entry is launched on a CUDA stream.
 *
 *   fovea_bundle_t *bundle;
 *   const fovea_entry_t *entry;
 *   fovea_bundle_load_file("nsa.fovea", &bundle);
 *   fovea_bundle_find_entry(bundle, "nsa_forward", &entry);
 *   fovea_entry_workspace_bytes(entry, tensors, count, &bytes);
 *   fovea_entry_launch(entry, &call);
 *
 * Errors. Every call that can fail returns a status; fovea_last_error() has the
 * text of this thread's last failure. A call that fails has launched nothing,
 * unless the status is FOVEA_DRIVER_ERROR of a launch itself. Null handles and
 * null result pointers are FOVEA_INVALID_ARGUMENT.
 *
 * Threads. Every function may be called from any thread at any time, except
 * that fovea_bundle_free must not run beside another use of the same bundle.
 *
 * Contexts. Kernels are loaded once per CUDA context, into the context that is
 * current in the calling thread (PyTorch and the CUDA runtime's cudaSetDevice
 * make one current). Where none is, device 0's primary context is used for the
 * call and none is current after it. libcuda is opened at first use; a program
 * links and starts without a driver.
 *
 * Graphs. A launch calls cuLaunchKernel and nothing else that changes a stream:
 * it can be captured. Load the kernels with fovea_bundle_prepare first. A bundle
 * that was launched in a capture leaves the kernels that it loaded into that context
 * there when it is freed, as long as the context lives: the graph may be launched
 * after.
 *
 *===----------------------------------------------------------------------===*/

#ifndef FOVEA_RUNTIME_H
#define FOVEA_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define FOVEA_API __attribute__((visibility("default")))
#else
#define FOVEA_API
#endif

/* NOLINTBEGIN(readability-identifier-naming): these are C's names. */

#ifdef __cplusplus
extern "C" {
#endif

/* Grows when this interface changes; fovea_runtime_abi() is the library's. */
#define FOVEA_RUNTIME_ABI 3

typedef enum fovea_status {
  FOVEA_OK = 0,
  FOVEA_INVALID_ARGUMENT = 1, /* a call or a tensor that does not fit the entry */
  FOVEA_INVALID_BUNDLE = 2,   /* not a bundle, truncated, corrupted */
  FOVEA_NOT_FOUND = 3,        /* no entry of that name; no such file */
  FOVEA_NO_DRIVER = 4,        /* libcuda is missing, too old, or finds no device */
  FOVEA_DRIVER_ERROR = 5,     /* a call of the driver failed */
  FOVEA_UNSUPPORTED = 6,      /* the device is not the bundle's target */
  FOVEA_OUT_OF_MEMORY = 7,    /* of the host */
  FOVEA_INTERNAL_ERROR = 8
} fovea_status_t;

typedef enum fovea_type {
  FOVEA_BF16 = 0,
  FOVEA_F16 = 1,
  FOVEA_F32 = 2,
  FOVEA_I32 = 3,
  FOVEA_I64 = 4
} fovea_type_t;

/* What the first size of an argument counts. All arguments of a call are over one
 * batch: a call whose sizes are not those of one is refused. */
typedef enum fovea_rows {
  FOVEA_ROWS_STATIC = 0,        /* nothing: the size is a number of its own */
  FOVEA_ROWS_TOKENS = 1,        /* the tokens of all sequences / tokens_per_row */
  FOVEA_ROWS_SEQUENCE_ENDS = 2, /* sequences + 1 */
  FOVEA_ROWS_SEQUENCES = 3,     /* sequences */
  /* Of an entry whose queries are not the same tokens as its keys: */
  FOVEA_ROWS_KEY_TOKENS = 4,        /* rows of keys of all sequences / tokens_per_row */
  FOVEA_ROWS_KEY_SEQUENCE_ENDS = 5, /* sequences + 1: where rows of keys end */
  FOVEA_ROWS_PAGES =
      6 /* of caches: as many pages as there are, whatever the batch is */
} fovea_rows_t;

typedef struct fovea_bundle fovea_bundle_t;
typedef struct fovea_entry fovea_entry_t; /* lives as long as its bundle */

/* Strings and shapes in these structs live as long as the bundle. */
typedef struct fovea_bundle_info {
  const char *producer; /* such as "fovea 0.1.0" */
  const char *target;   /* such as "sm_90a" */
  size_t entry_count;
  size_t kernel_count;
} fovea_bundle_info_t;

typedef struct fovea_kernel_info {
  const char *name;
  const char *symbol;    /* its name in the cubin, and in a profiler */
  uint32_t threads;      /* per block */
  uint32_t shared_bytes; /* dynamic shared memory per block */
  uint32_t registers;    /* per thread, as reported when it was compiled */
} fovea_kernel_info_t;

typedef struct fovea_entry_info {
  const char *name;
  size_t argument_count;
  size_t launch_count;
  bool checkable;     /* whether a call can be checked; false: the compiler was older */
  size_t check_count; /* how many elements a report has */
} fovea_entry_info_t;

typedef struct fovea_argument_info {
  const char *name;
  fovea_type_t type;
  fovea_rows_t rows;
  bool output;
  uint32_t rank;
  const int64_t *shape;   /* `rank` sizes, outermost first; -1: not static */
  int64_t tokens_per_row; /* of FOVEA_ROWS_TOKENS and FOVEA_ROWS_KEY_TOKENS: more than 1
                             for compressed rows, of which there are
                             floor(tokens / tokens_per_row); else 1 */
} fovea_argument_info_t;

/* A row-major contiguous array. */
typedef struct fovea_tensor {
  void *data;   /* device address, aligned to 16 bytes; may be null where
                   the array has no elements */
  int32_t type; /* a fovea_type_t */
  uint32_t rank;
  const int64_t *shape; /* `rank` sizes, outermost first; null for rank 0 */
} fovea_tensor_t;

/* Flags of a call. FOVEA_CALL_CHECKED: launches the entry's checks before its kernels,
 * on the same stream and without waiting. For each argument that holds offsets, such as
 * cu_seqlens, report[i] is -1 then if they start at 0, ascend, and end at no more than
 * the number of tokens; otherwise j, the number of the first offset that does not: 0
 * where the first is not 0, else sequence j - 1 is malformed. Kernels stay inside their
 * arrays whatever offsets hold, but what they compute of malformed ones means nothing.
 */
#define FOVEA_CALL_CHECKED 1u

/* FOVEA_CALL_SEPARATE: launches each kernel by itself. Otherwise the kernels of a call
 * go to its stream as one graph, with the stream's priority, where the driver can and
 * the stream is not being captured: that costs the host a fifth. What else a stream may
 * have, such as an access policy window, a graph's kernels do not; use this flag there.
 */
#define FOVEA_CALL_SEPARATE 2u

/* Zero what is not set: `fovea_call_t call = {0};`. */
typedef struct fovea_call {
  const fovea_tensor_t *tensors; /* one per argument of the entry, in order */
  size_t tensor_count;
  void *workspace;        /* device address, aligned to 256 bytes; may be null where
                             no workspace is needed */
  size_t workspace_bytes; /* at least what fovea_entry_workspace_bytes says */
  void *stream;           /* a CUstream or cudaStream_t; null: the default stream */
  uint32_t flags;         /* of FOVEA_CALL_CHECKED and FOVEA_CALL_SEPARATE */
  int32_t *report;        /* of a checked call: device address */
  size_t report_count;    /* its elements: at least the entry's check_count */
} fovea_call_t;

/* FOVEA_RUNTIME_ABI of the library that is linked. Never fails. */
FOVEA_API uint32_t fovea_runtime_abi(void);

/* What went wrong in this thread's last call that failed: one line, never null.
 * Valid until this thread's next call that fails. */
FOVEA_API const char *fovea_last_error(void);

/* Opens the driver's library now, rather than at first use. `path` is a file or a
 * name for dlopen; null means "libcuda.so.1". Opening the same path again is no
 * error, opening another one is FOVEA_INVALID_ARGUMENT: a process has one driver.
 * FOVEA_NO_DRIVER: there is none, it is older than CUDA 12.0, or has no device; it
 * may be tried again. */
FOVEA_API fovea_status_t fovea_runtime_open(const char *path);

/* Reads a bundle from `bytes` bytes at `data`, which are copied, or from a file, and
 * checks all of it, contents of cubins by their hash included. Needs no driver. */
FOVEA_API fovea_status_t fovea_bundle_load_memory(const void *data, size_t bytes,
                                                  fovea_bundle_t **bundle);
FOVEA_API fovea_status_t fovea_bundle_load_file(const char *path,
                                                fovea_bundle_t **bundle);

/* Unloads the bundle's kernels from every context that still exists, but for those that
 * a captured graph may hold: they go with their context. None of the others may be
 * running. Null is allowed. */
FOVEA_API void fovea_bundle_free(fovea_bundle_t *bundle);

/* Loads the kernels into the current context. Launching does so too, but loading
 * synchronizes the device and is no good during a capture. Idempotent.
 * FOVEA_UNSUPPORTED: the context's device is not the bundle's target. */
FOVEA_API fovea_status_t fovea_bundle_prepare(fovea_bundle_t *bundle);

FOVEA_API fovea_status_t fovea_bundle_describe(const fovea_bundle_t *bundle,
                                               fovea_bundle_info_t *info);
FOVEA_API fovea_status_t fovea_bundle_describe_kernel(const fovea_bundle_t *bundle,
                                                      size_t kernel,
                                                      fovea_kernel_info_t *info);

/* An entry by name (FOVEA_NOT_FOUND lists what there is) or by number. */
FOVEA_API fovea_status_t fovea_bundle_find_entry(fovea_bundle_t *bundle,
                                                 const char *name,
                                                 const fovea_entry_t **entry);
FOVEA_API fovea_status_t fovea_bundle_get_entry(fovea_bundle_t *bundle, size_t index,
                                                const fovea_entry_t **entry);

FOVEA_API fovea_status_t fovea_entry_describe(const fovea_entry_t *entry,
                                              fovea_entry_info_t *info);
FOVEA_API fovea_status_t fovea_entry_describe_argument(const fovea_entry_t *entry,
                                                       size_t argument,
                                                       fovea_argument_info_t *info);

/* Which kernel of the bundle the entry's launch number `launch` runs. */
FOVEA_API fovea_status_t fovea_entry_get_launch(const fovea_entry_t *entry,
                                                size_t launch, size_t *kernel);

/* How many bytes of workspace a call with tensors of these types and shapes needs; a
 * multiple of 256, 0 where none. `data` is not looked at. Needs no driver. */
FOVEA_API fovea_status_t fovea_entry_workspace_bytes(const fovea_entry_t *entry,
                                                     const fovea_tensor_t *tensors,
                                                     size_t tensor_count,
                                                     size_t *bytes);

/* Checks the call, then launches the entry's kernels in order on the call's stream and
 * returns without waiting for them. Tensors and workspace must stay allocated, and
 * the workspace unused by others, until they are done. The structs may go at once.
 * Addresses that the driver knows as the host's, as another device's or not at all are
 * FOVEA_INVALID_ARGUMENT; what docs/runtime.md says is checked never is the caller's to
 * see to: above all that arrays are as large as their shapes say. */
FOVEA_API fovea_status_t fovea_entry_launch(const fovea_entry_t *entry,
                                            const fovea_call_t *call);

/* The same for launches `first` <= i < `last` only, to time a kernel on its own: what
 * earlier launches leave in the workspace is whatever is there. */
FOVEA_API fovea_status_t fovea_entry_launch_range(const fovea_entry_t *entry,
                                                  const fovea_call_t *call,
                                                  size_t first, size_t last);

/* Launches the entry's checks alone on the call's stream, waits for the stream, and is
 * FOVEA_INVALID_ARGUMENT where an argument's offsets are malformed, with a text such as
 * "nsa_forward, argument 'cu_seqlens': expected offsets that ascend from 0 to at most
 * 100 tokens, got a malformed sequence 2". The workspace is not looked at. The report
 * may be null: one is allocated for the call then. No good on a stream that is being
 * captured. */
FOVEA_API fovea_status_t fovea_entry_check(const fovea_entry_t *entry,
                                           const fovea_call_t *call);

#ifdef __cplusplus
} /* extern "C" */
#endif

/* NOLINTEND(readability-identifier-naming) */

#endif /* FOVEA_RUNTIME_H */
