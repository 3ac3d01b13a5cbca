#include "search/journal.h"

#include "core/digest.h"
#include "core/error.h"

namespace lts::search {
namespace {

constexpr std::string_view kBegin = R"({"checksum":")";
constexpr std::string_view kMiddle = R"(","record":)";
constexpr std::size_t kDigits = 16;
constexpr std::size_t kHead = kBegin.size() + kDigits + kMiddle.size();

std::string line_of(const nlohmann::ordered_json& record) {
  // A device's message may hold any bytes; they must not end the run.
  const std::string text =
      record.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string line(kBegin);
  return line + hex64(checksum64(text)) + std::string(kMiddle) + text + "}\n";
}

/// Whether the bytes can be what a crash left of a journal's first record.
bool may_be_torn(std::string_view text) {
  const bool zeros = text.find_first_not_of('\0') == std::string_view::npos;
  return zeros || text.substr(0, kBegin.size()) == kBegin.substr(0, text.size());
}

/// The record of one line without its newline, or a discarded value if it is damaged.
nlohmann::ordered_json parse_line(std::string_view line) {
  const nlohmann::ordered_json damaged(nlohmann::ordered_json::value_t::discarded);
  if (line.size() <= kHead || !line.starts_with(kBegin) || !line.ends_with('}')) return damaged;
  if (line.substr(kBegin.size() + kDigits, kMiddle.size()) != kMiddle) return damaged;
  const std::string_view text = line.substr(kHead, line.size() - kHead - 1);
  if (line.substr(kBegin.size(), kDigits) != hex64(checksum64(text))) return damaged;
  return nlohmann::ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
}

}  // namespace

JournalContent read_journal(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  JournalContent content;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    const bool last = end == std::string::npos || end + 1 == text.size();
    auto record = end == std::string::npos
                      ? nlohmann::ordered_json(nlohmann::ordered_json::value_t::discarded)
                      : parse_line(std::string_view(text).substr(begin, end - begin));
    if (record.is_discarded()) {
      if (!last) {
        throw runtime_error(path.string(), "damaged at byte " + std::to_string(begin) +
                                               ", before its last record; nothing was changed");
      }
      if (begin == 0 && !may_be_torn(text)) {
        throw user_error({path.string()}, "is no journal of a search");
      }
      content.torn = true;
      break;
    }
    content.records.push_back(std::move(record));
    begin = end + 1;
    content.whole_bytes = begin;
  }
  return content;
}

void Journal::append(const std::vector<nlohmann::ordered_json>& records) {
  std::string lines;
  for (const auto& record : records) lines += line_of(record);
  if (!lines.empty()) file_.append(lines);
}

}  // namespace lts::search
