#include "space/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "tests/expect_error.h"

namespace lts::space {
namespace {

using lts::testing::error_message;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string file_of(std::uint64_t header_length, const std::string& rest) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &header_length, 8);
  return bytes + rest;
}

std::string file_of(const std::string& header, std::size_t data_bytes) {
  return file_of(header.size(), header + std::string(data_bytes, 'x'));
}

SafetensorsHeader parse(const std::string& bytes) {
  return parse_safetensors(std::as_bytes(std::span(bytes)), "w.safetensors");
}

// The message about a file, which begins with the file's name.
std::string message_about(const std::string& bytes) {
  const std::string message = error_message([&] { parse(bytes); });
  EXPECT_THAT(message, StartsWith("w.safetensors: "));
  return message;
}

std::string message_about_header(const std::string& header, std::size_t data_bytes) {
  return message_about(file_of(header, data_bytes));
}

// One tensor 'a' of two F32 with the given member texts.
std::string header_with(const std::string& dtype, const std::string& shape,
                        const std::string& offsets) {
  return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets +
         "}}";
}

TEST(Safetensors, ReadsTensorsInTheOrderOfTheirData) {
  const auto header = parse(file_of(
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[6,14]},)"
      R"("b":{"dtype":"BF16","shape":[1,3],"data_offsets":[0,6]},)"
      R"("none":{"dtype":"I64","shape":[0,7],"data_offsets":[6,6]},)"
      R"("scalar":{"dtype":"U8","shape":[],"data_offsets":[14,15]}}   )",
      15));
  EXPECT_EQ(header.metadata.at("format"), "pt");
  ASSERT_EQ(header.tensors.size(), 4u);
  EXPECT_EQ(header.tensors[0].name, "b");
  EXPECT_EQ(header.tensors[0].dtype, "BF16");
  EXPECT_EQ(header.tensors[0].shape, (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(header.tensors[1].name, "none");
  EXPECT_EQ(header.tensors[2].begin, 6u);
  EXPECT_EQ(header.tensors[2].end, 14u);
  EXPECT_TRUE(header.tensors[3].shape.empty());
}

TEST(Safetensors, WritesWhatItReads) {
  std::vector<TensorEntry> tensors = {{.name = "x", .dtype = "F16", .shape = {3, 5}},
                                      {.name = "y", .dtype = "F32", .shape = {}}};
  const std::string header = safetensors_header(tensors, {{"format", "pt"}});
  EXPECT_EQ(header.size() % 8, 0u);
  const auto read = parse(header + std::string(34, 'x'));
  ASSERT_EQ(read.tensors.size(), 2u);
  EXPECT_EQ(read.data_begin, header.size());
  EXPECT_EQ(read.tensors[0].end, 30u);
  EXPECT_EQ(read.tensors[1].begin, 30u);
  EXPECT_EQ(read.tensors[1].end, 34u);
  EXPECT_EQ(read.metadata.at("format"), "pt");
}

TEST(Safetensors, RefusesAFileWithoutRoomForTheHeader) {
  EXPECT_THAT(message_about("abc"), HasSubstr("3 bytes, fewer than the 8"));
  EXPECT_THAT(message_about(file_of(500, "{}")),
              HasSubstr("truncated: the header takes 500 bytes, the file has 2"));
  EXPECT_THAT(message_about(file_of(100'000'001, "{}")), HasSubstr("limit of 100000000"));
  EXPECT_THAT(message_about(std::string(16, '\xff')), HasSubstr("not a safetensors file"));
}

TEST(Safetensors, RefusesAHeaderThatIsNoJsonObject) {
  EXPECT_THAT(message_about_header("{\"a\":", 0), HasSubstr("the header is no JSON"));
  EXPECT_THAT(message_about_header("\x80\x02pickle", 0), HasSubstr("the header is no JSON"));
  EXPECT_THAT(message_about_header("", 0), HasSubstr("the header is no JSON"));
  EXPECT_THAT(message_about_header("[]", 0), HasSubstr("the header is no JSON object"));
  EXPECT_THAT(message_about_header(std::string(100'000, '['), 0), HasSubstr("nests deeper"));
}

TEST(Safetensors, RefusesANameThatIsThereTwice) {
  const std::string entry = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  EXPECT_THAT(message_about_header("{" + entry + "," + entry + "}", 1),
              HasSubstr("the name 'a' twice"));
  EXPECT_THAT(message_about_header(
                  R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1),
              HasSubstr("the name 'dtype' twice"));
}

TEST(Safetensors, RefusesMetadataThatIsNoMapOfStrings) {
  EXPECT_THAT(message_about_header(R"({"__metadata__":[]})", 0), HasSubstr("no map of strings"));
  EXPECT_THAT(message_about_header(R"({"__metadata__":{"n":1}})", 0),
              HasSubstr("'n' is no string"));
}

TEST(Safetensors, RefusesAnIncompleteEntry) {
  EXPECT_THAT(message_about_header(R"({"a":1})", 0), HasSubstr("tensor 'a': its header entry"));
  EXPECT_THAT(message_about_header(R"({"a":{"shape":[1],"data_offsets":[0,1]}})", 1),
              HasSubstr("tensor 'a': no 'dtype'"));
  EXPECT_THAT(message_about_header(R"({"a":{"dtype":"U8","data_offsets":[0,1]}})", 1),
              HasSubstr("tensor 'a': no 'shape'"));
  EXPECT_THAT(message_about_header(R"({"a":{"dtype":"U8","shape":[1]}})", 1),
              HasSubstr("tensor 'a': no 'data_offsets'"));
}

TEST(Safetensors, RefusesAnEntryOfTheWrongType) {
  EXPECT_THAT(message_about_header(header_with("\"F33\"", "[2]", "[0,8]"), 8),
              HasSubstr("tensor 'a': unknown dtype \"F33\""));
  EXPECT_THAT(message_about_header(header_with("7", "[2]", "[0,8]"), 8),
              HasSubstr("unknown dtype 7"));
  EXPECT_THAT(message_about_header(header_with("\"F32\"", "2", "[0,8]"), 8),
              HasSubstr("shape is no list of numbers"));
  EXPECT_THAT(message_about_header(header_with("\"F32\"", "[-2]", "[0,8]"), 8),
              HasSubstr("shape holds -2"));
  EXPECT_THAT(message_about_header(header_with("\"F32\"", "[2.0]", "[0,8]"), 8),
              HasSubstr("shape holds 2.0"));
  EXPECT_THAT(message_about_header(header_with("\"F32\"", "[2]", "[0,8,9]"), 8),
              HasSubstr("data_offsets are no pair"));
}

TEST(Safetensors, RefusesOffsetsThatLie) {
  EXPECT_THAT(message_about_header(header_with("\"F32\"", "[2]", "[8,0]"), 8),
              HasSubstr("data_offsets [8, 0] end before they begin"));
  EXPECT_THAT(message_about_header(header_with("\"F32\"", "[2]", "[0,8]"), 7),
              HasSubstr("reach past the end of the file's 7 bytes"));
  EXPECT_THAT(message_about_header(header_with("\"F32\"", "[2]", "[0,18446744073709551615]"), 8),
              HasSubstr("data_offsets holds 18446744073709551615"));
  EXPECT_THAT(message_about_header(header_with("\"F32\"", "[3]", "[0,8]"), 8),
              HasSubstr("are 8 bytes; its dtype and shape take 12"));
  EXPECT_THAT(message_about_header(header_with("\"F32\"", "[4294967296,4294967296]", "[0,8]"), 8),
              HasSubstr("more values than any file"));
}

TEST(Safetensors, RefusesOverlapHoleAndRest) {
  const auto pair = [](const std::string& first, const std::string& second) {
    return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + first +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}";
  };
  EXPECT_THAT(message_about_header(pair("[0,4]", "[2,6]"), 6),
              HasSubstr("tensor 'b': its data overlap"));
  EXPECT_THAT(message_about_header(pair("[0,4]", "[6,10]"), 10),
              HasSubstr("tensor 'b': a hole of 2 bytes"));
  EXPECT_THAT(message_about_header(pair("[0,4]", "[4,8]"), 11),
              HasSubstr("3 bytes after the last tensor"));
}

// Whatever byte is damaged, the answer is a header or an Error: nothing else, and no read outside.
TEST(Safetensors, SurvivesEveryDamagedByteAndCut) {
  std::vector<TensorEntry> tensors = {{.name = "x", .dtype = "F16", .shape = {3, 5}},
                                      {.name = "y", .dtype = "F32", .shape = {2}}};
  const std::string whole = safetensors_header(tensors, {}) + std::string(38, 'x');
  std::size_t num_refused = 0;
  const auto try_parse = [&](const std::string& bytes) {
    try {
      parse(bytes);
    } catch (const Error&) {
      ++num_refused;
    }
  };
  for (std::size_t i = 0; i < whole.size(); ++i) {
    try_parse(whole.substr(0, i));
    for (const char flip : {'\x01', '\x20', '\x80'}) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ flip);
      try_parse(damaged);
    }
  }
  EXPECT_GE(num_refused, whole.size());  // at least every cut
}

}  // namespace
}  // namespace lts::space
