#include "core/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <chrono>
#include <fstream>
#include <thread>

#include "core/file.h"
#include "core/interrupt.h"
#include "core/text.h"
#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts {
namespace {

using Read = ChildProcess::Read;

std::vector<std::string> shell(const std::string& command) { return {"sh", "-c", command}; }

constexpr double kLongSeconds = 60;  // never waited for

/// Whether a process is gone, or dead and not yet reaped by whoever adopted it.
bool is_gone(std::int64_t pid) {
  for (int i = 0; i < 2000; ++i) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string number, name, state;
    if (!(file >> number >> name >> state) || state == "Z") return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

TEST(ChildProcess, LinesGoInAndOut) {
  ChildProcess child(shell("while read -r line; do echo \"<$line>\"; done; printf 'a\\r\\nrest'"));
  const Deadline deadline(kLongSeconds);
  std::string line;
  for (const std::string word : {"one", "", "two words"}) {
    ASSERT_TRUE(child.send(word + "\n", deadline));
    ASSERT_EQ(child.read_line(line, deadline), Read::kLine);
    EXPECT_EQ(line, "<" + word + ">");
  }
  child.close_input();
  ASSERT_EQ(child.read_line(line, deadline), Read::kLine);
  EXPECT_EQ(line, "a");
  EXPECT_EQ(child.read_line(line, deadline), Read::kEnd);
  EXPECT_EQ(child.unread_output(), "rest");
  EXPECT_TRUE(child.wait(deadline)->success());
}

TEST(ChildProcess, ALineOfAMegabyteAndMuchOnBothStreamsPass) {
  ChildProcess child(
      shell("head -c 300000 /dev/zero | tr '\\0' e >&2; read -r x; echo \"$x\"; "
            "head -c 300000 /dev/zero | tr '\\0' f >&2; echo end >&2"));
  const Deadline deadline(kLongSeconds);
  const std::string much(1'000'000, 'x');
  ASSERT_TRUE(child.send(much + "\n", deadline));
  std::string line;
  ASSERT_EQ(child.read_line(line, deadline), Read::kLine);
  EXPECT_EQ(line, much);
  ASSERT_TRUE(child.wait(deadline));
  EXPECT_TRUE(trim(child.errors()).ends_with("fffend"));
  EXPECT_LE(child.errors().size(), 100'000U);
}

TEST(ChildProcess, ADeadlineEndsEachWait) {
  ChildProcess child(shell("printf 'no newline'; sleep 60"));
  std::string line;
  EXPECT_EQ(child.read_line(line, Deadline(0.05)), Read::kLate);
  EXPECT_FALSE(child.wait(Deadline(0.01)));
  const std::string more_than_a_pipe_holds(4'000'000, 'x');
  EXPECT_FALSE(child.send(more_than_a_pipe_holds, Deadline(0.05)));
}

TEST(ChildProcess, WritingToOneThatHasEndedIsNoSignal) {
  ChildProcess child(shell("exit 3"));
  const auto status = child.wait(Deadline(kLongSeconds));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 3);
  EXPECT_EQ(status->str(), "exit status 3");
  EXPECT_FALSE(child.send("x", Deadline(kLongSeconds)));
}

TEST(ChildProcess, ItsWholeGroupEndsWithIt) {
  std::string line;
  std::int64_t own = 0, its_child = 0;
  {
    ChildProcess child(shell("trap '' TERM INT HUP; sleep 600 & echo $$; echo $!; wait"));
    ASSERT_EQ(child.read_line(line, Deadline(kLongSeconds)), Read::kLine);
    ASSERT_TRUE(parse_int(line, own));
    ASSERT_EQ(child.read_line(line, Deadline(kLongSeconds)), Read::kLine);
    ASSERT_TRUE(parse_int(line, its_child));
    EXPECT_EQ(::getsid(static_cast<pid_t>(own)), own);  // the terminal's Ctrl-C is not for it
  }
  EXPECT_TRUE(is_gone(own));
  EXPECT_TRUE(is_gone(its_child));
}

TEST(ChildProcess, OneDoesNotHoldAnothersInputOpen) {
  ChildProcess first({"cat"});
  ChildProcess second({"sleep", "60"});
  first.close_input();
  std::string line;
  EXPECT_EQ(first.read_line(line, Deadline(kLongSeconds)), Read::kEnd);
}

TEST(ChildProcess, AMissingProgramOrFolderIsNamed) {
  const auto message = [](const std::vector<std::string>& words, ChildOptions options = {}) {
    return testing::error_message([&] { ChildProcess(words, options); }, ErrorKind::kRuntime);
  };
  EXPECT_EQ(message({"no-such-program"}),
            "no-such-program: cannot be started: No such file or directory");
  EXPECT_EQ(message({"/dev/null"}), "/dev/null: cannot be started: Permission denied");
  EXPECT_EQ(message({"true"}, {.folder = "/no/such"}),
            "true: cannot be started: No such file or directory");
}

TEST(ChildProcess, ASignalToThisProgramEndsTheWait) {
  const pid_t tester = ::fork();
  if (tester == 0) {
    install_interrupt_handler();
    ChildProcess child({"sleep", "600"});
    const std::thread signal([] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      ::kill(::getpid(), SIGTERM);
    });
    std::string line;
    try {
      child.read_line(line, Deadline(600));
    } catch (const Error& error) {
      ::_exit(error.exit_status());
    }
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(tester, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 75);
}

TEST(RunCommand, SaysWhatItSaid) {
  const testing::TemporaryFolder folder;
  const auto file = folder.write("in", "from a file");
  const CommandResult result = run_command(shell("cat; pwd >&2; exit 4"), kLongSeconds,
                                           {.folder = folder.path(), .input_file = file});
  EXPECT_EQ(result.output, "from a file");
  EXPECT_EQ(trim(result.errors), folder.path());
  EXPECT_FALSE(result.success());
  EXPECT_EQ(result.failure(), "exit status 4: " + folder.path().string());
  EXPECT_TRUE(run_command({"cat"}, kLongSeconds).success());  // an empty input, not the terminal's
}

TEST(RunCommand, TellsAFailureByItsLastWords) {
  EXPECT_EQ(run_command(shell("echo first >&2; echo last >&2; kill -9 $$"), kLongSeconds).failure(),
            "signal 9 (Killed): last");
  EXPECT_EQ(run_command(shell("exit 1"), kLongSeconds).failure(), "exit status 1");
  const CommandResult late = run_command({"sleep", "60"}, 0.05);
  EXPECT_FALSE(late.exit);
  EXPECT_EQ(late.failure(), "no end in time");
}

TEST(RunCommand, DoesNotWaitForWhatACommandLeavesBehind) {
  const CommandResult result = run_command(shell("sleep 600 & echo done"), kLongSeconds);
  EXPECT_TRUE(result.success());
  EXPECT_EQ(result.output, "done\n");
}

TEST(ShellQuote, AShellReadsItBack) {
  for (const std::string word : {"plain", "", "two words", "it's", "$HOME `id` \"x\" \\ \n*"}) {
    EXPECT_EQ(run_command(shell("printf %s " + shell_quote(word)), kLongSeconds).output, word);
  }
  EXPECT_EQ(shell_join({"a b", "c"}), "'a b' 'c'");
}

TEST(CommandLine, QuotesOnlyWhatAShellWouldReadOtherwise) {
  EXPECT_EQ(command_line({"lts", "search", "a/b-c_1.yaml", "--set", "x.y=2"}),
            "lts search a/b-c_1.yaml --set x.y=2");
  EXPECT_EQ(command_line({"--set", "a={min: 1}", "", "d_inner=1|2", "$HOME", "~"}),
            "--set 'a={min: 1}' '' 'd_inner=1|2' '$HOME' '~'");
}

}  // namespace
}  // namespace lts
