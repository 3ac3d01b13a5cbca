#include <algorithm>
#include <iostream>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/models_table.h"
#include "cli/proxy_option.h"
#include "core/log.h"
#include "core/text.h"
#include "predictor/proxies/closed_form.h"
#include "space/family.h"

namespace lts::cli {
namespace {

using nlohmann::ordered_json;
using space::Architecture;

ordered_json description(const Architecture& architecture, const ProxyOption& proxies) {
  ordered_json out = {{"archid", space::archid(architecture)},
                      {"archid_sampled", space::archid_sampled(architecture)},
                      {"family", architecture.family().name()},
                      {"config", space::config_json(architecture)}};
  const space::Counts counts = architecture.family().counts(architecture);
  out.update(predictor::closed_forms_json(counts));
  if (proxies.empty()) return out;
  out["proxies"] = proxies.values(architecture);
  out["proxy_batch"] = proxies.batch();
  for (const auto& [name, proxy] : out["proxies"].items()) {
    if (!proxy.contains("reason")) continue;
    log::warning(name + " of " + space::summary(architecture) + ": " +
                 proxy["reason"].get<std::string>());
  }
  return out;
}

std::string cell(const ordered_json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::vector<std::string> entries;
  for (const auto& entry : value) entries.push_back(entry.dump());
  return join(entries, "|");
}

/// The genes in the place of the config that holds them, the proxies' values in theirs.
ordered_json flat(const ordered_json& description) {
  ordered_json out;
  for (const auto& [key, value] : description.items()) {
    if (key == "config") {
      out.update(value);
    } else if (key == "proxies") {
      for (const auto& [name, proxy] : value.items()) out[name] = proxy["value"];
    } else if (key != "proxy_batch") {
      out[key] = value;
    }
  }
  return out;
}

/// One row an architecture; the genes of every family that occurs stand as columns.
Table description_table(const ordered_json& descriptions) {
  std::vector<ordered_json> rows;
  ordered_json keys = ordered_json::object();
  for (const ordered_json& description : descriptions) {
    const ordered_json row = flat(description);
    keys.update(row);
    rows.push_back(row);
  }
  Table table;
  for (const auto& [key, unused] : keys.items()) table.columns.push_back(key);
  for (const ordered_json& row : rows) {
    std::vector<std::string> cells;
    for (const std::string& key : table.columns) {
      cells.push_back(row.contains(key) ? cell(row[key]) : "");
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

/// The same for people: an architecture a column, headed by the beginning of its archid.
Table readable(Table table) {
  for (auto& row : table.rows) {
    row.front() = short_archid(row.front());
    for (std::string& text : row) {
      double value = 0;
      if (text.find('.') != text.npos && parse_double(text, value)) text = short_number(value, 6);
    }
  }
  for (const char* spelled : {"archid_sampled", "family"}) {
    const auto found = std::find(table.columns.begin(), table.columns.end(), spelled);
    const auto column = found - table.columns.begin();
    for (auto& row : table.rows) row.erase(row.begin() + column);
    table.columns.erase(found);
  }
  return transposed(table);
}

}  // namespace

int describe(const std::vector<std::string>& words) {
  Arguments args("describe ARCH...",
                 "lts describe 0e1b5a3c gpt2:n_layer=2,d_model=64,d_inner=128,n_head=2");
  args.positional("arch", Count::kSome,
                  "a YAML or JSON file, an archid of configs/models or its beginning,\n"
                  "        RUN_DIR:INDEX, gpt2:n_layer=7,d_model=576,d_inner=832,n_head=8, or\n"
                  "        gpt2_flex:n_layer=2,d_model=128,d_inner=256|512,n_head=4")
      .option("format", "table|csv|md|tex", "form of the table; csv has one row an architecture");
  add_proxy_options(args);
  if (!args.parse(words)) return 0;
  const TableFormat format = table_format(args.text("format", "table"));
  const auto architectures = architectures_of(args, "arch");
  const ProxyOption proxies(args);
  auto document = ordered_json::array();
  for (const Architecture& architecture : architectures) {
    document.push_back(description(architecture, proxies));
  }
  if (args.json()) {
    print_json(document);
    return 0;
  }
  const Table table = description_table(document);
  std::cout << format_table(format == TableFormat::kCsv ? table : readable(table), format);
  return 0;
}

}  // namespace lts::cli
