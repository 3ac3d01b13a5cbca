#include "train/tensorboard.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>
#include <unistd.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <chrono>

#include "core/error.h"
#include "core/host_name.h"
#include "core/text.h"

namespace lts::train {

namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

constexpr std::string_view kPrefix = "events.out.tfevents.";

// The fields of TensorBoard's messages that are written here.
constexpr int kEventWallTime = 1, kEventStep = 2, kEventFileVersion = 3, kEventSummary = 5,
              kEventSessionLog = 7;
constexpr int kSummaryValue = 1, kValueTag = 1, kValueSimpleValue = 2;
constexpr int kSessionStatus = 1, kSessionStart = 1;

template <typename Write>
std::string encoded(Write&& write) {
  std::string out;
  {
    google::protobuf::io::StringOutputStream stream(&out);
    CodedOutputStream coded(&stream);
    write(coded);
  }
  return out;
}

double unix_time() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

/// An Event with one more field, of bytes or text.
std::string event(std::int64_t step, int field, const std::string& content) {
  return encoded([&](CodedOutputStream& out) {
    WireFormatLite::WriteDouble(kEventWallTime, unix_time(), &out);
    WireFormatLite::WriteInt64(kEventStep, step, &out);
    WireFormatLite::WriteBytes(field, content, &out);
  });
}

std::string session_start() {
  return encoded([](CodedOutputStream& out) {
    WireFormatLite::WriteEnum(kSessionStatus, kSessionStart, &out);
  });
}

std::string summary_value(std::string_view tag, double value) {
  return encoded([&](CodedOutputStream& out) {
    WireFormatLite::WriteString(kValueTag, std::string(tag), &out);
    WireFormatLite::WriteFloat(kValueSimpleValue, static_cast<float>(value), &out);
  });
}

/// CRC-32C, turned and shifted as TFRecord asks, so that a file of checksums has others.
std::uint32_t masked_crc(const std::string& bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  const std::uint32_t sum = crc.checksum();
  return ((sum >> 15) | (sum << 17)) + 0xA282EAD8U;
}

/// TFRecord: length, its checksum, the bytes, their checksum.
std::string record(const std::string& bytes) {
  const std::string length =
      encoded([&](CodedOutputStream& out) { out.WriteLittleEndian64(bytes.size()); });
  return encoded([&](CodedOutputStream& out) {
    out.WriteString(length);
    out.WriteLittleEndian32(masked_crc(length));
    out.WriteString(bytes);
    out.WriteLittleEndian32(masked_crc(bytes));
  });
}

/// Now, or just after the newest file's, were the clock of its machine ahead of this one's.
std::int64_t time_of_file(const fs::path& folder) {
  auto time = static_cast<std::int64_t>(unix_time());
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    std::int64_t earlier = 0;
    if (name.starts_with(kPrefix) && parse_int(split(name.substr(kPrefix.size()), '.')[0], earlier))
      time = std::max(time, earlier + 1);
  }
  return time;
}

fs::path new_file(const fs::path& folder, std::int64_t restart) {
  return folder / (std::string(kPrefix) + std::to_string(time_of_file(folder)) + "." + host_name() +
                   "." + std::to_string(::getpid()) + "." + std::to_string(restart));
}

}  // namespace

TensorBoardLog::TensorBoardLog(const fs::path& folder, std::int64_t last_step, std::int64_t restart,
                               Say say)
    : say_(std::move(say)) {
  attempt([&] {
    make_folder(folder);
    AppendFile file(new_file(folder, restart));
    file.append(record(event(0, kEventFileVersion, "brain.Event:2")) +
                record(event(last_step + 1, kEventSessionLog, session_start())));
    file_.emplace(std::move(file));
  });
}

void TensorBoardLog::append(const LogRecord& record) {
  append(record.step, {{"loss", record.loss},
                       {"learning_rate", record.learning_rate},
                       {"grad_norm", record.grad_norm},
                       {"tokens_per_s", record.tokens_per_s},
                       {"gemm_fraction", record.gemm_fraction}});
}

void TensorBoardLog::append(const ValidationRecord& record) {
  append(record.step,
         {{"validation_loss", record.validation_loss}, {"perplexity", record.perplexity}});
}

void TensorBoardLog::append(std::int64_t step, const Scalars& scalars) {
  if (!file_) return;
  attempt([&] {
    const std::string summary = encoded([&](CodedOutputStream& out) {
      for (const auto& [tag, value] : scalars)
        WireFormatLite::WriteBytes(kSummaryValue, summary_value(tag, value), &out);
    });
    file_->append(record(event(step, kEventSummary, summary)));
  });
}

void TensorBoardLog::attempt(const std::function<void()>& write) {
  try {
    write();
  } catch (const std::exception& error) {
    if (!said_ && say_)
      say_(std::string(error.what()) + "; training goes on, with gaps in TensorBoard's curves");
    said_ = true;
  }
}

}  // namespace lts::train
