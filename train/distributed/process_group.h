#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "train/distributed/launch.h"
#include "train/distributed/watch.h"

namespace lts::train {

/// The processes of one training, connected by c10d: Gloo between CPUs, NCCL between GPUs where it
/// was compiled in (else Gloo, through the CPU). The one file that knows c10d, whose C++ interface
/// is not stable.
class ProcessGroup {
 public:
  /// Waits until all ranks are there and connects them. \throws Error kUser where MASTER_ADDR does
  /// not resolve; kRuntime, naming the ranks that did not come within `start_s`, or what could not
  /// be reached; kStopped when a signal asked to stop meanwhile. `cpus` names the CPUs that this
  /// rank may run on. `collective_s` bounds a collective operation for the case that nobody watches
  /// over it. From then on the process ignores SIGPIPE: the loss of a rank is an error to report,
  /// not an end.
  ProcessGroup(const Launch& launch, const std::string& cpus, double start_s, double collective_s);
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;
  ~ProcessGroup();

  /// The host name of every rank.
  const std::vector<std::string>& hosts() const;
  /// How many ranks of this host named the same CPUs, this one counted.
  int sharing_cpus() const;
  /// A board for a Watch, over a connection of its own. \throws Error kRuntime where rank 0 is
  /// gone.
  std::unique_ptr<Board> board() const;
  /// Which rank's process keeps the board; -1: the launcher's.
  int keeper() const;

  /// The end, after a collective operation: waits until all ranks have left it, so that no
  /// connection is closed under one that still reads, and nobody's store is gone. Gives up after
  /// some seconds.
  void leave();

  /// Starts to replace `tensor`, dense, by the sum over the ranks; the function waits for it (on
  /// CUDA: makes the stream wait). All ranks call in the same order. Both \throw std::exception
  /// when a rank is gone.
  std::function<void()> start_sum(const torch::Tensor& tensor);
  /// The same for a copy of rank 0's.
  std::function<void()> start_copy_from_first(const torch::Tensor& tensor);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// "2.27.3", or nothing where NCCL was not compiled in.
std::optional<std::string> nccl_version();

}  // namespace lts::train
