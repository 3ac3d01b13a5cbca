#include <algorithm>
#include <cstdint>
#include <iostream>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/search_option.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/text.h"
#include "search/forecast/stand_in.h"
#include "search/member_rows.h"
#include "search/members.h"

namespace lts::cli {
namespace {

using space::Architecture;

constexpr std::size_t kBatch = 8192;  // members whose lines are computed at once

Arguments arguments() {
  Arguments args("enumerate CONFIG [--sample N] [--seed S]",
                 "lts enumerate configs/search/closed-form.yaml > members.csv");
  add_search_option(args)
      .option("sample", "N",
              "N distinct members instead of all, every set of so many equally likely")
      .option("seed", "S", "of the sample (default 1)");
  return args;
}

/// Writes members as they come, CSV or one JSON list.
class Writer {
 public:
  Writer(const search::MemberRows& table, bool json) : table_(table), json_(json) {
    if (json_) {
      std::cout << "[";
    } else {
      std::cout << csv_line(table_.columns());
    }
  }

  void add(const Architecture& member) {
    batch_.push_back(member);
    if (batch_.size() == kBatch) flush();
  }

  void end() {
    flush();
    if (json_) std::cout << (any_ ? "\n]\n" : "]\n");
    std::cout.flush();
    if (!std::cout) throw runtime_error("standard output", "cannot be written");
  }

 private:
  void flush() {
    const auto lines = json_ ? table_.json_lines(batch_) : table_.csv_lines(batch_);
    for (const std::string& line : lines) {
      if (json_) std::cout << (any_ ? ",\n" : "\n");
      std::cout << line;
      any_ = true;
    }
    batch_.clear();
    if (!std::cout) throw runtime_error("standard output", "cannot be written");
  }

  const search::MemberRows& table_;
  bool json_, any_ = false;
  std::vector<Architecture> batch_;
};

void refuse_vast(const search::SearchConfig& config) {
  if (config.space.size() <= search::kMostListed) return;
  throw user_error(config.place, "the space has " + short_number(config.space.size(), 3) +
                                     " combinations of genes, too many to list (accepted: up to " +
                                     short_number(search::kMostListed, 3) +
                                     "); --sample N draws N members");
}

}  // namespace

int enumerate(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const auto count = static_cast<std::size_t>(
      args.integer("sample", 1, {.min = 1, .max = static_cast<std::int64_t>(search::kMostListed)}));
  Rng rng(static_cast<std::uint64_t>(args.integer("seed", 1, {.min = 0})));
  search::StandIns stand_ins;
  const search::SearchConfig config = load_search(args, stand_ins.maker());
  const search::MemberRows table(config);
  std::vector<Architecture> sample;
  if (args.has("sample")) {
    sample = search::sample_members(config, count, rng);
  } else {
    refuse_vast(config);
  }
  Writer writer(table, args.json());
  for (const Architecture& member : sample) writer.add(member);
  if (!args.has("sample")) {
    for_each_member(config, [&](const Architecture& member) {
      writer.add(member);
      return true;
    });
  }
  writer.end();
  return 0;
}

}  // namespace lts::cli
