#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <chrono>
#include <filesystem>
#include <thread>

#include "core/interrupt.h"
#include "tests/predictor/remote/remote_fixture.h"

namespace lts::predictor {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

class RemoteFault : public RemoteTest {
 protected:
  /// A device over the shell script `execute`, which gets a command as $1; `more` is added to the
  /// connection's map, `keys` to the file's.
  std::unique_ptr<Device> scripted(const std::string& execute, const std::string& more = "",
                                   const std::string& words = "x",
                                   const std::string& keys = "timeout_s: {connect: 60}") const {
    write_script("execute.sh", execute);
    return device(fake(words, "connection: {kind: any, folder: '" +
                                  (folder_.path() / "device").string() +
                                  "', execute: [./execute.sh, '{command}']" +
                                  (more.empty() ? "" : ", " + more) + "}, " + keys));
  }

  void write_script(const std::string& name, const std::string& body) const {
    const auto file = folder_.write(name, "#!/bin/sh\n" + body + "\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }

  std::string in_folder(const std::string& name) const { return (folder_.path() / name).string(); }

  /// A program that says hello at once and then runs `body` for each request.
  HardwareConfig shell_program(const std::string& body, const std::string& more) const {
    return read(
        "{name: fake, run: [sh, -c, 'echo \"{\\\"lts\\\": 1, \\\"device\\\": "
        "{\\\"board\\\": 1}}\"; while read -r line; do " +
        body + "; done'], " + more + "}");
  }

  std::string loss_of_run(const HardwareConfig& config) const {
    const auto device = this->device(config);
    const auto model = device->load(small());
    return loss([&] { model->time_runs(2); });
  }

  /// The candidate's failure.
  std::string failure_of_load(const HardwareConfig& config) const {
    const auto device = this->device(config);
    return testing::error_message([&] { device->load(small()); }, ErrorKind::kRuntime);
  }

  /// What ends a run although the device is there: the file is wrong.
  std::string end_of_run(Device& device) const {
    return testing::error_message([&] { device.load(small()); }, ErrorKind::kStopped);
  }
};

constexpr const char* kSmall = "gpt2:n_layer=2,d_model=16,d_inner=32,n_head=2: ";

TEST_F(RemoteFault, AProgramThatDies) {
  EXPECT_EQ(loss_of_run(fake("exits=1")),
            "this machine: the program ended (exit status 1: Segmentation fault (core dumped)) "
            "before its answer");
  EXPECT_EQ(loss_of_run(fake("killed")),
            "this machine: the program ended (signal 9 (Killed)) before its answer");
}

TEST_F(RemoteFault, AProgramThatHangs) {
  EXPECT_EQ(loss_of_run(shell_program("sleep 60", "timeout_s: {run: 0.7}")),
            "this machine: no answer within 0.7 s (timeout_s.run)");
}

TEST_F(RemoteFault, AProgramThatTalksWithoutEnd) {
  EXPECT_EQ(loss_of_run(shell_program("head -c 17000000 /dev/zero", "timeout_s: {run: 60}")),
            "this machine: the answer is an endless line");
}

TEST_F(RemoteFault, AProgramThatLies) {
  const std::vector<std::pair<std::string, std::string>> lies = {
      {"'id=99'", "the answer has id '99'; the request was 1"},
      {"'samples_s=[0.1]'", "the answer has 1 samples_s for 2 runs"},
      {"'samples_s=[0.1, -1]'",
       "a value of samples_s is '-1'; accepted: a positive number of seconds"},
      {"'raw=loading weights...'", "the answer is no JSON: 'loading weights...'"},
      {"'raw={}'", "the answer has id (none); the request was 1"}};
  for (const auto& [words, reason] : lies) {
    EXPECT_EQ(loss_of_run(fake(words)), "this machine: " + reason);
  }
  EXPECT_THAT(loss_of_run(fake("'samples_s=[1e6, 1e6]'")),
              StartsWith("this machine: samples_s add up to 2e+06 s, and the answer came after "));
}

TEST_F(RemoteFault, ADevicesOwnError) {
  EXPECT_EQ(loss_of_run(fake("'error=\"the NPU does not answer\"', 'kind=\"device\"'")),
            "this machine: the NPU does not answer");
}

TEST_F(RemoteFault, ACandidatesErrorLeavesTheDeviceUp) {
  const auto device =
      this->device(fake("'error=\"operator Gelu is not supported\"', 'kind=\"candidate\"'"));
  const auto model = device->load(small());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(testing::error_message([&] { model->time_runs(1); }, ErrorKind::kRuntime),
              kSmall + std::string("operator Gelu is not supported"));
  }
}

TEST_F(RemoteFault, AfterALossTheDeviceIsConnectedAgain) {
  const auto device = this->device(fake("exits=1, 'once=" + in_folder("died") + "'"));
  const auto model = device->load(small());
  EXPECT_THAT(loss([&] { model->time_runs(1); }), HasSubstr("the program ended"));
  EXPECT_EQ(loss([&] { model->time_runs(1); }), "this machine: not connected");
  EXPECT_EQ(loss([&] { device->load(small()); }), "this machine: not connected");
  device->reopen();
  EXPECT_EQ(loss([&] { model->time_runs(1); }),
            "this machine: the model was lost with its connection");
  EXPECT_THAT(device->load(small())->time_runs(2), SizeIs(2));
}

TEST_F(RemoteFault, AnotherDeviceThatAnswersIsRefused) {
  folder_.write("board", "one");
  const auto device = this->device(fake("x", "files: [board]"));
  device->fingerprint();
  folder_.write("board", "two");
  EXPECT_EQ(loss([&] { device->reopen(); }),
            "this machine: another device answered: board is \"two\", was \"one\"");
  EXPECT_EQ(loss([&] { device->load(small()); }), "this machine: not connected");
  folder_.write("board", "one");
  device->reopen();
  EXPECT_THAT(device->load(small())->time_runs(2), SizeIs(2));
}

TEST_F(RemoteFault, LinesBeforeHelloAreSkipped) {
  EXPECT_THAT(device(fake("noise"))->load(small())->time_runs(2), SizeIs(2));
}

TEST_F(RemoteFault, AProgramThatDoesNotSayHello) {
  const auto end = [&](const HardwareConfig& config) { return end_of_run(*device(config)); };
  EXPECT_EQ(end(fake("dies_at_once")),
            "this machine: run ended (exit status 1: Traceback: No module named 'runtime') before "
            "its first line");
  EXPECT_EQ(end(read("{run: [sleep, 60], timeout_s: {run: 0.3}}")),
            "this machine: run printed no first line {\"lts\": 1, ...} within 0.3 s "
            "(timeout_s.run)");
  EXPECT_EQ(end(read("{run: ['yes', hello]}")),
            "this machine: run printed 200 lines before its first line {\"lts\": 1, ...}");
  EXPECT_EQ(end(read("{run: [head, -c, 17000000, /dev/zero]}")),
            "this machine: run printed an endless line before its first line");
  EXPECT_EQ(end(fake("'hello={\"lts\": 2}'")),
            "this machine: the program's first line has \"lts\": 2; accepted: 1");
  EXPECT_EQ(end(read("{run: [./no-such-program]}")),
            "this machine: run ended (exit status 127: sh: 1: exec: ./no-such-program: not found) "
            "before its first line");
}

TEST_F(RemoteFault, WhatThisMachineLacksIsRefusedAtItsPlace) {
  const auto refusal = [&](const std::string& yaml) {
    return testing::error_message([&] { device(read(yaml)); });
  };
  const std::string file = in_folder("hw.yaml");
  EXPECT_EQ(refusal("files: [gone.py]\nrun: [sh]"),
            file + ":1:8: files names " + in_folder("gone.py") + ", which is no file");
  EXPECT_EQ(refusal("run: [no-such-program]"),
            file +
                ":1:6: run names the program 'no-such-program', which is in no folder of PATH "
                "on this machine");
  EXPECT_EQ(refusal("run: [sh]\nprepare: [./gone.sh, '{artifact}', '{prepared}']"),
            file + ":2:10: prepare names the program '" + in_folder("gone.sh") +
                "', which is not there or may not be executed");
  EXPECT_THAT(refusal("run: [sh]\nconnection: {kind: any, execute: [no-such, '{command}']}"),
              HasSubstr(":2:13: connection.execute names the program 'no-such'"));
  tools_.write_artifact = nullptr;
  EXPECT_EQ(refusal("run: [sh]"),
            file + ": artifact.format is 'onnx', which this program cannot write; accepted: none");
}

TEST_F(RemoteFault, AtOnceAWrongFileIsTheUsersMistake) {
  tools_.connect_now = true;
  folder_.write("occupied", "");
  EXPECT_THAT(testing::error_message([&] {
                device(read("{run: [sh], connection: {kind: any, folder: '" +
                            in_folder("occupied") + "', execute: [sh, -c, '{command}']}}"));
              }),
              StartsWith(in_folder("hw.yaml") + ":1:25: connection.folder '" +
                         in_folder("occupied") + "' cannot be used on sh: exit status 1: mkdir: "));
  EXPECT_THAT(testing::error_message([&] { device(fake("dies_at_once")); }, ErrorKind::kRuntime),
              HasSubstr("before its first line"));
}

TEST_F(RemoteFault, AHostThatCannotBeReached) {
  const auto refused = scripted("echo 'ssh: connect to host x: Connection refused' >&2; exit 255");
  const std::string script = in_folder("execute.sh");
  EXPECT_EQ(loss([&] { refused->load(small()); }),
            script +
                ": cannot be reached: exit status 255: ssh: connect to host x: Connection "
                "refused");
  const auto silent = scripted("sleep 60", "", "x", "timeout_s: {connect: 0.3}");
  EXPECT_EQ(loss([&] { silent->fingerprint(); }), script + ": cannot be reached: no end in time");
}

/// A host that goes away while its program runs, and comes back.
TEST_F(RemoteFault, AHostThatIsGoneForAWhile) {
  const std::string gone = in_folder("gone");
  const auto host = scripted("[ -e '" + gone + "' ] && exit 255; exec sh -c \"$1\"", "", "exits=2");
  const auto model = host->load(small());
  EXPECT_THAT(model->time_runs(2), SizeIs(2));
  folder_.write("gone", "");
  EXPECT_THAT(loss([&] { model->time_runs(2); }),
              ::testing::EndsWith("; the device does not answer"));
  EXPECT_THAT(loss([&] { host->reopen(); }), HasSubstr("cannot be reached: exit status 255"));
  std::filesystem::remove(gone);
  host->reopen();
  EXPECT_THAT(host->load(small())->time_runs(2), SizeIs(2));
}

TEST_F(RemoteFault, ARestartOfTheDeviceIsSeenByItsBootId) {
  folder_.write("boot_id", "11111111");
  const auto host = scripted(
      "exec sh -c \"$(printf %s \"$1\" | sed 's,/proc/sys/kernel/random/"
      "boot_id," +
          in_folder("boot_id") + ",')\"",
      "", "exits=2");
  const auto model = host->load(small());
  model->time_runs(1);
  folder_.write("boot_id", "22222222");
  EXPECT_THAT(loss([&] { model->time_runs(1); }),
              HasSubstr("before its answer; the device has restarted"));
}

TEST_F(RemoteFault, TheSessionsFolderIsUsedThroughTheTemplatesAndGoesWithIt) {
  const std::string log = in_folder("log");
  const auto run = [&](const std::string& copy) {
    const auto host = scripted("exec sh -c \"$1\"", copy, "sizes, 'log=" + log + "'");
    host->load(small())->time_runs(1);
    const auto model = host->load(small(3));
    model->time_runs(1);
    EXPECT_EQ(model->memory().peak_bytes, space::archid(small()).size());
    const auto session = std::filesystem::directory_iterator(folder_.path() / "device")->path();
    EXPECT_FALSE(std::filesystem::exists(session / "model-1"));  // removed when the next came
    EXPECT_TRUE(std::filesystem::exists(session / "model-2" / "model.onnx"));
  };
  run("");
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "device"));
  run("copy: [cp, '{from}', '{to}']");
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "device"));
  EXPECT_THAT(lines_of_log(), HasSubstr("\"model\":\"model-2/model.onnx\""));
}

TEST_F(RemoteFault, NothingStaysWhereTheProgramNeverSaidHelloOrStateFails) {
  for (const auto& [words, keys] : {std::pair{"dies_at_once", "rest: null"},
                                    {"silent", "timeout_s: {run: 1}"},
                                    {"x", "state: ['false']"}}) {
    {
      const auto host = scripted("exec sh -c \"$1\"", "", words, keys);
      end_of_run(*host);
      EXPECT_FALSE(std::filesystem::is_empty(folder_.path() / "device"));
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "device")) << words;
  }
}

TEST_F(RemoteFault, StorageThatIsFullIsTheCandidates) {
  write_script("copy.sh", "echo 'No space left on device' >&2; exit 1");
  const auto host = scripted("exec sh -c \"$1\"", "copy: [./copy.sh, '{from}', '{to}']");
  EXPECT_EQ(testing::error_message([&] { host->load(small()); }, ErrorKind::kRuntime),
            kSmall + std::string("cannot be copied to ") + in_folder("execute.sh") +
                ": exit status 1: No space left on device");
}

TEST_F(RemoteFault, AHostThatGoesWhileAModelIsCopied) {
  const std::string gone = in_folder("gone");
  write_script("copy.sh", "touch '" + gone + "'; echo 'lost connection' >&2; exit 1");
  const auto host = scripted("[ -e '" + gone + "' ] && exit 255; exec sh -c \"$1\"",
                             "copy: [./copy.sh, '{from}', '{to}']");
  EXPECT_EQ(loss([&] { host->load(small()); }),
            in_folder("execute.sh") + ": a model cannot be copied to " + in_folder("execute.sh") +
                ": exit status 1: lost connection; the device does not answer");
}

TEST_F(RemoteFault, FilesThatCannotBeCopied) {
  folder_.write("board", "");
  write_script("copy.sh", "echo 'Read-only file system' >&2; exit 1");
  const std::string copy = "copy: [./copy.sh, '{from}', '{to}']";
  const auto host = scripted("exec sh -c \"$1\"", copy, "x", "files: [board]");
  EXPECT_THAT(end_of_run(*host), AllOf(HasSubstr(in_folder("board") + " cannot be copied to "),
                                       HasSubstr("exit status 1: Read-only file system")));
  write_script("copy.sh", "sleep 60");
  const auto slow =
      scripted("exec sh -c \"$1\"", copy, "x", "files: [board], timeout_s: {copy: 0.1}");
  EXPECT_THAT(loss([&] { slow->load(small()); }), ::testing::EndsWith("/board: no end in time"));
}

TEST_F(RemoteFault, APrepareThatFails) {
  const auto with = [&](const std::string& body, const std::string& more = "") {
    write_script("cc.sh", body);
    return failure_of_load(fake("x", "prepare: [./cc.sh, '{artifact}', '{prepared}']" + more));
  };
  EXPECT_EQ(with("echo 'warning' >&2; echo 'error: Gelu is not supported' >&2; exit 2"),
            kSmall + std::string("prepare failed: exit status 2: error: Gelu is not supported"));
  EXPECT_EQ(with("sleep 60", ", timeout_s: {prepare: 0.2}"),
            kSmall + std::string("prepare took longer than 0.2 s (timeout_s.prepare)"));
  EXPECT_THAT(with("mkdir \"$2\""), HasSubstr("prepare ended well and left no file {prepared}; "));
}

TEST_F(RemoteFault, AnArtifactThatCannotBeWritten) {
  tools_.write_artifact = [](const auto& architecture, const auto&, const auto&) {
    throw runtime_error(space::summary(architecture), "has no ONNX form");
  };
  EXPECT_EQ(failure_of_load(fake("x")), kSmall + std::string("has no ONNX form"));
  tools_.write_artifact = [](const auto&, const auto&, const auto&) { throw std::bad_alloc(); };
  EXPECT_EQ(failure_of_load(fake("x")), kSmall + std::string("cannot be written: std::bad_alloc"));
}

/// A disk without room fails every candidate: it must not be recorded as one's failure.
TEST_F(RemoteFault, AFullDiskEndsTheRun) {
  const std::string disk = folder_.write("disk/x", "").parent_path();
  if (::mount("lts", disk.c_str(), "tmpfs", 0, "size=256k") != 0) {
    GTEST_SKIP() << "a small file system cannot be mounted here";
  }
  ::setenv("TMPDIR", disk.c_str(), 1);
  {
    tools_.write_artifact = [](const auto&, const auto&, const std::filesystem::path& file) {
      write_file_atomic(file, std::string(1'000'000, 'x'));
    };
    const auto device = this->device(fake("x"));
    EXPECT_THAT(end_of_run(*device), HasSubstr(": the disk is full, so no model can be written; "
                                               "TMPDIR names another folder"));
  }
  ::unsetenv("TMPDIR");
  ::umount(disk.c_str());
}

TEST_F(RemoteFault, AStateThatFails) {
  const std::string clock = in_folder("clock");
  const std::string state = "state: [cat, '" + clock + "']";
  const auto wrong = device(fake("x", state));
  EXPECT_THAT(end_of_run(*wrong), AllOf(HasSubstr("hw.yaml:1:"),
                                        HasSubstr("state fails on this machine: exit status 1: ")));
  folder_.write("clock", "1");
  const auto right = device(fake("x", state));
  right->fingerprint();
  std::filesystem::remove(clock);
  EXPECT_THAT(loss([&] { right->state(); }),
              StartsWith("this machine: state fails: exit status 1"));
}

/// In a process of its own: waits as `config` makes it, and gets a signal.
int status_after_signal(const std::function<void()>& wait) {
  const pid_t tester = ::fork();
  if (tester == 0) {
    install_interrupt_handler();
    std::thread([] {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      ::kill(::getpid(), SIGINT);
    }).detach();
    try {
      wait();
    } catch (const DeviceLost&) {
      ::_exit(2);
    } catch (const Error& error) {
      ::_exit(error.exit_status());
    }
    ::_exit(3);
  }
  int status = 0;
  ::waitpid(tester, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(RemoteFault, ASignalEndsEachWait) {
  EXPECT_EQ(status_after_signal([&] {
              device(shell_program("sleep 600", "rest: {seconds: 0}"))->load(small())->time_runs(1);
            }),
            75);
  write_script("cc.sh", "sleep 600");
  EXPECT_EQ(status_after_signal([&] {
              device(fake("x", "prepare: [./cc.sh, '{artifact}', '{prepared}']"))->load(small());
            }),
            75);
}

}  // namespace
}  // namespace lts::predictor
