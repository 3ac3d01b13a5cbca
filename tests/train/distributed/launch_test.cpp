#include "train/distributed/launch.h"

#include <map>

#include "tests/expect_error.h"

namespace lts::train {
namespace {

using lts::testing::error_message;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Values = std::map<std::string, std::string>;

Launch launch_of(const Values& values) {
  return read_launch([&](const char* name) {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : found->second.c_str();
  });
}

std::string refusal(Values values, const std::string& name, const std::string& value) {
  if (value.empty())
    values.erase(name);
  else
    values[name] = value;
  return error_message([&] { launch_of(values); });
}

const Values kTorchrun = {{"RANK", "3"},
                          {"WORLD_SIZE", "4"},
                          {"LOCAL_RANK", "1"},
                          {"MASTER_ADDR", "node01"},
                          {"MASTER_PORT", "29500"}};
const Values kSlurm = {{"SLURM_PROCID", "3"},   {"SLURM_NTASKS", "4"},
                       {"SLURM_LOCALID", "1"},  {"SLURM_JOB_ID", "31415"},
                       {"SLURM_STEP_ID", "0"},  {"SLURM_JOB_NODELIST", "node[07-08]"},
                       {"ENVIRONMENT", "BATCH"}};

TEST(Launch, IsOneProcessWithoutALauncher) {
  EXPECT_EQ(launch_of({}).ranks, 1);
  EXPECT_EQ(launch_of({{"MASTER_ADDR", "node01"}, {"SLURM_NTASKS", "4"}}).ranks, 1);
}

TEST(Launch, ReadsTorchrun) {
  const Launch launch = launch_of(kTorchrun);
  EXPECT_EQ(launch.rank, 3);
  EXPECT_EQ(launch.ranks, 4);
  EXPECT_EQ(launch.local_rank, 1);
  EXPECT_EQ(launch.host, "node01");
  EXPECT_EQ(launch.port, 29500);
  EXPECT_FALSE(launch.store_exists);
}

// torchrun's agent serves the store itself unless it was told where to find one.
TEST(Launch, FindsTheStoreOfTorchrunsAgent) {
  Values values = kTorchrun;
  values["TORCHELASTIC_USE_AGENT_STORE"] = "True";
  values["TORCHELASTIC_RESTART_COUNT"] = "2";
  EXPECT_TRUE(launch_of(values).store_exists);
  EXPECT_EQ(launch_of(values).attempt, "2");
  values["TORCHELASTIC_USE_AGENT_STORE"] = "False";
  EXPECT_FALSE(launch_of(values).store_exists);
}

TEST(Launch, OfOneRankNeedsNoMeetingPlace) {
  EXPECT_EQ(launch_of({{"RANK", "0"}, {"WORLD_SIZE", "1"}}).ranks, 1);
  EXPECT_EQ(launch_of({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "1"}}).ranks, 1);
}

TEST(Launch, TakesTorchrunWithinSlurm) {
  Values values = kTorchrun;
  values.insert(kSlurm.begin(), kSlurm.end());
  EXPECT_EQ(launch_of(values).host, "node01");
}

TEST(Launch, ReadsSlurm) {
  const Launch launch = launch_of(kSlurm);
  EXPECT_EQ(launch.rank, 3);
  EXPECT_EQ(launch.ranks, 4);
  EXPECT_EQ(launch.local_rank, 1);
  EXPECT_EQ(launch.host, "node07");
  EXPECT_EQ(launch.port, 21415);
}

TEST(Launch, MeetsOnTheFirstHostOfAStepThatHasFewer) {
  Values values = kSlurm;
  values["SLURM_STEP_NODELIST"] = "node08";
  EXPECT_EQ(launch_of(values).host, "node08");
}

TEST(Launch, ChoosesAnotherPortForANeighbouringJobAndForAStepBeside) {
  Values values = kSlurm;
  values["SLURM_JOB_ID"] = "31416";
  EXPECT_NE(launch_of(values).port, launch_of(kSlurm).port);
  values = kSlurm;
  values["SLURM_STEP_ID"] = "1";
  EXPECT_NE(launch_of(values).port, launch_of(kSlurm).port);
}

TEST(Launch, MeetsUnderSlurmWhereTheUserSays) {
  Values values = kSlurm;
  values["MASTER_ADDR"] = "10.0.0.7";
  values["MASTER_PORT"] = "4000";
  EXPECT_EQ(launch_of(values).host, "10.0.0.7");
  EXPECT_EQ(launch_of(values).port, 4000);
}

// A batch script has its job's variables and is yet one process; srun adds the step's.
TEST(Launch, IsOneProcessInABatchScript) {
  Values values = kSlurm;
  values["SLURM_PROCID"] = "0";
  values.erase("SLURM_STEP_ID");
  EXPECT_EQ(launch_of(values).ranks, 1);
}

// slurm.h: SLURM_INTERACTIVE_STEP is 0xfffffffa.
TEST(Launch, IsOneProcessInTheShellOfSalloc) {
  Values values = kSlurm;
  values["SLURM_PROCID"] = "0";
  values["SLURM_STEP_ID"] = "4294967290";
  EXPECT_EQ(launch_of(values).ranks, 1);
  values.erase("SLURM_NTASKS");
  EXPECT_EQ(launch_of(values).ranks, 1);
}

TEST(Launch, NamesTheVariableOfTorchrunThatIsMissing) {
  for (const char* name : {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"})
    EXPECT_EQ(refusal(kTorchrun, name, ""),
              std::string(name) +
                  " is not set: torchrun sets RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and "
                  "MASTER_PORT together");
}

TEST(Launch, NamesTheVariableOfSlurmThatIsMissing) {
  for (const char* name : {"SLURM_NTASKS", "SLURM_LOCALID", "SLURM_JOB_ID", "SLURM_JOB_NODELIST"})
    EXPECT_THAT(refusal(kSlurm, name, ""),
                StartsWith(std::string(name) + " is not set: srun sets "));
}

TEST(Launch, NamesTheVariableThatIsWrong) {
  EXPECT_EQ(refusal(kTorchrun, "RANK", "4"),
            "RANK is '4'; accepted: an integer from 0 to 3 (WORLD_SIZE is 4)");
  EXPECT_EQ(refusal(kTorchrun, "WORLD_SIZE", "two"),
            "WORLD_SIZE is 'two'; accepted: an integer from 1 to 100000");
  EXPECT_THAT(refusal(kTorchrun, "LOCAL_RANK", "-1"), StartsWith("LOCAL_RANK is '-1'; accepted: "));
  EXPECT_EQ(refusal(kTorchrun, "MASTER_PORT", "70000"),
            "MASTER_PORT is '70000'; accepted: an integer from 1 to 65535");
  EXPECT_THAT(refusal(kSlurm, "SLURM_PROCID", "9"), HasSubstr("(SLURM_NTASKS is 4)"));
  EXPECT_THAT(refusal(kSlurm, "SLURM_JOB_ID", "x"), StartsWith("SLURM_JOB_ID is 'x'"));
  EXPECT_EQ(refusal(kSlurm, "SLURM_JOB_NODELIST", "node["),
            "SLURM_JOB_NODELIST is 'node['; accepted: a list of hosts, as node[07-09,12],gpu3");
}

// Lists as Slurm's documentation of hostlist expressions writes them.
TEST(FirstHost, OfASlurmNodeList) {
  EXPECT_EQ(first_host("node07"), "node07");
  EXPECT_EQ(first_host("node07,node09"), "node07");
  EXPECT_EQ(first_host("node[07-09,12],gpu3"), "node07");
  EXPECT_EQ(first_host("node[3,1]"), "node3");
  EXPECT_EQ(first_host("gpu-a.cluster,gpu-b"), "gpu-a.cluster");
  EXPECT_EQ(first_host("rack[1-2]node[08-16]"), "rack1node08");
  EXPECT_EQ(first_host("n[1]-ib"), "n1-ib");
  for (const char* bad : {"", "n[", "n[]", "n]1", "n[1", ",n1"})
    EXPECT_EQ(first_host(bad), "") << bad;
}

}  // namespace
}  // namespace lts::train
