#include "space/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "core/error.h"

namespace lts::space {

namespace {

using nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit
constexpr int kMaxDepth = 4;  // root, tensor, shape or data_offsets, its numbers
constexpr std::string_view kMetadataKey = "__metadata__";

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
  throw user_error(Place{.file = file}, what);
}

[[noreturn]] void refuse(const std::string& file, const TensorEntry& tensor,
                         const std::string& what) {
  refuse(file, "tensor '" + tensor.name + "': " + what);
}

std::uint64_t read_header_length(std::span<const std::byte> bytes, const std::string& file) {
  if (bytes.size() < kLengthBytes)
    refuse(file, "not a safetensors file: " + std::to_string(bytes.size()) +
                     " bytes, fewer than the 8 that give the header's length");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > kMaxHeaderBytes)
    refuse(file, "not a safetensors file: header length " + std::to_string(length) +
                     " is above the format's limit of " + std::to_string(kMaxHeaderBytes));
  if (length > bytes.size() - kLengthBytes)
    refuse(file, "truncated: the header takes " + std::to_string(length) + " bytes, the file has " +
                     std::to_string(bytes.size() - kLengthBytes) + " after its length");
  return length;
}

// nlohmann keeps the last of equal keys; a safetensors file must not have them, so the parser's
// events are watched.
class KeyWatch {
 public:
  explicit KeyWatch(const std::string& file) : file_(file) {}

  bool operator()(int depth, json::parse_event_t event, const json& parsed) {
    if (depth > kMaxDepth) refuse(file_, "the header nests deeper than the format");
    if (event == json::parse_event_t::object_start) open_.emplace_back();
    if (event == json::parse_event_t::object_end) open_.pop_back();
    if (event == json::parse_event_t::key && !open_.back().insert(parsed.get<std::string>()).second)
      refuse(file_, "the header has the name '" + parsed.get<std::string>() + "' twice");
    return true;
  }

 private:
  const std::string& file_;
  std::vector<std::set<std::string>> open_;
};

json parse_header(std::string_view text, const std::string& file) {
  try {
    auto header = json::parse(text, KeyWatch(file));
    if (!header.is_object()) refuse(file, "not a safetensors file: the header is no JSON object");
    return header;
  } catch (const json::exception& error) {
    refuse(file,
           "not a safetensors file: the header is no JSON (" + std::string(error.what()) + ")");
  }
}

std::map<std::string, std::string> parse_metadata(const json& value, const std::string& file) {
  if (!value.is_object()) refuse(file, "__metadata__ is no map of strings");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) refuse(file, "__metadata__ '" + key + "' is no string");
    metadata[key] = text.get<std::string>();
  }
  return metadata;
}

const json& member(const json& value, const char* key, const TensorEntry& tensor,
                   const std::string& file) {
  const auto found = value.find(key);
  if (found == value.end()) refuse(file, tensor, std::string("no '") + key + "' in the header");
  return *found;
}

std::vector<std::int64_t> parse_counts(const json& value, const char* key,
                                       const TensorEntry& tensor, const std::string& file) {
  if (!value.is_array()) refuse(file, tensor, std::string(key) + " is no list of numbers");
  std::vector<std::int64_t> counts;
  for (const auto& item : value) {
    if (!item.is_number_unsigned() || item.get<std::uint64_t>() > INT64_MAX)
      refuse(file, tensor,
             std::string(key) + " holds " + item.dump() + "; whole numbers from 0 on are accepted");
    counts.push_back(item.get<std::int64_t>());
  }
  return counts;
}

// shape times width, or nothing where that does not fit into 63 bits.
std::optional<std::int64_t> bytes_of_shape(const TensorEntry& tensor) {
  auto bytes = static_cast<std::int64_t>(dtype_bytes(tensor.dtype));
  for (const std::int64_t extent : tensor.shape)
    if (__builtin_mul_overflow(bytes, extent, &bytes)) return std::nullopt;
  return bytes;
}

void check_entry(const TensorEntry& tensor, std::size_t data_bytes, const std::string& file) {
  const std::string range =
      "data_offsets [" + std::to_string(tensor.begin) + ", " + std::to_string(tensor.end) + "]";
  if (tensor.begin > tensor.end) refuse(file, tensor, range + " end before they begin");
  if (tensor.end > data_bytes)
    refuse(file, tensor,
           range + " reach past the end of the file's " + std::to_string(data_bytes) +
               " bytes of data (truncated?)");
  const auto expected = bytes_of_shape(tensor);
  if (!expected) refuse(file, tensor, "its shape has more values than any file");
  if (static_cast<std::size_t>(*expected) != tensor.end - tensor.begin)
    refuse(file, tensor,
           range + " are " + std::to_string(tensor.end - tensor.begin) +
               " bytes; its dtype and shape take " + std::to_string(*expected));
}

TensorEntry parse_entry(const std::string& name, const json& value, std::size_t data_bytes,
                        const std::string& file) {
  TensorEntry tensor{.name = name};
  if (!value.is_object()) refuse(file, tensor, "its header entry is no map");
  const json& dtype = member(value, "dtype", tensor, file);
  if (!dtype.is_string() || dtype_bytes(dtype.get<std::string>()) == 0)
    refuse(file, tensor, "unknown dtype " + dtype.dump());
  tensor.dtype = dtype.get<std::string>();
  tensor.shape = parse_counts(member(value, "shape", tensor, file), "shape", tensor, file);
  const auto offsets =
      parse_counts(member(value, "data_offsets", tensor, file), "data_offsets", tensor, file);
  if (offsets.size() != 2) refuse(file, tensor, "data_offsets are no pair");
  tensor.begin = static_cast<std::size_t>(offsets[0]);
  tensor.end = static_cast<std::size_t>(offsets[1]);
  check_entry(tensor, data_bytes, file);
  return tensor;
}

// The tensors must cover the data section: no overlap, no hole, nothing left over.
void check_cover(const std::vector<TensorEntry>& tensors, std::size_t data_bytes,
                 const std::string& file) {
  std::size_t covered = 0;
  for (const auto& tensor : tensors) {
    if (tensor.begin < covered) refuse(file, tensor, "its data overlap another tensor's");
    if (tensor.begin > covered)
      refuse(file, tensor,
             "a hole of " + std::to_string(tensor.begin - covered) + " bytes before its data");
    covered = tensor.end;
  }
  if (covered != data_bytes)
    refuse(file, std::to_string(data_bytes - covered) + " bytes after the last tensor's data");
}

}  // namespace

std::size_t dtype_bytes(const std::string& dtype) {
  static const std::map<std::string, std::size_t> kBytes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1},
      {"U16", 2},  {"I16", 2}, {"F16", 2}, {"BF16", 2},    {"U32", 4},
      {"I32", 4},  {"F32", 4}, {"U64", 8}, {"I64", 8},     {"F64", 8}};
  const auto found = kBytes.find(dtype);
  return found == kBytes.end() ? 0 : found->second;
}

SafetensorsHeader parse_safetensors(std::span<const std::byte> bytes, const std::string& file) {
  const std::uint64_t length = read_header_length(bytes, file);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, length);
  const json parsed = parse_header(text, file);
  SafetensorsHeader header{.data_begin = kLengthBytes + static_cast<std::size_t>(length)};
  const std::size_t data_bytes = bytes.size() - header.data_begin;
  for (const auto& [name, value] : parsed.items()) {
    if (name == kMetadataKey)
      header.metadata = parse_metadata(value, file);
    else
      header.tensors.push_back(parse_entry(name, value, data_bytes, file));
  }
  std::ranges::sort(header.tensors, {},
                    [](const TensorEntry& tensor) { return std::pair(tensor.begin, tensor.end); });
  check_cover(header.tensors, data_bytes, file);
  return header;
}

std::string safetensors_header(std::vector<TensorEntry>& tensors,
                               const std::map<std::string, std::string>& metadata) {
  json header = json::object();
  if (!metadata.empty()) header[kMetadataKey] = metadata;
  std::size_t offset = 0;
  for (auto& tensor : tensors) {
    const auto num_bytes = bytes_of_shape(tensor);
    LTS_ASSERT(num_bytes.has_value() && dtype_bytes(tensor.dtype) > 0);
    tensor.begin = offset;
    tensor.end = offset += static_cast<std::size_t>(*num_bytes);
    header[tensor.name] = {{"dtype", tensor.dtype},
                           {"shape", tensor.shape},
                           {"data_offsets", {tensor.begin, tensor.end}}};
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  std::string bytes(reinterpret_cast<const char*>(&length), kLengthBytes);
  return bytes + text;
}

}  // namespace lts::space
