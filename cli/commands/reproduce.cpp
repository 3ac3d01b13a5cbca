#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <optional>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/hardware_option.h"
#include "cli/models_table.h"
#include "cli/paths.h"
#include "core/log.h"
#include "core/statistics.h"
#include "core/text.h"
#include "predictor/profilers/profilers.h"
#include "predictor/stopwatch.h"
#include "space/family.h"

namespace lts::cli {
namespace {

using nlohmann::ordered_json;

constexpr double kMemoryToleranceMib = 0.01;

std::string decimals(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

/// A published model and ours of it.
struct Row {
  PublishedModel published;
  space::Counts counts;
  std::vector<double> passes_s{};  ///< median of each pass, where latency was measured

  std::string params_m() const {
    return decimals(static_cast<double>(counts.decoder_params()) / 1e6, 2);
  }
  bool id_matches() const {
    return published.archid == space::archid(published.architecture) ||
           published.archid == space::archid_sampled(published.architecture);
  }
  bool params_match() const { return params_m() == published.non_embedding_params_m; }
  /// All of them are of a family that the reference exports.
  double file_mib() const { return counts.onnx_file_mib.value(); }
  double memory_error_mib() const { return std::abs(file_mib() - published.memory_mib); }
  /// The least disturbed pass: what disturbs a run only makes it longer.
  double latency_s() const { return *std::ranges::min_element(passes_s); }
};

std::vector<Row> load_rows() {
  std::vector<Row> out;
  for (PublishedModel& model : load_published(models_folder())) {
    const space::Counts counts = model.architecture.family().counts(model.architecture);
    out.push_back({.published = std::move(model), .counts = counts});
  }
  return out;
}

/// Several passes over all models, so that a machine that slows down for a while does so for a part
/// of a pass and not for one model.
void measure(std::vector<Row>& rows, const predictor::HardwareConfig& hardware,
             std::int64_t num_passes) {
  const auto profiler = predictor::make_profiler(hardware);
  for (std::int64_t pass = 1; pass <= num_passes; ++pass) {
    const double begun_s = predictor::steady_now_s();
    for (Row& row : rows) {
      row.passes_s.push_back(profiler->profile(row.published.architecture).latency.median_s);
    }
    log::info("latency: pass " + std::to_string(pass) + "/" + std::to_string(num_passes) + ", " +
              human_duration(predictor::steady_now_s() - begun_s));
  }
}

/// The numbers that say whether the published table was reproduced.
struct Verdict {
  std::size_t num_rows = 0;
  std::int64_t ids_matching = 0, params_matching = 0;
  double memory_max_error_mib = 0;
  std::optional<double> latency_spearman{};

  bool closed_forms_agree() const {
    const auto all = static_cast<std::int64_t>(num_rows);
    return ids_matching == all && params_matching == all &&
           memory_max_error_mib <= kMemoryToleranceMib;
  }
};

Verdict judge(const std::vector<Row>& rows) {
  Verdict out{.num_rows = rows.size()};
  std::vector<double> ours_s, published_s;
  for (const Row& row : rows) {
    out.ids_matching += row.id_matches();
    out.params_matching += row.params_match();
    out.memory_max_error_mib = std::max(out.memory_max_error_mib, row.memory_error_mib());
    published_s.push_back(row.published.latency_s);
    if (!row.passes_s.empty()) ours_s.push_back(row.latency_s());
  }
  if (!ours_s.empty()) out.latency_spearman = spearman(ours_s, published_s);
  return out;
}

ordered_json row_json(const Row& row) {
  const PublishedModel& published = row.published;
  const bool measured = !row.passes_s.empty();
  return {{"archid", published.archid},
          {"published",
           {{"non_embedding_params_m", std::stod(published.non_embedding_params_m)},
            {"latency_s", published.latency_s},
            {"memory_mib", published.memory_mib}}},
          {"ours",
           {{"archid", space::archid(published.architecture)},
            {"archid_sampled", space::archid_sampled(published.architecture)},
            {"decoder_params", row.counts.decoder_params()},
            {"non_embedding_params_m", std::stod(row.params_m())},
            {"latency_s", measured ? ordered_json(row.latency_s()) : ordered_json(nullptr)},
            {"latency_passes_s", row.passes_s},
            {"memory_mib", row.file_mib()}}}};
}

ordered_json document(const std::vector<Row>& rows, const Verdict& verdict,
                      const predictor::HardwareConfig& hardware) {
  auto list = ordered_json::array();
  for (const Row& row : rows) list.push_back(row_json(row));
  ordered_json out = {{"rows", std::move(list)},
                      {"ids_matching", verdict.ids_matching},
                      {"params_matching", verdict.params_matching},
                      {"memory_max_error_mib", verdict.memory_max_error_mib},
                      {"latency_spearman", nullptr}};
  if (!verdict.latency_spearman) return out;
  out["latency_spearman"] = *verdict.latency_spearman;
  out["protocol"] = hardware_json(hardware);
  return out;
}

Table table_of(const std::vector<Row>& rows, TableFormat format) {
  Table out{.columns = {"archid", "id", "published_params_m", "params_m", "published_memory_mib",
                        "memory_mib", "published_latency_s", "latency_s"},
            .rows = {}};
  for (const Row& row : rows) {
    const PublishedModel& published = row.published;
    out.rows.push_back(
        {format == TableFormat::kCsv ? published.archid : short_archid(published.archid),
         row.id_matches() ? "same" : "differs", published.non_embedding_params_m, row.params_m(),
         decimals(published.memory_mib, 2), decimals(row.file_mib(), 2),
         decimals(published.latency_s, 3),
         row.passes_s.empty() ? "" : decimals(row.latency_s(), 4)});
  }
  return out;
}

std::string summary_of(const Verdict& verdict, const predictor::HardwareConfig& hardware,
                       std::int64_t num_passes) {
  const std::string of_all = " of " + std::to_string(verdict.num_rows);
  std::string out = "ids " + std::to_string(verdict.ids_matching) + of_all +
                    ", non-embedding parameters " + std::to_string(verdict.params_matching) +
                    of_all + ", memory within " + decimals(verdict.memory_max_error_mib, 4) +
                    " MiB";
  if (!verdict.latency_spearman) return out + "; --latency measures too";
  return out + "\nlatency: Spearman " + decimals(*verdict.latency_spearman, 4) +
         " with the published column; " + hardware.name + ", " + std::to_string(num_passes) +
         " passes over all models, of each the least median";
}

Arguments arguments() {
  Arguments args("reproduce [--latency]", "lts reproduce --latency --json");
  args.flag("latency", "measure the models too (about 90 s)")
      .option("passes", "N", "with --latency: passes over all models (default 5)")
      .option("format", "table|csv|md|tex", "form of the table");
  add_hardware_options(args);
  return args;
}

}  // namespace

int reproduce(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const TableFormat format = table_format(args.text("format", "table"));
  const std::int64_t num_passes = args.integer("passes", 5, {.min = 1, .max = 1000});
  for (const char* option : {"passes", "hardware", "set"}) {
    if (args.has(option) && !args.has("latency")) {
      throw user_error("--" + std::string(option) + " has no effect without --latency");
    }
  }
  const auto hardware = hardware_option(args);
  std::vector<Row> rows = load_rows();
  if (args.has("latency")) measure(rows, hardware, num_passes);
  const Verdict verdict = judge(rows);
  const std::string summary = summary_of(verdict, hardware, num_passes);
  if (args.json()) {
    print_json(document(rows, verdict, hardware));
  } else {
    std::cout << format_table(table_of(rows, format), format);
    if (format == TableFormat::kText) std::cout << "\n" << summary << "\n";
  }
  return verdict.closed_forms_agree() ? 0 : 1;
}

}  // namespace lts::cli
