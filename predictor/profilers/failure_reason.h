#pragma once

#include <exception>
#include <string>

namespace lts::predictor {

/// Why LibTorch, or a library under it, could not run a candidate, in one line: "out of memory" and
/// what was asked for, or "cannot be run: " and what it said.
std::string failure_reason(const std::exception& error);

}  // namespace lts::predictor
