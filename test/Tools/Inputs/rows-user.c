/* Calls the entries of rows.mlir with arrays of exactly the documented sizes. */
#include "rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static float *make(int64_t count, float value) {
  float *data = malloc((size_t)count * sizeof(float));
  for (int64_t i = 0; i < count; ++i)
    data[i] = value;
  return data;
}

/* With all keys equal, a token that sees one has the value 2 but for rounding, the
 * others have 0. */
static int count_wrong(const float *o, const int32_t *ends, int sequences, int first) {
  int wrong = 0;
  for (int b = 0; b < sequences; ++b)
    for (int64_t t = ends[b]; t < ends[b + 1]; ++t)
      for (int i = 0; i < 64; ++i)
        wrong += fabsf(o[t * 64 + i] - (t - ends[b] >= first ? 2 : 0)) > 1e-6f;
  return wrong;
}

int main(void) {
  const int64_t tokens = 103;
  const int32_t ends[] = {0, 30, 30, 103}, other[] = {0, 30, 20, 103},
                two[] = {0, 5, 128};
  float *q = make(128 * 64, 1), *o = make(128 * 64, -1), *k = make(128 * 64, 2);
  float *kc = make(25 * 32, 2);

  struct far_args far_call = {tokens, 3, q, kc, ends, o};
  printf("far: %s\n", fovea_cpu_status_text(far(&far_call)));
  printf("far: %d wrong\n", count_wrong(o, ends, 3, 7));
  far_call.offsets = other;
  printf("far: %d\n", far(&far_call));

  struct chain_args chain_call = {tokens, 3, q, k, ends, ends, o};
  printf("chain: %d\n", chain(&chain_call));
  printf("chain: %d wrong\n", count_wrong(o, ends, 3, 0));
  chain_call.cu2 = other;
  printf("chain: %d\n", chain(&chain_call));
  chain_call.cu_seqlens = other;
  chain_call.cu2 = ends;
  printf("chain: %d\n", chain(&chain_call));

  struct fixed_args fixed_call = {128, 2, q, k, two, o};
  printf("fixed: %d\n", fixed(&fixed_call));
  printf("fixed: %d wrong\n", count_wrong(o, two, 2, 0));
  fixed_call.tokens = 4000;
  printf("fixed: %s\n", fovea_cpu_status_text(fixed(&fixed_call)));
  fixed_call.tokens = 128;
  fixed_call.sequences = 3;
  printf("fixed: %d\n", fixed(&fixed_call));
  free(q), free(o), free(k), free(kc);
  return 0;
}
