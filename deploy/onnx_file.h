#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <filesystem>
#include <span>

#include "deploy/onnx_export.h"
#include "space/weight_source.h"

namespace lts::deploy {

/// Writes `model`, whose graph has no initialisers yet, with `weights` as its initialisers: into
/// the one file, or where that would be larger than `max_file_bytes`, into PATH.data beside it
/// (ONNX external data). Values are read and written piece by piece. Both files appear whole, the
/// model last. \throws Error kRuntime when the disk fails.
OnnxResult write_onnx_file(const onnx::ModelProto& model,
                           std::span<const space::WeightSpec> weights, space::WeightSource& values,
                           std::int64_t max_file_bytes, const std::filesystem::path& path);

}  // namespace lts::deploy
