#include "train/data/text_stream.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "core/error.h"

namespace lts::train {
namespace {

constexpr std::size_t kMagicBytes = 4;

// A zstd frame, or a skippable one, which parallel compressors write first.
bool is_zstd(const std::vector<char>& head) {
  if (head.size() < kMagicBytes) {
    return false;
  }
  std::uint32_t magic = 0;
  std::memcpy(&magic, head.data(), kMagicBytes);
  return magic == ZSTD_MAGICNUMBER ||
         (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

}  // namespace

struct TextStream::Decompressor {
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream{ZSTD_createDStream()};
  std::vector<char> buffer = std::vector<char>(ZSTD_DStreamInSize());
  ZSTD_inBuffer input = {buffer.data(), 0, 0};
  std::size_t wanted = 0;  // 0: at the end of a frame
};

TextStream::TextStream(const std::string& path) : source_(path), head_(kMagicBytes) {
  std::size_t size = 0;
  while (size < kMagicBytes) {
    const std::size_t got = source_.read(std::span(head_).subspan(size));
    if (got == 0) {
      break;
    }
    size += got;
  }
  head_.resize(size);
  if (is_zstd(head_)) {
    decompressor_ = std::make_unique<Decompressor>();
  } else if (path.ends_with(".zst")) {
    throw user_error(Place{path}, "is named .zst but its first bytes are not zstd's");
  }
}

TextStream::~TextStream() = default;

std::size_t TextStream::read_raw(std::span<char> out) {
  if (head_.empty()) {
    return source_.read(out);
  }
  const std::size_t size = std::min(out.size(), head_.size());
  std::copy(head_.begin(), head_.begin() + static_cast<std::ptrdiff_t>(size), out.begin());
  head_.erase(head_.begin(), head_.begin() + static_cast<std::ptrdiff_t>(size));
  return size;
}

std::size_t TextStream::decompress(std::span<char> out) {
  Decompressor& state = *decompressor_;
  ZSTD_outBuffer output = {out.data(), out.size(), 0};
  while (output.pos == 0) {
    if (state.input.pos == state.input.size) {
      state.input = {state.buffer.data(), read_raw(state.buffer), 0};
      // Output that did not fit is still flushed; with wanted == 0 there is none.
      if (state.input.size == 0 && state.wanted == 0) {
        return 0;
      }
    }
    const bool at_end = state.input.size == 0;
    state.wanted = ZSTD_decompressStream(state.stream.get(), &output, &state.input);
    if (ZSTD_isError(state.wanted)) {
      throw user_error(Place{source_.name()},
                       std::string("is damaged zstd data: ") + ZSTD_getErrorName(state.wanted));
    }
    if (at_end && output.pos == 0 && state.wanted != 0) {
      throw user_error(Place{source_.name()}, "is truncated: its last zstd frame has no end");
    }
  }
  return output.pos;
}

std::size_t TextStream::read_some(std::span<char> out) {
  return decompressor_ ? decompress(out) : read_raw(out);
}

std::size_t TextStream::read(std::span<char> out) {
  std::size_t size = 0;
  while (size < out.size()) {
    const std::size_t got = read_some(out.subspan(size));
    if (got == 0) {
      break;
    }
    size += got;
  }
  return size;
}

}  // namespace lts::train
