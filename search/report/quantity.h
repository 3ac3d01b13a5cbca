#pragma once

#include <span>
#include <string>
#include <vector>

#include "search/archive.h"

namespace lts::search {

/// An archive under the name by which people tell it from others.
struct NamedArchive {
  std::string name;
  const Archive* archive;
};

/// How the values of an objective are shown: in a unit that suits their size, with as many decimals
/// for each of them.
struct Quantity {
  std::string name;
  std::string unit{};  ///< "ms", "MiB", "M" (millions of parameters), "×10⁶", or ""
  double factor = 1;   ///< a value times this is in `unit`
  int decimals = 0;
  bool maximize = false;

  /// "latency (ms)".
  std::string label() const;
  /// "latency (ms), less is better".
  std::string axis_label() const;
  /// The number without its unit.
  std::string text(double value) const;
};

/// The quantity of values up to `largest` (their greatest magnitude) given in `unit`: "s", "bytes",
/// "parameters", "FLOPs" and "" are scaled, others stay.
Quantity quantity_of(std::string name, const std::string& unit, double largest, bool maximize);

/// Seconds since a run began, up to `largest_s`: in ms, s, min or h.
Quantity run_time(double largest_s);

/// One per objective, for the values of all archives together. Precondition: at least one archive,
/// all of the same objectives.
std::vector<Quantity> quantities(std::span<const NamedArchive> runs);

}  // namespace lts::search
