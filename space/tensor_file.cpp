#include "space/tensor_file.h"

#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/file.h"
#include "space/safetensors.h"

namespace lts::space {

namespace {

constexpr std::pair<std::string_view, torch::Dtype> kDtypes[] = {
    {"F32", torch::kFloat32}, {"F16", torch::kFloat16}, {"BF16", torch::kBFloat16},
    {"F64", torch::kFloat64}, {"I64", torch::kInt64},   {"I32", torch::kInt32},
    {"I16", torch::kInt16},   {"I8", torch::kInt8},     {"U8", torch::kUInt8},
    {"BOOL", torch::kBool}};

torch::Dtype dtype_named(const TensorEntry& entry, const std::string& file) {
  for (const auto& [name, dtype] : kDtypes)
    if (name == entry.dtype) return dtype;
  throw user_error(Place{.file = file},
                   "tensor '" + entry.name + "': dtype " + entry.dtype + " is not supported");
}

std::string name_of(torch::Dtype dtype) {
  for (const auto& [name, known] : kDtypes)
    if (known == dtype) return std::string(name);
  throw runtime_error("", std::string("no safetensors dtype for ") + c10::toString(dtype));
}

}  // namespace

NamedTensors read_tensor_file(const std::filesystem::path& path) {
  const MappedFile file(path);
  const auto header = parse_safetensors(file.bytes(), path.string());
  NamedTensors tensors;
  for (const auto& entry : header.tensors) {
    // Copied, not viewed: the data section may be unaligned and the file may go away.
    auto tensor = torch::empty(entry.shape, dtype_named(entry, path.string()));
    const auto data =
        file.bytes().subspan(header.data_begin + entry.begin, entry.end - entry.begin);
    if (!data.empty()) std::memcpy(tensor.data_ptr(), data.data(), data.size());
    tensors.emplace(entry.name, std::move(tensor));
  }
  return tensors;
}

std::string tensor_file_bytes(const NamedTensors& tensors,
                              const std::map<std::string, std::string>& metadata) {
  std::vector<TensorEntry> entries;
  for (const auto& [name, tensor] : tensors)
    entries.push_back(
        {.name = name, .dtype = name_of(tensor.scalar_type()), .shape = tensor.sizes().vec()});
  std::string bytes = safetensors_header(entries, metadata);
  const std::size_t data_begin = bytes.size();
  bytes.resize(data_begin + (entries.empty() ? 0 : entries.back().end));
  auto entry = entries.begin();
  for (const auto& [name, tensor] : tensors) {
    const auto dense = tensor.detach().cpu().contiguous();
    if (dense.nbytes() > 0)
      std::memcpy(bytes.data() + data_begin + entry->begin, dense.data_ptr(), dense.nbytes());
    ++entry;
  }
  return bytes;
}

}  // namespace lts::space
