#include "space/space_config.h"

#include <algorithm>
#include <optional>
#include <set>

#include "core/config_reader.h"

namespace lts::space {
namespace {

constexpr std::int64_t kMaxChoices = 100'000;
constexpr const char* kRule = "inner_ratio_above";

std::vector<std::int32_t> stepped(std::int64_t min, std::int64_t max, std::int64_t step) {
  std::vector<std::int32_t> out;
  for (std::int64_t v = min; v <= max; v += step) out.push_back(static_cast<std::int32_t>(v));
  return out;
}

std::int32_t read_value(const YamlNode& node, const std::string& what) {
  return static_cast<std::int32_t>(as_int(node, what, {.min = 1, .max = kMaxGene}));
}

std::vector<std::int32_t> read_choices(const YamlNode& node, const std::string& what) {
  if (node.kind != YamlNode::Kind::kSequence) return {read_value(node, what)};
  std::vector<std::int32_t> out;
  std::set<std::int32_t> seen;
  for (const YamlNode& item : node.items) {
    const std::int32_t value = read_value(item, what);
    if (!seen.insert(value).second) {
      throw user_error(item.place, what + " lists " + std::to_string(value) + " twice");
    }
    out.push_back(value);
  }
  if (out.empty())
    throw user_error(node.place, what + " is an empty list; accepted: one value or more");
  return out;
}

std::vector<std::int32_t> read_stepped(MapReader& reader, const YamlNode& node,
                                       const std::string& what, const DefaultRange& range) {
  const Range<std::int64_t> bounds{.min = 1, .max = kMaxGene};
  const auto min = reader.integer("min", range.min, bounds);
  const auto max = reader.integer("max", range.max, bounds);
  const auto step = reader.integer("step", range.step, bounds);
  if (min > max) {
    throw user_error(node.place, what + ": min " + std::to_string(min) + " is greater than max " +
                                     std::to_string(max));
  }
  if ((max - min) / step >= kMaxChoices) {
    throw user_error(node.place,
                     what + " has more than " + std::to_string(kMaxChoices) + " values");
  }
  return stepped(min, max, step);
}

/// Whether each layer draws the gene, where the family lets layers differ in it.
GeneShape read_per_layer(MapReader& reader, const YamlNode& node, const std::string& what,
                         const GeneSpec& spec, GeneShape fallback) {
  const bool asked = reader.boolean("per_layer", fallback == GeneShape::kPerLayer);
  if (asked && spec.shape == GeneShape::kScalar) {
    throw user_error(node.place, what +
                                     " is one value for all layers in this family; "
                                     "per_layer: true is not accepted");
  }
  return asked ? GeneShape::kPerLayer : GeneShape::kScalar;
}

std::vector<std::int32_t> default_choices(const DefaultRange& range) {
  if (range.choices.empty()) return stepped(range.min, range.max, range.step);
  return {range.choices.begin(), range.choices.end()};
}

/// The choices of a range that is a map.
std::vector<std::int32_t> read_map_choices(MapReader& reader, const YamlNode& node,
                                           const std::string& what, const DefaultRange& range) {
  if (const YamlNode* choices = reader.child("choices")) {
    return read_choices(*choices, what + ".choices");
  }
  if (!range.choices.empty() && !node.find("min") && !node.find("max")) {
    return default_choices(range);
  }
  DefaultRange bounds = range;
  if (!range.choices.empty()) {
    bounds.min = range.choices.front();
    bounds.max = range.choices.back();
  }
  return read_stepped(reader, node, what, bounds);
}

GeneRange read_range(const YamlNode* node, const DefaultRange& range, const GeneSpec& spec) {
  GeneRange out{.gene = std::string(range.gene), .choices = {}, .shape = range.shape};
  const std::string what = "space." + out.gene;
  if (!node) {
    out.choices = default_choices(range);
  } else if (node->kind != YamlNode::Kind::kMap) {
    out.choices = read_choices(*node, what);
  } else {
    MapReader reader(*node, what);
    out.shape = read_per_layer(reader, *node, what, spec, range.shape);
    out.choices = read_map_choices(reader, *node, what, range);
    reader.finish();
  }
  return out;
}

const Family& read_family(MapReader& reader) {
  const YamlNode* node = reader.child("family");
  if (!node) return *families().front();
  std::vector<std::string> names;
  for (const Family* family : families()) names.emplace_back(family->name());
  const std::string name = as_string(*node, "space.family");
  if (std::ranges::find(names, name) == names.end()) {
    throw user_error(node->place, "space.family is '" + name + "'" + accepted_names(name, names));
  }
  return family_named(name);
}

SpaceConstants read_constants(MapReader& reader, const Family& family) {
  SpaceConstants out;
  for (const GeneSpec& spec : family.genes()) {
    if (spec.fallback == 0) continue;
    out.genes.push_back(static_cast<std::int32_t>(
        reader.integer(spec.name, spec.fallback, {.min = 1, .max = kMaxGene})));
  }
  out.dropatt = reader.number("dropatt", 0.0, {.min = 0.0, .max = 0.99});
  return out;
}

std::optional<double> read_rule(MapReader& reader, const Family& family) {
  if (!find_gene(family, "d_inner") || !find_gene(family, "d_model")) return std::nullopt;
  const YamlNode* node = reader.child(kRule);
  if (!node) return std::nullopt;
  return as_double(*node, "space." + std::string(kRule), {.min = 0, .max = 1000});
}

void require_member(const SearchSpace& space, const Place& place) {
  if (space.has_member()) return;
  throw user_error(place, "space has no member that can be built; the first fails because " +
                              *space.flaw(space.architecture(space.first())));
}

}  // namespace

SearchSpace read_space(const YamlNode& node) {
  MapReader reader(node, "space");
  const Family& family = read_family(reader);
  std::vector<GeneRange> ranges;
  for (const DefaultRange& range : family.default_ranges()) {
    ranges.push_back(read_range(reader.child(range.gene), range, *find_gene(family, range.gene)));
  }
  SpaceConstants constants = read_constants(reader, family);
  const std::optional<double> rule = read_rule(reader, family);
  reader.finish();
  SearchSpace space(family, std::move(ranges), std::move(constants), rule);
  require_member(space, node.place);
  return space;
}

nlohmann::ordered_json space_json(const SearchSpace& space) {
  const Architecture member = space.architecture(space.first());
  nlohmann::ordered_json out = {{"family", space.family().name()}};
  for (const GeneRange& range : space.ranges()) {
    if (is_per_layer(space.family(), range.gene)) {
      out[range.gene] = {{"choices", range.choices},
                         {"per_layer", range.shape == GeneShape::kPerLayer}};
    } else {
      out[range.gene] = range.choices;
    }
  }
  for (const GeneSpec& spec : space.family().genes()) {
    if (spec.fallback != 0) out[std::string(spec.name)] = member.scalar(spec.name);
  }
  out["dropatt"] = member.dropatt();
  if (space.inner_ratio_above()) out[kRule] = *space.inner_ratio_above();
  return out;
}

}  // namespace lts::space
