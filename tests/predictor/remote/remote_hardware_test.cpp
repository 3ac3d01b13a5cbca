#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

#include "core/child_process.h"
#include "core/text.h"
#include "tests/predictor/remote/remote_fixture.h"

/// The files of configs/hardware that describe a device behind a connection, each driven to a
/// measurement. Where it is reached and what measures there are replaced; the rest is the file's.
namespace lts::predictor {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RemoteHardware : public RemoteTest {
 protected:
  static HardwareConfig shipped(const std::string& name,
                                const std::vector<std::string>& assignments) {
    YamlNode node = load_yaml(LTS_SOURCE_DIR "/configs/hardware/" + name);
    for (const std::string& assignment : assignments) apply_override(node, assignment);
    return read_hardware(node, fs::path(name).stem().string());
  }

  /// The fake program in place of the shipped one, which needs ONNX Runtime.
  static std::vector<std::string> with_fake(std::vector<std::string> assignments) {
    assignments.insert(assignments.end(), {"files=['" + std::string(kFake) + "']",
                                           "run=[python3, fake_program.py, sizes]", "rest=null"});
    return assignments;
  }

  static std::int64_t archid_bytes() {
    return static_cast<std::int64_t>(space::archid(small()).size());
  }

  /// Two models in turns, as a sentinel and a candidate; the second one's peak.
  static std::int64_t measure(Device& device) {
    const auto sentinel = device.load(small(1)), candidate = device.load(small(2));
    EXPECT_THAT(sentinel->time_runs(2), SizeIs(2));
    EXPECT_THAT(candidate->time_runs(3), SizeIs(3));
    EXPECT_THAT(sentinel->time_runs(2), SizeIs(2));
    return candidate->memory().peak_bytes.value();
  }
};

TEST_F(RemoteHardware, OnnxruntimeLocal) {
  const auto config = shipped("onnxruntime-local.yaml", with_fake({}));
  EXPECT_EQ(measure(*device(config)), archid_bytes());
}

/// A phone is a folder; `adb` a script that runs in it.
class AdbTest : public RemoteHardware {
 protected:
  AdbTest() {
    const auto script = folder_.write("bin/adb", R"(#!/bin/sh
if [ "$1" = -s ]; then serial=$2; shift 2; else serial=only; fi
cd ")" + folder_.path().string() + R"(/$serial" 2>/dev/null ||
  { echo "adb: device '$serial' not found" >&2; exit 1; }
case "$1 $2" in
  "shell -T") exec sh -c "$3" ;;
  push*) cp "$2" "$3" && echo "$2: 1 file pushed" ;;
esac
)");
    fs::permissions(script, fs::perms::owner_all);
    path_ = std::getenv("PATH");
    ::setenv("PATH", (folder_.path().string() + "/bin:" + path_).c_str(), 1);
  }
  ~AdbTest() override { ::setenv("PATH", path_.c_str(), 1); }

  static HardwareConfig phone(std::vector<std::string> more) {
    more.insert(more.end(), {"connection.folder=data/lts", "state=[cat, ../../../clock]"});
    return shipped("phone-adb.yaml", with_fake(more));
  }

  void plug_in(const std::string& serial) const { folder_.write(serial + "/clock", "1800000\n"); }

 private:
  std::string path_;
};

TEST_F(AdbTest, PhoneAdb) {
  plug_in("only");
  {
    const auto phone = device(AdbTest::phone({}));
    EXPECT_EQ(measure(*phone), archid_bytes());
    EXPECT_EQ(phone->state(), "1800000");
  }
  EXPECT_TRUE(fs::is_empty(folder_.path() / "only/data/lts"));
}

TEST_F(AdbTest, SeveralPhonesByTheirSerialNumbers) {
  plug_in("R58M1");
  plug_in("R58M2");
  const auto phones = make_remote_devices(phone({"connection.serials=[R58M1, R58M2]"}), tools_);
  ASSERT_EQ(phones.size(), 2U);
  for (const auto& phone : phones) EXPECT_EQ(measure(*phone), archid_bytes());
}

TEST_F(AdbTest, APhoneThatIsUnpluggedAndPluggedInAgain) {
  plug_in("R58M1");
  const auto phone = device(AdbTest::phone({"connection.serial=R58M1"}));
  measure(*phone);
  fs::rename(folder_.path() / "R58M1", folder_.path() / "away");
  EXPECT_EQ(loss([&] { phone->state(); }),
            "adb R58M1: state fails: exit status 1: adb: device 'R58M1' not found; the device "
            "does not answer");
  EXPECT_EQ(loss([&] { phone->reopen(); }),
            "adb R58M1: cannot be reached: exit status 1: adb: device 'R58M1' not found");
  fs::rename(folder_.path() / "away", folder_.path() / "R58M1");
  phone->reopen();
  EXPECT_EQ(measure(*phone), archid_bytes());
}

/// An sshd of the test's own on this machine's loopback, with keys of its own.
class SshTest : public RemoteHardware {
 protected:
  void SetUp() override {
    if (!fs::exists(kSshd) ||
        !run_command({"sh", "-c", "command -v ssh ssh-keygen"}, 60).success()) {
      GTEST_SKIP() << "needs openssh-server and openssh-client";
    }
    if (::geteuid() == 0) fs::create_directories("/run/sshd");  // where it gives up its rights
    for (const char* key : {"host_key", "user_key", "other_key"}) {
      ASSERT_TRUE(run_command({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path(key)}, 60)
                      .success());
    }
    for (int i = 0; i < 5 && !listening(); ++i) start();
    ASSERT_TRUE(listening()) << sshd_->errors();
  }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  /// What reaches the sshd instead of the file's host.
  std::vector<std::string> at_loopback(std::vector<std::string> more = {}) const {
    const passwd* user = ::getpwuid(::geteuid());
    const std::vector<std::string> words = {
        "connection.host=" + std::string(user->pw_name) + "@127.0.0.1",
        "connection.port=" + std::to_string(port_),
        "connection.identity=" + path("user_key"),
        "connection.options=[-F, none, -o, UserKnownHostsFile=" + path("known_hosts") +
            ", -o, StrictHostKeyChecking=no, -o, IdentitiesOnly=yes, -o, LogLevel=ERROR]",
        "connection.folder=" + path("device"),
        "state=null"};
    more.insert(more.begin(), words.begin(), words.end());
    return more;
  }

  HardwareConfig board(const std::vector<std::string>& more = {}) const {
    return shipped("onnxruntime-ssh.yaml", with_fake(at_loopback(more)));
  }

  /// Ends it and every connection that it has: they are its children, in sessions of their own.
  void stop() {
    run_command({"sh", "-c",
                 "of() { cat /proc/$1/task/$1/children; }; for c in $(of $0); do "
                 "kill -9 $(of $c) $c; done",
                 std::string(trim(read_file(path("sshd.pid"))))},
                60);
    sshd_.reset();
  }
  void start() {
    if (port_ == 0 || sshd_) port_ = free_port();
    folder_.write("sshd_config", "ListenAddress 127.0.0.1\nPort " + std::to_string(port_) +
                                     "\nHostKey " + path("host_key") + "\nAuthorizedKeysFile " +
                                     path("user_key.pub") + "\nPidFile " + path("sshd.pid") +
                                     "\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
                                     "PermitRootLogin yes\nLogLevel VERBOSE\n");
    sshd_.emplace(std::vector<std::string>{kSshd, "-D", "-e", "-f", path("sshd_config")});
    for (int i = 0; i < 200 && !listening(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      if (sshd_->wait(Deadline(0))) return;
    }
  }

  /// How often someone has logged in.
  long logins() {
    sshd_->wait(Deadline(0.1));
    const auto lines = split(sshd_->errors(), '\n');
    return std::ranges::count_if(
        lines, [](const auto& line) { return line.find("Accepted publickey") != line.npos; });
  }

 private:
  static constexpr const char* kSshd = "/usr/sbin/sshd";

  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    address.sin_port = ::htons(static_cast<std::uint16_t>(port));
    return address;
  }
  static int free_port() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) != 0) return 0;
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(descriptor);
    return ::ntohs(address.sin_port);
  }
  bool listening() const {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = loopback(port_);
    const bool connected =
        ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(descriptor);
    return connected && port_ != 0;
  }

  std::optional<ChildProcess> sshd_;
  int port_ = 0;
};

TEST_F(SshTest, OnnxruntimeSsh) {
  {
    const auto board = device(SshTest::board());
    EXPECT_EQ(measure(*board), archid_bytes());
    // Folder, file, program; the two models went through the program's connection.
    EXPECT_LE(logins(), 4);
    EXPECT_EQ(std::distance(fs::directory_iterator(path("device")), {}), 1);
  }
  EXPECT_TRUE(fs::is_empty(path("device")));
}

TEST_F(SshTest, NpuWithCompiler) {
  const auto script = folder_.write("compile.sh", "#!/bin/sh\ncat \"$1\" \"$1\" > \"$2\"\n");
  fs::permissions(script, fs::perms::owner_all);
  const auto config =
      shipped("npu-with-compiler.yaml",
              with_fake(at_loopback({"prepare.0=" + script.string(), "prepare.1='{artifact}'",
                                     "prepare.2='{prepared}'"})));
  EXPECT_EQ(measure(*device(config)), 2 * archid_bytes());
}

TEST_F(SshTest, LibtorchAgentSsh) {
  const auto config =
      shipped("libtorch-agent-ssh.yaml", at_loopback({"run=[" LTS_AGENT_PROBE "]"}));
  const auto board = device(config);
  EXPECT_EQ(board->fingerprint()["board"], "fake");
  EXPECT_EQ(measure(*board), 2000);
}

TEST_F(SshTest, ABoardThatIsGoneForAWhile) {
  const auto board = device(SshTest::board());
  const auto model = board->load(small(1));
  model->time_runs(1);
  const std::string name = board->config().remote->connection.targets.front();
  stop();
  EXPECT_THAT(loss([&] { model->time_runs(1); }),
              AllOf(HasSubstr("before its answer"), HasSubstr("; the device does not answer")));
  EXPECT_THAT(loss([&] { board->reopen(); }),
              AllOf(HasSubstr(name + ": cannot be reached: exit status 255: "),
                    HasSubstr("Connection refused")));
  start();
  board->reopen();
  EXPECT_EQ(measure(*board), archid_bytes());
}

TEST_F(SshTest, AKeyThatIsNotLetIn) {
  const auto board = device(SshTest::board({"connection.identity=" + path("other_key")}));
  EXPECT_THAT(loss([&] { board->fingerprint(); }), HasSubstr("Permission denied (publickey"));
}

TEST_F(SshTest, AHangingProgramIsEndedOnTheBoardToo) {
  HardwareConfig config = SshTest::board({"timeout_s.run=8"});
  config.remote->run = {"sh", "-c",
                        "echo '{\"lts\": 1, \"device\": {\"board\": 1}}'; trap '' HUP TERM PIPE; "
                        "echo $$ > " +
                            path("pid") + "; while :; do sleep 600; done"};
  const auto hanging = device(config);
  const auto model = hanging->load(small(1));
  EXPECT_THAT(loss([&] { model->time_runs(1); }), HasSubstr("no answer within 8 s"));
  const std::string proc = "/proc/" + std::string(trim(read_file(path("pid")))) + "/cmdline";
  EXPECT_NE(read_file(proc), "");  // the connection is gone, and it does not mind
  hanging->reopen();
  EXPECT_TRUE(!fs::exists(proc) || read_file(proc).empty());
}

}  // namespace
}  // namespace lts::predictor
