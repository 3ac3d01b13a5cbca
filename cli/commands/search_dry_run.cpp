#include "cli/commands/search_dry_run.h"

#include <algorithm>
#include <cmath>
#include <iostream>

#include "cli/search_option.h"
#include "core/table.h"
#include "core/text.h"
#include "search/forecast/forecast.h"
#include "search/forecast/stand_in.h"

namespace lts::cli {
namespace {

using nlohmann::ordered_json;
using search::Forecast;
using search::MemberCount;

/// A number of members, exactly where a double holds it so.
ordered_json count_json(double count) {
  if (count < 1e15) return static_cast<std::int64_t>(std::llround(count));
  return count;
}

std::string count_text(double count) {
  return count < 1e9 ? std::to_string(std::llround(count)) : short_number(count, 3);
}

ordered_json forecast_json(const Forecast& found, std::size_t runs) {
  const MemberCount& members = found.members;
  ordered_json ci95 = nullptr;
  if (members.ci95) ci95 = {members.ci95->low, members.ci95->high};
  const auto times = static_cast<double>(runs);
  return {{"space_size", count_json(members.combinations)},
          {"members", count_json(members.members)},
          {"members_exact", !members.ci95},
          {"members_ci95", ci95},
          {"runs", runs},
          {"evaluations", found.evaluations * runs},
          {"evaluations_exact", found.evaluations_exact && runs == 1},
          {"end_reason", found.end_reason},
          {"time_s", found.time_s * times},
          {"time_at_most", found.time_at_most},
          {"memory_bytes", std::llround(found.memory_bytes)},
          {"disk_bytes", std::llround(found.disk_bytes * times)}};
}

std::string members_text(const MemberCount& members) {
  const std::string text = count_text(members.members);
  if (!members.ci95) return text;
  return "about " + text + " (" + count_text(members.ci95->low) + " to " +
         count_text(members.ci95->high) + ", 95 %, from " + std::to_string(members.draws) +
         " random ones)";
}

Table forecast_table(const Forecast& found, std::size_t runs) {
  const auto times = static_cast<double>(runs);
  const std::string about = found.evaluations_exact && runs == 1 ? "" : "about ";
  const std::string by = " (ended by " + found.end_reason + ")";
  Table table{.columns = {"what", "how much"}, .rows = {}};
  table.rows = {{"combinations of genes", count_text(found.members.combinations)},
                {"members that meet the free constraints", members_text(found.members)},
                {"evaluations", about + std::to_string(found.evaluations * runs) + by},
                {"time", (found.time_at_most ? "at most about " : "about ") +
                             human_duration(found.time_s * times)},
                {"memory", "about " + human_bytes(found.memory_bytes)},
                {"disk", "about " + human_bytes(found.disk_bytes * times)}};
  if (runs > 1) table.rows.insert(table.rows.begin() + 2, {"runs", std::to_string(runs)});
  return table;
}

}  // namespace

int search_dry_run(const Arguments& args, const std::vector<std::uint64_t>& seeds) {
  const TableFormat format = table_format(args.text("format", "table"));
  search::StandIns stand_ins;
  search::SearchConfig config = load_search(args, stand_ins.maker());
  if (!seeds.empty()) config.seed = config.space_seed = seeds.front();
  const Forecast found = search::forecast(config, stand_ins.hardware());
  const std::size_t runs = std::max<std::size_t>(seeds.size(), 1);
  if (args.json()) {
    print_json(forecast_json(found, runs));
  } else {
    std::cout << format_table(forecast_table(found, runs), format);
  }
  return 0;
}

}  // namespace lts::cli
