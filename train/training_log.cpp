#include "train/training_log.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/log.h"

namespace lts::train {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// Calls `visit` with each whole record and the offset of its line's end until it returns false. A
// damaged line between records is passed over: what comes after it is still true.
void visit_records(const fs::path& path,
                   const std::function<bool(const json&, std::size_t)>& visit) {
  if (!fs::exists(path)) return;
  const std::string text = read_file(path);
  for (std::size_t begin = 0;;) {
    const auto end = text.find('\n', begin);
    if (end == std::string::npos) return;
    const auto record =
        json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                    text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    const bool whole = record.is_object() && record.value("step", json()).is_number_integer();
    if (whole && !visit(record, end + 1)) return;
    begin = end + 1;
  }
}

std::uint64_t bytes_up_to(const fs::path& path, std::int64_t last_step) {
  std::uint64_t bytes = 0;
  visit_records(path, [&](const json& record, std::size_t end) {
    if (record["step"].get<std::int64_t>() > last_step) return false;
    bytes = end;
    return true;
  });
  return bytes;
}

// NaN for what is absent or null: the log writes null for a loss that is not finite.
double number_of(const json& record, const char* key) {
  const auto found = record.find(key);
  const bool is_number = found != record.end() && found->is_number();
  return is_number ? found->get<double>() : std::numeric_limits<double>::quiet_NaN();
}

std::int64_t count_of(const json& record, const char* key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

LogRecord step_record(const json& record) {
  return {.step = count_of(record, "step"),
          .tokens = count_of(record, "tokens"),
          .loss = number_of(record, "loss"),
          .grad_norm = number_of(record, "grad_norm"),
          .learning_rate = number_of(record, "learning_rate"),
          .tokens_per_s = number_of(record, "tokens_per_s"),
          .gemm_fraction = number_of(record, "gemm_fraction"),
          .data_wait_fraction = number_of(record, "data_wait_fraction"),
          .comm_wait_fraction = number_of(record, "comm_wait_fraction"),
          .peak_memory_bytes = count_of(record, "peak_memory_bytes"),
          .skipped_steps = count_of(record, "skipped_steps"),
          .rollbacks = count_of(record, "rollbacks"),
          .elapsed_s = number_of(record, "elapsed_s"),
          .time_left_s = number_of(record, "time_left_s"),
          .restart = count_of(record, "restart")};
}

ValidationRecord validation_record(const json& record) {
  return {.step = count_of(record, "step"),
          .tokens = count_of(record, "tokens"),
          .validation_loss = number_of(record, "validation_loss"),
          .perplexity = number_of(record, "perplexity"),
          .elapsed_s = number_of(record, "elapsed_s"),
          .restart = count_of(record, "restart")};
}

}  // namespace

TrainingLog::TrainingLog(const fs::path& path, std::int64_t last_step)
    : file_(path, bytes_up_to(path, last_step)) {}

void TrainingLog::append(const LogRecord& record) {
  const ordered_json line = {{"step", record.step},
                             {"tokens", record.tokens},
                             {"loss", record.loss},
                             {"grad_norm", record.grad_norm},
                             {"learning_rate", record.learning_rate},
                             {"tokens_per_s", record.tokens_per_s},
                             {"gemm_fraction", record.gemm_fraction},
                             {"data_wait_fraction", record.data_wait_fraction},
                             {"comm_wait_fraction", record.comm_wait_fraction},
                             {"peak_memory_bytes", record.peak_memory_bytes},
                             {"skipped_steps", record.skipped_steps},
                             {"rollbacks", record.rollbacks},
                             {"elapsed_s", record.elapsed_s},
                             {"time_left_s", record.time_left_s},
                             {"restart", record.restart}};
  write(line.dump());  // a value that is not finite becomes null
}

void TrainingLog::append(const ValidationRecord& record) {
  const ordered_json line = {{"step", record.step},
                             {"tokens", record.tokens},
                             {"validation_loss", record.validation_loss},
                             {"perplexity", record.perplexity},
                             {"elapsed_s", record.elapsed_s},
                             {"restart", record.restart}};
  write(line.dump());
}

void TrainingLog::write(const std::string& line) {
  const bool was_empty = kept_.empty();
  kept_ += line + "\n";
  try {
    flush();
  } catch (const Error& error) {
    if (was_empty)
      log::warning(std::string(error.what()) +
                   "; the training goes on and keeps the lines until there is room");
  }
}

void TrainingLog::flush() {
  if (kept_.empty()) return;
  file_.append(kept_);
  kept_.clear();
}

LogEnd read_log_end(const fs::path& path) {
  LogEnd end;
  visit_records(path, [&](const json& record, std::size_t) {
    if (record.contains("validation_loss"))
      end.validation = validation_record(record);
    else
      end.step = step_record(record);
    return true;
  });
  return end;
}

std::optional<std::int64_t> last_restart(const fs::path& path) {
  std::optional<std::int64_t> last;
  visit_records(path, [&](const json& record, std::size_t) {
    const auto restart = record.value("restart", std::int64_t{0});
    last = std::max(last.value_or(0), restart);
    return true;
  });
  return last;
}

}  // namespace lts::train
