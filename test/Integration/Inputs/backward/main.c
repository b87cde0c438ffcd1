/* Where the gradient of each output is 1, values get as much in all as there are rows
 * of queries, whose probabilities sum to 1 each. */
#include "near.h"

#include <stdio.h>

#define TOKENS 7

int main(void) {
  static float q[TOKENS * 4 * 8], k[TOKENS * 2 * 8], v[TOKENS * 2 * 4],
      o[TOKENS * 4 * 4];
  static float lse[TOKENS * 4], grad_o[TOKENS * 4 * 4];
  static float grad_q[TOKENS * 4 * 8], grad_k[TOKENS * 2 * 8], grad_v[TOKENS * 2 * 4];
  const int32_t ends[] = {0, 5, TOKENS};
  struct near_forward_args forward = {.tokens = TOKENS,
                                      .sequences = 2,
                                      .q = q,
                                      .k = k,
                                      .v = v,
                                      .cu_seqlens = ends,
                                      .o = o,
                                      .window_lse = lse};
  struct near_backward_args backward = {.tokens = TOKENS,
                                        .sequences = 2,
                                        .q = q,
                                        .k = k,
                                        .v = v,
                                        .cu_seqlens = ends,
                                        .o = o,
                                        .window_lse = lse,
                                        .grad_o = grad_o,
                                        .grad_q = grad_q,
                                        .grad_k = grad_k,
                                        .grad_v = grad_v};
  float sum = 0;
  int i;
  for (i = 0; i < TOKENS * 4 * 8; ++i)
    q[i] = (float)(i % 13) / 13;
  for (i = 0; i < TOKENS * 2 * 8; ++i)
    k[i] = (float)(i % 7) / 7;
  for (i = 0; i < TOKENS * 2 * 4; ++i)
    v[i] = (float)(i % 5);
  for (i = 0; i < TOKENS * 4 * 4; ++i)
    grad_o[i] = 1;
  printf("%d", (int)near_forward(&forward));
  printf(" %d", (int)near_backward(&backward));
  for (i = 0; i < TOKENS * 2 * 4; ++i)
    sum += grad_v[i];
  printf(" %.3f of %d\n", sum, TOKENS * 4 * 4);
  return 0;
}
