#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "train/tokenizer/tokenizer.h"

namespace lts::train {

enum class InputFormat {
  kAuto,  ///< by name: .jsonl, .jsonl.zst and "-" are The Pile's JSON Lines, anything else text
  kText,  ///< the whole file is one document
  kPile,  ///< JSON Lines: {"text": ..., "meta": {"pile_set_name": ...}}
};

struct PrepareOptions {
  std::vector<std::string> inputs;  ///< files, or "-" for JSON Lines on standard input
  std::filesystem::path output;     ///< made after the inputs were checked
  InputFormat format = InputFormat::kAuto;
  /// File of the validation split; empty: the last hundredth of the tokens, cut at a document's end
  /// where there are many, never empty.
  std::filesystem::path validation = {};
  /// Take at most so many tokens of the inputs, the last document cut; 0: all.
  std::int64_t max_tokens = 0;
  std::vector<std::string> pile_set_names = {};  ///< keep only these; empty: all
  int threads = 0;                               ///< 0: all cores; the shards do not depend on it
  /// A finished folder gives its result again; an unfinished one goes on after its whole shards.
  bool resume = false;
  std::int64_t shard_tokens = 0;  ///< most tokens a shard; 0: 2^27
};

/// Over both splits. `tokens` has an end-of-text token for every document; `bytes` is the
/// documents' text as UTF-8. Documents without text are left out.
struct PrepareResult {
  std::int64_t documents = 0, tokens = 0, bytes = 0, shards = 0;
};

/// Tokenizes the inputs into OUTPUT/{train,validation}-NNNNN.bin and OUTPUT/manifest.json (inputs
/// with size and sha256, documents, tokens), written last. Memory stays at some megabytes a thread
/// however large the inputs are. `progress` gets (bytes done, bytes total or 0), from one thread at
/// a time. What throws, or kills, leaves whole shards of the train split in a hidden folder, after
/// which `resume` goes on, with the same result; before the first one OUTPUT as it was. \throws
/// Error kUser for bad options or inputs, kRuntime for the disk, kStopped on a signal.
PrepareResult prepare(const PrepareOptions& options, const Tokenizer& tokenizer,
                      const std::function<void(std::int64_t, std::int64_t)>& progress = {});

}  // namespace lts::train
