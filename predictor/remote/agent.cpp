#include "predictor/remote/agent.h"

#include <algorithm>
#include <deque>
#include <exception>
#include <istream>
#include <new>
#include <ostream>
#include <string>
#include <utility>

#include "core/config_reader.h"
#include "core/interrupt.h"
#include "core/json_file.h"
#include "predictor/remote/protocol.h"
#include "space/arch_argument.h"

namespace lts::predictor {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kLoadedModels = 2;  // a sentinel and a candidate
constexpr std::int64_t kMostRuns = 1'000'000;

/// A request as a tree with places: JSON is YAML.
struct ReadRequest {
  HardwareConfig config;
  space::Architecture architecture;
  int runs;
};

/// The architecture of `family` and `config`; a config with arch_type needs no family.
space::Architecture read_model(MapReader& reader) {
  YamlNode node = reader.required("config");
  const YamlNode* family = reader.child("family");
  if (family && node.kind == YamlNode::Kind::kMap && !node.find("arch_type")) {
    node.entries.insert(node.entries.begin(), {"family", family->place, *family});
  }
  return space::read_architecture(node);
}

ReadRequest read_request(const YamlNode& node, const HardwareConfig& base) {
  constexpr Range<std::int64_t> kCount{.min = 1, .max = 1'000'000};
  MapReader reader(node, "");
  HardwareConfig config = base;
  config.device = reader.string("device", base.device);
  config.batch_size = reader.integer("batch_size", base.batch_size, kCount);
  config.sequence_length = reader.integer("sequence_length", base.sequence_length, kCount);
  config.past_length =
      reader.integer("past_length", base.past_length, {.min = 0, .max = 1'000'000});
  config.new_tokens = reader.integer("new_tokens", 0, {.min = 0, .max = 1'000'000});
  config.threads =
      static_cast<int>(reader.integer("threads", base.threads, {.min = 1, .max = 4096}));
  config.dtype = reader.string("dtype", base.dtype);
  const auto runs = static_cast<int>(reader.integer("runs", 1, {.min = 1, .max = kMostRuns}));
  return {std::move(config), read_model(reader), runs};
}

bool same_protocol(const HardwareConfig& a, const HardwareConfig& b) {
  return hardware_json(a) == hardware_json(b);
}

/// The devices and models of one agent.
class Agent {
 public:
  Agent(const HardwareConfig& base, const DeviceMaker& make_device)
      : base_(base), make_device_(make_device), device_(make_device(base)) {}

  ordered_json hello() {
    return {{"lts", kProtocol}, {"device", device_->fingerprint()}, {"new_tokens", true}};
  }

  ordered_json answer(const std::string& line) {
    ordered_json out = {{"id", nullptr}};
    try {
      const YamlNode node = parse_yaml(line, "request");
      const YamlNode* id = node.find("id");
      if (id) out["id"] = to_json(*id);
      const ReadRequest request = read_request(node, base_);
      LoadedModel& model = loaded(request);
      out["samples_s"] = model.time_runs(request.runs);
      if (const auto peak = model.memory().peak_bytes) out["peak_bytes"] = *peak;
    } catch (const Error& error) {
      forget();
      const bool device = error.kind() == ErrorKind::kStopped;
      return failed(out, error.what(), device ? "device" : "candidate");
    } catch (const std::bad_alloc&) {
      forget();
      return failed(out, "out of memory", "candidate");
    } catch (const std::exception& error) {
      forget();
      return failed(out, error.what(), "candidate");
    }
    return out;
  }

 private:
  struct Loaded {
    space::Architecture architecture;
    std::unique_ptr<LoadedModel> model;
  };

  static ordered_json failed(const ordered_json& answer, const std::string& reason,
                             const std::string& kind) {
    return {{"id", answer["id"]}, {"error", reason}, {"kind", kind}};
  }

  /// After a failure nothing is known of what is loaded.
  void forget() { loaded_.clear(); }

  LoadedModel& loaded(const ReadRequest& request) {
    if (!same_protocol(device_->config(), request.config)) {
      forget();
      device_ = make_device_(request.config);
    }
    const auto found = std::ranges::find(loaded_, request.architecture, &Loaded::architecture);
    if (found != loaded_.end()) {
      std::rotate(loaded_.begin(), found, found + 1);
    } else {
      if (loaded_.size() >= kLoadedModels) loaded_.pop_back();  // first: memory may be scarce
      loaded_.push_front({request.architecture, device_->load(request.architecture)});
    }
    return *loaded_.front().model;
  }

  HardwareConfig base_;
  const DeviceMaker& make_device_;
  std::unique_ptr<Device> device_;
  std::deque<Loaded> loaded_;  ///< last used first
};

}  // namespace

void serve_agent(std::istream& input, std::ostream& output, const HardwareConfig& base,
                 const DeviceMaker& make_device) {
  Agent agent(base, make_device);
  output << agent.hello().dump() << std::endl;
  std::string line;
  while (std::getline(input, line)) {
    output << agent.answer(line).dump() << std::endl;
    throw_if_interrupted("the agent holds nothing that could be lost");
  }
  throw_if_interrupted("the agent holds nothing that could be lost");
}

}  // namespace lts::predictor
