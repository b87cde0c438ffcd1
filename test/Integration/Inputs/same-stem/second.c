/* The kernel of the same name in the other folder. */
#include "two/attn.h"

float call_two(const float *q, const float *k, const float *v, const int32_t *ends);

float call_two(const float *q, const float *k, const float *v, const int32_t *ends) {
  static float o[5 * 4];
  struct s_forward_args args = {5, 1, q, k, v, ends, o};
  return s_forward(&args) == FOVEA_CPU_OK ? o[19] : -1;
}
