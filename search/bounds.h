#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "search/search_config.h"

namespace lts::search {

/// The bounds of every objective, fixed before the first evaluation: the user's where given; of a
/// closed form its smallest and largest value in the space; of a measured or predicted objective
/// its values for the members with the fewest and the most decoder parameters, measured here; of a
/// table that lacks one of them, its smallest and largest value. \throws Error kRuntime when such a
/// member fails (the message names `hypervolume.bounds`).
std::map<std::string, Bounds> fix_bounds(const SearchConfig& config);

/// The losses of an evaluation of Status::kOk, each scaled between its bounds (scaled_loss).
Point scaled_losses(const Archive& archive, const Evaluation& evaluation,
                    const std::map<std::string, Bounds>& bounds);

/// Losses scaled to the unit cube (scaled_loss), as a hypervolume wants them.
std::vector<Point> scaled_points(std::vector<Point> losses,
                                 std::span<const predictor::Objective> objectives,
                                 const std::map<std::string, Bounds>& bounds);

/// The front's hypervolume between these bounds.
double hypervolume_of(const Archive& archive, const std::map<std::string, Bounds>& bounds);

}  // namespace lts::search
