#include "cli/search_option.h"

#include <filesystem>

#include "cli/paths.h"
#include "core/yaml.h"
#include "predictor/proxies/gradient_proxies.h"

namespace lts::cli {

Arguments& add_search_option(Arguments& args) {
  return args.positional("config", Count::kOne, "the search, in YAML")
      .options("set", "KEY=VALUE", "override a key of CONFIG, as search.iterations=20");
}

search::SearchConfig load_search(const Arguments& args, const search::MakeProfiler& make_profiler) {
  const std::filesystem::path file = args.text("config");
  YamlNode root = load_yaml(file);
  for (const std::string& assignment : args.texts("set")) apply_override(root, assignment);
  return search::read_search_config(root, file.parent_path(), make_profiler,
                                    predictor::gradient_proxy_source(), models_folder());
}

}  // namespace lts::cli
