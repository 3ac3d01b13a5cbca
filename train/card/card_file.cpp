#include "train/card/card_file.h"

#include <string_view>

#include "core/digest.h"
#include "core/error.h"
#include "core/file.h"

namespace lts::train {

namespace {

constexpr std::string_view kMark = "<!-- written by lts card, ";

std::string mark_of(std::string_view markdown) {
  return std::string(kMark) + hex64(checksum64(markdown)) + " -->\n";
}

bool is_as_written(std::string_view text) {
  const auto mark = text.rfind(kMark);
  return mark != std::string_view::npos && text.substr(mark) == mark_of(text.substr(0, mark));
}

}  // namespace

void check_card_place(const fs::path& file) {
  if (!fs::exists(file) || is_as_written(read_file(file))) return;
  throw user_error(Place{file.string()},
                   "was not written by lts card, or was changed since; --overwrite replaces it");
}

void write_card(const fs::path& file, const std::string& markdown) {
  write_file_atomic(file, markdown + mark_of(markdown));
}

}  // namespace lts::train
