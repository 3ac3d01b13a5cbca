#include "predictor/latency_model/campaign_records.h"

#include <limits>

namespace lts::predictor {

using Json = nlohmann::ordered_json;

Json reading_record(const Reading& reading, const std::vector<std::string>& metrics) {
  Json out = {{"pass", reading.pass},
              {"archid", space::archid(reading.planned.architecture)},
              {"architecture", space::summary(reading.planned.architecture)}};
  if (!reading.failure.empty()) {
    out["failure"] = reading.failure;
    return out;
  }
  for (std::size_t m = 0; m < metrics.size(); ++m) out[metrics[m]] = reading.values[m];
  out["verdict"] = reading.verdict;
  return out;
}

bool read_record(const Json& record, const std::vector<std::string>& metrics, Reading& reading) {
  if (record.value("pass", 0) != reading.pass ||
      record.value("archid", "") != space::archid(reading.planned.architecture)) {
    return false;
  }
  reading.failure = record.value("failure", "");
  if (!reading.failure.empty()) return true;
  reading.verdict = record.value("verdict", "");
  for (const std::string& metric : metrics) {
    const Json value = record.value(metric, Json());
    reading.values.push_back(value.is_number() ? value.get<double>()
                                               : std::numeric_limits<double>::quiet_NaN());
  }
  return true;
}

Json resumed_record() { return {{"resumed", true}}; }

std::vector<Json> worth_keeping(const std::vector<Json>& records) {
  std::vector<Json> out;
  const auto drop_failures = [&] {
    while (!out.empty() && out.back().contains("failure")) out.pop_back();
  };
  for (const Json& record : records) {
    if (record.contains("resumed")) {
      drop_failures();
    } else {
      out.push_back(record);
    }
  }
  drop_failures();
  return out;
}

}  // namespace lts::predictor
