#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "core/interrupt.h"
#include "core/text.h"
#include "predictor/remote/artifact_store.h"
#include "tests/predictor/remote/remote_fixture.h"

namespace lts::predictor {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RemoteDeviceTest : public RemoteTest {
 protected:
  /// What the program got as its model, by its size.
  static std::int64_t model_bytes(Device& device, const space::Architecture& architecture) {
    const auto model = device.load(architecture);
    model->time_runs(1);
    return model->memory().peak_bytes.value();
  }
};

TEST_F(RemoteDeviceTest, MeasuresWhatItIsAskedFor) {
  const auto device = this->device(fake("'log=" + (folder_.path() / "log").string() +
                                        "', "
                                        "peak_bytes=1000, load_s=0.5, energy_j=6"));
  const auto model = device->load(small());
  EXPECT_THAT(model->time_runs(3), AllOf(SizeIs(3), Each(1e-6)));
  EXPECT_THAT(model->time_runs(1), SizeIs(1));
  EXPECT_EQ(model->memory().weight_bytes, small().family().counts(small()).weight_bytes());
  EXPECT_EQ(model->memory().peak_bytes, 1000);
  EXPECT_EQ(model->extras().dump(), R"({"load_s":0.5,"energy_j_per_run":3.0})");
  const auto other = device->load(small(3));
  other->time_runs(2);
  const auto lines = split(lines_of_log(), '\n');
  ASSERT_EQ(lines.size(), 4U);
  const auto first = nlohmann::json::parse(lines[0]), last = nlohmann::json::parse(lines[2]);
  EXPECT_EQ(first["id"], 1);
  EXPECT_EQ(first["runs"], 3);
  EXPECT_EQ(first["sequence_length"], 8);
  EXPECT_EQ(first["logits"], false);
  EXPECT_EQ(last["id"], 3);
  EXPECT_EQ(last["config"]["n_layer"], 3);
}

TEST_F(RemoteDeviceTest, TheFingerprintIsWhatTheProgramSaysAndADigestOfTheFiles) {
  const auto fingerprint = [&](const std::string& content) {
    folder_.write("board", content);
    return device(fake("x", "files: [board]"))->fingerprint();
  };
  const auto before = fingerprint("pi4\n");
  EXPECT_EQ(before["board"], "pi4");  // the file is in the program's folder
  EXPECT_EQ(before, fingerprint("pi4\n"));
  const auto after = fingerprint("pi4\n\n");  // the same to the program
  EXPECT_EQ(after["board"], "pi4");
  EXPECT_NE(after, before);
}

TEST_F(RemoteDeviceTest, TheProgramGetsTheArtifactOrNone) {
  EXPECT_EQ(model_bytes(*device(fake("sizes")), small()),
            static_cast<std::int64_t>(space::archid(small()).size()));
  tools_.write_artifact = nullptr;
  EXPECT_EQ(model_bytes(*device(fake("sizes", "artifact: {format: none}")), small()), 1);
}

TEST_F(RemoteDeviceTest, AWriterIsAskedForTheShapesOfTheProtocol) {
  std::vector<ArtifactOptions> asked;
  tools_.write_artifact = [&](const auto& architecture, const ArtifactOptions& options,
                              const std::filesystem::path& file) {
    asked.push_back(options);
    write_archid(architecture, options, file);
  };
  device(fake("x", "batch_size: 2, past_length: 4"))->load(small());
  device(fake("x", "artifact: {static_shapes: false, opset: 15}"))->load(small());
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].opset, 17);
  EXPECT_EQ(asked[0].batch_size, 2);
  EXPECT_EQ(asked[0].sequence_length, 8);
  EXPECT_TRUE(asked[0].with_past);
  EXPECT_EQ(asked[0].past_length, 4);
  EXPECT_EQ(asked[1].opset, 15);
  EXPECT_FALSE(asked[1].batch_size || asked[1].sequence_length || asked[1].past_length);
  EXPECT_FALSE(asked[1].with_past);
}

TEST_F(RemoteDeviceTest, PrepareRunsOncePerArtifactBesideTheHardwareFile) {
  const auto script =
      folder_.write("compile.sh", "#!/bin/sh\ncat \"$1\" \"$1\" > \"$2\"; echo x >> compiled\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  const auto device =
      this->device(fake("sizes", "prepare: [./compile.sh, '{artifact}', '{prepared}']"));
  const auto archid_bytes = static_cast<std::int64_t>(space::archid(small()).size());
  EXPECT_EQ(model_bytes(*device, small()), 2 * archid_bytes);
  EXPECT_EQ(model_bytes(*device, small(3)), 2 * archid_bytes);
  device->reopen();
  EXPECT_EQ(model_bytes(*device, small()), 2 * archid_bytes);
  EXPECT_EQ(read_file(folder_.path() / "compiled"), "x\nx\n");
}

TEST_F(RemoteDeviceTest, WhatIsMeasuredAgainIsNotPreparedAgain) {
  const auto script =
      folder_.write("compile.sh", "#!/bin/sh\ncp \"$1\" \"$2\"; echo x >> compiled\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  const auto device =
      this->device(fake("sizes", "prepare: [./compile.sh, '{artifact}', '{prepared}']"));
  for (int pass = 0; pass < 2; ++pass) {
    for (std::int32_t n_layer = 1; n_layer <= 6; ++n_layer) model_bytes(*device, small(n_layer));
  }
  EXPECT_EQ(split(trim(read_file(folder_.path() / "compiled")), '\n').size(), 6U);
}

TEST_F(RemoteDeviceTest, ArtifactsUsedLongestAgoGiveWay) {
  int written = 0;
  const auto write = [&](const auto&, const auto&, const std::filesystem::path& file) {
    ++written;
    write_file_atomic(file, std::string(100, 'x'));
  };
  ArtifactStore store(fake("x"), write, 250);
  std::weak_ptr<const Artifact> first = store.make(small(1)), second = store.make(small(2));
  store.make(small(1));
  EXPECT_EQ(written, 2);
  store.make(small(3));  // three do not fit, and the second was used longest ago
  EXPECT_TRUE(second.expired());
  ASSERT_FALSE(first.expired());
  EXPECT_TRUE(std::filesystem::exists(first.lock()->file));
  ArtifactStore none(fake("x"), write, 0);
  EXPECT_TRUE(std::filesystem::exists(none.make(small(1))->file));
}

TEST_F(RemoteDeviceTest, NothingStaysBehind) {
  const auto entries = [&] {
    return std::distance(std::filesystem::directory_iterator(folder_.path()), {});
  };
  ::setenv("TMPDIR", folder_.path().c_str(), 1);
  folder_.write("hw.yaml", "");
  {
    const auto device = this->device(fake("x"));
    const auto model = device->load(small());
    model->time_runs(1);
    EXPECT_GT(entries(), 1);
  }
  EXPECT_EQ(entries(), 1);
  ::unsetenv("TMPDIR");
}

TEST_F(RemoteDeviceTest, SeveralDevicesEachHaveAProgramOfTheirOwn) {
  const auto devices = make_remote_devices(
      read("{run: [python3, '" + std::string(kFake) + "', x], connection: {kind: any, folder: '" +
           folder_.path().string() +
           "', hosts: [a, b], execute: [sh, -c, '{command}', '{host}']}}"),
      tools_);
  ASSERT_EQ(devices.size(), 2U);
  const auto first = devices[0]->load(small()), second = devices[1]->load(small(3));
  EXPECT_THAT(first->time_runs(2), SizeIs(2));
  EXPECT_THAT(second->time_runs(3), SizeIs(3));
}

TEST_F(RemoteDeviceTest, DevicesThatDifferAreRefusedWithTheirNames) {
  tools_.connect_now = true;
  const auto two = [&](const std::string& board) {
    const HardwareConfig config =
        read("run: [sh, -c, 'exec python3 " + std::string(kFake) + " board=" + board +
             "']\nconnection: {kind: any, folder: '" + folder_.path().string() +
             "', hosts: [pi4, pi5], execute: [env, 'HOST={host}', sh, -c, '{command}']}");
    return make_remote_devices(config, tools_).size();
  };
  EXPECT_EQ(two("pi"), 2U);
  EXPECT_EQ(testing::error_message([&] { two("$HOST"); }),
            (folder_.path() / "hw.yaml").string() +
                ":2:13: the devices are not identical: board is \"pi4\" on pi4 and \"pi5\" on pi5");
}

TEST_F(RemoteDeviceTest, LogitsAreComparedOnce) {
  const auto logits = [&](const std::string& words, std::size_t count, double value,
                          const std::string& more = "") {
    tools_.log_probabilities = [=](const auto&) { return std::vector<double>(count, value); };
    const auto model = device(fake(words, more))->load(small());
    model->time_runs(1);
    model->time_runs(1);
  };
  logits("logits=1.5", 97, -4.57);  // both say that all tokens are alike
  logits("x", 97, 0);               // a program may leave them away
  const auto refusal = [&](auto... arguments) {
    return testing::error_message([&] { logits(arguments...); }, ErrorKind::kRuntime);
  };
  EXPECT_EQ(refusal("logits=1.5", 96U, 0.0),
            "gpt2:n_layer=2,d_model=16,d_inner=32,n_head=2: wrong logits on this machine: there "
            "are 97 instead of 96");
  tools_.log_probabilities = [](const auto&) {
    std::vector<double> ours(97, 0.0);
    ours[3] = 0.5;
    return ours;
  };
  const auto message = testing::error_message(
      [&] { device(fake("logits=0"))->load(small())->time_runs(1); }, ErrorKind::kRuntime);
  EXPECT_THAT(message, HasSubstr("wrong logits on this machine: they differ from ours by 0.49"));
  EXPECT_THAT(message, HasSubstr("where logits_tolerance is 0.001"));
  device(fake("logits=0", "logits_tolerance: 0.5"))->load(small())->time_runs(1);
}

TEST_F(RemoteDeviceTest, AnAnswerMayBeAMegabyteLong) {
  const space::Architecture gpt2(space::family_named("gpt2"), {2, 16, 32, 2, 50257, 64});
  tools_.log_probabilities = [](const auto&) { return std::vector<double>(50257, -1.25); };
  const auto model = device(fake("logits=-10.824905014038086"))->load(gpt2);
  EXPECT_THAT(model->time_runs(2), SizeIs(2));
}

TEST_F(RemoteDeviceTest, OnlyAProgramThatSaysSoIsAskedForGenerations) {
  tools_.connect_now = true;
  const std::string more = "new_tokens: 3, artifact: {format: none}";
  EXPECT_THAT(
      testing::error_message([&] { device(fake("x", more)); }),
      HasSubstr("the program on this machine does not say \"new_tokens\": true in its first "
                "line, so it times no generations; accepted: new_tokens 0"));
  tools_.log_probabilities = [](const auto&) { return std::vector<double>(97, 0.0); };
  const std::string log = (folder_.path() / "log").string();
  const auto generating = device(
      fake("'hello={\"lts\": 1, \"device\": {\"a\": 1}, \"new_tokens\": true}', 'log=" + log + "'",
           more));
  EXPECT_THAT(generating->load(small())->time_runs(2), SizeIs(2));
  const auto request = nlohmann::json::parse(lines_of_log());
  EXPECT_EQ(request["new_tokens"], 3);
  EXPECT_EQ(request["logits"], false);
}

TEST_F(RemoteDeviceTest, TheStateIsWhatACommandPrints) {
  folder_.write("clock", "1500 MHz\n");
  const std::string clock = "state: [cat, '" + (folder_.path() / "clock").string() + "']";
  const auto device = this->device(fake("x", clock));
  EXPECT_EQ(device->state(), "1500 MHz");
  folder_.write("clock", "600 MHz\n");
  EXPECT_EQ(device->state(), "600 MHz");
  EXPECT_TRUE(this->device(fake("x"))->state().is_null());
}

TEST_F(RemoteDeviceTest, ASequenceWithoutPositionsIsTheCandidates) {
  const auto device = this->device(fake("x", "past_length: 250"));
  EXPECT_THAT(testing::error_message([&] { device->load(small()); }),
              HasSubstr("sequence_length 8 + past_length 250 is greater than max_sequence_length"));
}

TEST_F(RemoteDeviceTest, ASignalEndsARestWithItsMessage) {
  const auto interrupted_rest = [&] {
    install_interrupt_handler();
    const auto resting = device(fake("x", "rest: {seconds: 3600}"));
    resting->load(small())->time_runs(1);
    std::raise(SIGTERM);
    try {
      resting->rest();
    } catch (const Error& error) {
      std::fprintf(stderr, "%s", error.what());
      std::exit(error.exit_status());
    }
  };
  EXPECT_EXIT(interrupted_rest(), ::testing::ExitedWithCode(75),
              "the candidate that waited for its device to rest is not measured");
}

}  // namespace
}  // namespace lts::predictor
