#include "train/card/front_matter.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/yaml.h"
#include "space/family.h"

namespace lts::train {

namespace {

using nlohmann::ordered_json;

ordered_json tags_of(const TrainedModels& trained) {
  ordered_json tags = ordered_json::array();
  for (const TrainedModel& model : trained.models) {
    const std::string family(model.architecture.family().name());
    if (std::ranges::find(tags, ordered_json(family)) == tags.end()) tags.push_back(family);
  }
  tags.push_back("neural-architecture-search");
  tags.push_back("lts");
  return tags;
}

ordered_json index_entry(const TrainedModel& model) {
  const ordered_json metric = {{"type", "perplexity"},
                               {"value", model.result.perplexity},
                               {"name", "perplexity per token, validation split"}};
  const std::string data = model.data_name();
  const ordered_json result = {{"task", {{"type", "text-generation"}}},
                               {"dataset", {{"name", data}, {"type", data}}},
                               {"metrics", ordered_json::array({metric})}};
  return {{"name", model.name}, {"results", ordered_json::array({result})}};
}

}  // namespace

std::string front_matter(const TrainedModels& trained, const std::string& license) {
  ordered_json front = ordered_json::object();
  if (!license.empty()) front["license"] = license;
  front["library_name"] = "transformers";
  front["pipeline_tag"] = "text-generation";
  front["tags"] = tags_of(trained);
  front["metrics"] = ordered_json::array({"perplexity"});
  ordered_json index = ordered_json::array();
  for (const TrainedModel& model : trained.models)
    if (std::isfinite(model.result.perplexity)) index.push_back(index_entry(model));
  if (!index.empty()) front["model-index"] = index;
  return "---\n" + to_yaml(front) + "---\n";
}

}  // namespace lts::train
