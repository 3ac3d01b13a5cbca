#include "space/space_config.h"

#include <algorithm>
#include <set>

#include "core/config_reader.h"

namespace lts::space {
namespace {

constexpr std::int64_t kMaxChoices = 100'000;

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

void read_per_layer(MapReader& reader, const YamlNode& node, const std::string& what,
                    GeneShape shape) {
  const bool asked = reader.boolean("per_layer", shape == GeneShape::kPerLayer);
  if (asked == (shape == GeneShape::kPerLayer)) return;
  throw user_error(node.place, what + (asked ? " is one value for all layers in this family; "
                                               "per_layer: true is not accepted"
                                             : " is per layer in this family; per_layer: false is "
                                               "not accepted"));
}

std::vector<std::int32_t> read_range(const YamlNode* node, const DefaultRange& range,
                                     GeneShape shape) {
  if (!node) {
    return range.choices.empty()
               ? stepped(range.min, range.max, range.step)
               : std::vector<std::int32_t>(range.choices.begin(), range.choices.end());
  }
  const std::string what = "space." + std::string(range.gene);
  if (node->kind != YamlNode::Kind::kMap) return read_choices(*node, what);
  MapReader reader(*node, what);
  read_per_layer(reader, *node, what, shape);
  std::vector<std::int32_t> out;
  if (const YamlNode* choices = reader.child("choices")) {
    out = read_choices(*choices, what + ".choices");
  } else if (range.choices.empty() || node->find("min") || node->find("max")) {
    DefaultRange bounds = range;
    if (!range.choices.empty()) {
      bounds.min = range.choices.front();
      bounds.max = range.choices.back();
    }
    out = read_stepped(reader, *node, what, bounds);
  } else {
    out.assign(range.choices.begin(), range.choices.end());
  }
  reader.finish();
  return out;
}

const GeneSpec& spec_of(const Family& family, std::string_view gene) {
  return *std::ranges::find(family.genes(), gene, &GeneSpec::name);
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

}  // namespace

SearchSpace read_space(const YamlNode& node) {
  MapReader reader(node, "space");
  const Family& family = read_family(reader);
  std::vector<GeneRange> ranges;
  for (const DefaultRange& range : family.default_ranges()) {
    const GeneShape shape = spec_of(family, range.gene).shape;
    ranges.push_back({std::string(range.gene), read_range(reader.child(range.gene), range, shape)});
  }
  std::vector<std::int32_t> constants;
  for (const GeneSpec& spec : family.genes()) {
    if (spec.fallback == 0) continue;
    constants.push_back(static_cast<std::int32_t>(
        reader.integer(spec.name, spec.fallback, {.min = 1, .max = kMaxGene})));
  }
  const double dropatt = reader.number("dropatt", 0.0, {.min = 0.0, .max = 0.99});
  reader.finish();
  SearchSpace space(family, std::move(ranges), std::move(constants), dropatt);
  if (!space.has_member()) {
    throw user_error(node.place, "space has no member that can be built; the first fails because " +
                                     *family.flaw(space.architecture(space.first())));
  }
  return space;
}

nlohmann::ordered_json space_json(const SearchSpace& space) {
  const Architecture member = space.architecture(space.first());
  nlohmann::ordered_json out = {{"family", space.family().name()}};
  for (const GeneRange& range : space.ranges()) {
    if (spec_of(space.family(), range.gene).shape == GeneShape::kPerLayer) {
      out[range.gene] = {{"choices", range.choices}, {"per_layer", true}};
    } else {
      out[range.gene] = range.choices;
    }
  }
  for (const GeneSpec& spec : space.family().genes()) {
    if (spec.fallback != 0) out[std::string(spec.name)] = member.scalar(spec.name);
  }
  out["dropatt"] = member.dropatt();
  return out;
}

}  // namespace lts::space
