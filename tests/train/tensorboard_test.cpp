#include "train/tensorboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "tests/file_size_limit.h"
#include "tests/temporary_folder.h"

// TensorBoard's own reader: train_tensorboard_test.py.

namespace lts::train {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// CRC-32C bit by bit, from its definition.
std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t sum = 0xFFFFFFFF;
  for (const char byte : bytes) {
    sum ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0x82F63B78 : 0);
  }
  return ~sum;
}

template <typename T>
T number_at(const std::string& bytes, std::size_t offset) {
  T value;
  EXPECT_LE(offset + sizeof(T), bytes.size());
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

void expect_masked(std::uint32_t masked, const std::string& bytes) {
  const std::uint32_t sum = crc32c(bytes);
  EXPECT_EQ(masked, ((sum >> 15) | (sum << 17)) + 0xA282EAD8U);
}

/// The contents of a file's records, whose frames are checked.
std::vector<std::string> records_of(const fs::path& file) {
  const std::string bytes = read_file(file);
  std::vector<std::string> records;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto size = number_at<std::uint64_t>(bytes, at);
    expect_masked(number_at<std::uint32_t>(bytes, at + 8), bytes.substr(at, 8));
    records.push_back(bytes.substr(at + 12, size));
    expect_masked(number_at<std::uint32_t>(bytes, at + 12 + size), records.back());
    at += 12 + size + 4;
  }
  return records;
}

/// An event without its wall time, which is its first field: tag 9 and eight bytes.
std::string without_time(const std::string& event) {
  EXPECT_EQ(event.substr(0, 1), "\x09");
  return event.substr(9);
}

class TensorBoard : public ::testing::Test {
 protected:
  TensorBoardLog log(std::int64_t last_step = 0, std::int64_t restart = 0) {
    return {folder(), last_step, restart, [&](const std::string& text) { said_.push_back(text); }};
  }
  fs::path folder() const { return folder_.path() / "tensorboard"; }

  /// In the order of their names, in which TensorBoard reads them.
  std::vector<fs::path> files() const {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(folder())) out.push_back(entry.path());
    std::ranges::sort(out);
    return out;
  }

  testing::TemporaryFolder folder_;
  std::vector<std::string> said_;
};

TEST(Crc32c, OfThePublishedExample) { EXPECT_EQ(crc32c("123456789"), 0xE3069283); }

TEST_F(TensorBoard, WritesRecordsWorkedByHand) {
  log(6, 2).append(ValidationRecord{.step = 10, .validation_loss = 0.5, .perplexity = 2});
  ASSERT_EQ(files().size(), 1U);
  EXPECT_THAT(files()[0].filename().string(), StartsWith("events.out.tfevents."));
  EXPECT_TRUE(files()[0].filename().string().ends_with("." + std::to_string(::getpid()) + ".2"));
  const auto records = records_of(files()[0]);
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(without_time(records[0]), "\x10\x00\x1a\x0d"s + "brain.Event:2");
  EXPECT_EQ(without_time(records[1]), "\x10\x07\x3a\x02\x08\x01"s);  // START at step 7
  EXPECT_EQ(without_time(records[2]), "\x10\x0a\x2a\x2b"s + "\x0a\x16\x0a\x0f"s +
                                          "validation_loss" + "\x15\x00\x00\x00\x3f"s +
                                          "\x0a\x11\x0a\x0a"s + "perplexity" +
                                          "\x15\x00\x00\x00\x40"s);
}

TEST_F(TensorBoard, BeginsAFileThatComesLast) {
  folder_.write("tensorboard/events.out.tfevents.9999999990.other.1.0", "");
  folder_.write("tensorboard/notes.txt", "");
  log();
  log();
  ASSERT_EQ(files().size(), 4U);
  EXPECT_THAT(files()[1].filename().string(), StartsWith("events.out.tfevents.9999999991."));
  EXPECT_THAT(files()[2].filename().string(), StartsWith("events.out.tfevents.9999999992."));
}

TEST_F(TensorBoard, SaysOnceThatThereAreNoCurves) {
  folder_.write("tensorboard", "a file");
  auto curves = log();
  curves.append(LogRecord{.step = 1});
  curves.append(LogRecord{.step = 2});
  ASSERT_EQ(said_.size(), 1U);
  EXPECT_THAT(said_[0], StartsWith(folder().string() + ": "));
  EXPECT_THAT(said_[0], HasSubstr("; training goes on, with gaps in TensorBoard's curves"));
}

TEST_F(TensorBoard, GoesOnAfterAFullDiskWithWholeRecords) {
  auto curves = log();
  const auto file = files()[0];
  {
    const testing::FileSizeLimit full(fs::file_size(file) + 10);
    curves.append(LogRecord{.step = 1, .loss = 5});
    curves.append(LogRecord{.step = 2, .loss = 4});
  }
  EXPECT_EQ(records_of(file).size(), 2U);
  EXPECT_THAT(said_, ElementsAre(file.string() + ": cannot be written: File too large; training "
                                                 "goes on, with gaps in TensorBoard's curves"));
  curves.append(LogRecord{.step = 3, .loss = 3});
  EXPECT_EQ(records_of(file).size(), 3U);
}

}  // namespace
}  // namespace lts::train
