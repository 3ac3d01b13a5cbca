#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "predictor/layer_cost.h"
#include "space/search_space.h"

namespace lts::predictor {

/// What tells the members of a space apart, for corrections of a cost: which share of it each of
/// its terms has, which choice each gene that is searched takes, and which pair of choices each two
/// of them take. Per-layer genes have no choices of their own.
class CostFeatures {
 public:
  /// Precondition: `base` is positive for all members.
  CostFeatures(const space::SearchSpace& space, const LayerCost& base,
               std::span<const space::Architecture> members);

  /// What `base` gives each member.
  const Eigen::VectorXd& base() const { return base_; }
  /// Shares of the terms; rows are members.
  const Eigen::MatrixXd& shares() const { return shares_; }
  Eigen::Index num_choices() const { return num_choices_; }
  Eigen::Index num_pairs() const { return num_pairs_; }
  /// Which of the choices a member takes, one a gene, and which of the pairs.
  std::span<const Eigen::Index> choices_of(std::size_t member) const {
    return std::span(choices_).subspan(member * genes_, genes_);
  }
  std::span<const Eigen::Index> pairs_of(std::size_t member) const {
    return std::span(pairs_).subspan(member * gene_pairs_, gene_pairs_);
  }

 private:
  void take_shares(const LayerCost& base, std::span<const space::Architecture> members);
  void take_choices(const space::SearchSpace& space, std::span<const space::Architecture> members);

  Eigen::VectorXd base_;
  Eigen::MatrixXd shares_;
  std::size_t genes_ = 0, gene_pairs_ = 0;
  Eigen::Index num_choices_ = 0, num_pairs_ = 0;
  std::vector<Eigen::Index> choices_, pairs_;
};

}  // namespace lts::predictor
