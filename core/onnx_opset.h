#pragma once

namespace lts {

/// The ONNX operator sets that the exported graph can be written in.
constexpr int kMinOpset = 13, kMaxOpset = 20;

}  // namespace lts
