#include "cli/proxy_option.h"

#include <algorithm>
#include <variant>

#include "core/error.h"
#include "core/text.h"
#include "predictor/proxies/gradient_proxies.h"
#include "predictor/stopwatch.h"

namespace lts::cli {
namespace {

using nlohmann::ordered_json;

constexpr const char* kAll = "all";

predictor::ProxyBatch batch_of(const Arguments& args) {
  predictor::ProxyBatch batch;
  batch.batch_size =
      static_cast<int>(args.integer("batch", batch.batch_size, {.min = 1, .max = 65536}));
  batch.sequence_length = static_cast<int>(
      args.integer("sequence", batch.sequence_length, {.min = 2, .max = 1'000'000}));
  batch.seed = static_cast<std::uint64_t>(
      args.integer("seed", static_cast<std::int64_t>(batch.seed), {.min = 0}));
  return batch;
}

/// In the order of the table for "all", else as they were given, each once.
std::vector<std::string> names_of(const Arguments& args) {
  std::vector<std::string> accepted = predictor::gradient_proxy_names(), names;
  for (const std::string& name : args.texts("proxy")) {
    if (name == kAll) return accepted;
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  for (const std::string& name : names) {
    if (std::ranges::find(accepted, name) != accepted.end()) continue;
    accepted.emplace_back(kAll);
    throw user_error("--proxy: unknown gradient proxy '" + name + "'" +
                     accepted_names(name, accepted));
  }
  return names;
}

ordered_json value_json(const predictor::Outcome& outcome) {
  if (const auto* failure = std::get_if<predictor::Failure>(&outcome))
    return {{"value", nullptr}, {"reason", failure->reason}};
  return {{"value", std::get<predictor::Measurement>(outcome).value}};
}

}  // namespace

void add_proxy_options(Arguments& args) {
  args.options("proxy", "NAME",
               "compute a proxy from gradients too, or all: " +
                   join(predictor::gradient_proxy_names(), ", "))
      .option("batch", "N", "sequences of random tokens it is computed on (default 4)")
      .option("sequence", "N", "tokens of each (default 64)")
      .option("seed", "N", "of the tokens and the initial weights (default 1)");
}

ProxyOption::ProxyOption(const Arguments& args) : batch_(batch_of(args)) {
  for (const std::string& name : names_of(args))
    proxies_.push_back({.name = name, .evaluator = predictor::make_gradient_proxy(name, batch_)});
}

ordered_json ProxyOption::values(const space::Architecture& architecture) const {
  auto out = ordered_json::object();
  for (const Proxy& proxy : proxies_) {
    const double begun_s = predictor::steady_now_s();
    ordered_json value = value_json(proxy.evaluator->evaluate(architecture));
    value["wall_s"] = predictor::steady_now_s() - begun_s;
    out[proxy.name] = std::move(value);
  }
  return out;
}

ordered_json ProxyOption::batch() const {
  return {{"batch_size", batch_.batch_size},
          {"sequence_length", batch_.sequence_length},
          {"seed", batch_.seed}};
}

}  // namespace lts::cli
