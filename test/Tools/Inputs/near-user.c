/* Calls a compiled entry: attention over equal values gives that value. */
#include "near.h"

#include <stdio.h>

enum { tokens = 9 };
static float q[tokens * 2 * 8], k[tokens * 8], v[tokens * 4], o[tokens * 2 * 4];

int main(void) {
  int32_t good[] = {0, 4, 4, tokens}, bad[] = {0, 4, 3, tokens};
  struct near_forward_args args = {tokens, 3, q, k, v, good, o};
  int i;
  for (i = 0; i < tokens * 8; ++i)
    k[i] = (float)(i % 7);
  for (i = 0; i < tokens * 4; ++i)
    v[i] = 2.5f;
  printf("status: %s\n", fovea_cpu_status_text(near_forward(&args)));
  for (i = 0; i < tokens * 2 * 4; ++i)
    if (o[i] != 2.5f)
      printf("element %d is %g\n", i, o[i]);
  args.cu_seqlens = bad;
  printf("status: %s\n", fovea_cpu_status_text(near_forward(&args)));
  return 0;
}
