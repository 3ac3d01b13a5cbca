#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "predictor/latency_model/campaign.h"

namespace lts::predictor {

/// A reading as it is kept: `{pass, archid, architecture, METRIC: value, ..., verdict}` or
/// `{pass, archid, architecture, failure}`.
nlohmann::ordered_json reading_record(const Reading& reading,
                                      const std::vector<std::string>& metrics);

/// Fills a reading of which pass and architecture are known; false when the record is of another.
bool read_record(const nlohmann::ordered_json& record, const std::vector<std::string>& metrics,
                 Reading& reading);

/// The record that a journal gets when a campaign goes on.
nlohmann::ordered_json resumed_record();

/// A journal's records as CampaignOptions::saved wants them: without failures at the end of each
/// stretch, which may have been the device's fault and are tried again.
std::vector<nlohmann::ordered_json> worth_keeping(
    const std::vector<nlohmann::ordered_json>& records);

}  // namespace lts::predictor
