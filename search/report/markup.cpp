#include "search/report/markup.h"

#include <algorithm>

#include "core/error.h"

namespace lts::search {
namespace {

std::string_view entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return "";
  }
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const std::string_view replaced = entity(c);
    replaced.empty() ? out.append(1, c) : out.append(replaced);
  }
  return out;
}

std::string element(std::string_view name, std::string_view content, std::string_view attributes) {
  std::string out = "<" + std::string(name);
  if (!attributes.empty()) out += " " + std::string(attributes);
  return out + ">" + std::string(content) + "</" + std::string(name) + ">\n";
}

std::string filled(std::string_view template_text,
                   const std::vector<std::pair<std::string_view, std::string>>& parts) {
  std::string out;
  for (std::size_t at = 0;;) {
    const auto begin = template_text.find("{{", at);
    out += template_text.substr(at, begin - at);
    if (begin == std::string_view::npos) return out;
    const auto end = template_text.find("}}", begin);
    const std::string_view name = template_text.substr(begin + 2, end - begin - 2);
    const auto part = std::ranges::find(parts, name, [](const auto& p) { return p.first; });
    LTS_ASSERT(part != parts.end());
    out += part->second;
    at = end + 2;
  }
}

std::string script_safe(std::string_view json) {
  // Within JSON these stand in strings alone, where an escape means the same.
  std::string out;
  for (const char c : json) {
    switch (c) {
      case '<':
        out += "\\u003c";
        break;
      case '>':
        out += "\\u003e";
        break;
      case '&':
        out += "\\u0026";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string table_markup(const MarkupTable& table, std::string_view attributes) {
  std::string head, body;
  for (const std::string& column : table.columns) head += element("th", column, "scope=\"col\"");
  for (const auto& row : table.rows) {
    std::string cells;
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells += i == 0 ? element("th", row[i], "scope=\"row\"") : element("td", row[i]);
    }
    body += element("tr", cells);
  }
  const std::string caption = table.caption.empty() ? "" : element("caption", table.caption);
  const std::string columns = head.empty() ? "" : element("thead", element("tr", head));
  return element("div", element("table", caption + columns + element("tbody", body), attributes),
                 "class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" +
                     std::string(table.caption.empty() ? "table" : table.caption) + "\"");
}

}  // namespace lts::search
