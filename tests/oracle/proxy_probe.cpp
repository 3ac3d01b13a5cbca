// What proxy_oracle.py asks of the gradient proxies:
//   proxy_probe ARCH BATCH SEQUENCE SEED OUT   {name: value}; OUT becomes a folder of the model
//   with
//                                              the seed's initial weights, as `lts export` writes
//                                              it
#include <torch/torch.h>

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/file.h"
#include "predictor/proxies/gradient_proxies.h"
#include "space/arch_argument.h"
#include "space/model_folder.h"
#include "tests/oracle/probe_main.h"

namespace {

namespace predictor = lts::predictor;
using lts::space::Architecture;

void write_model(const Architecture& architecture, std::uint64_t seed, const std::string& out) {
  const auto model = lts::space::make_model(architecture);
  torch::manual_seed(seed);
  model->init_weights();
  std::filesystem::create_directories(out);
  for (const auto& [name, content] : lts::space::model_files(*model))
    lts::write_file_atomic(std::filesystem::path(out) / name, content);
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() != 5) return 2;
  const Architecture architecture = lts::space::parse_arch_argument(arguments[0], "");
  const predictor::ProxyBatch batch{.batch_size = std::stoi(arguments[1]),
                                    .sequence_length = std::stoi(arguments[2]),
                                    .seed = std::stoull(arguments[3])};
  write_model(architecture, batch.seed, arguments[4]);
  nlohmann::ordered_json values;
  for (const std::string& name : predictor::gradient_proxy_names()) {
    const auto outcome = predictor::make_gradient_proxy(name, batch)->evaluate(architecture);
    values[name] = std::get<predictor::Measurement>(outcome).value;
  }
  std::cout << values << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return probe_main(argc, argv, run); }
