#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace lts::train {

/// What a finished run gave; also DIR/train_results.json.
struct TrainResult {
  std::int64_t steps = 0, tokens = 0;
  double train_loss = 0;  ///< of the last line of the log; NaN: every step of it was skipped
  double validation_loss = 0, perplexity = 0;  ///< NaN where it was not finite
  double tokens_per_s = 0;                     ///< 0 where nothing was trained after a resumption
  std::int64_t peak_memory_bytes = 0;
  std::string checkpoint;  ///< path of the last one
};

nlohmann::ordered_json to_json(const TrainResult& result);

/// \throws Error kUser where the file is damaged, with the key that is missing or not as it should.
TrainResult read_train_result(const std::filesystem::path& file);

}  // namespace lts::train
