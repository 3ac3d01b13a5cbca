#include "core/shared_records.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "core/error.h"
#include "core/record_line.h"

namespace lts {

namespace {

AdvisoryLock open_lock(const fs::path& path) {
  auto lock = AdvisoryLock::open(path);
  if (!lock) throw user_error({path.string()}, "cannot be opened");
  return *std::move(lock);
}

}  // namespace

/// The file's lock, held as long as this object lives.
class SharedRecords::Locked {
 public:
  Locked(SharedRecords& records, AdvisoryLock::Mode mode) : lock_(records.lock_) {
    if (lock_.lock_within(mode, records.patience_s_)) return;
    throw runtime_error(records.path_.string(), "is kept locked by another process");
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  ~Locked() { lock_.unlock(); }

 private:
  AdvisoryLock& lock_;
};

SharedRecords::SharedRecords(const fs::path& path, double patience_s)
    : path_(path), file_(path), lock_(open_lock(path)), patience_s_(patience_s) {}

std::uint64_t SharedRecords::size_bytes() const {
  struct stat status {};
  if (::fstat(lock_.descriptor(), &status) != 0) {
    throw runtime_error(path_.string(), std::string("cannot be read: ") + std::strerror(errno));
  }
  return static_cast<std::uint64_t>(status.st_size);
}

// By descriptor: the file appended to, whatever the path has become.
std::string SharedRecords::read_from(std::uint64_t offset) const {
  std::string text(size_bytes() - offset, '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t got = ::pread(lock_.descriptor(), text.data() + done, text.size() - done,
                                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw runtime_error(path_.string(), std::string("cannot be read: ") + std::strerror(errno));
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  text.resize(done);
  return text;
}

std::vector<nlohmann::ordered_json> SharedRecords::read_new() {
  std::string text;
  {
    const Locked locked(*this, AdvisoryLock::Mode::kShared);
    if (size_bytes() < read_bytes_) read_bytes_ = 0;  // somebody emptied it
    text = read_from(read_bytes_);
  }
  const bool from_start = read_bytes_ == 0;
  read_bytes_ += text.size();
  std::vector<nlohmann::ordered_json> records;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    const bool first = from_start && rest.size() == text.size();
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.empty()) continue;  // closes an end that was torn
    if (auto record = parse_record_line(line)) {
      records.push_back(*std::move(record));
    } else {
      ++damaged_;
      foreign_ = foreign_ || (first && !may_be_torn_record(line));
    }
  }
  return records;
}

void SharedRecords::append(const nlohmann::ordered_json& record) {
  const Locked locked(*this, AdvisoryLock::Mode::kExclusive);
  const std::uint64_t end = size_bytes();
  const bool torn = end > 0 && read_from(end - 1) != "\n";
  file_.append((torn ? "\n" : "") + record_line(record));
}

}  // namespace lts
