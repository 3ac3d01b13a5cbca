#include "search/pick.h"

#include <iostream>

#include "cli/command.h"
#include "cli/commands.h"
#include "core/error.h"
#include "core/file.h"
#include "core/table.h"
#include "core/text.h"
#include "core/yaml.h"
#include "space/arch_argument.h"

namespace lts::cli {
namespace {

using nlohmann::ordered_json;

Arguments arguments() {
  Arguments args(
      "pick RUN_DIR [--max NAME=V]... [--min NAME=V]... [--best NAME] [--top N] [-o FILE]",
      "lts pick runs/quickstart --max latency=0.05 --top 3 -o mine.yaml");
  args.positional("run_dir", Count::kOne, "folder of a search run")
      .options("max", "NAME=V", "at most V; an objective or another numeric column of front.csv")
      .options("min", "NAME=V", "at least V")
      .option("best", "NAME",
              "what to rank by (default: the first objective); a column that is no objective: "
              "smallest first")
      .option("top", "N", "members to print (default 10)")
      .option("output,o", "FILE", "write the best one's architecture, an ARCH, to FILE")
      .option("format", "table|csv|md|tex", "how the members are printed (default table)");
  return args;
}

std::vector<search::PickBound> bounds_of(const Arguments& args, const std::string& option) {
  std::vector<search::PickBound> bounds;
  for (const std::string& text : args.texts(option)) {
    const auto equals = text.rfind('=');
    search::PickBound bound;
    if (equals == std::string::npos || equals == 0 ||
        !parse_double(text.substr(equals + 1), bound.value)) {
      throw user_error("--" + option + " " + text + ": must look like NAME=NUMBER");
    }
    bound.column = text.substr(0, equals);
    bounds.push_back(bound);
  }
  return bounds;
}

ordered_json member_json(const search::PickedMember& member) {
  return {{"archid", member.archid},
          {"config", space::config_json(member.architecture)},
          {"objectives", member.objectives}};
}

ordered_json result_json(const search::PickResult& result) {
  ordered_json out = {{"front", ordered_json::array()}, {"next_better", nullptr}};
  for (const auto& member : result.front) out["front"].push_back(member_json(member));
  if (result.next_better) {
    out["next_better"] = member_json(*result.next_better);
    out["next_better"]["misses"] = result.next_better->misses;
  }
  return out;
}

void print(const search::PickResult& result, TableFormat format) {
  Table table{.columns = {"archid", "architecture"}, .rows = {}};
  for (const auto& member : result.front) {
    std::vector<std::string> row = {member.archid, space::summary(member.architecture)};
    for (const auto& [name, value] : member.objectives.items()) {
      if (table.rows.empty()) table.columns.push_back(name);
      row.push_back(short_number(value.get<double>(), 6));
    }
    table.rows.push_back(std::move(row));
  }
  if (table.rows.empty()) {
    std::cerr << "no member of the front meets the bounds\n";
  } else {
    std::cout << format_table(table, format);
  }
  if (!result.next_better) return;
  std::cerr << (table.rows.empty() ? "best: " : "next better: ") << result.next_better->archid
            << " (" << space::summary(result.next_better->architecture)
            << "), but: " << result.next_better->misses << "\n";
}

}  // namespace

int pick(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const TableFormat format = table_format(args.text("format", "table"));
  const search::PickResult result = search::pick(
      args.text("run_dir"),
      {.max = bounds_of(args, "max"),
       .min = bounds_of(args, "min"),
       .best = args.text("best"),
       .top = static_cast<std::size_t>(args.integer("top", 10, {.min = 1, .max = 1'000'000}))});
  if (args.has("output")) {
    if (result.front.empty())
      throw user_error("no member of the front meets the bounds; nothing written");
    const auto architecture = space::architecture_json(result.front.front().architecture);
    write_file_atomic(args.text("output"), to_yaml(architecture));
  }
  if (args.json()) {
    print_json(result_json(result));
  } else {
    print(result, format);
  }
  return 0;
}

}  // namespace lts::cli
