#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "train/distributed/launch.h"
#include "train/distributed/process_group.h"
#include "train/distributed/watch.h"

namespace lts::train {

/// The processes that train one model together, as one of them sees them; or one process alone, for
/// which every operation is at once done. What is marked (all) every rank calls, in the same order.
/// Where another rank died, hangs or gave up, these end by an Error kRuntime that names it, or by
/// the `lost` of the constructor.
class Ranks {
 public:
  /// One process alone.
  Ranks() = default;
  static Ranks& alone();

  struct Timeouts {
    double step_s = 60;      ///< the longest time of a step
    double shutdown_s = 60;  ///< of anything but saving, after a request to stop
  };
  /// Joins the others; alone where launch.ranks is 1.
  /// `lost` is called from another thread, with why the training of all ends, and must end the
  /// process. \throws Error as ProcessGroup.
  Ranks(const Launch& launch, Timeouts timeouts, Watch::Lost lost);
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_first() const { return rank_ == 0; }
  bool are_several() const { return size_ > 1; }
  /// The host of every rank; empty for one alone.
  const std::vector<std::string>& hosts() const { return hosts_; }
  /// How many are on this machine, and whether that is all.
  int on_this_host() const;
  bool are_on_one_host() const;
  /// How many of them share the CPUs that this one may run on.
  int sharing_cpus() const { return group_ ? group_->sharing_cpus() : 1; }
  int local_rank() const { return local_rank_; }
  /// "rank 2 on node07"; "" for one alone.
  std::string name() const;

  /// This rank begins `phase`: its time limit starts anew.
  void enter(Phase phase, std::int64_t step = 0);

  /// (all) Sums over the ranks.
  std::vector<double> sum(std::vector<double> values);
  /// (all) Whether it is so on any rank.
  bool any(bool value);
  /// (all) Starts to sum a dense tensor in place; the function waits for it.
  std::function<void()> start_sum(const torch::Tensor& tensor);
  /// (all) Rank 0's text.
  std::string text_of_first(const std::string& text);
  /// (all) Copies rank 0's values into the tensors of the others.
  void copy_from_first(std::span<const torch::Tensor> tensors);
  /// (all) Rank 0 does `work`, the others wait; where it throws, all throw what agreed() gives.
  void on_first(const std::function<void()>& work);

  /// (all) An error that every rank throws at the same place: rank 0's says it, those of the others
  /// have its kind and no text.
  Error agreed(const Error& error);
  /// Whether the last error was such a one; always for one alone.
  bool is_agreed() const { return agreed_ || !are_several(); }
  /// (all) The end: nobody leaves before all have come.
  void part();
  /// This rank ends by an error of its own, or by one that names the rank that was lost: tells the
  /// others and calls `lost`. Returns at once where the error was agreed or the process is alone.
  void give_up(const std::string& reason, int status);

 private:
  void wait(const std::function<void()>& waiter);
  template <typename Start>
  void meet(Start&& start);

  int rank_ = 0, size_ = 1, local_rank_ = 0;
  std::vector<std::string> hosts_;
  Watch::Lost lost_;
  bool agreed_ = false, lost_one_ = false;
  std::unique_ptr<ProcessGroup> group_;
  std::unique_ptr<Watch> watch_;  // after group_, whose store it uses
};

}  // namespace lts::train
