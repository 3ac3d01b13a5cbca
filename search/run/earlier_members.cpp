#include "search/run/earlier_members.h"

#include <algorithm>
#include <map>

#include "core/csv.h"
#include "core/text.h"
#include "core/yaml.h"
#include "search/member_table.h"
#include "search/run/records.h"
#include "search/run/run_folder.h"
#include "space/arch_argument.h"
#include "space/gene_cells.h"

namespace lts::search {
namespace {

namespace fs = std::filesystem;
using space::Architecture;
using Members = std::vector<EarlierMember>;

constexpr int kDeepestList = 8;

EarlierMember known(Architecture architecture) {
  std::string name = space::summary(architecture);
  return {.architecture = std::move(architecture), .name = std::move(name)};
}

/// Reads whatever earlier_members accepts.
class Reader {
 public:
  Reader(const space::SearchSpace& space, fs::path models_folder)
      : space_(space), models_folder_(std::move(models_folder)) {}

  Members read(const std::string& text, const fs::path& folder) {
    std::error_code ignored;  // a long inline text is no file's name
    const fs::path path = (folder / text).lexically_normal();
    if (fs::is_directory(path, ignored)) return read_folder(path);
    if (fs::is_regular_file(path, ignored)) return read_file(path);
    const auto colon = text.rfind(':');  // RUN_DIR:INDEX
    const bool of_run =
        colon != std::string::npos && fs::is_directory(folder / text.substr(0, colon), ignored);
    return {known(space::parse_arch_argument(of_run ? path.string() : text, models_folder_))};
  }

 private:
  Members read_folder(const fs::path& folder) {
    if (holds_run(folder)) return read_journal_file(journal_of(folder));
    if (const auto state = last_search_state(folder)) return read_table(*state);
    if (fs::exists(folder / "config.json")) return {known(from_file(folder))};
    Members out;
    for (const fs::path& file : architecture_files(folder)) out.push_back(known(from_file(file)));
    if (!out.empty()) return out;
    throw user_error({folder.string()},
                     "holds nothing of an earlier search; accepted: a run folder, a folder with "
                     "search_state_*.csv, a folder of architecture files");
  }

  Members read_file(const fs::path& file) {
    if (file.extension() == ".jsonl") return read_journal_file(file);
    if (file.extension() == ".csv") return read_table(file);
    if (file.extension() != ".json") {
      const YamlNode root = load_yaml(file);
      if (root.kind == YamlNode::Kind::kSequence) return read_list(root, file);
    }
    return {known(from_file(file))};
  }

  Architecture from_file(const fs::path& path) const {
    return space::parse_arch_argument(path.string(), models_folder_);
  }

  /// A YAML list: each an architecture as a map, or an ARCH.
  Members read_list(const YamlNode& list, const fs::path& file) {
    Members out;
    if (++depth_ > kDeepestList) throw user_error(list.place, "lists of lists, one within another");
    for (const YamlNode& item : list.items) {
      if (item.kind == YamlNode::Kind::kMap) {
        out.push_back(known(space::read_architecture(item)));
        continue;
      }
      if (item.kind != YamlNode::Kind::kScalar) {
        throw user_error(item.place, "is no architecture; accepted: an ARCH, or a map of genes");
      }
      try {
        for (EarlierMember& member : read(item.scalar, file.parent_path()))
          out.push_back(std::move(member));
      } catch (const Error& error) {
        throw user_error(item.place, error.what());
      }
    }
    --depth_;
    return out;
  }

  Members read_journal_file(const fs::path& file) const {
    Members out;
    std::string family;
    visit_records(file, [&](const nlohmann::ordered_json& record) {
      const std::string type = record.at("type");
      if (type == "start") family = record.at("config").at("space").at("family").get<std::string>();
      if (type == "evaluation")
        out.push_back(known(recorded_architecture(record, family, file.string())));
    });
    return out;
  }

  Members read_table(const fs::path& file) {
    const CsvTable table = read_csv(file);
    const Architecture like = space_.architecture(space_.first());
    const auto has_column = [&](const space::GeneSpec& gene) {
      return gene.fallback != 0 || table.has(gene.name);
    };
    const bool by_genes = std::ranges::all_of(space_.family().genes(), has_column);
    if (!by_genes && !table.has("archid")) {
      throw user_error({file.string(), 1}, "has neither a column 'archid' nor all genes of " +
                                               std::string(space_.family().name()) +
                                               "; its columns: " + join(table.columns, ", "));
    }
    Members out;
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      if (by_genes) {
        out.push_back(known(space::row_architecture(table, row, like)));
      } else {
        out.push_back(named(table.rows[row][table.column("archid")], file.parent_path()));
      }
    }
    return out;
  }

  /// The architecture of an archid: the file of that name beside the table, as the reference leaves
  /// one for each member of its fronts, or the member of the space.
  EarlierMember named(const std::string& archid, const fs::path& folder) {
    if (space_.size() <= kMostEnumerated) {
      const auto found = ids_of_space().find(archid);
      if (found != ids_of_space().end()) return known(space_.architecture(found->second));
    }
    for (const fs::path& beside : folders_beside(folder)) {
      for (const std::string& name : {archid, archid + ".yaml", archid + ".json"}) {
        std::error_code ignored;
        if (fs::is_regular_file(beside / name, ignored)) return known(from_file(beside / name));
      }
    }
    return {.architecture = std::nullopt, .name = archid};
  }

  /// Members by any of their ids.
  const std::map<std::string, space::Genome>& ids_of_space() {
    if (!ids_.empty()) return ids_;
    space_.enumerate([&](const space::Genome& genome) {
      const Architecture architecture = space_.architecture(genome);
      ids_.emplace(space::archid(architecture), genome);
      for (const auto lineage : {space::Lineage::kSampled, space::Lineage::kDerived})
        ids_.emplace(space_.reference_archid(architecture, lineage), genome);
      return true;
    });
    return ids_;
  }

  /// The folder itself and the reference's pareto_models_iter_*.
  static std::vector<fs::path> folders_beside(const fs::path& folder) {
    std::vector<fs::path> out = {folder};
    for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder)) {
      const bool of_fronts = entry.path().filename().string().starts_with("pareto_models_iter_");
      if (of_fronts && entry.is_directory()) out.push_back(entry.path());
    }
    std::ranges::sort(out);
    return out;
  }

  /// The search_state_N.csv of the largest N.
  static std::optional<fs::path> last_search_state(const fs::path& folder) {
    std::optional<fs::path> last;
    std::int64_t highest = -1;
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string stem = entry.path().stem();
      constexpr std::string_view kBegin = "search_state_";
      std::int64_t number = 0;
      if (entry.path().extension() != ".csv" || !stem.starts_with(kBegin)) continue;
      if (!parse_int(stem.substr(kBegin.size()), number) || number <= highest) continue;
      highest = number;
      last = entry.path();
    }
    return last;
  }

  /// Files that may hold an architecture: the reference's have no extension.
  static std::vector<fs::path> architecture_files(const fs::path& folder) {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string extension = entry.path().extension(), name = entry.path().filename();
      const bool hidden = name.starts_with('.');
      const bool ours = extension == ".yaml" || extension == ".yml" || extension == ".json";
      if (entry.is_regular_file() && !hidden && (extension.empty() || ours))
        out.push_back(entry.path());
    }
    std::ranges::sort(out);
    return out;
  }

  const space::SearchSpace& space_;
  fs::path models_folder_;
  std::map<std::string, space::Genome> ids_{};
  int depth_ = 0;  ///< of lists that name lists
};

}  // namespace

std::vector<EarlierMember> earlier_members(const std::string& text, const fs::path& folder,
                                           const space::SearchSpace& space,
                                           const fs::path& models_folder) {
  return Reader(space, models_folder).read(text, folder);
}

}  // namespace lts::search
