#pragma once

#include <string>

#include "search/run/run.h"

namespace lts::cli {

/// What a run says of how good its front is, in lines for people: its regret where the exact front
/// can be computed, its certificate where it has one, else nothing.
std::string knowledge_of_front(const search::SearchConfig& config, const search::RunResult& result);

}  // namespace lts::cli
