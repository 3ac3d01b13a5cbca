#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/commands/train_progress.h"
#include "cli/paths.h"
#include "core/config_reader.h"
#include "core/error.h"
#include "core/file.h"
#include "core/table.h"
#include "core/text.h"
#include "core/yaml.h"
#include "space/arch_argument.h"
#include "space/family.h"
#include "train/plan.h"
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
      .flag("dry-run", "print what it will take and stop");
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

Request read_request(const Arguments& args) {
  YamlNode root = load_yaml(args.text("config"));
  for (const auto& assignment : args.texts("set")) apply_override(root, assignment);
  Request request{.root = root, .config = train::read_train_config(root)};
  if (args.has("data")) request.config.data = args.text("data");
  const bool dry = args.has("dry-run");
  request.output = dry ? args.text("output") : args.required("output");
  request.winners = args.has("winners");
  request.start = args.has("resume") ? train::Start::kResume : train::Start::kNew;
  request.members = members_of(args, request.config, request.output);
  if (request.config.data.empty() && !dry)
    throw user_error(Place{args.text("config")}, "has no 'data'; add it or give --data DIR");
  return request;
}

ordered_json plan_json(const Member& member, const train::TrainPlan& plan) {
  return {{"archid", member.archid},
          {"parameters", plan.parameters},
          {"steps", plan.steps},
          {"tokens", plan.tokens},
          {"micro_batch_size", plan.micro_batch_size},
          {"passes_per_step", plan.passes_per_step},
          {"flops", plan.flops},
          {"memory_bytes", plan.memory_bytes},
          {"disk_bytes", plan.disk_bytes}};
}

int print_plans(const Request& request, bool json) {
  auto documents = ordered_json::array();
  Table table{.columns = {"archid", "parameters", "steps", "tokens", "FLOPs", "memory", "disk"}};
  for (const auto& member : request.members) {
    const auto plan = train::plan(request.config, member.architecture);
    documents.push_back(plan_json(member, plan));
    table.rows.push_back({member.archid, std::to_string(plan.parameters),
                          std::to_string(plan.steps), std::to_string(plan.tokens),
                          short_number(plan.flops, 3), human_bytes(plan.memory_bytes),
                          human_bytes(plan.disk_bytes)});
  }
  if (json)
    print_json(request.winners ? documents : documents.front());
  else
    std::cout << format_table(table);
  return 0;
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
  for (const auto& [name, content] : files) write_file_atomic(folder / name, content);
}

void print_result(const Member& member, const train::TrainResult& result) {
  std::cout << member.output.string() << ": " << result.steps << " steps, " << result.tokens
            << " tokens, validation loss " << short_number(result.validation_loss)
            << ", perplexity " << short_number(result.perplexity) << "\n";
}

ordered_json train_member(const Request& request, const train::TrainingRun& run,
                          const Member& member, TrainProgress& progress, bool json) {
  const std::int64_t micro = run.config.actual_micro_batch_size();
  progress.start("training " + member.archid + " (" + space::summary(member.architecture) +
                 ") in " + member.output.string() + ", micro batch " + std::to_string(micro) +
                 ", " + std::to_string(run.config.global_batch_size / micro) + " a step");
  const auto result = train::train(run, member.output, progress.events());
  if (!json) print_result(member, result);
  ordered_json document = train::to_json(result);
  if (request.winners) {
    document["archid"] = member.archid;
    document["run_dir"] = member.output.string();
  }
  return document;
}

// A winner that fails (diverges, say) does not keep those after it from being trained.
ordered_json train_winner(const Request& request, const train::TrainingRun& run,
                          const Member& member, TrainProgress& progress, bool json) {
  try {
    return train_member(request, run, member, progress, json);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kRuntime) throw;
    progress.say(std::string("lts train: ") + error.what());
    return {
        {"archid", member.archid}, {"run_dir", member.output.string()}, {"error", error.what()}};
  }
}

int train_winners(const Request& request, const std::vector<train::TrainingRun>& runs,
                  TrainProgress& progress, bool json) {
  write_common_files(request.output, runs.front().tokenizer, runs.front().architecture);
  auto documents = ordered_json::array();
  std::size_t num_failed = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    documents.push_back(train_winner(request, runs[i], request.members[i], progress, json));
    num_failed += documents.back().contains("error") ? 1 : 0;
  }
  if (json) print_json(documents);
  if (num_failed == 0) return 0;
  throw runtime_error(request.output.string(), std::to_string(num_failed) + " of " +
                                                   std::to_string(runs.size()) +
                                                   " winners failed; the others are trained");
}

// Everything is checked before the first folder is made.
int train_all(const Request& request, bool dry_run, bool json) {
  const auto tokenizer = train::Tokenizer::from_gpt2_files(train::gpt2_tokenizer_folder());
  const train::TrainData data(request.config.data);
  std::vector<train::TrainingRun> runs;
  for (const auto& member : request.members) {
    runs.push_back({request.config, member.architecture, data, tokenizer});
    train::check_run(runs.back(), request.root);
    if (!request.output.empty())
      train::check_folder(runs.back(), request.root, member.output, request.start);
  }
  if (dry_run) return print_plans(request, json);
  TrainProgress progress;
  if (request.winners) return train_winners(request, runs, progress, json);
  const auto document =
      train_member(request, runs.front(), request.members.front(), progress, json);
  if (json) print_json(document);
  return 0;
}

}  // namespace

int train(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const Request request = read_request(args);
  const bool dry_run = args.has("dry-run");
  if (dry_run && request.config.data.empty()) return print_plans(request, args.json());
  return train_all(request, dry_run, args.json());
}

}  // namespace lts::cli
