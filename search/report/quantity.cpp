#include "search/report/quantity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "core/error.h"

namespace lts::search {
namespace {

struct Scale {
  double from;  ///< the least magnitude shown this way
  double factor;
  const char* unit;
};

constexpr std::array kSeconds = {Scale{1, 1, "s"}, Scale{1e-3, 1e3, "ms"}, Scale{0, 1e6, "µs"}};
constexpr std::array kRunTime = {Scale{7200, 1.0 / 3600, "h"}, Scale{180, 1.0 / 60, "min"},
                                 Scale{1, 1, "s"}, Scale{0, 1e3, "ms"}};
constexpr double kKi = 1024;
constexpr std::array kBytes = {Scale{kKi * kKi * kKi, 1 / (kKi * kKi * kKi), "GiB"},
                               Scale{kKi * kKi, 1 / (kKi * kKi), "MiB"}, Scale{kKi, 1 / kKi, "KiB"},
                               Scale{0, 1, "bytes"}};
constexpr std::array kParameters = {Scale{1e9, 1e-9, "G"}, Scale{1e6, 1e-6, "M"},
                                    Scale{1e4, 1e-3, "k"}, Scale{0, 1, ""}};
constexpr std::array kFlops = {Scale{1e9, 1e-9, "GFLOPs"}, Scale{1e6, 1e-6, "MFLOPs"},
                               Scale{0, 1, "FLOPs"}};

void scale(Quantity& quantity, double largest, std::span<const Scale> scales) {
  const auto fits = std::ranges::find_if(scales, [&](const Scale& s) { return largest >= s.from; });
  quantity.factor = fits->factor;
  quantity.unit = fits->unit;
}

std::string superscript(int number) {
  constexpr std::array kDigits = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string out = number < 0 ? "⁻" : "";
  for (const char c : std::to_string(std::abs(number)))
    out += kDigits[static_cast<std::size_t>(c - '0')];
  return out;
}

/// A value without a unit that has its own name: by a power of ten where it is large or small.
void scale_by_power(Quantity& quantity, double largest) {
  if (largest == 0 || (largest >= 1e-2 && largest < 1e5)) return;
  const int exponent = 3 * static_cast<int>(std::floor(std::log10(largest) / 3));
  quantity.factor = std::pow(10, -exponent);
  quantity.unit = "×10" + superscript(exponent);
}

void choose_decimals(Quantity& quantity, double largest) {
  const double shown = largest * quantity.factor;
  const int leading = shown > 0 ? static_cast<int>(std::floor(std::log10(shown))) : 0;
  quantity.decimals = std::clamp(4 - leading, 0, 8);
}

bool all_whole(const Archive& archive, std::size_t objective) {
  return std::ranges::all_of(archive.evaluations(), [&](const Evaluation& evaluation) {
    if (evaluation.values.empty()) return true;
    const double value = evaluation.values[objective].value;
    return value == std::floor(value);
  });
}

double largest_of(const Archive& archive, std::size_t objective) {
  double largest = 0;
  for (const Evaluation& evaluation : archive.evaluations()) {
    if (evaluation.values.empty()) continue;
    largest = std::max(largest, std::abs(evaluation.values[objective].value));
  }
  return largest;
}

}  // namespace

std::string Quantity::label() const { return unit.empty() ? name : name + " (" + unit + ")"; }

std::string Quantity::axis_label() const {
  return label() + (maximize ? ", more is better" : ", less is better");
}

std::string Quantity::text(double value) const {
  std::array<char, 400> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, value * factor);
  return buffer.data();
}

Quantity quantity_of(std::string name, const std::string& unit, double largest, bool maximize) {
  Quantity out{.name = std::move(name), .unit = unit, .maximize = maximize};
  if (unit == "s") {
    scale(out, largest, kSeconds);
  } else if (unit == "bytes") {
    scale(out, largest, kBytes);
  } else if (unit == "parameters") {
    scale(out, largest, kParameters);
  } else if (unit == "FLOPs") {
    scale(out, largest, kFlops);
  } else if (unit.empty()) {
    scale_by_power(out, largest);
  }
  choose_decimals(out, largest);
  return out;
}

Quantity run_time(double largest_s) {
  Quantity out{.name = "time since the run began"};
  scale(out, largest_s, kRunTime);
  choose_decimals(out, largest_s);
  return out;
}

std::vector<Quantity> quantities(std::span<const NamedArchive> runs) {
  std::vector<Quantity> out;
  const auto& objectives = runs.front().archive->objectives();
  for (std::size_t o = 0; o < objectives.size(); ++o) {
    double largest = 0;
    bool whole = true;
    for (const NamedArchive& run : runs) {
      LTS_ASSERT(run.archive->objectives().size() == objectives.size());
      largest = std::max(largest, largest_of(*run.archive, o));
      whole = whole && all_whole(*run.archive, o);
    }
    const bool maximize = objectives[o].direction == predictor::Direction::kMaximize;
    out.push_back(
        quantity_of(objectives[o].name, objectives[o].evaluator->unit(), largest, maximize));
    if (whole && out.back().factor == 1) out.back().decimals = 0;
  }
  return out;
}

}  // namespace lts::search
