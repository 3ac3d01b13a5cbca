#include "core/gpu.h"

#include <dlfcn.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lts {
namespace {

using nlohmann::ordered_json;

// NVML's interface as its header declares it; stable since the versions named by the suffixes.
using Status = int;
constexpr Status kSuccess = 0, kInsufficientSize = 7;
using DeviceHandle = void*;
constexpr unsigned kSmClock = 1, kMemoryClock = 2;  // nvmlClockType_t
constexpr unsigned kGpuTemperature = 0;             // nvmlTemperatureSensors_t
struct MemoryInfo {
  unsigned long long total, free, used;
};
struct Utilization {
  unsigned gpu, memory;
};

constexpr double kHzPerMhz = 1e6;

struct ThrottleReason {
  unsigned long long bit;
  std::string_view name;
};

/// nvmlClocksThrottleReasons of what slows a GPU down against its settings.
constexpr std::array kThrottleReasons = {
    ThrottleReason{0x04, "sw_power_cap"},
    ThrottleReason{0x08, "hw_slowdown"},
    ThrottleReason{0x20, "sw_thermal_slowdown"},
    ThrottleReason{0x40, "hw_thermal_slowdown"},
    ThrottleReason{0x80, "hw_power_brake_slowdown"},
};

}  // namespace

struct Gpu::Library {
  void* handle = nullptr;
  DeviceHandle device = nullptr;
  bool begun = false;

  ~Library() {
    if (begun) call("nvmlShutdown");
    if (handle) ::dlclose(handle);
  }

  /// Calls a function of the library; whether it is there and succeeded.
  template <typename... Arguments>
  Status status(const char* name, Arguments... arguments) const {
    using Function = Status (*)(Arguments...);
    const auto function = reinterpret_cast<Function>(::dlsym(handle, name));
    return function ? function(arguments...) : -1;
  }
  template <typename... Arguments>
  bool call(const char* name, Arguments... arguments) const {
    return status(name, arguments...) == kSuccess;
  }

  /// What a function with one number as its last argument gives, times `scale`.
  template <typename Number, typename... Arguments>
  ordered_json number(double scale, const char* name, Arguments... arguments) const {
    Number value{};
    if (!call(name, device, arguments..., &value)) return nullptr;
    return static_cast<double>(value) * scale;
  }

  ordered_json clock_hz(const char* name, unsigned clock) const {
    return number<unsigned>(kHzPerMhz, name, clock);
  }

  std::optional<MemoryInfo> memory() const {
    MemoryInfo info{};
    if (!call("nvmlDeviceGetMemoryInfo", device, &info)) return std::nullopt;
    return info;
  }

  bool open_device(const std::string& which) {
    if (which.find(':') != std::string::npos) {
      return call("nvmlDeviceGetHandleByPciBusId_v2", which.c_str(), &device);
    }
    if (which.empty() || which.find_first_not_of("0123456789") != std::string::npos ||
        which.size() > 4) {
      return false;
    }
    return call("nvmlDeviceGetHandleByIndex_v2", static_cast<unsigned>(std::stoul(which)), &device);
  }
};

Gpu::Gpu() : library_(std::make_unique<Library>()) {}

Gpu::~Gpu() = default;

std::unique_ptr<Gpu> Gpu::open(const std::string& which, const std::string& library) {
  std::unique_ptr<Gpu> gpu(new Gpu);
  Library& nvml = *gpu->library_;
  nvml.handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!nvml.handle || !nvml.call("nvmlInit_v2")) return nullptr;
  nvml.begun = true;
  if (!nvml.open_device(which)) return nullptr;
  return gpu;
}

ordered_json Gpu::fingerprint() const {
  const Library& nvml = *library_;
  std::array<char, 96> name{}, driver{};  // NVML_DEVICE_NAME_V2_BUFFER_SIZE
  const auto size = static_cast<unsigned>(name.size());
  ordered_json out = {{"name", nullptr}, {"driver", nullptr}, {"memory_bytes", nullptr}};
  if (nvml.call("nvmlDeviceGetName", nvml.device, name.data(), size)) out["name"] = name.data();
  if (nvml.call("nvmlSystemGetDriverVersion", driver.data(), size)) out["driver"] = driver.data();
  if (const auto memory = nvml.memory()) out["memory_bytes"] = memory->total;
  out["max_sm_clock_hz"] = nvml.clock_hz("nvmlDeviceGetMaxClockInfo", kSmClock);
  out["max_memory_clock_hz"] = nvml.clock_hz("nvmlDeviceGetMaxClockInfo", kMemoryClock);
  out["power_limit_w"] = nvml.number<unsigned>(1e-3, "nvmlDeviceGetEnforcedPowerLimit");
  int persistence = 0;
  out["persistence_mode"] = nullptr;
  if (nvml.call("nvmlDeviceGetPersistenceMode", nvml.device, &persistence)) {
    out["persistence_mode"] = persistence != 0;
  }
  unsigned mig = 0, pending_mig = 0;
  out["mig_mode"] = nullptr;
  if (nvml.call("nvmlDeviceGetMigMode", nvml.device, &mig, &pending_mig)) {
    out["mig_mode"] = mig != 0;
  }
  return out;
}

ordered_json Gpu::state() const {
  const Library& nvml = *library_;
  ordered_json out;
  out["sm_clock_hz"] = nvml.clock_hz("nvmlDeviceGetClockInfo", kSmClock);
  out["memory_clock_hz"] = nvml.clock_hz("nvmlDeviceGetClockInfo", kMemoryClock);
  out["temperature_c"] = nvml.number<unsigned>(1, "nvmlDeviceGetTemperature", kGpuTemperature);
  out["power_w"] = nvml.number<unsigned>(1e-3, "nvmlDeviceGetPowerUsage");
  Utilization busy{};
  out["utilization_percent"] = nullptr;
  if (nvml.call("nvmlDeviceGetUtilizationRates", nvml.device, &busy)) {
    out["utilization_percent"] = busy.gpu;
  }
  out["memory_used_bytes"] = nullptr;
  if (const auto memory = nvml.memory()) out["memory_used_bytes"] = memory->used;
  unsigned processes = 0;
  const Status listed = nvml.status("nvmlDeviceGetComputeRunningProcesses_v3", nvml.device,
                                    &processes, static_cast<void*>(nullptr));
  const bool known = listed == kSuccess || listed == kInsufficientSize;
  out["num_compute_processes"] = known ? ordered_json(processes) : ordered_json(nullptr);
  unsigned long long reasons = 0;
  out["throttle_reasons"] = nullptr;
  if (nvml.call("nvmlDeviceGetCurrentClocksThrottleReasons", nvml.device, &reasons)) {
    out["throttle_reasons"] = ordered_json::array();
    for (const ThrottleReason& reason : kThrottleReasons) {
      if (reasons & reason.bit) out["throttle_reasons"].push_back(reason.name);
    }
  }
  return out;
}

}  // namespace lts
