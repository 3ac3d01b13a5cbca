#include "predictor/correlation/rank_agreement.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "core/random.h"

namespace lts::predictor {
namespace {

constexpr int kResamples = 500;
constexpr std::uint64_t kSeed = 1;
constexpr double kSameSize = 0.1;  // of the larger

using Picked = std::vector<std::size_t>;

std::optional<double> finite(double value) {
  if (std::isfinite(value)) return value;
  return std::nullopt;
}

std::vector<double> picked(const std::vector<double>& values, const Picked& order) {
  std::vector<double> out;
  for (const std::size_t i : order) out.push_back(values[i]);
  return out;
}

/// A set's proxy against its perplexities, better ones first where the values are larger.
class Study {
 public:
  explicit Study(const TrainedModels& models) : models_(models) {
    for (const double perplexity : models.perplexity) quality_.push_back(-perplexity);
  }

  Picked all() const {
    Picked out(quality_.size());
    std::iota(out.begin(), out.end(), std::size_t{0});
    return out;
  }

  std::optional<double> rank_correlation(double (*of)(std::span<const double>,
                                                      std::span<const double>),
                                         const Picked& among) const {
    if (among.size() < 2) return std::nullopt;
    return finite(of(picked(models_.score, among), picked(quality_, among)));
  }

  /// The models that are best by `values`, largest first; ties in the order of the table.
  Picked best(const std::vector<double>& values, std::size_t count) const {
    Picked order = all();
    std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return values[i]; });
    order.resize(count);
    return order;
  }

  TopAgreement top(int percent) const {
    const std::size_t count = quality_.size() * static_cast<std::size_t>(percent) / 100;
    Picked truly = best(quality_, count), claimed = best(models_.score, count), common;
    TopAgreement out{.percent = percent, .spearman = rank_correlation(spearman, truly)};
    std::ranges::sort(truly);
    std::ranges::sort(claimed);
    std::ranges::set_intersection(truly, claimed, std::back_inserter(common));
    if (count > 0)
      out.common_ratio = static_cast<double>(common.size()) / static_cast<double>(count);
    return out;
  }

  /// Concordant minus discordant over all that do not tie, among pairs of the same size.
  std::pair<std::optional<double>, std::int64_t> same_size(const Picked& among) const {
    std::int64_t pairs = 0, untied = 0, concordant = 0;
    for (std::size_t a = 0; a < among.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        const std::size_t i = among[a], j = among[b];
        if (i == j || !are_same_size(i, j)) continue;
        ++pairs;
        const double product = (models_.score[i] - models_.score[j]) * (quality_[i] - quality_[j]);
        untied += product != 0;
        concordant += (product > 0) - (product < 0);
      }
    }
    if (untied == 0) return {std::nullopt, pairs};
    return {static_cast<double>(concordant) / static_cast<double>(untied), pairs};
  }

  /// Of a figure over resampled models; absent where it never came out.
  std::optional<Interval> interval(
      const std::function<std::optional<double>(const Picked&)>& figure) const {
    Rng rng(kSeed);
    std::vector<double> figures;
    Picked resample(quality_.size());
    for (int i = 0; i < kResamples; ++i) {
      for (std::size_t& model : resample)
        model = rng.below(static_cast<std::uint32_t>(quality_.size()));
      if (const auto value = figure(resample)) figures.push_back(*value);
    }
    if (figures.empty()) return std::nullopt;
    return Interval{quantile(figures, 0.025), quantile(figures, 0.975)};
  }

 private:
  bool are_same_size(std::size_t i, std::size_t j) const {
    const double a = models_.decoder_params[i], b = models_.decoder_params[j];
    return std::abs(a - b) < kSameSize * std::max(a, b);  // false for NaN
  }

  const TrainedModels& models_;
  std::vector<double> quality_;  ///< minus the perplexity
};

}  // namespace

RankAgreement rank_agreement(const TrainedModels& models) {
  const Study study(models);
  const auto by = [&](auto correlation) {
    return [&study, correlation](const Picked& among) {
      return study.rank_correlation(correlation, among);
    };
  };
  RankAgreement out{.n = std::ssize(models.score)};
  out.spearman = by(spearman)(study.all());
  out.kendall = by(kendall)(study.all());
  out.spearman_ci95 = study.interval(by(spearman));
  out.kendall_ci95 = study.interval(by(kendall));
  for (int percent = 10; percent <= 100; percent += 10) out.top.push_back(study.top(percent));
  std::tie(out.same_size_kendall, out.same_size_pairs) = study.same_size(study.all());
  if (out.same_size_kendall) {
    out.same_size_kendall_ci95 =
        study.interval([&](const Picked& among) { return study.same_size(among).first; });
  }
  return out;
}

}  // namespace lts::predictor
