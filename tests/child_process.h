#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <functional>

namespace lts::testing {

/// A forked process that runs `body` and ends with 0, or with 1 where it throws. Killed when this
/// object ends before it. Fork before the test starts a thread.
class ChildProcess {
 public:
  explicit ChildProcess(const std::function<void()>& body) : id_(::fork()) {
    if (id_ != 0) return;
    try {
      body();
    } catch (const std::exception&) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() {
    if (id_ <= 0) return;
    kill(SIGKILL);
    wait();
  }

  pid_t id() const { return id_; }
  void kill(int signal) const { ::kill(id_, signal); }

  /// waitpid's status.
  int wait() {
    int status = -1;
    ::waitpid(id_, &status, 0);
    id_ = -1;
    return status;
  }
  void expect_success() {
    const int status = wait();
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }

 private:
  pid_t id_;
};

}  // namespace lts::testing
