#include "core/hardware.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "core/digest.h"
#include "core/log.h"

namespace lts {
namespace {

using ::testing::HasSubstr;

TEST(HardwareFingerprint, HasEveryKeyAndHidesTheHostsName) {
  const auto fingerprint = hardware_fingerprint();
  for (const char* key : {"cpu_model", "num_cpus", "isa", "caches", "memory_bytes", "governor",
                          "no_turbo", "smt", "architecture", "kernel", "hostname_sha1"}) {
    EXPECT_TRUE(fingerprint.contains(key)) << key;
  }
  EXPECT_GE(fingerprint["num_cpus"], 1);
  EXPECT_GT(fingerprint["memory_bytes"], 1 << 20);
  char name[256] = {};
  ASSERT_EQ(::gethostname(name, sizeof name - 1), 0);
  EXPECT_EQ(fingerprint["hostname_sha1"], sha1_hex(name));
}

TEST(HardwareFingerprint, IsTheSameTwice) {
  EXPECT_EQ(hardware_fingerprint(), hardware_fingerprint());
}

TEST(Log, WritesToStandardErrorFromAnyThread) {
  ::testing::internal::CaptureStderr();
  log::info("100 % {done}");  // the text is no format string
  std::thread([] { log::warning("slow"); }).join();
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(written, HasSubstr("info"));
  EXPECT_THAT(written, HasSubstr(" 100 % {done}\n"));
  EXPECT_THAT(written, HasSubstr("warning"));
  EXPECT_THAT(written, HasSubstr(" slow\n"));
}

}  // namespace
}  // namespace lts
