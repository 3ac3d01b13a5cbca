#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace lts::search {

/// A point per candidate; every coordinate is a loss (smaller is better), all of one length.
using Point = std::vector<double>;

/// What becomes of points that are equal in every coordinate.
enum class Ties {
  kKeepAll,    ///< none of them dominates another, so all stay
  kKeepFirst,  ///< the reference: np.unique keeps the first of the input (reference/archai.md 2.7)
};

/// Whether `a` is no worse than `b` in every coordinate, or in every one but `axis`.
bool covers(const Point& a, const Point& b);
bool covers_beside(const Point& a, const Point& b, std::size_t axis);

/// Indices of the points that no other point dominates (<= everywhere, < somewhere), in
/// lexicographic order of the points, equal ones by index. O(n log n) up to three coordinates, else
/// O(n * front).
///
/// Example: pareto_front({{1, 2}, {2, 1}, {2, 2}}, Ties::kKeepAll) is {0, 1}.
std::vector<std::size_t> pareto_front(std::span<const Point> points, Ties ties);

/// The rank of each point: 0 on the front, 1 on the front of what is left without that, and so on
/// (the fronts of Deb et al. 2002, section III-A); equal points have one rank. Each point looks for
/// its front by bisection (Zhang et al. 2015, ENS-BS): O(n log^2 n) up to three coordinates.
///
/// Example: pareto_ranks({{1, 2}, {2, 1}, {2, 2}, {3, 3}}) is {0, 0, 1, 2}.
std::vector<std::size_t> pareto_ranks(std::span<const Point> points);

}  // namespace lts::search
