#include "space/recorded_graph.h"

namespace lts::space {

Recording record_graph(const std::function<void()>&) {
  return {.graph = nullptr, .refused = "this LibTorch has no CUDA"};
}

}  // namespace lts::space
