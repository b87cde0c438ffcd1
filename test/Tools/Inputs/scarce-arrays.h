/* What one call of scarce.mlir's entry takes, zeros. */
#include "scarce.h"

#include <stdlib.h>

enum { tokens = 70, q_size = tokens * 128 * 576, o_size = tokens * 128 * 512 };

static struct scarce_forward_args make_args(void) {
  static int32_t ends[] = {0, tokens};
  struct scarce_forward_args args = {0};
  args.tokens = tokens;
  args.sequences = 1;
  args.q = calloc(q_size, sizeof(float));
  args.k = calloc(tokens * 576, sizeof(float));
  args.v = calloc(tokens * 512, sizeof(float));
  args.gates = calloc(tokens * 128 * 3, sizeof(float));
  args.cu_seqlens = ends;
  args.o = calloc(o_size, sizeof(float));
  return args;
}
