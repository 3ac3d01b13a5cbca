#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace lts {

/// Lower-case hex digests of `bytes` (OpenSSL).
std::string sha1_hex(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);

/// SHA-256 of a file's content, mapped, so of any size. \throws Error as MappedFile.
std::string sha256_hex_of_file(const std::filesystem::path& path);

/// SHA-256 of bytes that come in pieces (a stream that cannot be read twice).
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(std::string_view bytes);
  /// Lower-case hex digest of all bytes so far; ends the stream.
  std::string finish_hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// XXH3, 64 bits: the checksum of journal records, shard blocks and checkpoints. Not cryptographic.
std::uint64_t checksum64(std::span<const std::byte> bytes);
std::uint64_t checksum64(std::string_view bytes);
/// 16 lower-case hex digits.
std::string hex64(std::uint64_t value);

}  // namespace lts
