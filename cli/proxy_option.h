#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "predictor/objective.h"
#include "predictor/proxies/proxy_source.h"
#include "space/architecture.h"

namespace lts::cli {

/// Declares `--proxy NAME`, `--batch N`, `--sequence N` and `--seed N`.
void add_proxy_options(Arguments& args);

/// The gradient proxies that `--proxy` names, "all" among them.
class ProxyOption {
 public:
  /// \throws Error kUser for an unknown name or a batch that a proxy cannot be computed on.
  explicit ProxyOption(const Arguments& args);

  bool empty() const { return proxies_.empty(); }
  /// {name: {value, wall_s}}; where there is no value it is null, beside a `reason`.
  nlohmann::ordered_json values(const space::Architecture& architecture) const;
  /// {batch_size, sequence_length, seed}
  nlohmann::ordered_json batch() const;

 private:
  struct Proxy {
    std::string name;
    std::shared_ptr<predictor::Evaluator> evaluator;
  };
  predictor::ProxyBatch batch_;
  std::vector<Proxy> proxies_;
};

}  // namespace lts::cli
