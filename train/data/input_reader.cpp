#include "train/data/input_reader.h"

#include <algorithm>
#include <array>
#include <span>

#include "core/digest.h"

namespace lts::train {
namespace {

constexpr std::size_t kBatchBytes = 1 << 20;
constexpr std::size_t kMaxBatchBytes = 256 << 20;
constexpr std::size_t kLongestCharacter = 4;

}  // namespace

void InputReader::open_input() {
  stream_ = std::make_unique<TextStream>(inputs_[next_input_++].path);
  pending_.clear();
  ended_ = false;
  line_ = 1;
}

void InputReader::close_input() {
  records_.push_back(stream_->source().finish());
  closed_bytes_ += stream_->source().bytes_read();
  stream_.reset();
}

// Reads up to `bytes` more; false when the stream has ended.
bool InputReader::fill(std::size_t bytes) {
  const std::size_t before = pending_.size();
  if (before + bytes > kMaxBatchBytes) {
    const bool lines = inputs_[next_input_ - 1].kind == InputKind::kJsonLines;
    throw user_error(Place{stream_->source().name(), line_},
                     lines ? "a line of more than 255 MiB: not JSON Lines"
                           : "more than 255 MiB without a place to cut: not text");
  }
  pending_.resize(before + bytes);
  const std::size_t got = stream_->read(std::span(pending_).subspan(before));
  pending_.resize(before + got);
  ended_ = got < bytes;
  return !ended_;
}

// The size of the whole lines at the front of pending_, more being read until there is one.
std::size_t InputReader::whole_lines() {
  while (true) {
    const std::size_t searched = pending_.size();
    if (!fill(kBatchBytes)) {
      return pending_.size();
    }
    const auto begin = pending_.rend() - static_cast<std::ptrdiff_t>(searched);
    const auto newline = std::find(pending_.rbegin(), begin, '\n');
    if (newline != begin) {
      return static_cast<std::size_t>(pending_.rend() - newline);
    }
  }
}

// The size of a part of pending_ that can be tokenized apart, or of all when the text has ended.
std::size_t InputReader::text_part() {
  std::size_t from = 0;
  while (true) {
    if (!fill(kBatchBytes)) {
      return pending_.size();
    }
    from = std::max(from, pending_.size() - kBatchBytes / 8);
    const std::size_t cut = tokenizer_.split_point(pending_, from);
    if (cut + kLongestCharacter <= pending_.size()) {
      return cut;
    }
    // The last character may not be whole yet.
    from = pending_.size() - kLongestCharacter;
  }
}

void InputReader::take(InputBatch& batch, std::size_t size) {
  batch.place = {stream_->source().name(), line_};
  std::string rest = pending_.substr(size);
  pending_.resize(size);
  line_ += static_cast<int>(std::count(pending_.begin(), pending_.end(), '\n'));
  batch.text = std::move(pending_);
  batch.text.resize(size + InputBatch::kPadding);
  batch.size = size;
  batch.source_bytes = closed_bytes_ + stream_->source().bytes_read();
  pending_ = std::move(rest);
}

bool InputReader::next_or_throw(InputBatch& batch) {
  if (stream_ && ended_) {
    close_input();
  }
  if (!stream_) {
    if (failed_ || next_input_ == inputs_.size()) {
      return false;
    }
    open_input();
  }
  batch.kind = inputs_[next_input_ - 1].kind;
  take(batch, batch.kind == InputKind::kJsonLines ? whole_lines() : text_part());
  batch.ends_document = batch.kind == InputKind::kText && ended_;
  const std::array<std::uint64_t, 2> both = {
      checksum_, checksum64(std::string_view(batch.text).substr(0, batch.size))};
  batch.checksum = checksum_ = checksum64(std::as_bytes(std::span(both)));
  return true;
}

bool InputReader::next(InputBatch& batch) {
  batch = {};
  try {
    return next_or_throw(batch);
  } catch (...) {
    batch.error = std::current_exception();
    failed_ = true;
    stream_.reset();
    return true;
  }
}

std::vector<InputRecord> InputReader::finish() {
  if (stream_) {
    close_input();
  }
  // Inputs that were not wanted, or failed after the last wanted token.
  while (records_.size() < inputs_.size()) {
    const std::string& path = inputs_[records_.size()].path;
    records_.push_back(path == "-" ? InputRecord{path, {}, {}} : ByteSource(path).finish());
  }
  return std::move(records_);
}

}  // namespace lts::train
