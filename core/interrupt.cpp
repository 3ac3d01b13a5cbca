#include "core/interrupt.h"

#include <csignal>
#include <string>

#include "core/error.h"

namespace lts {
namespace {

volatile std::sig_atomic_t signal_seen = 0;

extern "C" void on_signal(int number) {
  if (signal_seen && number == SIGINT) {  // the user insists: die as if unhandled
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
  signal_seen = 1;
}

}  // namespace

void install_interrupt_handler() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGUSR2, &action, nullptr);
}

bool interrupted() { return signal_seen != 0; }

void throw_if_interrupted(std::string_view saved) {
  if (interrupted()) throw Error(ErrorKind::kStopped, "stopped by a signal: " + std::string(saved));
}

}  // namespace lts
