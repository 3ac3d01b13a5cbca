#pragma once

#include <string>

#include "search/search_config.h"

namespace lts::search {

/// The objectives of the golden traces (reference/archai.md 2.11) as a configuration.
inline std::string golden_yaml(const std::string& search) {
  return R"(space: {family: gpt2}
objectives:
  - {name: non_embedding_params, proxy: decoder_params, direction: maximize, constraint: {min: 1.0e6, max: 1.0e9}}
  - {name: latency, predictor: layer_cost, direction: minimize, per_layer: {d_model*d_model: 8, d_model*d_inner: 4, d_model: 4096, n_head: 1000}}
  - {name: memory, predictor: layer_cost, direction: minimize, per_model: {non_embedding_params: 4, d_model: 205124}}
search: )" + search + "\n";
}

/// A configuration from text; asking for hardware is the test's mistake.
inline SearchConfig config_from(const std::string& yaml) {
  return read_search_config(parse_yaml(yaml, "test.yaml"), ".",
                            [](const predictor::HardwareConfig&) -> std::shared_ptr<predictor::Profiler> {
                              throw user_error("no hardware in this test");
                            });
}

}  // namespace lts::search
