#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "train/distributed/ranks.h"
#include "train/flat_parameters.h"

namespace lts::train {

/// Sums the gradients of all ranks in place, in pieces of the flat fp32 buffers that start on their
/// way as soon as the backward pass has completed them, so that most of it happens beside that
/// pass.
///
/// c10d::Reducer does the same for gradients that live in the parameters' own dtype. Ours do not:
/// those of a bfloat16 model are added up in fp32 outside of autograd, the head's before the
/// backward pass; and a checkpoint points the parameters at their fp32 masters for a moment, which
/// drops the hooks that Reducer keeps on a parameter whose dtype changes. Summing in the buffers
/// also saves Reducer's copy of every gradient, there and back.
class GradientSum {
 public:
  static constexpr std::int64_t kPieceValues = 1 << 20;  ///< 4 MiB

  /// Refers to both. A parameter larger than `piece_values` is a piece of its own.
  GradientSum(FlatParameters& parameters, Ranks& ranks, std::int64_t piece_values = kPieceValues);
  GradientSum(const GradientSum&) = delete;
  GradientSum& operator=(const GradientSum&) = delete;
  ~GradientSum();

  /// The next backward pass is the step's last: what it completes may go. Without this call,
  /// gradients add up on this rank only.
  void begin();
  /// (all ranks) Waits until the buffers hold the sums.
  void finish();

  std::size_t num_pieces() const { return pieces_.size(); }

 private:
  struct Piece {
    torch::Tensor gradients;
    std::size_t num_parameters = 0, missing = 0;
  };
  void cut_group(std::size_t group, std::int64_t piece_values);
  void watch_parameters();
  void completed(std::size_t slot);
  void start_completed();

  FlatParameters& parameters_;
  Ranks& ranks_;
  std::vector<Piece> pieces_;          // in the order in which they go, the same on every rank
  std::vector<std::size_t> piece_of_;  // by slot
  std::vector<std::function<void()>> under_way_;
  bool last_pass_ = false;
};

}  // namespace lts::train
