#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/digest.h"
#include "train/data/manifest.h"

namespace lts::train {

/// A file, a pipe or standard input ("-"), read once from begin to end and hashed on the way.
class ByteSource {
 public:
  /// \throws Error kUser when it cannot be opened.
  explicit ByteSource(const std::string& path);
  ByteSource(ByteSource&&) = delete;
  ~ByteSource();

  /// Fills `out` as far as there is something to read now; 0 at the end. \throws Error kRuntime
  /// when reading fails, kStopped when a signal comes while a pipe keeps it waiting.
  std::size_t read(std::span<char> out);
  std::int64_t bytes_read() const { return bytes_read_; }
  const std::string& name() const { return name_; }

  /// Reads on to a regular file's end, for its hash; a pipe is left where it stands, and then the
  /// record has no size and hash unless the end was seen. To be called once.
  InputRecord finish();

 private:
  void wait_for_input() const;

  std::string path_, name_;
  int descriptor_ = -1;
  bool regular_ = false, ended_ = false;
  std::int64_t bytes_read_ = 0;
  Sha256 hash_;
};

}  // namespace lts::train
