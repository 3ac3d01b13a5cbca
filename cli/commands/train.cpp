#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/commands/train_dry_run.h"
#include "cli/commands/train_progress.h"
#include "cli/paths.h"
#include "core/config_reader.h"
#include "core/error.h"
#include "core/file.h"
#include "core/text.h"
#include "core/yaml.h"
#include "space/arch_argument.h"
#include "space/family.h"
#include "train/device.h"
#include "train/distributed/launch.h"
#include "train/distributed/ranks.h"
#include "train/tokenizer/tokenizer.h"
#include "train/training_run.h"
#include "train/winners.h"

namespace lts::cli {

namespace {

using nlohmann::ordered_json;

/// What is asked for, in the order in which it is trained.
struct Member {
  std::string archid;  ///< a winner's as its run names it
  space::Architecture architecture;
  fs::path output;
};

struct Request {
  YamlNode root;  ///< the configuration with its overrides, for the places in messages
  train::TrainConfig config;
  std::vector<Member> members;
  fs::path output;
  bool winners = false;
  train::Start start = train::Start::kNew;
};

Arguments arguments() {
  Arguments args("train CONFIG [--model ARCH | --winners RUN_DIR] [--data DIR] -o DIR",
                 "lts train configs/train/small.yaml --model runs/x:0 --data data/kjv -o trained");
  args.positional("config", Count::kOne, "the training run, in YAML")
      .option("model", "ARCH", "what to train; overrides the file's model")
      .option("data", "DIR", "token shards of lts prepare; overrides the file's data")
      .option("output,o", "DIR", "folder of the run; becomes a Hugging Face model folder")
      .option("winners", "RUN_DIR", "train every winner of a search, each into DIR/<archid>")
      .option("only", "0,3-5", "with --winners: these indices of winners.csv")
      .options("set", "KEY=VALUE", "override a key of CONFIG, as validate.every=100")
      .flag("resume", "go on with the run in DIR; a finished one prints its result again")
      .flag("dry-run", "print parameters, tokens, FLOPs, time here, memory and disk, and stop");
  return args;
}

// A model named in the file by a path is relative to the file.
space::Architecture architecture_of(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kMap) return space::read_architecture(node);
  const std::string text = as_string(node, "model");
  const fs::path beside = fs::path(node.place.file).parent_path() / text;
  const bool from_file = !node.place.file.starts_with("--");
  try {
    return space::parse_arch_argument(from_file && fs::exists(beside) ? beside.string() : text,
                                      models_folder());
  } catch (const Error& error) {
    throw Error(error.kind(), node.place.str() + ": model: " + error.what());
  }
}

Member only_member(space::Architecture architecture, const fs::path& output) {
  return {space::archid(architecture), std::move(architecture), output};
}

std::vector<Member> members_of(const Arguments& args, const train::TrainConfig& config,
                               const fs::path& output) {
  if (args.has("winners") && args.has("model"))
    throw user_error("--winners and --model exclude each other");
  if (args.has("only") && !args.has("winners")) throw user_error("--only goes with --winners");
  if (args.has("model"))
    return {only_member(space::parse_arch_argument(args.text("model"), models_folder()), output)};
  std::vector<Member> members;
  if (args.has("winners")) {
    for (auto& winner : train::read_winners(args.text("winners"), args.text("only")))
      members.push_back({winner.archid, winner.architecture, output / winner.archid});
    return members;
  }
  if (config.model.kind == YamlNode::Kind::kNull)
    throw user_error(Place{args.text("config")},
                     "has no 'model'; add one, or give --model ARCH or --winners RUN_DIR");
  return {only_member(architecture_of(config.model), output)};
}

Request read_request(const Arguments& args, int ranks) {
  YamlNode root = load_yaml(args.text("config"));
  for (const auto& assignment : args.texts("set")) apply_override(root, assignment);
  Request request{.root = root, .config = train::read_train_config(root, ranks)};
  if (args.has("data")) request.config.data = args.text("data");
  const bool dry = args.has("dry-run");
  request.output = dry ? args.text("output") : args.required("output");
  request.winners = args.has("winners");
  // A run that is there already is planned as it would go on.
  request.start = dry || args.has("resume") ? train::Start::kResume : train::Start::kNew;
  request.members = members_of(args, request.config, request.output);
  if (request.config.data.empty() && !dry)
    throw user_error(Place{args.text("config")}, "has no 'data'; add it or give --data DIR");
  return request;
}

/// `configs`: of the members.
int print_plans(const Request& request, const std::vector<train::TrainConfig>& configs, bool json) {
  std::vector<PlannedTraining> trainings;
  for (std::size_t i = 0; i < configs.size(); ++i) {
    const Member& member = request.members[i];
    trainings.push_back({member.archid, member.architecture, configs[i],
                         request.output.empty() ? fs::path() : member.output});
  }
  return train_dry_run(trainings, request.root, request.winners, json);
}

// What lies once above the folders of winners: the tokenizer, and modelling code where there is
// some.
void write_common_files(const fs::path& folder, const train::Tokenizer& tokenizer,
                        const space::Architecture& architecture) {
  auto files = tokenizer.hugging_face_files(architecture.scalar("max_sequence_length"));
  for (const auto& [name, content] : architecture.family().hugging_face_code())
    files.emplace_back(name, content);
  for (const auto& [name, content] : files)
    if (fs::exists(folder / name) && read_file(folder / name) != content)
      throw user_error(Place{folder.string()}, "holds '" + name +
                                                   "' of something else, which training would "
                                                   "overwrite; choose another folder");
  make_folder(folder);
  for (const auto& [name, content] : files)  // jobs of an array may be here at once
    if (!fs::exists(folder / name)) write_file_atomic(folder / name, content);
}

void print_result(const Member& member, const train::TrainResult& result) {
  std::cout << member.output.string() << ": " << result.steps << " steps, " << result.tokens
            << " tokens, validation loss " << short_number(result.validation_loss)
            << ", perplexity " << short_number(result.perplexity)
            << std::endl;  // end_lost() would drop what is not written
}

std::string headline(const Member& member, const train::TrainConfig& config) {
  const std::int64_t micro = config.actual_micro_batch_size();
  const std::string passes = std::to_string(config.sequences_per_rank() / micro);
  return "training " + member.archid + " (" + space::summary(member.architecture) + ") in " +
         member.output.string() + ", micro batch " + std::to_string(micro) + ", " + passes +
         " a step" +
         (config.ranks > 1 ? " on each of " + std::to_string(config.ranks) + " ranks" : "");
}

/// Trains what a request names. Of several ranks, the first alone prints.
class Training {
 public:
  Training(const Request& request, train::Ranks& ranks, bool json)
      : request_(request), ranks_(ranks), json_(json && ranks.is_first()) {}

  /// Everything is checked before the first folder is made.
  int run(bool dry_run);

 private:
  void check_same_request();
  train::TrainingRun checked_run(const Member& member, const train::TrainData& data,
                                 const train::Tokenizer& tokenizer);
  ordered_json train_member(const train::TrainingRun& run, const Member& member);
  ordered_json train_winner(const train::TrainingRun& run, const Member& member);
  ordered_json failed(const Member& member, const std::string& error);
  int train_winners(const std::vector<train::TrainingRun>& runs);

  const Request& request_;
  train::Ranks& ranks_;
  bool json_;
  TrainProgress progress_;
};

ordered_json Training::train_member(const train::TrainingRun& run, const Member& member) {
  const bool first = ranks_.is_first();
  if (first) progress_.start(headline(member, run.config));
  const auto events = first ? progress_.events() : train::TrainingEvents{};
  const auto result = train::train(run, member.output, events, ranks_);
  if (!json_ && first) print_result(member, result);
  ordered_json document = train::to_json(result);
  if (request_.winners) {
    document["archid"] = member.archid;
    document["run_dir"] = member.output.string();
  }
  return document;
}

ordered_json Training::failed(const Member& member, const std::string& error) {
  if (ranks_.is_first()) progress_.say("lts train: " + error);
  return {{"archid", member.archid}, {"run_dir", member.output.string()}, {"error", error}};
}

// A winner that fails (diverges, has no room) does not keep those after it from being trained,
// unless it failed on this rank alone.
ordered_json Training::train_winner(const train::TrainingRun& run, const Member& member) {
  try {
    return train_member(run, member);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kRuntime || !ranks_.is_agreed()) throw;
    return failed(member, error.what());
  } catch (const std::exception& error) {  // LibTorch's
    if (ranks_.are_several()) throw;
    return failed(member, member.output.string() + ": " + first_line(error.what()));
  }
}

int Training::train_winners(const std::vector<train::TrainingRun>& runs) {
  ranks_.on_first([&] {
    write_common_files(request_.output, runs.front().tokenizer, runs.front().architecture);
  });
  auto documents = ordered_json::array();
  std::size_t num_failed = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    documents.push_back(train_winner(runs[i], request_.members[i]));
    num_failed += documents.back().contains("error") ? 1 : 0;
  }
  if (json_) print_json(documents);
  if (num_failed == 0) return 0;
  throw ranks_.agreed(runtime_error(
      request_.output.string(), std::to_string(num_failed) + " of " + std::to_string(runs.size()) +
                                    " winners failed; the others are trained"));
}

// A run that goes on keeps its global batch, which by default follows from the number of ranks.
train::TrainingRun Training::checked_run(const Member& member, const train::TrainData& data,
                                         const train::Tokenizer& tokenizer) {
  train::TrainingRun run = {request_.config, member.architecture, data, tokenizer};
  if (request_.start == train::Start::kResume &&
      request_.root.find("global_batch_size") == nullptr) {
    auto& size = run.config.global_batch_size;
    ranks_.on_first([&] { size = train::saved_global_batch_size(member.output).value_or(size); });
    size = std::stoll(ranks_.text_of_first(std::to_string(size)));
  }
  train::check_run(run, request_.root);
  train::device_of(run.config, ranks_);
  if (!request_.output.empty())
    ranks_.on_first(
        [&] { train::check_folder(run, request_.root, member.output, request_.start); });
  return run;
}

/// What was asked for on every rank, before anything that depends on it.
void Training::check_same_request() {
  ordered_json ours = to_json(request_.root);
  ours["--resume"] = request_.start == train::Start::kResume;
  ours["models"] = ordered_json::array();
  for (const auto& member : request_.members) ours["models"].push_back(member.archid);
  train::check_same_on_all(ours, ranks_);
}

int Training::run(bool dry_run) {
  check_same_request();
  const auto tokenizer = train::Tokenizer::from_gpt2_files(train::gpt2_tokenizer_folder());
  const train::TrainData data(request_.config.data);
  std::vector<train::TrainingRun> runs;
  for (const auto& member : request_.members) runs.push_back(checked_run(member, data, tokenizer));
  if (dry_run) {
    std::vector<train::TrainConfig> configs;
    for (const auto& run : runs) configs.push_back(run.config);
    return print_plans(request_, configs, json_);
  }
  if (request_.winners) return train_winners(runs);
  const auto document = train_member(runs.front(), request_.members.front());
  if (json_) print_json(document);
  return 0;
}

// Ends the process at once: a rank that is lost keeps others in operations that nothing ends.
[[noreturn]] void end_lost(const train::Loss& loss) {
  std::cerr << loss.reason << std::endl;
  std::_Exit(loss.status);
}

// One rank's own failure ends all, with its name.
int train_on(train::Ranks& ranks, const Request& request, bool json) {
  try {
    const int status = Training(request, ranks, json).run(false);
    ranks.part();
    return status;
  } catch (const Error& error) {
    ranks.give_up(error.what(), error.exit_status());
    throw;
  } catch (const std::exception& error) {
    ranks.give_up(first_line(error.what()), 1);
    throw;
  }
}

}  // namespace

int train(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const train::Launch launch = train::read_launch();
  const Request request = read_request(args, launch.ranks);
  if (args.has("dry-run")) {
    if (launch.rank > 0) return 0;
    if (request.config.data.empty()) {
      const std::vector configs(request.members.size(), request.config);
      return print_plans(request, configs, args.json());
    }
    return Training(request, train::Ranks::alone(), args.json()).run(true);
  }
  train::Ranks ranks(
      launch, {.step_s = request.config.timeout_s, .shutdown_s = request.config.shutdown_timeout_s},
      end_lost);
  return train_on(ranks, request, args.json());
}

}  // namespace lts::cli
