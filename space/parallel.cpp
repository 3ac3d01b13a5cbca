#include "space/parallel.h"

#include <ATen/Parallel.h>

// at::parallel_for is a pragma in a header: it runs on one thread in a unit compiled without
// OpenMP.
#if AT_PARALLEL_OPENMP && !defined(_OPENMP)
#error "compile this file with OpenMP, as model_sources.cmake says"
#endif

namespace lts::space {

void share_out(std::int64_t count, std::int64_t grain,
               const std::function<void(std::int64_t first, std::int64_t end)>& work) {
  at::parallel_for(0, count, grain, work);
}

}  // namespace lts::space
