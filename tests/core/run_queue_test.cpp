#include "core/run_queue.h"

#include <gtest/gtest.h>

#include "tests/temporary_folder.h"

namespace lts {
namespace {

TEST(RunQueue, SumsTheWaitsOfAllThreads) {
  const testing::TemporaryFolder folder;
  folder.write("7/schedstat", "1500000000 250000000 12\n");
  folder.write("8/schedstat", "900000000 500000000 3\n");
  EXPECT_DOUBLE_EQ(run_queue_wait_s(folder.path()).value(), 0.75);
}

TEST(RunQueue, AThreadThatHasEndedIsPassedOver) {
  const testing::TemporaryFolder folder;
  folder.write("7/schedstat", "1500000000 250000000 12\n");
  std::filesystem::create_directories(folder.path() / "8");
  EXPECT_DOUBLE_EQ(run_queue_wait_s(folder.path()).value(), 0.25);
}

TEST(RunQueue, AKernelThatDoesNotCountTellsNothing) {
  const testing::TemporaryFolder folder;
  folder.write("7/schedstat", "0 0 0\n");
  EXPECT_EQ(run_queue_wait_s(folder.path()), std::nullopt);
  EXPECT_EQ(run_queue_wait_s(folder.path() / "none"), std::nullopt);
}

TEST(RunQueue, OfThisProcessNeverFalls) {
  const auto before_s = run_queue_wait_s();
  if (!before_s) GTEST_SKIP() << "this kernel does not count the run delay";
  EXPECT_GE(run_queue_wait_s().value(), *before_s);
}

}  // namespace
}  // namespace lts
