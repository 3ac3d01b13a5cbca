#include "train/data/byte_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "core/error.h"
#include "core/interrupt.h"

namespace lts::train {

ByteSource::ByteSource(const std::string& path)
    : path_(path), name_(path == "-" ? "standard input" : path) {
  descriptor_ = path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) {
    throw user_error(Place{name_}, std::string("cannot be opened: ") + std::strerror(errno));
  }
  struct stat status {};
  regular_ = fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
}

ByteSource::~ByteSource() { close(descriptor_); }

// A pipe may keep a read waiting for ever, and the signal may go to another thread.
void ByteSource::wait_for_input() const {
  constexpr int kPollMilliseconds = 200;
  pollfd descriptor = {descriptor_, POLLIN, 0};
  while (poll(&descriptor, 1, kPollMilliseconds) <= 0) {
    throw_if_interrupted("while reading " + name_);
  }
}

std::size_t ByteSource::read(std::span<char> out) {
  while (!ended_) {
    if (!regular_) {
      wait_for_input();
    }
    const ssize_t got = ::read(descriptor_, out.data(), out.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      throw runtime_error(name_, std::string("cannot be read: ") + std::strerror(errno));
    }
    ended_ = got == 0;
    hash_.update({out.data(), static_cast<std::size_t>(got)});
    bytes_read_ += got;
    return static_cast<std::size_t>(got);
  }
  return 0;
}

InputRecord ByteSource::finish() {
  std::vector<char> rest(1 << 20);
  while (regular_ && read(rest) > 0) {
    throw_if_interrupted("while reading " + name_);
  }
  if (!ended_) {
    return {path_, {}, {}};
  }
  return {path_, bytes_read_, hash_.finish_hex()};
}

}  // namespace lts::train
