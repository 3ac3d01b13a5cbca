#include "search/searcher.h"

namespace lts::search {

std::optional<CertifiedFront> Searcher::certify(const Archive& /*archive*/,
                                                const std::map<std::string, Bounds>& /*bounds*/) {
  return std::nullopt;
}

}  // namespace lts::search
