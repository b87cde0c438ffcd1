// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Attention to listed blocks, by hand: one warp for each token and KV head, whose 16
// query heads are the rows of the products, m16n8k16 each. Keys and values come by
// asynchronous copies into a tile of shared memory each: the next block's keys while
// this one's values are multiplied, its values while the next scores are. Warps share
// nothing, so none waits for another; six of them fit a multiprocessor of Hopper.
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <cstdint>

namespace {

constexpr int kGroup = 16;
constexpr int kDim = 128;
constexpr int kBlock = 64;
constexpr int kChunks = kDim / 8; // pieces of 16 bytes in a row

/// The rows of a block. Chunk c of row r stands at c ^ (r % 8), so that one chunk of
/// eight rows is in all banks.
struct Tile {
  uint4 chunks[kBlock * kChunks];

  __device__ uint32_t address(int row, int chunk) const {
    return static_cast<uint32_t>(
        __cvta_generic_to_shared(&chunks[row * kChunks + (chunk ^ (row & 7))]));
  }
};

/// Begins to copy rows first .. of [T, kvHeads, kDim], as one group; half of the lanes
/// have a row together. Behind the last token it is copied again: nobody sees those
/// keys, but they must be finite.
__device__ void beginCopy(const Tile &tile, const __nv_bfloat16 *rows, int first,
                          int tokens, int kvHeads, int lane) {
#pragma unroll 8
  for (int pair = 0; pair < kBlock; pair += 32 / kChunks) {
    int row = pair + lane / kChunks, chunk = lane % kChunks;
    int64_t token = min(first + row, tokens - 1);
    const __nv_bfloat16 *from = rows + token * kvHeads * kDim + chunk * 8;
    asm volatile(
        "cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(tile.address(row, chunk)),
        "l"(from));
  }
}

__device__ void endGroup() { asm volatile("cp.async.commit_group;"); }

/// Waits until all groups but the last one are there, for all lanes.
__device__ void waitForAllButOne() {
  asm volatile("cp.async.wait_group 1;" ::: "memory");
  __syncwarp();
}

/// Four 8 x 8 matrices; lane i gives the address of row i % 8 of matrix i / 8.
__device__ void load(uint32_t (&to)[4], uint32_t address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(address)
               : "memory");
}

__device__ void loadTransposed(uint32_t (&to)[4], uint32_t address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(address)
               : "memory");
}

/// c [16, 8] += a [16, 16] b [16, 8].
__device__ void multiply(float (&c)[4], const uint32_t (&a)[4], uint32_t b0,
                         uint32_t b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, "
               "{%4, %5, %6, %7}, {%8, %9}, "
               "{%0, %1, %2, %3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

__device__ uint32_t pack(float low, float high) {
  __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
  return *reinterpret_cast<uint32_t *>(&pair);
}

/// The four lanes of a quad have a row together.
__device__ float maxOfQuad(float x) {
  x = fmaxf(x, __shfl_xor_sync(~0u, x, 1));
  return fmaxf(x, __shfl_xor_sync(~0u, x, 2));
}

__device__ float sumOfQuad(float x) {
  x += __shfl_xor_sync(~0u, x, 1);
  return x + __shfl_xor_sync(~0u, x, 2);
}

/// One lane's part of the softmax: rows lane / 4 and lane / 4 + 8 of 16.
struct Rows {
  float out[kDim / 8][4] = {};
  float top[2] = {-INFINITY, -INFINITY}, total[2] = {};

  /// Scores become weights, and what there is shrinks to their new maximum.
  __device__ void exponentiate(float (&scores)[kBlock / 8][4]) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      float newTop = top[half];
      for (auto &s : scores)
        newTop = fmaxf(newTop, fmaxf(s[2 * half], s[2 * half + 1]));
      newTop = maxOfQuad(newTop);
      float shrink = exp2f(top[half] - newTop), sum = 0;
      top[half] = newTop;
      for (auto &s : scores)
        for (int i = 2 * half; i < 2 * half + 2; ++i)
          sum += s[i] = exp2f(s[i] - newTop);
      total[half] = total[half] * shrink + sum;
      for (auto &o : out)
        o[2 * half] *= shrink, o[2 * half + 1] *= shrink;
    }
  }
};

/// Scores of the group's heads with a block's keys.
__device__ void score(float (&scores)[kBlock / 8][4],
                      const uint32_t (&query)[kDim / 16][4], const Tile &keys,
                      int lane) {
#pragma unroll
  for (int step = 0; step < kDim / 16; step += 2) {
#pragma unroll
    for (int n = 0; n < kBlock / 8; ++n) {
      uint32_t b[4];
      load(b, keys.address(8 * n + lane % 8, 2 * step + lane / 8));
      multiply(scores[n], query[step], b[0], b[1]);
      multiply(scores[n], query[step + 1], b[2], b[3]);
    }
  }
}

__device__ void addValues(Rows &rows, const float (&weights)[kBlock / 8][4],
                          const Tile &values, int lane) {
#pragma unroll
  for (int step = 0; step < kBlock / 16; ++step) {
    const float (&low)[4] = weights[2 * step], (&high)[4] = weights[2 * step + 1];
    uint32_t a[4] = {pack(low[0], low[1]), pack(low[2], low[3]), pack(high[0], high[1]),
                     pack(high[2], high[3])};
#pragma unroll
    for (int d = 0; d < kDim / 8; d += 2) {
      uint32_t b[4];
      loadTransposed(b, values.address(16 * step + lane % 16, d + lane / 16));
      multiply(rows.out[d], a, b[0], b[1]);
      multiply(rows.out[d + 1], a, b[2], b[3]);
    }
  }
}

__global__ void __launch_bounds__(32)
    attendToken(const __nv_bfloat16 *q, const __nv_bfloat16 *k, const __nv_bfloat16 *v,
                const int *lists, __nv_bfloat16 *o, int kvHeads, int listed,
                float scale) {
  __shared__ Tile keys, values;
  int tokens = gridDim.x, token = blockIdx.x, head = blockIdx.y, lane = threadIdx.x;
  const int *list = lists + (int64_t(token) * kvHeads + head) * listed;
  int count = 0;
  while (count < listed && list[count] >= 0 && list[count] <= token / kBlock)
    ++count;
  k += head * kDim, v += head * kDim;
  auto begin = [&](const Tile &tile, const __nv_bfloat16 *from, int i) {
    if (i < count)
      beginCopy(tile, from, list[i] * kBlock, tokens, kvHeads, lane);
    endGroup();
  };
  begin(keys, k, 0);
  begin(values, v, 0);

  // A lane's elements of a row and of that eight below, in pairs: where products have
  // them.
  int64_t at = (int64_t(token) * kvHeads + head) * kGroup * kDim + lane / 4 * kDim +
               lane % 4 * 2;
  uint32_t query[kDim / 16][4];
#pragma unroll
  for (int step = 0; step < kDim / 16; ++step)
    for (int i = 0; i < 4; ++i)
      query[step][i] = *reinterpret_cast<const uint32_t *>(
          q + at + step * 16 + i % 2 * 8 * kDim + i / 2 * 8);

  Rows rows;
  for (int i = 0; i < count; ++i) {
    float scores[kBlock / 8][4] = {};
    waitForAllButOne();
    score(scores, query, keys, lane);
    __syncwarp();
    int first = list[i] * kBlock + lane % 4 * 2;
    for (int n = 0; n < kBlock / 8; ++n)
      for (int j = 0; j < 4; ++j)
        scores[n][j] =
            first + 8 * n + j % 2 <= token ? scores[n][j] * scale : -INFINITY;
    begin(keys, k, i + 1);
    rows.exponentiate(scores);
    waitForAllButOne();
    addValues(rows, scores, values, lane);
    __syncwarp();
    begin(values, v, i + 1);
  }

#pragma unroll
  for (int half = 0; half < 2; ++half) {
    float total = sumOfQuad(rows.total[half]);
    float factor = total > 0 ? 1 / total : 0; // a token that lists nothing gets 0
    for (int d = 0; d < kDim / 8; ++d)
      *reinterpret_cast<uint32_t *>(o + at + half * 8 * kDim + d * 8) =
          pack(rows.out[d][2 * half] * factor, rows.out[d][2 * half + 1] * factor);
  }
}

} // namespace

/// q and o [tokens, 16 kvHeads, 128], k and v [tokens, kvHeads, 128], all bf16; lists
/// int32 [tokens, kvHeads, listed]. Scores are multiplied by `scale`, which has log2(e)
/// in it. Returns CUDA's error.
extern "C" int attend(const __nv_bfloat16 *q, const __nv_bfloat16 *k,
                      const __nv_bfloat16 *v, const int *lists, __nv_bfloat16 *o,
                      int tokens, int kvHeads, int listed, float scale,
                      cudaStream_t stream) {
  cudaFuncSetAttribute(attendToken, cudaFuncAttributePreferredSharedMemoryCarveout,
                       cudaSharedmemCarveoutMaxShared);
  // Tokens first: those that run at one time share a head's keys in L2.
  attendToken<<<dim3(tokens, kvHeads), 32, 0, stream>>>(q, k, v, lists, o, kvHeads,
                                                        listed, scale);
  return cudaGetLastError();
}
