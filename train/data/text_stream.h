#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "train/data/byte_source.h"

namespace lts::train {

/// The text of an input: its bytes, or what they decompress to when they are zstd (one frame or
/// many, as The Pile's files).
class TextStream {
 public:
  /// \throws Error as ByteSource; kUser when a name that ends in .zst holds something else.
  explicit TextStream(const std::string& path);
  ~TextStream();

  /// Fills `out`, less only at the end. \throws Error kUser when zstd data is damaged or truncated.
  std::size_t read(std::span<char> out);
  const ByteSource& source() const { return source_; }
  ByteSource& source() { return source_; }

 private:
  struct Decompressor;
  std::size_t read_some(std::span<char> out);
  std::size_t read_raw(std::span<char> out);
  std::size_t decompress(std::span<char> out);

  ByteSource source_;
  std::vector<char> head_;  // bytes looked at to tell the kind, not given out yet
  std::unique_ptr<Decompressor> decompressor_;
};

}  // namespace lts::train
