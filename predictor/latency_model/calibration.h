#pragma once

#include <map>
#include <span>
#include <vector>

#include "predictor/latency_model/regression.h"

namespace lts::predictor {

/// Conformal quantiles from residuals of rows left out (jackknife), for predictions of single
/// readings of rows like those of `members` (features over prediction). `readings`: of each row,
/// over its target, which is their median and so nearer to the truth than one reading is.
///
/// A row left out has the variance s / (1 - h) of least squares, h its leverage; a new row has
/// s (1 + l), l its own. Rows chosen to cover a space have more leverage than its average member,
/// so that plain residuals of left out rows would give intervals that are too wide: they are
/// brought to a common s first, and to the members' mean spread afterwards. The quantile at `level`
/// is the ceil((n + 1) level)-th least, the greatest where n is too small for the level (Vovk,
/// Gammerman and Shafer, 2005; Barber et al., 2021).
std::map<double, double> conformal_quantiles(const Regression& fit, const Eigen::VectorXd& left_out,
                                             const std::vector<std::vector<double>>& readings,
                                             std::span<const double> levels,
                                             const Eigen::MatrixXd& members);

/// The ceil((n + 1) level)-th least of non-empty scores, or the greatest.
double conformal_quantile(std::span<const double> scores, double level);

}  // namespace lts::predictor
