#include "cli/hardware_option.h"

#include "cli/paths.h"

namespace lts::cli {

void add_hardware_options(Arguments& args) {
  args.option("hardware", "FILE", "where and how to measure (default: cpu-1-thread.yaml)")
      .options("set", "KEY=VALUE", "override a key of the hardware file, e.g. stop.max_runs=20");
}

predictor::HardwareConfig hardware_option(const Arguments& args,
                                          const std::vector<std::string>& overrides) {
  const auto standard = configs_folder() / "hardware" / "cpu-1-thread.yaml";
  const std::filesystem::path file = args.text("hardware", standard.string());
  YamlNode node = load_yaml(file);
  for (const std::string& assignment : args.texts("set")) apply_override(node, assignment);
  for (const std::string& assignment : overrides) apply_override(node, assignment);
  return predictor::read_hardware(node, file.stem().string());
}

}  // namespace lts::cli
