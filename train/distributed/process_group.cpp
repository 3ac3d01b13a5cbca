#include "train/distributed/process_group.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <c10/util/Logging.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "core/error.h"
#include "core/host_name.h"
#include "core/interrupt.h"
#include "core/text.h"

// Where LibTorch was built with NCCL and its header is there too (train_sources.cmake looks for
// it).
#if defined(USE_C10D_NCCL) && __has_include(<nccl.h>)
#define LTS_HAS_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

namespace lts::train {

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
using Store = c10::intrusive_ptr<c10d::Store>;
using Backend = c10::intrusive_ptr<c10d::Backend>;

constexpr Milliseconds kPoll(50);
constexpr Milliseconds kConnecting(3'000);  // one attempt; a signal is seen between two
constexpr Milliseconds kBoardAnswers(30'000);
constexpr Milliseconds kLeaving(10'000), kLeavePoll(5);

Milliseconds milliseconds(double seconds) {
  return Milliseconds(static_cast<std::int64_t>(1000 * seconds));
}

std::string rank_name(const Launch& launch) { return "rank " + std::to_string(launch.rank); }

std::string place_of(const Launch& launch) {
  return launch.host + ":" + std::to_string(launch.port);
}

struct Addresses {
  explicit Addresses(const std::string& host) {
    const addrinfo hints = {.ai_socktype = SOCK_DGRAM};
    error = ::getaddrinfo(host.c_str(), nullptr, &hints, &first);
  }
  Addresses(const Addresses&) = delete;
  Addresses& operator=(const Addresses&) = delete;
  ~Addresses() {
    if (error == 0) ::freeaddrinfo(first);
  }
  int error = 0;
  addrinfo* first = nullptr;
};

void check_host(const std::string& host) {
  const Addresses addresses(host);
  if (addresses.error != 0)
    throw user_error("MASTER_ADDR is '" + host + "': " + ::gai_strerror(addresses.error) +
                     "; accepted: the name or address of the machine of rank 0");
}

void stop_if_interrupted() { throw_if_interrupted("while the ranks were coming together"); }

c10d::TCPStoreOptions store_options(const Launch& launch, bool serves, Milliseconds timeout) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(launch.port);
  options.isServer = serves;
  options.waitWorkers = false;  // places_of_all waits, and says for whom
  options.timeout = timeout;
  return options;
}

Store open_store(const Launch& launch, bool serves, Milliseconds timeout) {
  return c10::make_intrusive<c10d::PrefixStore>(
      "lts" + launch.attempt,
      c10::make_intrusive<c10d::TCPStore>(launch.host, store_options(launch, serves, timeout)));
}

Store serve_store(const Launch& launch) {
  try {
    return open_store(launch, true, kConnecting);
  } catch (const std::exception& error) {
    throw runtime_error(place_of(launch), "rank 0 cannot serve the other ranks on MASTER_PORT " +
                                              std::to_string(launch.port) + ": " +
                                              first_line(error.what()));
  }
}

Store reach_store(const Launch& launch, Clock::time_point deadline) {
  for (;;) {
    try {
      return open_store(launch, false, kConnecting);
    } catch (const std::exception& error) {
      stop_if_interrupted();
      if (Clock::now() < deadline) continue;
      throw runtime_error(place_of(launch), rank_name(launch) +
                                                " cannot reach rank 0 there (MASTER_ADDR and "
                                                "MASTER_PORT): " +
                                                first_line(error.what()));
    }
  }
}

std::string host_key(int rank) { return "host/" + std::to_string(rank); }

std::string those_missing(const Launch& launch, c10d::Store& store) {
  std::vector<std::string> missing;
  for (int rank = 0; rank < launch.ranks; ++rank)
    if (!store.check({host_key(rank)})) missing.push_back(std::to_string(rank));
  return join(missing, ", ");
}

// Announces this rank and waits for the others; the places of all.
std::vector<std::string> places_of_all(const Launch& launch, const std::string& place,
                                       c10d::Store& store, Clock::time_point deadline) {
  if (launch.rank == 0) store.set(Watch::kLossKey, "");
  store.set(Watch::sign_key(launch.rank), Sign{}.text());
  store.set(host_key(launch.rank), place);
  std::vector<std::string> keys;
  for (int rank = 0; rank < launch.ranks; ++rank) keys.push_back(host_key(rank));
  while (!store.check(keys)) {
    stop_if_interrupted();
    if (Clock::now() >= deadline)
      throw runtime_error(place_of(launch),
                          "of " + std::to_string(launch.ranks) +
                              " ranks these have not come: " + those_missing(launch, store));
    std::this_thread::sleep_for(kPoll);
  }
  std::vector<std::string> places;
  for (const auto& key : keys) places.push_back(store.get_to_str(key));
  return places;
}

// The address of this machine from which rank 0's is reached, so that Gloo listens where the others
// can come; a host's own name often means 127.0.1.1.
std::string own_address(const std::string& towards) {
  const Addresses addresses(towards);
  if (addresses.error != 0) return "";
  for (const addrinfo* to = addresses.first; to != nullptr; to = to->ai_next) {
    const int descriptor = ::socket(to->ai_family, SOCK_DGRAM, 0);
    if (descriptor < 0) continue;
    sockaddr_storage peer{}, own{};
    std::copy_n(reinterpret_cast<const char*>(to->ai_addr), to->ai_addrlen,
                reinterpret_cast<char*>(&peer));
    // A datagram socket sends nothing here; any port will do.
    (to->ai_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&peer)->sin6_port
                               : reinterpret_cast<sockaddr_in*>(&peer)->sin_port) = htons(9);
    socklen_t size = sizeof(own);
    std::array<char, NI_MAXHOST> text{};
    const bool known =
        ::connect(descriptor, reinterpret_cast<sockaddr*>(&peer), to->ai_addrlen) == 0 &&
        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&own), &size) == 0 &&
        ::getnameinfo(reinterpret_cast<sockaddr*>(&own), size, text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) == 0;
    ::close(descriptor);
    if (known) return text.data();
  }
  return "";
}

Backend gloo(const Launch& launch, const Store& store, Milliseconds timeout) {
  auto options = c10d::ProcessGroupGloo::Options::create(timeout);
  const char* interfaces = std::getenv("GLOO_SOCKET_IFNAME");  // as in Python
  if (interfaces != nullptr && *interfaces != '\0') {
    for (const auto& name : split(interfaces, ','))
      options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForInterface(name));
  } else {
    const auto address = own_address(launch.host);
    options->devices.push_back(address.empty()
                                   ? c10d::ProcessGroupGloo::createDefaultDevice()
                                   : c10d::ProcessGroupGloo::createDeviceForHostname(address));
  }
  return c10::make_intrusive<c10d::ProcessGroupGloo>(
      c10::make_intrusive<c10d::PrefixStore>("gloo", store), launch.rank, launch.ranks, options);
}

#ifdef LTS_HAS_NCCL
Backend nccl(const Launch& launch, const Store& store, Milliseconds timeout) {
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = timeout;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(
      c10::make_intrusive<c10d::PrefixStore>("nccl", store), launch.rank, launch.ranks, options);
}
#endif

class StoreBoard : public Board {
 public:
  explicit StoreBoard(Store store) : store_(std::move(store)) {}

  void put(const std::string& key, const std::string& note) override { store_->set(key, note); }

  std::vector<std::string> read(const std::vector<std::string>& keys) override {
    std::vector<std::string> notes;
    for (const auto& note : store_->multiGet(keys)) notes.emplace_back(note.begin(), note.end());
    return notes;
  }

  std::string put_first(const std::string& key, const std::string& note) override {
    return store_->compareSet(key, std::string(), note);
  }

 private:
  Store store_;
};

// Wraps what c10d throws, a sentence and a stack trace, where this rank cannot go on without
// another.
template <typename Work>
auto connected(const Launch& launch, Work&& work) {
  try {
    return work();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw runtime_error("", rank_name(launch) + " on " + host_name() +
                                " cannot connect to the other ranks: " + first_line(error.what()));
  }
}

std::function<void()> waiter(c10::intrusive_ptr<c10d::Work> work) {
  return [work = std::move(work)] { work->wait(); };
}

}  // namespace

struct ProcessGroup::Parts {
  Launch launch;
  Milliseconds timeout;
  Store store;
  std::vector<std::string> places, hosts;
  Backend cpu, cuda;
  std::int64_t leaves = 0;

  c10d::Backend& backend(const torch::Tensor& tensor) {
#ifdef LTS_HAS_NCCL
    if (tensor.is_cuda()) {
      if (!cuda) cuda = nccl(launch, store, timeout);
      return *cuda;
    }
#endif
    static_cast<void>(tensor);
    return *cpu;
  }
};

ProcessGroup::ProcessGroup(const Launch& launch, const std::string& cpus, double start_s,
                           double collective_s)
    : parts_(std::make_unique<Parts>()) {
  // c10d warns of every connection that a rank's end closes; what that means is ours to say.
  if (std::getenv("TORCH_CPP_LOG_LEVEL") == nullptr) FLAGS_caffe2_log_level = c10::GLOG_FATAL;
  // Gloo and the store write to sockets by writev() and expect an error where a rank is gone;
  // Python ignores the signal for them.
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  const auto deadline = Clock::now() + milliseconds(start_s);
  parts_->launch = launch;
  parts_->timeout = milliseconds(collective_s);
  check_host(launch.host);
  parts_->store = keeper() == launch.rank ? serve_store(launch) : reach_store(launch, deadline);
  connected(launch, [&] {
    parts_->places = places_of_all(launch, host_name() + "\n" + cpus, *parts_->store, deadline);
    for (const auto& place : parts_->places) parts_->hosts.push_back(first_line(place));
    parts_->store->setTimeout(milliseconds(start_s));
    parts_->cpu = gloo(launch, parts_->store, milliseconds(start_s));
    parts_->cpu->setTimeout(parts_->timeout);
  });
}

ProcessGroup::~ProcessGroup() = default;

const std::vector<std::string>& ProcessGroup::hosts() const { return parts_->hosts; }

int ProcessGroup::sharing_cpus() const {
  const auto own = static_cast<std::size_t>(parts_->launch.rank);
  return static_cast<int>(std::ranges::count(parts_->places, parts_->places[own]));
}

int ProcessGroup::keeper() const { return parts_->launch.store_exists ? -1 : 0; }

std::unique_ptr<Board> ProcessGroup::board() const {
  const Launch& launch = parts_->launch;
  return connected(launch, [&] {
    return std::make_unique<StoreBoard>(open_store(launch, false, kBoardAnswers));
  });
}

void ProcessGroup::leave() {
  const auto key = "left/" + std::to_string(++parts_->leaves);
  const auto deadline = Clock::now() + kLeaving;
  try {
    auto gone = parts_->store->add(key, 1);
    while (gone < parts_->launch.ranks && Clock::now() < deadline) {
      std::this_thread::sleep_for(kLeavePoll);
      gone = parts_->store->add(key, 0);
    }
  } catch (const std::exception&) {
    // The keeper of the store has seen that all are here, and is gone.
  }
}

std::function<void()> ProcessGroup::start_sum(const torch::Tensor& tensor) {
  std::vector<torch::Tensor> tensors = {tensor};
  return waiter(parts_->backend(tensor).allreduce(tensors));
}

std::function<void()> ProcessGroup::start_copy_from_first(const torch::Tensor& tensor) {
  std::vector<torch::Tensor> tensors = {tensor};
  return waiter(parts_->backend(tensor).broadcast(tensors));
}

std::optional<std::string> nccl_version() {
#ifdef LTS_HAS_NCCL
  return std::to_string(NCCL_MAJOR) + "." + std::to_string(NCCL_MINOR) + "." +
         std::to_string(NCCL_PATCH);
#else
  return std::nullopt;
#endif
}

}  // namespace lts::train
