#include "search/report/markup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "search/report/json_table.h"
#include "search/report/page_files.h"

namespace lts::search {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Markup, EscapesWhatHtmlReads) {
  EXPECT_EQ(escaped("<a href=\"x\">'&'</a>"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  EXPECT_EQ(escaped("größe ×10⁶"), "größe ×10⁶");
}

TEST(Markup, FillsATemplateOnce) {
  EXPECT_EQ(filled("a {{x}} b {{y}}{{x}}", {{"x", "{{y}}"}, {"y", "2"}}), "a {{y}} b 2{{y}}");
  EXPECT_EQ(filled("nothing", {}), "nothing");
}

TEST(ScriptSafe, NoStringClosesTheElementAndTheDocumentIsTheSame) {
  const nlohmann::json document = {{"</script><script>alert(1)</script>", "<!-- ]]> & \u2028 '\""}};
  const std::string text = script_safe(document.dump(-1, ' ', true));
  for (const char* part : {"<", ">", "&", "\u2028"}) EXPECT_THAT(text, Not(HasSubstr(part)));
  EXPECT_EQ(nlohmann::json::parse(text), document);
}

TEST(TableMarkup, HasACaptionAndHeadingsForReaders) {
  const std::string table =
      table_markup({.caption = "c", .columns = {"k", "v"}, .rows = {{"a", "1"}}});
  EXPECT_THAT(table, HasSubstr("<caption>c</caption>"));
  EXPECT_THAT(table, HasSubstr("<th scope=\"col\">v</th>"));
  EXPECT_THAT(table, HasSubstr("<th scope=\"row\">a</th>\n<td>1</td>"));
}

TEST(JsonTable, FlattensLeavesOutNullsAndMarksDifferences) {
  nlohmann::ordered_json one = {{"cpu", "x"},
                                {"memory_bytes", 1073741824},
                                {"caches", {{"l2", nullptr}, {"l1", {1, 2}}}},
                                {"smt", true}};
  one["kinds"] = nlohmann::ordered_json::array({{{"count", 2}, {"speed", 5}}});
  nlohmann::ordered_json other = one;
  other["cpu"] = "<y>";
  const std::string table = json_table({}, {{"a", one}, {"b", other}});
  EXPECT_THAT(table, HasSubstr("cpu <small class=\"flag\">differs</small></th>\n<td>x</td>\n"
                               "<td>&lt;y&gt;</td>"));
  EXPECT_THAT(table, HasSubstr("memory_bytes</th>\n<td>1 GiB</td>"));
  EXPECT_THAT(table, HasSubstr("caches.l1</th>\n<td>1, 2</td>"));
  EXPECT_THAT(table, HasSubstr("kinds</th>\n<td>(count 2, speed 5)</td>"));
  EXPECT_THAT(table, HasSubstr("smt</th>\n<td>yes</td>"));
  EXPECT_THAT(table, Not(HasSubstr("l2")));
}

TEST(PageFiles, AskForNothingFromElsewhere) {
  for (const char* file : {"chart.css", "page.css", "page.html", "state.js", "chart.js", "kept.js",
                           "table.js", "start.js"}) {
    const std::string text(page_file(file));
    EXPECT_GT(text.size(), 500U) << file;
    for (const char* part : {"url(", "@import", "http:", "https:", "fetch(", "XMLHttpRequest",
                             "import(", "src=", "</script><"}) {
      if (std::string(file) == "chart.js" && std::string(part) == "http:") continue;  // SVG's name
      EXPECT_THAT(text, Not(HasSubstr(part))) << file;
    }
  }
}

}  // namespace
}  // namespace lts::search
