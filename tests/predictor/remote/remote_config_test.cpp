#include "predictor/remote/remote_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "predictor/hardware_config.h"
#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts::predictor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

HardwareConfig read(const std::string& yaml) {
  return read_hardware(parse_yaml(yaml, "/lab/hw.yaml"), "hw");
}

std::string refusal(const std::string& yaml) {
  return testing::error_message([&] { read(yaml); });
}

/// The contract's example.
constexpr const char* kPi = R"(name: pi4-onnxruntime
connection: {kind: ssh, host: pi@10.0.0.7, folder: /tmp/lts}
artifact: {format: onnx, static_shapes: true, opset: 17}
prepare: [./to_npu.sh, "{artifact}", "{prepared}"]
files: [measure_onnxruntime.py]
run: [python3, measure_onnxruntime.py]
state: [vcgencmd, get_throttled]
rest: {seconds: 2}
timeout_s: {prepare: 600, run: 120}
threads: 4
sequence_length: 192
)";

TEST(RemoteConfig, ReadsTheExampleOfTheContract) {
  const HardwareConfig config = read(kPi);
  ASSERT_TRUE(config.remote);
  const RemoteConfig& remote = *config.remote;
  EXPECT_EQ(remote.connection.kind, "ssh");
  EXPECT_THAT(remote.connection.targets, ElementsAre("pi@10.0.0.7"));
  EXPECT_EQ(remote.connection.folder, "/tmp/lts");
  EXPECT_EQ(remote.artifact.format, "onnx");
  EXPECT_TRUE(remote.artifact.static_shapes);
  EXPECT_EQ(remote.artifact.opset, 17);
  EXPECT_THAT(remote.prepare, ElementsAre("/lab/to_npu.sh", "{artifact}", "{prepared}"));
  EXPECT_THAT(remote.files, ElementsAre("/lab/measure_onnxruntime.py"));
  EXPECT_THAT(remote.run, ElementsAre("python3", "measure_onnxruntime.py"));
  EXPECT_THAT(remote.state, ElementsAre("vcgencmd", "get_throttled"));
  EXPECT_EQ(remote.rest_s, 2);
  EXPECT_EQ(remote.timeout_s.prepare, 600);
  EXPECT_EQ(remote.timeout_s.run, 120);
  EXPECT_EQ(config.threads, 4);
}

TEST(RemoteConfig, AFileWithoutRunIsThisProcess) { EXPECT_FALSE(read("threads: 2").remote); }

TEST(RemoteConfig, FilesLieBesideTheHardwareFileHoweverItIsNamed) {
  const std::filesystem::path here = std::filesystem::current_path();
  for (const auto& [file, folder] : {std::pair{"hw.yaml", here},
                                     {"a/../b/hw.yaml", here / "b"},
                                     {"/lab/hw.yaml", std::filesystem::path("/lab")}}) {
    const auto config = read_hardware(parse_yaml("{run: [x], files: [m.py]}", file), "hw");
    EXPECT_THAT(config.remote->files, ElementsAre(folder / "m.py"));
    EXPECT_EQ(config.remote->folder, folder);
  }
}

/// The configuration that a run keeps is read from another folder.
TEST(RemoteConfig, FilesThatPrepareNamesAreKeptWithTheirPath) {
  const testing::TemporaryFolder folder;
  folder.write("compile.py", "");
  folder.write("python3", "");
  const auto read_in = [&](const std::string& yaml) {
    return load_hardware(folder.write("hw.yaml", yaml)).remote->prepare;
  };
  EXPECT_THAT(read_in("{run: [x], prepare: [python3, compile.py, -O, other.py, '{artifact}',"
                      " '{prepared}']}"),
              ElementsAre("python3", (folder.path() / "compile.py").string(), "-O", "other.py",
                          "{artifact}", "{prepared}"));
}

TEST(RemoteConfig, RunAloneIsAProgramOfThisMachine) {
  const RemoteConfig remote = *read("run: [./measure]").remote;
  EXPECT_EQ(remote.connection.kind, "local");
  EXPECT_TRUE(remote.connection.targets.empty());
  EXPECT_EQ(remote.artifact.format, "onnx");
  EXPECT_THAT(remote.run, ElementsAre("./measure"));  // in the device's folder, not beside the file
}

TEST(RemoteConfig, WritesAllOfItAndReadsItBack) {
  for (const std::string& yaml :
       {std::string(kPi),
        std::string("{run: [x], connection: {kind: ssh, hosts: [a, b], port: 2222, identity: key,"
                    " options: [-o, Compression=yes]}, logits_tolerance: 0.5}"),
        std::string("{run: [x], connection: {kind: adb, serials: [A, B]}, artifact: {format: none},"
                    " timeout_s: {connect: 1, copy: 2, prepare: 3, run: 4}}"),
        std::string("{run: [x], connection: {kind: any, host: box, folder: /t,"
                    " copy: [./put, '{from}', '{host}:{to}'], execute: [in, '{host}', "
                    "'{command}']}}"),
        std::string("{run: [x], connection: {kind: adb}}")}) {
    const auto json = hardware_json(read(yaml));
    EXPECT_EQ(hardware_json(read_hardware(parse_yaml(to_yaml(json), "/elsewhere/c.yaml"), "c")),
              json);
  }
  const auto json = hardware_json(read(kPi));
  EXPECT_EQ(json["connection"].dump(),
            R"({"kind":"ssh","host":"pi@10.0.0.7","folder":"/tmp/lts"})");
  EXPECT_EQ(json["files"].dump(), R"(["/lab/measure_onnxruntime.py"])");
  EXPECT_EQ(json["timeout_s"].dump(),
            R"({"connect":30.0,"copy":600.0,"prepare":600.0,"run":120.0})");
  EXPECT_FALSE(hardware_json(read("{}")).contains("connection"));
}

TEST(RemoteConfig, RefusesADeviceThatNothingMeasuresOn) {
  EXPECT_EQ(refusal("threads: 1\nstate: [uptime]"),
            "/lab/hw.yaml:1:1: key 'run' is missing: connection, artifact, prepare, files, state, "
            "rest and timeout_s describe the device that 'run' measures on");
}

TEST(RemoteConfig, RefusesWrongConnections) {
  const auto connection = [](const std::string& map) {
    return refusal("run: [x]\nconnection: {" + map + "}");
  };
  EXPECT_EQ(connection("kind: shh"),
            "/lab/hw.yaml:2:20: connection.kind is 'shh'; did you mean 'ssh'? Accepted: local, "
            "ssh, adb, any");
  EXPECT_EQ(connection("kind: ssh"), "/lab/hw.yaml:2:13: key 'connection.host' is missing");
  EXPECT_EQ(connection("kind: ssh, host: a, hosts: [b]"),
            "/lab/hw.yaml:2:41: either connection.host or connection.hosts, not both");
  EXPECT_EQ(connection("kind: ssh, hosts: [a, a]"),
            "/lab/hw.yaml:2:32: connection.hosts has 'a' twice");
  EXPECT_EQ(connection("kind: ssh, hosts: []"),
            "/lab/hw.yaml:2:32: connection.hosts is empty; accepted: a list of words, such as "
            "[python3, measure.py]");
  EXPECT_EQ(connection("kind: ssh, host: -oProxyCommand=x"),
            "/lab/hw.yaml:2:31: connection.host is '-oProxyCommand=x', which is no name of a "
            "device");
  EXPECT_THAT(connection("kind: ssh, host: a, port: 0"),
              StartsWith("/lab/hw.yaml:2:40: connection.port is '0'; accepted: an integer from 1"));
  EXPECT_THAT(connection("kind: adb, host: a"),
              StartsWith("/lab/hw.yaml:2:25: unknown key 'connection.host'"));
  EXPECT_THAT(connection("kind: local, folder: /t"),
              StartsWith("/lab/hw.yaml:2:27: unknown key 'connection.folder'"));
  EXPECT_EQ(connection("kind: adb, folder: ''"),
            "/lab/hw.yaml:2:33: connection.folder is empty; accepted: a folder on the device");
}

TEST(RemoteConfig, RefusesTemplatesThatCannotWork) {
  const auto any = [](const std::string& map) {
    return refusal("run: [x]\nconnection: {kind: any, " + map + "}");
  };
  EXPECT_EQ(any("copy: [cp, '{from}', '{to}']"),
            "/lab/hw.yaml:2:13: key 'connection.execute' is missing");
  EXPECT_EQ(any("execute: [sh, -c]"), "/lab/hw.yaml:2:34: connection.execute lacks {command}");
  EXPECT_EQ(any("copy: [cp, '{from}'], execute: [sh, -c, '{command}']"),
            "/lab/hw.yaml:2:31: connection.copy lacks {to}");
  EXPECT_EQ(any("execute: [sh, '{host}', '{command}']"),
            "/lab/hw.yaml:2:34: connection.execute names {host}; accepted: {command}");
  EXPECT_EQ(any("host: a, execute: [sh, '{what}', '{command}']"),
            "/lab/hw.yaml:2:43: connection.execute names {what}; accepted: {command}, {host}");
  EXPECT_EQ(refusal("run: [x]\nprepare: [cc, '{artifact}']"),
            "/lab/hw.yaml:2:10: prepare lacks {prepared}");
  EXPECT_EQ(refusal("run: [x]\nprepare: [cc, '{model}', '{artifact}', '{prepared}']"),
            "/lab/hw.yaml:2:10: prepare names {model}; accepted: {artifact}, {prepared}");
  EXPECT_EQ(refusal("run: [x]\nartifact: {format: none}\nprepare: [cc, '{artifact}', "
                    "'{prepared}']"),
            "/lab/hw.yaml:3:10: prepare needs an artifact, and artifact.format is none; accepted: "
            "onnx");
}

TEST(RemoteConfig, RefusesWrongValues) {
  EXPECT_EQ(refusal("run: []"),
            "/lab/hw.yaml:1:6: run is empty; accepted: a list of words, such as [python3, "
            "measure.py]");
  EXPECT_THAT(refusal("run: [a, '']"), StartsWith("/lab/hw.yaml:1:6: run has an empty word"));
  EXPECT_EQ(refusal("run: python3 measure.py"),
            "/lab/hw.yaml:1:6: run is 'python3 measure.py'; accepted: a list of strings");
  EXPECT_EQ(refusal("run: [x]\nfiles: [a/m.py, b/m.py]"),
            "/lab/hw.yaml:2:8: two of files are named 'm.py'; on the device they lie in one "
            "folder");
  EXPECT_EQ(refusal("run: [x]\nartifact: {format: tflite}"),
            "/lab/hw.yaml:2:20: artifact.format is 'tflite'; accepted: onnx, none");
  EXPECT_THAT(refusal("run: [x]\nartifact: {opset: 3}"),
              StartsWith("/lab/hw.yaml:2:19: artifact.opset is '3'; accepted: an integer from 13"));
  EXPECT_THAT(refusal("run: [x]\nrest: {second: 2}"),
              HasSubstr("unknown key 'rest.second'; did you mean 'seconds'?"));
  EXPECT_THAT(refusal("run: [x]\nrest: {seconds: -1}"), HasSubstr("rest.seconds is '-1'"));
  EXPECT_THAT(refusal("run: [x]\ntimeout_s: {run: 0}"), HasSubstr("timeout_s.run is '0'"));
  EXPECT_THAT(refusal("run: [x]\nlogits_tolerance: -1"), HasSubstr("logits_tolerance is '-1'"));
}

TEST(RemoteConfig, RefusesAGenerationThatAnArtifactCannotHold) {
  EXPECT_EQ(
      refusal("run: [x]\nnew_tokens: 5"),
      "/lab/hw.yaml:2:13: new_tokens is 5, and the artifact of a device with run holds a single "
      "pass; accepted: 0, or artifact: {format: none} with a program that generates");
  EXPECT_EQ(read("{run: [x], new_tokens: 5, artifact: {format: none}}").new_tokens, 5);
}

TEST(RemoteConfig, PlaceholdersAreFilledInInsideWordsToo) {
  EXPECT_THAT(filled_in({"--in={a}", "{b}{a}", "{c}", "{a"}, {{"a", "{b}"}, {"b", "2"}}),
              ElementsAre("--in={b}", "2{b}", "{c}", "{a"));
}

}  // namespace
}  // namespace lts::predictor
