#include "predictor/sentinel.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "core/statistics.h"
#include "space/family.h"

namespace lts::predictor {
namespace {

constexpr int kRuns = 4;  // of a block; the first finds the caches filled by a candidate
constexpr int kReferenceBlocks = 20;
constexpr double kReferenceSeconds = 0.5;
constexpr int kMinReferenceBlocks = 5;
constexpr std::size_t kRecent = 25;

}  // namespace

space::Architecture sentinel_architecture(const HardwareConfig& config) {
  constexpr std::int32_t kLayers = 2, kModel = 192, kInner = 384, kHeads = 4, kVocabulary = 16'384;
  return {space::family_named("gpt2"),
          {kLayers, kModel, kInner, kHeads, kVocabulary,
           static_cast<std::int32_t>(config.positions())}};
}

double Sentinel::block_s() {
  const Block block = stopwatch_.time(*model_, kRuns);
  return median(std::span(block.net_s).subspan(1));
}

void Sentinel::take_reference() {
  std::vector<double> blocks_s;
  double spent_s = 0;
  for (int block = 0; block < kReferenceBlocks; ++block) {
    if (block >= kMinReferenceBlocks && spent_s >= kReferenceSeconds) break;
    blocks_s.push_back(block_s());
    spent_s += kRuns * blocks_s.back();
  }
  reference_s_ = quantile(blocks_s, 0.25);
}

double Sentinel::slowdown() {
  if (reference_s_ == 0) take_reference();
  recent_.push_back(block_s() / reference_s_);
  if (recent_.size() > kRecent) recent_.pop_front();
  return recent_.back();
}

bool Sentinel::is_steady(double slowdown) const {
  if (std::abs(slowdown - 1) <= kStill) return true;
  if (recent_.size() < kRecent) return false;
  const double usual = median(std::vector<double>(recent_.begin(), recent_.end()));
  return std::abs(slowdown - usual) <= kStill * usual;
}

}  // namespace lts::predictor
