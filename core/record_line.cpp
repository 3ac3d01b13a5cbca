#include "core/record_line.h"

#include "core/digest.h"

namespace lts {
namespace {

constexpr std::string_view kBegin = R"({"checksum":")";
constexpr std::string_view kMiddle = R"(","record":)";
constexpr std::size_t kDigits = 16;
constexpr std::size_t kHead = kBegin.size() + kDigits + kMiddle.size();

}  // namespace

std::string record_line(const nlohmann::ordered_json& record) {
  const std::string text =
      record.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string line(kBegin);
  return line + hex64(checksum64(text)) + std::string(kMiddle) + text + "}\n";
}

std::optional<nlohmann::ordered_json> parse_record_line(std::string_view line) {
  if (line.size() <= kHead || !line.starts_with(kBegin) || !line.ends_with('}')) return {};
  if (line.substr(kBegin.size() + kDigits, kMiddle.size()) != kMiddle) return {};
  const std::string_view text = line.substr(kHead, line.size() - kHead - 1);
  if (line.substr(kBegin.size(), kDigits) != hex64(checksum64(text))) return {};
  auto record = nlohmann::ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (record.is_discarded()) return {};
  return record;
}

bool may_be_torn_record(std::string_view text) {
  const bool zeros = text.find_first_not_of('\0') == std::string_view::npos;
  return zeros || text.substr(0, kBegin.size()) == kBegin.substr(0, text.size());
}

}  // namespace lts
