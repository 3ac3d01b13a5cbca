#pragma once

#include <filesystem>
#include <string>

#include "tests/temporary_folder.h"

namespace lts::train {

/// The files of a training run of 24 steps, each 2 sequences of 24 tokens.
class HandWrittenRun {
 public:
  explicit HandWrittenRun(const testing::TemporaryFolder& folder, std::string name = "run",
                          const std::string& genes =
                              "n_layer: 2, d_model: 32, d_inner: 48, "
                              "n_head: 2",
                          const std::string& family = "gpt2")
      : folder_(folder), name_(std::move(name)) {
    write("config.yaml", "model: {family: " + family + ", " + genes +
                             "}\ndata: /none/verses\nsteps: 24\nglobal_batch_size: 2\n"
                             "micro_batch_size: 2\nsequence_length: 24\ndtype: float32\n"
                             "learning_rate: 0.003\nschedule: cosine\nwarmup_steps: 2\n"
                             "min_learning_rate: 0.0\noptimizer: adamw\nbetas: [0.9, 0.95]\n"
                             "weight_decay: 0.1\ngradient_clip: 1.0\ndropout: 0.0\nseed: 1\n"
                             "threads: 2\ndevice: cpu\nvalidate: {every: 10, batches: 4}\n"
                             "checkpoint: {every: 6, every_minutes: 0, keep: 2}\nlog_every: 2\n");
  }

  std::filesystem::path path() const { return folder_.path() / name_; }

  std::filesystem::path write(const std::string& name, const std::string& content) const {
    return folder_.write(name_ + "/" + name, content);
  }

  const HandWrittenRun& with_log(const std::string& lines) const {
    write("log.jsonl", lines);
    return *this;
  }

  /// A line of the log as training writes it.
  static std::string step_line(int step, double loss, int restart = 0) {
    return "{\"step\":" + std::to_string(step) + ",\"tokens\":" + std::to_string(48 * step) +
           ",\"loss\":" + std::to_string(loss) +
           ",\"grad_norm\":1.0,\"learning_rate\":0.001,\"tokens_per_s\":480.0,"
           "\"data_wait_fraction\":0.0,\"comm_wait_fraction\":0.0,\"peak_memory_bytes\":1000,"
           "\"skipped_steps\":1,\"elapsed_s\":" +
           std::to_string(step * 0.5) + ",\"time_left_s\":" + std::to_string((24 - step) * 0.5) +
           ",\"restart\":" + std::to_string(restart) + "}\n";
  }

  static std::string validation_line(int step, double loss) {
    return "{\"step\":" + std::to_string(step) + ",\"tokens\":" + std::to_string(48 * step) +
           ",\"validation_loss\":" + std::to_string(loss) +
           ",\"perplexity\":20.0,\"elapsed_s\":1.0,\"restart\":0}\n";
  }

  /// The rest of a finished run; perplexity is that of validation loss 3.
  const HandWrittenRun& finished() const {
    with_log(step_line(22, 2.75) + step_line(24, 2.5, 1) + validation_line(24, 3.0));
    write("environment.json",
          "{\"hardware\": {\"cpu_model\": \"A Processor\"}, \"libtorch\": \"2.13.0\", "
          "\"threads\": 2, \"data_sha256\": \"abc\"}");
    write("train_results.json",
          "{\"steps\": 24, \"tokens\": 1152, \"train_loss\": 2.5, \"validation_loss\": 3.0, "
          "\"perplexity\": 20.085536923187668, \"tokens_per_s\": 500.5, "
          "\"peak_memory_bytes\": 2097152, \"checkpoint\": \"x\"}");
    return *this;
  }

 private:
  const testing::TemporaryFolder& folder_;
  std::string name_;
};

}  // namespace lts::train
