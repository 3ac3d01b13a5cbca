#include "cli/models_table.h"

#include "cli/paths.h"
#include "core/csv.h"
#include "core/error.h"
#include "core/text.h"
#include "space/arch_argument.h"

namespace lts::cli {
namespace {

constexpr std::size_t kShortDigits = 8;  // of the 40 of a SHA-1

double number_in(const CsvTable& table, const std::vector<std::string>& row, const char* column) {
  double value = 0;
  const std::string& text = row[table.column(column)];
  if (parse_double(text, value)) return value;
  throw user_error({table.file}, std::string(column) + " is '" + text + "'; accepted: a number");
}

}  // namespace

std::vector<space::Architecture> architectures_of(const Arguments& args, const std::string& name) {
  std::vector<space::Architecture> out;
  for (const std::string& text : args.texts(name)) {
    out.push_back(space::parse_arch_argument(text, models_folder()));
  }
  return out;
}

std::string short_archid(const std::string& archid) {
  const auto digits = archid.rfind('_') + 1;  // 0 where there is none
  return archid.substr(0, digits + kShortDigits);
}

Table transposed(const Table& table) {
  Table out{.columns = {table.columns.front()}, .rows = {}};
  for (const auto& row : table.rows) out.columns.push_back(row.front());
  for (std::size_t column = 1; column < table.columns.size(); ++column) {
    std::vector<std::string> line = {table.columns[column]};
    for (const auto& row : table.rows) line.push_back(row[column]);
    out.rows.push_back(std::move(line));
  }
  return out;
}

std::vector<PublishedModel> load_published(const std::filesystem::path& models_folder) {
  const CsvTable table = read_csv(models_folder / "published.csv");
  std::vector<PublishedModel> out;
  for (const auto& row : table.rows) {
    const std::string& archid = row[table.column("archid")];
    const auto file = models_folder / (archid + ".yaml");
    out.push_back({.archid = archid,
                   .architecture = space::parse_arch_argument(file.string(), models_folder),
                   .non_embedding_params_m = row[table.column("non_embedding_params_millions")],
                   .latency_s = number_in(table, row, "latency_s"),
                   .memory_mib = number_in(table, row, "memory_mib")});
  }
  return out;
}

}  // namespace lts::cli
