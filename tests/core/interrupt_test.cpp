#include "core/interrupt.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "tests/expect_error.h"

namespace lts {
namespace {

/// Runs `body` in a child, for signals are the whole process's; returns waitpid's status.
int status_of_child(const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

void expect_flag_after(int signal_number) {
  const int status = status_of_child([=] {
    install_interrupt_handler();
    if (interrupted()) ::_exit(1);
    throw_if_interrupted("nothing");
    ::raise(signal_number);
    if (!interrupted()) ::_exit(2);
  });
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Interrupt, TurnsSignalsIntoAFlag) {
  expect_flag_after(SIGINT);
  expect_flag_after(SIGTERM);
  expect_flag_after(SIGUSR2);
}

TEST(Interrupt, ASecondRequestOfALauncherIsTheSame) {
  const int status = status_of_child([] {
    install_interrupt_handler();
    for (const int number : {SIGUSR2, SIGTERM, SIGTERM}) ::raise(number);
    if (!interrupted()) ::_exit(1);
  });
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Interrupt, ASecondSignalFromTheKeyboardEndsTheProcess) {
  const int status = status_of_child([] {
    install_interrupt_handler();
    ::raise(SIGINT);
    ::raise(SIGINT);
  });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGINT);
}

TEST(Interrupt, SaysWhatIsSaved) {
  const int status = status_of_child([] {
    install_interrupt_handler();
    ::raise(SIGTERM);
    try {
      throw_if_interrupted("runs/x is saved; add --resume to go on");
    } catch (const Error& error) {
      const std::string expected = "stopped by a signal: runs/x is saved; add --resume to go on";
      ::_exit(error.exit_status() == 75 && error.what() == expected ? 0 : 1);
    }
    ::_exit(2);
  });
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace lts
