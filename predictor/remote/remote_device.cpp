#include "predictor/remote/remote_device.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/file.h"
#include "core/json_difference.h"
#include "core/program_words.h"
#include "core/text.h"
#include "predictor/remote/device_session.h"
#include "space/family.h"

namespace lts::predictor {
namespace {

double bytes_per_weight(const std::string& dtype) {
  if (dtype == "float32") return 4;
  return dtype == "int8" ? 1 : 2;
}

/// What all models of one device share.
struct Shared {
  Shared(const HardwareConfig& hardware, std::string target, RemoteTools remote_tools)
      : config(hardware), session(config, std::move(target)), tools(std::move(remote_tools)) {}

  HardwareConfig config;
  DeviceSession session;
  RemoteTools tools;
};

class RemoteModel final : public LoadedModel {
 public:
  RemoteModel(std::shared_ptr<Shared> shared, space::Architecture architecture,
              std::shared_ptr<const Artifact> artifact, std::string path)
      : shared_(std::move(shared)),
        architecture_(std::move(architecture)),
        artifact_(std::move(artifact)),
        path_(std::move(path)),
        epoch_(shared_->session.epoch()) {
    const auto count =
        static_cast<double>(architecture_.family().counts(architecture_).total_params());
    memory_.weight_bytes =
        static_cast<std::int64_t>(count * bytes_per_weight(shared_->config.dtype));
  }
  ~RemoteModel() override {
    if (is_there() && !path_.empty()) shared_->session.discard(path_);
  }

  std::vector<double> time_runs(int runs) override {
    if (!is_there()) {
      throw DeviceLost(shared_->session.name() + ": the model was lost with its connection");
    }
    const bool compares = !compared_ && shared_->tools.log_probabilities != nullptr &&
                          shared_->config.new_tokens == 0;  // ours are a single pass's
    const Answer answer = shared_->session.ask(
        {.model = path_, .architecture = &architecture_, .runs = runs, .wants_logits = compares});
    note(answer, runs);
    if (compares && !answer.logits_last.empty()) compare(answer.logits_last);
    return answer.samples_s;
  }

  Memory memory() const override { return memory_; }

  nlohmann::ordered_json extras() const override {
    auto out = nlohmann::ordered_json::object();
    if (load_s_) out["load_s"] = *load_s_;
    if (energy_runs_ > 0) out["energy_j_per_run"] = energy_j_ / energy_runs_;
    return out;
  }

 private:
  bool is_there() const { return epoch_ == shared_->session.epoch(); }

  void compare(const std::vector<double>& logits) {
    const double tolerance = shared_->config.remote->logits_tolerance.value_or(
        shared_->config.dtype == "float32" ? 1e-3 : 0.1);
    const std::vector<double> ours = shared_->tools.log_probabilities(architecture_);
    const double most = logits_difference(ours, logits);
    compared_ = most <= tolerance;
    if (compared_) return;
    const std::string how = logits.size() == ours.size()
                                ? "they differ from ours by " + short_number(most) +
                                      " where logits_tolerance is " + short_number(tolerance)
                                : "there are " + std::to_string(logits.size()) + " instead of " +
                                      std::to_string(ours.size());
    throw runtime_error(space::summary(architecture_),
                        "wrong logits on " + shared_->session.name() + ": " + how);
  }

  void note(const Answer& answer, int runs) {
    if (answer.peak_bytes) {
      memory_.peak_bytes = std::max(memory_.peak_bytes.value_or(0), *answer.peak_bytes);
    }
    if (answer.load_s && !load_s_) load_s_ = answer.load_s;
    if (!answer.energy_j) return;
    energy_j_ += *answer.energy_j;
    energy_runs_ += runs;
  }

  std::shared_ptr<Shared> shared_;
  space::Architecture architecture_;
  std::shared_ptr<const Artifact> artifact_;
  std::string path_;
  int epoch_;
  bool compared_ = false;
  Memory memory_{};
  std::optional<double> load_s_{};
  double energy_j_ = 0;
  int energy_runs_ = 0;
};

class RemoteDevice final : public Device {
 public:
  RemoteDevice(const HardwareConfig& config, std::string target, const RemoteTools& tools)
      : shared_(std::make_shared<Shared>(config, std::move(target), tools)),
        store_(config, tools.write_artifact) {}

  const HardwareConfig& config() const override { return shared_->config; }

  nlohmann::ordered_json fingerprint() override {
    open();
    return shared_->session.fingerprint();
  }

  nlohmann::ordered_json state() override {
    open();
    return shared_->session.state();
  }

  void rest() override { shared_->session.rest(); }

  void reopen() override {
    ending_the_run([&] { shared_->session.reopen(); });
  }

  std::unique_ptr<LoadedModel> load(const space::Architecture& architecture) override {
    require_positions(config(), architecture);
    open();
    DeviceSession& session = shared_->session;
    if (!session.is_up()) throw DeviceLost(session.name() + ": not connected");
    const auto artifact = store_.make(architecture);
    std::string path = artifact ? session.place(*artifact, architecture) : "";
    return std::make_unique<RemoteModel>(shared_, architecture, artifact, std::move(path));
  }

  std::string name() const { return shared_->session.name(); }

  /// As the session's: with the kind of error that the reason has.
  void connect() { shared_->session.open(); }

 private:
  void open() {
    ending_the_run([&] { shared_->session.open(); });
  }

  /// A wrong hardware file is no candidate's failure, whichever candidate meets it.
  template <typename Action>
  void ending_the_run(Action&& action) {
    try {
      action();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kStopped) throw;
      throw Error(ErrorKind::kStopped, error.what());
    }
  }

  std::shared_ptr<Shared> shared_;
  ArtifactStore store_;
};

/// Whatever of this machine the hardware file names.
void check_this_machine(const RemoteConfig& remote) {
  for (const fs::path& file : remote.files) {
    if (fs::is_regular_file(file)) continue;
    throw user_error(remote.files_place, "files names " + file.string() + ", which is no file");
  }
  require_program(remote.prepare, "prepare", remote.prepare_place);
  const ConnectionConfig& connection = remote.connection;
  if (connection.kind == "any") {
    require_program(connection.copy, "connection.copy", remote.connection_place);
    require_program(connection.execute, "connection.execute", remote.connection_place);
  } else if (connection.kind != "local") {
    require_program({connection.kind}, "connection.kind", remote.connection_place);
  } else if (remote.run.front().find('/') == std::string::npos) {
    require_program(remote.run, "run", remote.run_place);
  }
}

/// One fingerprint stands for all in records and caches, so all must have it.
void require_identical(RemoteDevice& first, RemoteDevice& other) {
  const auto differs = json_difference(first.fingerprint(), other.fingerprint());
  if (!differs) return;
  throw user_error(first.config().remote->connection_place,
                   "the devices are not identical: " + differs->path + " is " +
                       differs->before.dump() + " on " + first.name() + " and " +
                       differs->now.dump() + " on " + other.name());
}

}  // namespace

std::vector<std::unique_ptr<Device>> make_remote_devices(const HardwareConfig& config,
                                                         const RemoteTools& tools) {
  LTS_ASSERT(config.remote.has_value());
  check_this_machine(*config.remote);
  std::vector<std::string> targets = config.remote->connection.targets;
  if (targets.empty()) targets.emplace_back();
  std::vector<std::unique_ptr<RemoteDevice>> devices;
  for (const std::string& target : targets) {
    devices.push_back(std::make_unique<RemoteDevice>(config, target, tools));
    if (!tools.connect_now) continue;
    devices.back()->connect();
    require_identical(*devices.front(), *devices.back());
  }
  return {std::make_move_iterator(devices.begin()), std::make_move_iterator(devices.end())};
}

}  // namespace lts::predictor
