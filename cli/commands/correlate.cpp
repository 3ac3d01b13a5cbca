#include <algorithm>
#include <iostream>

#include "cli/command.h"
#include "cli/commands.h"
#include "core/error.h"
#include "core/table.h"
#include "core/text.h"
#include "predictor/correlation/decision.h"
#include "predictor/correlation/rank_agreement.h"
#include "predictor/correlation/trained_models.h"

namespace lts::cli {
namespace {

using nlohmann::ordered_json;
using predictor::BudgetLoss;
using predictor::kTrained;
using predictor::RankAgreement;
using predictor::TrainedModels;
using predictor::TrainedTable;

/// One set under one proxy.
struct Study {
  std::string set, proxy;
  RankAgreement agreement;
  std::vector<BudgetLoss> losses{};  ///< with --decide
};

Arguments arguments() {
  Arguments args("correlate CSV [--target valid_ppl] [--proxy NAME]... [--decide COLUMN]",
                 "lts correlate trained.csv --proxy decoder_params --decide latency_ms");
  args.positional("csv", Count::kOne, "a row per trained model; the columns are in docs/metrics.md")
      .option("target", "COLUMN", "perplexity, lower is better (default valid_ppl)")
      .options("proxy", "NAME",
               "decoder_params, total_params, attention_params, ffn_params, nsc, balanced, or any "
               "column of numbers (default: all of the former that the file allows)")
      .option("decide", "COLUMN",
              "for every budget of this column, the perplexity lost by training only the proxy's "
              "best 1, 2, 3, 5")
      .option("format", "table|csv|md|tex", "how the table is printed (default table)");
  return args;
}

std::vector<double> at(const std::vector<double>& values, const std::vector<std::size_t>& rows) {
  std::vector<double> out;
  for (const std::size_t row : rows) out.push_back(values[row]);
  return out;
}

std::vector<Study> studies_of(const TrainedTable& table, const std::vector<std::string>& proxies,
                              const std::string& budget_column) {
  std::vector<Study> out;
  for (const std::string& proxy : proxies) {
    for (const TrainedModels& models : table.scored(proxy)) {
      Study study{.set = models.set, .proxy = proxy, .agreement = rank_agreement(models)};
      if (!budget_column.empty())
        study.losses = decide(models, at(table.numbers(budget_column), models.rows));
      out.push_back(std::move(study));
    }
  }
  // Set by set, so that the proxies of one stand side by side.
  std::vector<std::string> sets;
  for (const Study& study : out) {
    if (std::ranges::find(sets, study.set) == sets.end()) sets.push_back(study.set);
  }
  std::ranges::stable_sort(out, {}, [&](const Study& study) {
    return std::ranges::find(sets, study.set) - sets.begin();
  });
  return out;
}

ordered_json json_of(const std::optional<double>& value) {
  if (value) return *value;
  return nullptr;
}

ordered_json json_of(const std::optional<Interval>& interval) {
  if (interval) return {interval->low, interval->high};
  return nullptr;
}

double mean_loss(const std::vector<BudgetLoss>& losses, std::size_t k) {
  double sum = 0;
  for (const BudgetLoss& row : losses) sum += row.loss[k];
  return sum / static_cast<double>(losses.size());
}

const BudgetLoss& worst(const std::vector<BudgetLoss>& losses, std::size_t k) {
  return *std::ranges::max_element(losses, {}, [&](const BudgetLoss& row) { return row.loss[k]; });
}

ordered_json decision_json(const std::vector<BudgetLoss>& losses, const std::string& column) {
  ordered_json out = {
      {"column", column}, {"trained", ordered_json::array()}, {"budgets", ordered_json::array()}};
  for (std::size_t k = 0; k < kTrained.size() && !losses.empty(); ++k) {
    out["trained"].push_back({{"best", kTrained[k]},
                              {"mean_loss", mean_loss(losses, k)},
                              {"worst_loss", worst(losses, k).loss[k]},
                              {"worst_budget", worst(losses, k).budget}});
  }
  for (const BudgetLoss& row : losses) {
    out["budgets"].push_back(
        {{"budget", row.budget}, {"best_perplexity", row.best_perplexity}, {"loss", row.loss}});
  }
  return out;
}

ordered_json study_json(const Study& study, const std::string& budget_column) {
  const RankAgreement& found = study.agreement;
  ordered_json top = ordered_json::array();
  for (const auto& row : found.top) {
    top.push_back({{"percent", row.percent},
                   {"spearman", json_of(row.spearman)},
                   {"common_ratio", row.common_ratio}});
  }
  ordered_json out = {{"set", study.set},
                      {"proxy", study.proxy},
                      {"n", found.n},
                      {"spearman", json_of(found.spearman)},
                      {"spearman_ci95", json_of(found.spearman_ci95)},
                      {"kendall", json_of(found.kendall)},
                      {"kendall_ci95", json_of(found.kendall_ci95)},
                      {"top", top},
                      {"same_size_kendall", json_of(found.same_size_kendall)},
                      {"same_size_kendall_ci95", json_of(found.same_size_kendall_ci95)},
                      {"same_size_pairs", found.same_size_pairs}};
  if (!budget_column.empty()) out["decide"] = decision_json(study.losses, budget_column);
  return out;
}

std::string cell(const std::optional<double>& value) {
  return value ? short_number(*value, 3) : "-";
}

std::string cell(const std::optional<Interval>& interval) {
  if (!interval) return "-";
  return short_number(interval->low, 3) + " to " + short_number(interval->high, 3);
}

Table agreement_table(const std::vector<Study>& studies) {
  Table table{.columns = {"set", "proxy", "n", "spearman", "95 %", "kendall", "95 %", "best tenth",
                          "in common", "same size", "95 %"},
              .rows = {}};
  for (const auto& [set, proxy, found, losses] : studies) {
    table.rows.push_back({set, proxy, std::to_string(found.n), cell(found.spearman),
                          cell(found.spearman_ci95), cell(found.kendall), cell(found.kendall_ci95),
                          cell(found.top.front().spearman),
                          short_number(found.top.front().common_ratio, 3),
                          cell(found.same_size_kendall), cell(found.same_size_kendall_ci95)});
  }
  return table;
}

Table decision_table(const std::vector<Study>& studies, const std::string& column) {
  Table table{
      .columns = {"set", "proxy", "budgets", "train", "mean loss", "worst loss", "at " + column},
      .rows = {}};
  for (const Study& study : studies) {
    for (std::size_t k = 0; k < kTrained.size() && !study.losses.empty(); ++k) {
      const BudgetLoss& most = worst(study.losses, k);
      table.rows.push_back(
          {study.set, study.proxy, std::to_string(study.losses.size()), std::to_string(kTrained[k]),
           short_number(100 * mean_loss(study.losses, k), 2) + " %",
           short_number(100 * most.loss[k], 2) + " %", short_number(most.budget, 4)});
    }
  }
  return table;
}

}  // namespace

int correlate(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const TableFormat format = table_format(args.text("format", "table"));
  const TrainedTable table(args.text("csv"), args.text("target", "valid_ppl"));
  std::vector<std::string> proxies = args.texts("proxy");
  if (proxies.empty()) proxies = table.proxies();
  if (proxies.empty()) {
    throw user_error(args.text("csv") +
                     ": has no column that is a proxy; --proxy names a column of numbers");
  }
  const std::string column = args.text("decide");
  const std::vector<Study> studies = studies_of(table, proxies, column);
  if (args.json()) {
    ordered_json document = ordered_json::array();
    for (const Study& study : studies) document.push_back(study_json(study, column));
    print_json(document);
    return 0;
  }
  std::cout << format_table(
      column.empty() ? agreement_table(studies) : decision_table(studies, column), format);
  return 0;
}

}  // namespace lts::cli
