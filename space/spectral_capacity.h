#pragma once

#include <cstdint>

namespace lts::space {

/// The expected log-determinant psi of a random matrix in nats: for m rows and n columns, m >= n,
/// of entries of deviation 0.02, n * integral of log(1 + 0.02^2 m x) over the Marchenko-Pastur law
/// of ratio n/m. The same for its transpose.
double matrix_spectral_capacity(std::int64_t rows, std::int64_t columns);

/// Neural spectral capacity of one layer of GPT-2 at initialisation: the sum over its matrices, 3 h
/// psi(d, d/h) + psi(d, d) + 2 psi(d_inner, d). (Source: reference/field-survey.md section 4, NSC.)
double layer_spectral_capacity(std::int64_t d_model, std::int64_t d_inner, std::int64_t n_head);

}  // namespace lts::space
