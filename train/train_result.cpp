#include "train/train_result.h"

#include <limits>

#include "core/error.h"
#include "core/file.h"
#include "core/json_file.h"

namespace lts::train {

using nlohmann::json;

namespace {

class Reader {
 public:
  explicit Reader(const std::filesystem::path& file)
      : file_(file), result_(parse_json(read_file(file), file.string())) {}

  template <typename T>
  T value(const char* key) const {
    if (!result_.contains(key)) throw flawed(std::string("it has no '") + key + "'");
    try {
      return result_.at(key).get<T>();
    } catch (const json::type_error&) {
      throw flawed(std::string(key) + " is " + result_.at(key).dump());
    }
  }

  // JSON knows no NaN: it stands as null.
  double number(const char* key) const {
    if (result_.contains(key) && result_.at(key).is_null())
      return std::numeric_limits<double>::quiet_NaN();
    return value<double>(key);
  }

 private:
  Error flawed(const std::string& what) const {
    return user_error(Place{file_.string()}, "is no training result: " + what);
  }

  std::filesystem::path file_;
  json result_;
};

}  // namespace

nlohmann::ordered_json to_json(const TrainResult& result) {
  return {{"steps", result.steps},
          {"tokens", result.tokens},
          {"train_loss", result.train_loss},
          {"validation_loss", result.validation_loss},
          {"perplexity", result.perplexity},
          {"tokens_per_s", result.tokens_per_s},
          {"peak_memory_bytes", result.peak_memory_bytes},
          {"checkpoint", result.checkpoint}};
}

TrainResult read_train_result(const std::filesystem::path& file) {
  const Reader reader(file);
  return {.steps = reader.value<std::int64_t>("steps"),
          .tokens = reader.value<std::int64_t>("tokens"),
          .train_loss = reader.number("train_loss"),
          .validation_loss = reader.number("validation_loss"),
          .perplexity = reader.number("perplexity"),
          .tokens_per_s = reader.number("tokens_per_s"),
          .peak_memory_bytes = reader.value<std::int64_t>("peak_memory_bytes"),
          .checkpoint = reader.value<std::string>("checkpoint")};
}

}  // namespace lts::train
