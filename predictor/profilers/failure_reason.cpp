#include "predictor/profilers/failure_reason.h"

#include <torch/torch.h>

#include <new>

#include "core/text.h"

namespace lts::predictor {

std::string failure_reason(const std::exception& error) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return "out of memory";
  // LibTorch appends a stack trace. dnnl::error, for one, is no c10::Error.
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  const std::string reason =
      first_line(torch_error ? torch_error->what_without_backtrace() : error.what());
  const bool memory = dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
                      reason.find("allocate memory") != std::string::npos;
  return (memory ? "out of memory: " : "cannot be run: ") + reason;
}

}  // namespace lts::predictor
