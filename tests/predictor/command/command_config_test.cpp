#include "predictor/command/command_config.h"

#include "tests/predictor/command/command_fixture.h"

namespace lts::predictor {
namespace {

class CommandConfigTest : public CommandTest {
 protected:
  std::string refusal(const std::string& yaml) const {
    return testing::error_message([&] { read(yaml); });
  }
};

TEST_F(CommandConfigTest, HasTheContractsDefaults) {
  const CommandConfig config = read("{command: [cat]}");
  EXPECT_EQ(config.cost, Cost::kCheap);
  EXPECT_EQ(config.batch, 64);
  EXPECT_EQ(config.timeout_s, 600);
  EXPECT_EQ(config.folder, folder_.path());
  EXPECT_EQ(read("{command: [cat], cost: measured}").batch, 1);
  EXPECT_EQ(read("{command: [cat], cost: measured, batch: 8}").batch, 8);
  EXPECT_EQ(make_command_objective(read("{command: [cat], cost: free, unit: s}"))->unit(), "s");
}

TEST_F(CommandConfigTest, NamesFilesByTheirWholePathSoThatItReadsBackFromAnywhere) {
  folder_.write("mine.py", "");
  folder_.write("run.sh", "#!/bin/sh\n");
  std::filesystem::permissions(folder_.path() / "run.sh", std::filesystem::perms::owner_all);
  const CommandConfig config = read("{command: [./run.sh, -u, mine.py, --layers=2], batch: 3}");
  EXPECT_THAT(config.words, ::testing::ElementsAre(in_folder("run.sh"), "-u", in_folder("mine.py"),
                                                   "--layers=2"));
  const auto json = command_json(config);
  const YamlNode node = parse_yaml(to_yaml(json), "r.yaml");
  MapReader reader(node, "");
  EXPECT_EQ(command_json(read_command(reader, "mine", "elsewhere")).dump(), json.dump());
}

TEST_F(CommandConfigTest, RefusesAtThePlace) {
  EXPECT_EQ(refusal("{command: []}"),
            "s.yaml:1:11: objectives[0].command is empty; accepted: a list of words, such as "
            "[python3, measure.py]");
  EXPECT_EQ(refusal("{command: python3 mine.py}"),
            "s.yaml:1:11: objectives[0].command is 'python3 mine.py'; accepted: a list of strings");
  EXPECT_EQ(refusal("{command: [no-such-program]}"),
            "s.yaml:1:11: command names the program 'no-such-program', which is in no folder of "
            "PATH on this machine");
  EXPECT_EQ(refusal("{command: [./gone.sh]}"), "s.yaml:1:11: command names the program '" +
                                                   in_folder("gone.sh") +
                                                   "', which is not there or may not be executed");
  EXPECT_EQ(refusal("{command: [python3, gone.py]}"),
            "s.yaml:1:11: command names the script 'gone.py', which is no file");
  EXPECT_EQ(refusal("{command: [cat], cost: expensive}"),
            "s.yaml:1:24: objectives[0].cost is 'expensive'; accepted: free, cheap, measured");
  EXPECT_EQ(refusal("{command: [cat], batch: 0}"),
            "s.yaml:1:25: objectives[0].batch is '0'; accepted: an integer from 1 to 100000");
  EXPECT_EQ(refusal("{command: [cat], timeout_s: 0}"),
            "s.yaml:1:29: objectives[0].timeout_s is '0'; accepted: a number from 0.1 to 1000000");
  EXPECT_EQ(refusal("{command: [cat], timeout: 1}"),
            "s.yaml:1:18: unknown key 'objectives[0].timeout'; did you mean 'timeout_s'? Accepted: "
            "command, folder, cost, batch, timeout_s, unit");
}

}  // namespace
}  // namespace lts::predictor
