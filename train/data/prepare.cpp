#include "train/data/prepare.h"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <memory>

#include "core/error.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/text.h"
#include "train/data/prepare_check.h"
#include "train/data/prepare_progress.h"
#include "train/data/token_collector.h"
#include "train/data/validation_tail.h"
#include "train/data/work_folder.h"

namespace lts::train {
namespace {

using Progress = std::function<void(std::int64_t, std::int64_t)>;

// One run: its options, checked, and what it has made so far.
class Preparation {
 public:
  Preparation(const PrepareOptions& options, CheckedInputs inputs, const Tokenizer& tokenizer,
              const VocabularyId& vocabulary, const Progress& progress)
      : options_(options),
        inputs_(std::move(inputs)),
        tokenizer_(tokenizer),
        progress_(progress),
        documents_(tokenizer, options.pile_set_names),
        shard_tokens_(options.shard_tokens > 0 ? options.shard_tokens : kMaxShardTokens) {
    manifest_.vocabulary = vocabulary;
    manifest_.settings = settings_of(options);
  }

  Manifest run() {
    WorkFolder work(options_.output);
    work.take_back();
    const auto before = progress_to_go_on(work.path());
    work.clear_but(before);
    try {
      make_splits(work, before);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kStopped) throw;
      stop_if_interrupted(work.path());  // whatever was at work: what is kept is said here
      throw;
    }
    work.publish(shard_files(), to_json_text(manifest_));
    return manifest_;
  }

 private:
  // The validation file first: what is wrong with it shows before the long work.
  void make_splits(const WorkFolder& work, const std::optional<PrepareProgress>& before) {
    std::vector<InputRecord> validation_input;
    if (!inputs_.validation.empty()) {
      manifest_.validation =
          tokenize({.folder = work.path(), .name = "validation", .inputs = inputs_.validation});
      check_total(manifest_.validation.tokens, kMinSplitTokens, "for validation");
      std::swap(validation_input, manifest_.inputs);
    }
    manifest_.train = tokenize({.folder = work.path(),
                                .name = "train",
                                .inputs = inputs_.train,
                                .max_tokens = options_.max_tokens,
                                .before = before,
                                .keeps_progress = true});
    if (inputs_.validation.empty()) cut_validation(work);
    std::ranges::move(validation_input, std::back_inserter(manifest_.inputs));
    check_total(manifest_.train.tokens, kMinSplitTokens, "for training");
    stop_if_interrupted(work.path());
  }

  /// A split to make.
  struct Job {
    fs::path folder;
    std::string name;
    std::vector<InputSpec> inputs;
    std::int64_t max_tokens = 0;
    std::optional<PrepareProgress> before{};
    bool keeps_progress = false;
  };
  /// Batches collected.
  struct Position {
    std::int64_t batches = 0;
    std::uint64_t checksum = 0;
  };

  void stop_if_interrupted(const fs::path& folder) const {
    throw_if_interrupted(holds_progress(folder)
                             ? "whole shards are kept; add --resume to go on after them"
                             : "what was tokenized is not kept; the same command starts over");
  }

  std::optional<PrepareProgress> progress_to_go_on(const fs::path& folder) const {
    if (!options_.resume) return std::nullopt;
    auto progress = read_progress(folder);
    if (progress) check_same(*progress, folder, manifest_, shard_tokens_);
    return progress;
  }

  SplitRecord tokenize(const Job& job) {
    SplitWriter writer(job.folder, job.name, manifest_.vocabulary, shard_tokens_);
    if (job.before) writer.go_on(job.before->shards, job.before->tokens);
    TokenCollector collector(writer, tokenizer_, job.max_tokens,
                             job.before ? job.before->collected : Collected{});
    InputReader reader(job.inputs, tokenizer_);
    Position position = job.before ? skip(reader, job) : Position{};
    run_pipeline(reader, [&](const TokenizedBatch& batch) {
      stop_if_interrupted(job.folder);
      collect(batch, collector, writer, job, position);
      return !collector.full();
    });
    check_documents(job.inputs, collector);
    const Collected& collected = collector.collected();
    SplitRecord record{collected.documents, writer.num_tokens(), writer.finish()};
    for (InputRecord& input : reader.finish()) {
      bytes_before_ += input.size_bytes.value_or(0);
      manifest_.inputs.push_back(std::move(input));
    }
    manifest_.documents += collected.documents;
    manifest_.empty_documents += collected.empty_documents;
    manifest_.bytes += collected.bytes;
    return record;
  }

  // Reads what an earlier run collected.
  Position skip(InputReader& reader, const Job& job) {
    Position position;
    for (InputBatch batch; position.batches < job.before->batches && reader.next(batch);) {
      stop_if_interrupted(job.folder);
      if (batch.error) std::rethrow_exception(batch.error);
      position = {position.batches + 1, batch.checksum};
      if (progress_) progress_(batch.source_bytes, inputs_.total_bytes);
    }
    if (position.batches == job.before->batches &&
        position.checksum == job.before->batches_checksum)
      return position;
    throw user_error(Place{options_.output.string()},
                     "was begun with other text in the inputs; name another folder");
  }

  void collect(const TokenizedBatch& batch, TokenCollector& collector, const SplitWriter& writer,
               const Job& job, Position& position) {
    PrepareProgress before = {.vocabulary = manifest_.vocabulary,
                              .settings = manifest_.settings,
                              .shard_tokens = shard_tokens_,
                              .batches = position.batches,
                              .batches_checksum = position.checksum,
                              .collected = collector.collected(),
                              .tokens = writer.num_tokens()};
    const std::size_t finished = writer.finished_shards().size();
    collector.add(batch);
    position = {position.batches + 1, batch.checksum};
    if (!job.keeps_progress || writer.finished_shards().size() == finished) return;
    before.shards = writer.finished_shards();
    write_progress(job.folder, before);
  }

  // Reads and hands on in order, tokenizes in parallel; so the shards do not depend on the threads.
  // Ends where `take` wants no more.
  void run_pipeline(InputReader& reader, const std::function<bool(const TokenizedBatch&)>& take) {
    const int threads = options_.threads > 0 ? options_.threads : tbb::info::default_concurrency();
    std::atomic<bool> full = false;
    const auto read = [&](tbb::flow_control& control) {
      auto batch = std::make_shared<InputBatch>();
      if (full || !reader.next(*batch)) {
        control.stop();
      }
      return batch;
    };
    const auto tokenize_batch = [&](const std::shared_ptr<InputBatch>& batch) {
      return std::make_shared<TokenizedBatch>(documents_.tokenize(*batch));
    };
    const auto collect = [&](const std::shared_ptr<TokenizedBatch>& batch) {
      if (full) return;
      full = !take(*batch);
      if (progress_) {
        progress_(bytes_before_ + batch->source_bytes, inputs_.total_bytes);
      }
    };
    using tbb::filter_mode;
    // More threads than cores are the user's choice.
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(threads));
    tbb::task_arena arena(threads);
    arena.execute([&] {
      tbb::parallel_pipeline(
          static_cast<std::size_t>(threads) * 3,
          tbb::make_filter<void, std::shared_ptr<InputBatch>>(filter_mode::serial_in_order, read) &
              tbb::make_filter<std::shared_ptr<InputBatch>, std::shared_ptr<TokenizedBatch>>(
                  filter_mode::parallel, tokenize_batch) &
              tbb::make_filter<std::shared_ptr<TokenizedBatch>, void>(filter_mode::serial_in_order,
                                                                      collect));
    });
  }

  void check_documents(const std::vector<InputSpec>& inputs, const TokenCollector& collector) {
    const Collected& collected = collector.collected();
    if (collected.empty_documents > 0) {
      log::warning("documents without text, left out: " +
                   std::to_string(collected.empty_documents));
    }
    if (collected.documents > 0) {
      return;
    }
    const Place place{inputs[0].path == "-" ? "standard input" : inputs[0].path};
    if (!collector.other_names().empty()) {
      const std::vector<std::string> names(collector.other_names().begin(),
                                           collector.other_names().end());
      throw user_error(place, "no document has pile_set_name '" +
                                  join(options_.pile_set_names, "' or '") + "'" +
                                  accepted_names(options_.pile_set_names[0], names));
    }
    throw user_error(place, std::string(inputs.size() > 1 ? "and the other inputs hold" : "holds") +
                                " no document with text");
  }

  void cut_validation(const WorkFolder& work) {
    const fs::path& folder = work.path();
    check_total(manifest_.train.tokens, 2 * kMinSplitTokens,
                "to give training and validation " + std::to_string(kMinSplitTokens) +
                    " each; add text, or name a file with --validation");
    const std::int64_t begin =
        validation_begin(ShardSequence(folder, manifest_.train.shards, manifest_.vocabulary),
                         manifest_.vocabulary.end_of_text);
    SplitShards splits = cut_tail(folder, work.replacements(), manifest_.train.shards,
                                  manifest_.vocabulary, begin, shard_tokens_);
    const std::int64_t total = manifest_.train.tokens;
    const std::int64_t whole_before = manifest_.documents - splits.validation_ends;
    manifest_.train = {whole_before + (splits.cuts_document ? 1 : 0), begin,
                       std::move(splits.train)};
    manifest_.validation = {splits.validation_ends, total - begin, std::move(splits.validation)};
  }

  void check_total(std::int64_t tokens, std::int64_t needed, const std::string& what) const {
    if (tokens < needed) {
      throw user_error(Place{options_.inputs[0]},
                       "the inputs make " + std::to_string(tokens) + " tokens; at least " +
                           std::to_string(needed) + " are needed " + what);
    }
  }

  std::vector<std::string> shard_files() const {
    std::vector<std::string> files;
    for (const SplitRecord* split : {&manifest_.train, &manifest_.validation}) {
      for (const ShardRecord& shard : split->shards) {
        files.push_back(shard.file);
      }
    }
    return files;
  }

  const PrepareOptions& options_;
  CheckedInputs inputs_;
  const Tokenizer& tokenizer_;
  const Progress& progress_;
  DocumentTokenizer documents_;
  std::int64_t shard_tokens_;
  std::int64_t bytes_before_ = 0;  // of inputs read to their end
  Manifest manifest_;
};

PrepareResult result_of(const Manifest& manifest) {
  return {
      manifest.documents, manifest.tokens(), manifest.bytes,
      static_cast<std::int64_t>(manifest.train.shards.size() + manifest.validation.shards.size())};
}

}  // namespace

PrepareResult prepare(const PrepareOptions& options, const Tokenizer& tokenizer,
                      const Progress& progress) {
  const VocabularyId vocabulary = VocabularyId::of(tokenizer);
  if (const std::optional<Manifest> finished = finished_result(options, vocabulary)) {
    return result_of(*finished);
  }
  return result_of(
      Preparation(options, check_options(options), tokenizer, vocabulary, progress).run());
}

}  // namespace lts::train
