#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace lts::space {

/// One tensor of a safetensors file: where its bytes are and what they mean.
struct TensorEntry {
  std::string name;
  std::string dtype;  ///< as the format writes it: "F32", "BF16", ...
  std::vector<std::int64_t> shape;
  std::size_t begin = 0, end = 0;  ///< bytes of the data section
};

/// The header of a safetensors file (format: 8 bytes of little-endian length, that many bytes of
/// JSON, then the data section).
struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::vector<TensorEntry> tensors;  ///< in the order of their data
  std::size_t data_begin = 0;        ///< where the data section begins in the file
};

/// Reads and checks the header of a whole file in memory: its length against the file's size and
/// the format's limit of 100,000,000 bytes, names unique, offsets in range and without overlap or
/// hole, shape times width of dtype equal to the bytes. `file` names it in messages. \throws Error
/// kUser, beginning with `file`.
SafetensorsHeader parse_safetensors(std::span<const std::byte> bytes, const std::string& file);

/// The first bytes of a file that holds `tensors` back to back in the order given; sets their
/// `begin` and `end`. The header is padded so that the data section starts at a multiple of 8.
std::string safetensors_header(std::vector<TensorEntry>& tensors,
                               const std::map<std::string, std::string>& metadata);

/// Bytes of a value of `dtype`; 0 for a dtype the format does not have.
std::size_t dtype_bytes(const std::string& dtype);

}  // namespace lts::space
