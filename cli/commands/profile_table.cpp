#include "cli/commands/profile_table.h"

#include <algorithm>
#include <exception>
#include <iostream>

#include "cli/cache_option.h"
#include "cli/hardware_option.h"
#include "core/error.h"
#include "core/log.h"
#include "core/table.h"
#include "core/text.h"
#include "predictor/profiler.h"
#include "space/arch_argument.h"

namespace lts::cli {
namespace {

using nlohmann::ordered_json;
using predictor::Profile;
using space::Architecture;

/// Keys of the protocol that every row has, varied or not.
const std::vector<std::string> kProtocol = {
    "device", "threads", "dtype", "batch_size", "sequence_length", "past_length", "new_tokens"};

struct GridKey {
  std::string key;
  std::vector<std::string> values;
};

std::vector<GridKey> grid_keys(const Arguments& args) {
  std::vector<GridKey> keys;
  for (const std::string& text : args.texts("grid")) {
    const auto equals = text.find('=');
    GridKey key;
    if (equals != std::string::npos) {
      key = {std::string(trim(text.substr(0, equals))), split(text.substr(equals + 1), ',')};
    }
    if (key.key.empty() || std::ranges::any_of(key.values, &std::string::empty)) {
      throw user_error("--grid " + text + ": must look like KEY=VALUE,VALUE");
    }
    if (std::ranges::find(keys, key.key, &GridKey::key) != keys.end()) {
      throw user_error("--grid " + text + ": key '" + key.key + "' stands twice");
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

ordered_json genes_json(const Architecture& architecture) {
  ordered_json out = space::architecture_json(architecture);
  out.erase("dropatt");
  return out;
}

void add_profile(ordered_json& row, const Profile& profile) {
  const predictor::Latency& latency = profile.latency;
  row["latency_median_s"] = latency.median_s;
  row["latency_ci_low_s"] = latency.ci95_s.low;
  row["latency_ci_high_s"] = latency.ci95_s.high;
  row["latency_mean_s"] = latency.mean_s;
  row["latency_min_s"] = latency.min_s;
  row["latency_p90_s"] = latency.p90_s;
  row["runs"] = latency.samples_s.size();
  row["verdict"] = latency.verdict;
  row["memory_weight_bytes"] = profile.memory.weight_bytes;
  row["memory_peak_bytes"] = nullptr;
  if (profile.memory.peak_bytes) row["memory_peak_bytes"] = *profile.memory.peak_bytes;
  row["reason"] = nullptr;
}

const std::vector<std::string> kMeasured = {"latency_median_s",
                                            "latency_ci_low_s",
                                            "latency_ci_high_s",
                                            "latency_mean_s",
                                            "latency_min_s",
                                            "latency_p90_s",
                                            "runs",
                                            "verdict",
                                            "memory_weight_bytes",
                                            "memory_peak_bytes",
                                            "reason"};

ordered_json row_begin(const Architecture& architecture, const GridPoint& point) {
  ordered_json row = {{"archid", space::archid(architecture)}};
  row.update(genes_json(architecture));
  row["hardware"] = point.hardware.name;
  const ordered_json protocol = predictor::hardware_json(point.hardware);
  for (const std::string& key : kProtocol) row[key] = protocol.value(key, ordered_json());
  for (const auto& [key, value] : point.values) {
    if (!row.contains(key)) row[key] = value;
  }
  return row;
}

/// The rows so far, and what ended the measuring early.
struct Rows {
  std::vector<ordered_json> rows;
  std::exception_ptr stopped;
};

ordered_json measured_row(const Architecture& architecture, const GridPoint& point,
                          predictor::Profiler& profiler) {
  ordered_json row = row_begin(architecture, point);
  try {
    add_profile(row, profiler.profile(architecture));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kStopped) throw;
    for (const std::string& key : kMeasured) row[key] = nullptr;
    row["reason"] = error.what();
  }
  return row;
}

Rows measure(const std::vector<Architecture>& architectures, const std::vector<GridPoint>& points,
             const std::shared_ptr<predictor::MeasurementCache>& cache) {
  Rows out;
  const std::size_t total = architectures.size() * points.size();
  try {
    for (const GridPoint& point : points) {
      const auto profiler = make_profiler(point.hardware, cache);
      profiler->announce(architectures);
      for (const Architecture& architecture : architectures) {
        out.rows.push_back(measured_row(architecture, point, *profiler));
        log::info(std::to_string(out.rows.size()) + "/" + std::to_string(total) + " " +
                  space::summary(architecture));
      }
    }
  } catch (const Error&) {
    if (out.rows.empty()) throw;
    out.stopped = std::current_exception();
  }
  return out;
}

std::string cell(const ordered_json& row, const std::string& column) {
  const ordered_json value = row.value(column, ordered_json());
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return python_repr(value.get<double>());
  if (!value.is_array()) return value.dump();
  std::vector<std::string> layers;
  for (const ordered_json& layer : value) layers.push_back(layer.dump());
  return join(layers, "|");
}

/// Columns in the order in which the rows bring them, what was measured last.
Table table_of(const std::vector<ordered_json>& rows) {
  Table table;
  for (const ordered_json& row : rows) {
    for (const auto& [key, value] : row.items()) {
      const bool known = std::ranges::find(table.columns, key) != table.columns.end();
      const bool measured = std::ranges::find(kMeasured, key) != kMeasured.end();
      if (!known && !measured) table.columns.push_back(key);
    }
  }
  table.columns.insert(table.columns.end(), kMeasured.begin(), kMeasured.end());
  for (const ordered_json& row : rows) {
    std::vector<std::string> cells;
    for (const std::string& column : table.columns) cells.push_back(cell(row, column));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

}  // namespace

std::vector<GridPoint> grid_points(const Arguments& args) {
  std::vector<GridPoint> points(1);
  for (const GridKey& key : grid_keys(args)) {
    std::vector<GridPoint> longer;
    for (const GridPoint& point : points) {
      for (const std::string& value : key.values) {
        longer.push_back(point);
        longer.back().values.emplace_back(key.key, std::string(trim(value)));
      }
    }
    points = std::move(longer);
  }
  for (GridPoint& point : points) {
    std::vector<std::string> overrides;
    for (const auto& [key, value] : point.values) overrides.push_back(key + "=" + value);
    point.hardware = hardware_option(args, overrides);
  }
  return points;
}

int profile_table(const Arguments& args, const std::vector<Architecture>& architectures) {
  const TableFormat format = table_format(args.text("format", "csv"));
  const std::vector<GridPoint> points = grid_points(args);
  for (const GridPoint& point : points) {
    for (const Architecture& one : architectures) require_positions(point.hardware, one);
  }
  const auto [rows, stopped] = measure(architectures, points, cache_option(args));
  if (args.json()) {
    print_json(rows);
  } else {
    std::cout << format_table(table_of(rows), format);
  }
  if (stopped) {
    log::warning(std::to_string(rows.size()) + " of " +
                 std::to_string(architectures.size() * points.size()) + " rows were measured");
    std::rethrow_exception(stopped);
  }
  return 0;
}

}  // namespace lts::cli
