#include "search/run/journal.h"

#include <optional>
#include <utility>

#include "core/error.h"
#include "core/record_line.h"

namespace lts::search {
JournalContent read_journal(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  JournalContent content;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    const bool last = end == std::string::npos || end + 1 == text.size();
    std::optional<nlohmann::ordered_json> record;
    if (end != std::string::npos) {
      record = parse_record_line(std::string_view(text).substr(begin, end - begin));
    }
    if (!record) {
      if (!last) {
        throw runtime_error(path.string(), "damaged at byte " + std::to_string(begin) +
                                               ", before its last record; nothing was changed");
      }
      if (begin == 0 && !may_be_torn_record(text)) {
        throw user_error({path.string()}, "is no journal of a search");
      }
      content.torn = true;
      break;
    }
    content.records.push_back(*std::move(record));
    begin = end + 1;
    content.whole_bytes = begin;
  }
  return content;
}

void Journal::append(const std::vector<nlohmann::ordered_json>& records) {
  std::string lines;
  for (const auto& record : records) lines += record_line(record);
  if (!lines.empty()) file_.append(lines);
}

}  // namespace lts::search
