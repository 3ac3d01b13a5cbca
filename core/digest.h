#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace lts {

/// Lower-case hex digests of `bytes` (OpenSSL).
std::string sha1_hex(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);

/// SHA-256 of a file's content, read in pieces. \throws Error as read_file.
std::string sha256_hex_of_file(const std::filesystem::path& path);

/// XXH3, 64 bits: the checksum of journal records, shard blocks and checkpoints. Not cryptographic.
std::uint64_t checksum64(std::span<const std::byte> bytes);
std::uint64_t checksum64(std::string_view bytes);
/// 16 lower-case hex digits.
std::string hex64(std::uint64_t value);

}  // namespace lts
