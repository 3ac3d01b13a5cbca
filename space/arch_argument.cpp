#include "space/arch_argument.h"

#include <algorithm>
#include <optional>

#include "core/config_reader.h"
#include "core/csv.h"
#include "core/file.h"
#include "core/json_file.h"
#include "core/text.h"
#include "space/family.h"

namespace lts::space {
namespace {

const Family& family_at(const YamlNode& node, const std::string& name) {
  try {
    return family_named(name);
  } catch (const Error& error) {
    throw user_error(node.place, error.what());
  }
}

std::int32_t gene_value(const YamlNode& node, const std::string& what) {
  return static_cast<std::int32_t>(as_int(node, what, {.min = 1, .max = kMaxGene}));
}

/// Lists of the reference's files carry entries for its deepest model.
enum class MoreEntries { kRefuse, kCut };

std::vector<std::int32_t> gene_values(const YamlNode& node, const GeneSpec& spec,
                                      std::size_t n_layer, MoreEntries more) {
  const std::string name(spec.name);
  if (spec.shape == GeneShape::kScalar) return {gene_value(node, name)};
  if (node.kind != YamlNode::Kind::kSequence) {
    return std::vector<std::int32_t>(n_layer, gene_value(node, name));
  }
  std::vector<std::int32_t> out;
  for (const YamlNode& item : node.items) out.push_back(gene_value(item, name));
  if (out.size() < n_layer || (out.size() > n_layer && more == MoreEntries::kRefuse)) {
    throw user_error(node.place, name + " has " + std::to_string(out.size()) +
                                     " entries for n_layer " + std::to_string(n_layer));
  }
  out.resize(n_layer);
  return out;
}

}  // namespace

Architecture read_architecture(const YamlNode& node) {
  MapReader reader(node, "");
  const YamlNode* reference_name = reader.child("arch_type");
  const YamlNode& name = reference_name ? *reference_name : reader.required("family");
  std::string family_name = as_string(name, "family");
  std::ranges::replace(family_name, '-', '_');  // the reference writes gpt2-flex
  const Family& family = family_at(name, family_name);
  const MoreEntries more = reference_name ? MoreEntries::kCut : MoreEntries::kRefuse;
  std::vector<std::int32_t> genes;
  for (const GeneSpec& spec : family.genes()) {
    const YamlNode* value =
        spec.fallback != 0 ? reader.child(spec.name) : &reader.required(spec.name);
    const std::vector<std::int32_t> values =
        value ? gene_values(*value, spec, genes.empty() ? 1 : static_cast<std::size_t>(genes[0]),
                            more)
              : std::vector<std::int32_t>{spec.fallback};
    genes.insert(genes.end(), values.begin(), values.end());
  }
  const double dropatt = reader.number("dropatt", 0.0, {.min = 0.0, .max = 0.99});
  reader.finish();
  Architecture out(family, std::move(genes), dropatt);
  if (const auto flaw = family.flaw(out)) throw user_error(node.place, *flaw);
  return out;
}

nlohmann::ordered_json architecture_json(const Architecture& architecture) {
  const nlohmann::json config = config_json(architecture);
  nlohmann::ordered_json out = {{"family", architecture.family().name()}};
  for (const GeneSpec& spec : architecture.family().genes()) {
    out[std::string(spec.name)] = config[std::string(spec.name)];
  }
  out["dropatt"] = config["dropatt"];
  return out;
}

namespace {

Architecture from_hugging_face(const nlohmann::json& config, const std::string& file) {
  std::vector<std::string> names;
  for (const Family* family : families()) {
    if (family->reads_hugging_face(config)) return family->from_hugging_face(config, file);
    names.emplace_back(family->name());
  }
  const bool has_type = config.is_object() && config.contains("model_type");
  throw user_error({file}, "model_type " + (has_type ? config["model_type"].dump() : "is missing") +
                               "; accepted: " + join(names, ", "));
}

/// The file's JSON when it is a Hugging Face config; YAML and our own JSON are not.
std::optional<nlohmann::json> hugging_face_json(std::string_view text, const std::string& file) {
  if (!trim(text).starts_with('{')) return std::nullopt;
  try {
    nlohmann::json config = parse_json(text, file);
    if (config.contains("model_type")) return config;
  } catch (const Error&) {  // YAML's flow style begins with a brace too
    if (file.ends_with(".json")) throw;
  }
  return std::nullopt;
}

Architecture from_file(const fs::path& path) {
  const std::string text = read_file(path);
  if (const auto config = hugging_face_json(text, path.string())) {
    return from_hugging_face(*config, path.string());
  }
  return read_architecture(parse_yaml(text, path.string()));
}

Architecture from_folder(const fs::path& folder) {
  const fs::path config = folder / "config.json";
  if (!fs::exists(config)) {
    throw user_error({folder.string()},
                     "is a folder without config.json; a winner of a run is RUN_DIR:INDEX");
  }
  return from_hugging_face(parse_json(read_file(config), config.string()), config.string());
}

Architecture from_inline(const std::string& family, std::string_view genes,
                         const std::string& text) {
  YamlNode node{.kind = YamlNode::Kind::kMap, .place = {text}};
  const auto add = [&](std::string key, YamlNode value) {
    if (node.find(key)) throw user_error({text}, "gene '" + key + "' stands twice");
    node.entries.push_back({std::move(key), {text}, std::move(value)});
  };
  const auto scalar = [&](std::string_view value) {
    return YamlNode{.kind = YamlNode::Kind::kScalar, .scalar = std::string(value), .place = {text}};
  };
  add("family", scalar(family));
  for (const std::string& assignment : split(genes, ',')) {
    const auto equals = assignment.find('=');
    if (equals == std::string::npos) {
      throw user_error({text}, "'" + assignment + "' must look like gene=value");
    }
    const std::string_view value = std::string_view(assignment).substr(equals + 1);
    YamlNode list{.kind = YamlNode::Kind::kSequence, .place = {text}};
    for (const std::string& entry : split(value, '|')) list.items.push_back(scalar(entry));
    add(std::string(trim(std::string_view(assignment).substr(0, equals))),
        list.items.size() == 1 ? list.items.front() : list);
  }
  return read_architecture(node);
}

Architecture from_run(const fs::path& run, std::int64_t index) {
  const CsvTable winners = read_csv(run / "winners" / "winners.csv");
  const std::size_t index_column = winners.column("index");
  const std::size_t archid_column = winners.column("archid");
  for (const auto& row : winners.rows) {
    if (row[index_column] != std::to_string(index)) continue;
    return from_file(run / "winners" / (row[archid_column] + ".yaml"));
  }
  throw user_error({run.string()}, "has no winner " + std::to_string(index) + "; it has " +
                                       std::to_string(winners.rows.size()) + ", counted from 0");
}

std::vector<fs::path> model_files(const fs::path& folder) {
  std::vector<fs::path> out;
  if (!fs::is_directory(folder)) return out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

bool names_model(const std::string& file_stem, const std::string& text) {
  const auto underscore = file_stem.rfind('_');  // before the hash
  return file_stem.starts_with(text) ||
         (underscore != std::string::npos && file_stem.substr(underscore + 1).starts_with(text));
}

Architecture from_published(const std::string& text, const fs::path& folder) {
  std::vector<fs::path> matches;
  for (const fs::path& path : model_files(folder)) {
    if (names_model(path.stem().string(), text)) matches.push_back(path);
  }
  if (matches.size() == 1) return from_file(matches.front());
  if (matches.empty()) {
    throw user_error("'" + text +
                     "' is no architecture; accepted: a YAML or JSON file, an archid of "
                     "configs/models or a unique prefix of one, RUN_DIR:INDEX, or "
                     "gpt2:n_layer=7,d_model=576,d_inner=832,n_head=8");
  }
  std::vector<std::string> names;
  for (const fs::path& path : matches) names.push_back(path.stem().string());
  throw user_error("'" + text +
                   "' is the beginning of several architectures: " + join(names, ", "));
}

bool is_family(const std::string& name) {
  return std::ranges::any_of(families(), [&](const Family* f) { return f->name() == name; });
}

}  // namespace

Architecture parse_arch_argument(const std::string& text, const fs::path& models_folder) {
  if (text.empty()) throw user_error("an empty architecture name");
  std::error_code ignored;  // a long inline text is no file's name
  if (fs::is_directory(text, ignored)) return from_folder(text);
  if (fs::exists(text, ignored)) return from_file(text);
  const auto last_colon = text.rfind(':');
  std::int64_t index = 0;
  const bool has_index =
      last_colon != std::string::npos && parse_int(text.substr(last_colon + 1), index);
  if (has_index && fs::is_directory(text.substr(0, last_colon), ignored)) {
    return from_run(text.substr(0, last_colon), index);
  }
  if (const auto colon = text.find(':'); colon != std::string::npos) {
    const std::string family = text.substr(0, colon);
    if (is_family(family) || text.find('=', colon) != std::string::npos) {
      return from_inline(family, std::string_view(text).substr(colon + 1), text);
    }
  }
  if (has_index) {
    throw user_error({text.substr(0, last_colon)},
                     "is no folder of a run; RUN_DIR:INDEX needs one");
  }
  const bool looks_like_file = text.ends_with(".yaml") || text.ends_with(".yml") ||
                               text.ends_with(".json") || text.find('/') != std::string::npos;
  if (looks_like_file) throw user_error({text}, "cannot be opened: No such file or directory");
  return from_published(text, models_folder);
}

std::vector<Architecture> published_models(const fs::path& models_folder) {
  std::vector<Architecture> out;
  for (const fs::path& path : model_files(models_folder)) out.push_back(from_file(path));
  return out;
}

}  // namespace lts::space
