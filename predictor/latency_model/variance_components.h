#pragma once

#include <Eigen/Core>
#include <vector>

namespace lts::predictor {

/// Relative spreads (standard deviations) of what makes readings differ from a base cost.
struct VarianceComponents {
  double choice = 0;  ///< of one choice's effect
  double pair = 0;    ///< of the effect of a pair of choices
  double noise = 0;   ///< of one reading
};

/// How alike readings are: for each two of them, by each kind of effect.
struct Likeness {
  Eigen::MatrixXd shares;   ///< scalar products of their shares, times the variance of a share
  Eigen::MatrixXd choices;  ///< choices they have in common
  Eigen::MatrixXd pairs;    ///< pairs of choices they have in common
};

/// Components, and how probable they are after the readings.
struct ProbableComponents {
  VarianceComponents components;
  double weight = 0;
};

/// The components under which the deviations (log of reading over base) are likeliest, on a grid,
/// one component after the other until none changes. `noise_factor`: each reading's noise variance
/// over the common one.
VarianceComponents fit_components(const Likeness& likeness, const Eigen::VectorXd& deviations,
                                  const Eigen::VectorXd& noise_factor);

/// How probable the components of a grid around the likeliest ones are, each as likely as any other
/// before the readings; weights sum up to 1. Few readings leave the sizes of effects open: taking
/// the likeliest alone, often none at all, would claim to know too much.
std::vector<ProbableComponents> probable_components(const Likeness& likeness,
                                                    const Eigen::VectorXd& deviations,
                                                    const Eigen::VectorXd& noise_factor,
                                                    const VarianceComponents& likeliest);

/// Each deviation's distance from what the others predict for it, in its own spreads.
Eigen::VectorXd left_out_distances(const Likeness& likeness, const Eigen::VectorXd& deviations,
                                   const Eigen::VectorXd& noise_factor,
                                   const VarianceComponents& components);

}  // namespace lts::predictor
