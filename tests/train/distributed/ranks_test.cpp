#include "train/distributed/ranks.h"

#include <atomic>

#include "tests/expect_error.h"
#include "tests/train/distributed/together.h"

namespace lts::train {
namespace {

using lts::testing::error_message;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Ranks, AloneDoEverythingAtOnce) {
  Ranks& alone = Ranks::alone();
  EXPECT_FALSE(alone.are_several());
  EXPECT_TRUE(alone.is_first() && alone.are_on_one_host());
  EXPECT_EQ(alone.sum({1.5, 2}), (std::vector<double>{1.5, 2}));
  EXPECT_EQ(alone.text_of_first("a"), "a");
  const auto tensor = torch::ones({3});
  alone.start_sum(tensor)();
  EXPECT_EQ(tensor.sum().item<float>(), 3);
  EXPECT_EQ(error_message([&] { alone.on_first([] { throw user_error("no"); }); }), "no");
  EXPECT_EQ(std::string(alone.agreed(user_error("no")).what()), "no");
}

TEST(Ranks, SumAndCopy) {
  together(3, [](Ranks& ranks) {
    EXPECT_EQ(ranks.size(), 3);
    EXPECT_EQ(ranks.on_this_host(), 3);
    EXPECT_TRUE(ranks.are_on_one_host());
    EXPECT_EQ(ranks.sharing_cpus(), 3);
    EXPECT_THAT(ranks.name(), StartsWith("rank " + std::to_string(ranks.rank()) + " on "));
    EXPECT_EQ(ranks.sum({1, ranks.rank() + 0.25}), (std::vector<double>{3, 3.75}));
    EXPECT_TRUE(ranks.any(ranks.rank() == 2));
    EXPECT_FALSE(ranks.any(false));
    EXPECT_EQ(ranks.text_of_first(ranks.is_first() ? "of the first\n" : "other"), "of the first\n");
    EXPECT_EQ(ranks.text_of_first(ranks.is_first() ? "" : "other"), "");
    const std::vector<torch::Tensor> values = {torch::full({5}, ranks.rank() + 1.0)};
    const auto wait = ranks.start_sum(values[0]);
    wait();
    EXPECT_TRUE(torch::equal(values[0], torch::full({5}, 6.0)));
    values[0].fill_(ranks.rank() + 1.0);
    ranks.copy_from_first(values);
    EXPECT_TRUE(torch::equal(values[0], torch::ones({5})));
  });
}

TEST(Ranks, AgreeOnAnErrorOfTheFirstWhichAloneSaysIt) {
  together(2, [](Ranks& ranks) {
    const auto failing = [&] { ranks.on_first([] { throw user_error("no such folder"); }); };
    EXPECT_EQ(error_message(failing), ranks.is_first() ? "no such folder" : "");
    EXPECT_TRUE(ranks.is_agreed());
    ranks.enter(Phase::kStarting);  // and may go on
    std::atomic<int> done = 0;
    ranks.on_first([&] { ++done; });
    EXPECT_EQ(done, ranks.is_first() ? 1 : 0);
    const auto broken = [&] { ranks.on_first([] { throw std::runtime_error("bad\nstack"); }); };
    EXPECT_EQ(error_message(broken, ErrorKind::kRuntime), ranks.is_first() ? "bad" : "");
  });
}

Launch second_of_two(const std::string& host, int port) {
  return {.rank = 1, .ranks = 2, .local_rank = 0, .host = host, .port = port};
}

TEST(ProcessGroup, NamesAMasterThatDoesNotResolve) {
  EXPECT_THAT(
      error_message([] { ProcessGroup(second_of_two("no-such-host.invalid", 1), "0", 1, 1); }),
      StartsWith("MASTER_ADDR is 'no-such-host.invalid': "));
}

TEST(ProcessGroup, NamesTheFirstRankWhereItIsNotThere) {
  const int port = free_port();
  EXPECT_THAT(error_message([&] { ProcessGroup(second_of_two("127.0.0.1", port), "0", 1, 1); },
                            ErrorKind::kRuntime),
              StartsWith("127.0.0.1:" + std::to_string(port) +
                         ": rank 1 cannot reach rank 0 there (MASTER_ADDR and MASTER_PORT): "));
}

TEST(ProcessGroup, NamesTheRanksThatDoNotCome) {
  const Launch launch = {.rank = 0, .ranks = 3, .host = "127.0.0.1", .port = free_port()};
  EXPECT_THAT(error_message([&] { ProcessGroup(launch, "0", 0.2, 1); }, ErrorKind::kRuntime),
              HasSubstr("of 3 ranks these have not come: 1, 2"));
}

TEST(ProcessGroup, NamesAPortThatIsTaken) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof(address);
  ASSERT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(descriptor, 1), 0);
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  const int port = ntohs(address.sin_port);
  const Launch launch = {.rank = 0, .ranks = 2, .host = "127.0.0.1", .port = port};
  EXPECT_THAT(
      error_message([&] { ProcessGroup(launch, "0", 1, 1); }, ErrorKind::kRuntime),
      HasSubstr("rank 0 cannot serve the other ranks on MASTER_PORT " + std::to_string(port)));
  ::close(descriptor);
}

}  // namespace
}  // namespace lts::train
