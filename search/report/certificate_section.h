#pragma once

#include <span>
#include <string>

#include "search/report/quantity.h"
#include "search/run/saved_run.h"

namespace lts::search {

/// What is certain of each run's front, from the certificate.json in its folder; empty where no run
/// has one. A damaged file is told. `shown`: the objectives.
std::string certificate_section(std::span<const SavedRun> runs, std::span<const Quantity> shown);

}  // namespace lts::search
