#include "training/blas.h"

#include <blis.h>

#include <initializer_list>

namespace routellm::training {

bool TurnOffSmallProducts() {
  bli_init();
  cntx_t* context = bli_gks_query_cntx();
  for (const threshid_t dimension : {BLIS_MT, BLIS_NT, BLIS_KT}) {
    for (const num_t type : {BLIS_FLOAT, BLIS_DOUBLE})
      bli_blksz_set_def(0, type, bli_cntx_get_l3_sup_thresh(dimension, context));
  }
  return true;
}

}  // namespace routellm::training
