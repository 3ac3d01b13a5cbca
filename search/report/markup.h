#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lts::search {

/// Text as it stands in HTML or SVG, in an attribute too.
std::string escaped(std::string_view text);

/// `<name attributes>content</name>`; the content is markup.
std::string element(std::string_view name, std::string_view content,
                    std::string_view attributes = "");

/// `template_text` with each `{{name}}` replaced by what `parts` has for it, once: what is put in
/// is not looked at again. Precondition: every name has its part.
std::string filled(std::string_view template_text,
                   const std::vector<std::pair<std::string_view, std::string>>& parts);

/// A JSON text that a script element can hold: no string in it can close the element or begin a
/// comment, and the text still reads as the same document.
std::string script_safe(std::string_view json);

/// A table of rows of markup; the first cell of a row is its heading.
struct MarkupTable {
  std::string caption{};
  std::vector<std::string> columns{};
  std::vector<std::vector<std::string>> rows{};
};
std::string table_markup(const MarkupTable& table, std::string_view attributes = "");

}  // namespace lts::search
