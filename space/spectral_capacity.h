#pragma once

#include <cstdint>

namespace lts::space {

/// Neural spectral capacity of one decoder layer at initialisation: the expected log-determinant of
/// its random matrices, 3 h psi(d, d/h) + psi(d, d) + 2 psi(d_inner, d) in nats, where for an m x n
/// matrix, m >= n, of entries of deviation 0.02, psi = n * integral of log(1 + 0.02^2 m x) over the
/// Marchenko-Pastur law of ratio n/m. (Source: reference/field-survey.md section 4, NSC.)
double layer_spectral_capacity(std::int64_t d_model, std::int64_t d_inner, std::int64_t n_head);

}  // namespace lts::space
