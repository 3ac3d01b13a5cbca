#include "core/record_line.h"

#include <gtest/gtest.h>

#include "core/digest.h"

namespace lts {
namespace {

using Json = nlohmann::ordered_json;

TEST(RecordLine, IsReadBackAsItWas) {
  const Json record = {{"b", 1}, {"a", {0.1, "line\nbreak, \"quotes\"", nullptr}}};
  std::string line = record_line(record);
  EXPECT_TRUE(line.ends_with("}\n"));
  line.pop_back();
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(parse_record_line(line), record);
}

TEST(RecordLine, CarriesTheChecksumOfItsText) {
  EXPECT_EQ(record_line({{"a", 1}}),
            "{\"checksum\":\"" + hex64(checksum64(R"({"a":1})")) + "\",\"record\":{\"a\":1}}\n");
}

TEST(RecordLine, IsDamagedByEveryFlippedBitAndEveryCut) {
  std::string line = record_line({{"archid", "gpt2_0e1b"}, {"n", 7}});
  line.pop_back();
  for (std::size_t at = 0; at < line.size(); ++at) {
    EXPECT_EQ(parse_record_line(line.substr(0, at)), std::nullopt) << at;
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = line;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      EXPECT_EQ(parse_record_line(damaged), std::nullopt) << at << " bit " << bit;
    }
  }
}

TEST(RecordLine, KnowsWhatACrashLeft) {
  const std::string line = record_line({{"a", 1}});
  for (std::size_t cut = 0; cut <= line.size(); ++cut) {
    EXPECT_TRUE(may_be_torn_record(line.substr(0, cut))) << cut;
  }
  EXPECT_TRUE(may_be_torn_record(std::string(100, '\0')));
  EXPECT_FALSE(may_be_torn_record("my diary, one line"));
}

}  // namespace
}  // namespace lts
