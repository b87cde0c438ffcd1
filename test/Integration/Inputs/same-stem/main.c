/* Four kernels, each with its own answer: the mean of what the last of five tokens
 * sees. */
#include "one/attn.h"
#include "s.v1.h"
#include "s.v2.h"

#include <stdio.h>

float call_two(const float *q, const float *k, const float *v, const int32_t *ends);

int main(void) {
  static const float q[5 * 8], k[5 * 8];
  static float v[5 * 4], o[5 * 4];
  const int32_t ends[] = {0, 5};
  int i;
  struct s_forward_args args = {5, 1, q, k, v, ends, o};
  struct s1_forward_args args1 = {5, 1, q, k, v, ends, o};
  struct s2_forward_args args2 = {5, 1, q, k, v, ends, o};
  for (i = 0; i < 5 * 4; ++i)
    v[i] = (float)(i / 4);
  printf("%d", (int)s_forward(&args));
  printf(" %g", o[19]);
  printf(" %g", call_two(q, k, v, ends));
  printf(" %d", (int)s1_forward(&args1));
  printf(" %g", o[19]);
  printf(" %d", (int)s2_forward(&args2));
  printf(" %g\n", o[19]);
  return 0;
}
