/* The public headers are C: this file is compiled as C99, and its function called. */
#include "fovea/device.h"
#include "fovea/runtime.h"

int loadNothing(void);

int loadNothing(void) {
  fovea_bundle_t *bundle = NULL;
  fovea_call_t call = {0};
  (void)call;
  return fovea_bundle_load_memory("", 0, &bundle) == FOVEA_INVALID_BUNDLE &&
         bundle == NULL && fovea_last_error()[0] != '\0';
}
