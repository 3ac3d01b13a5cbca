#include "core/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts {
namespace {

using ::testing::EndsWith;
using testing::error_message;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::TemporaryFolder;

constexpr const char* kMissing = ": cannot be opened: No such file or directory";

/// Runs `body` in a child whose files cannot grow beyond `limit_bytes`, as on a full disk; returns
/// what it returns, -1 when it died otherwise.
template <typename Body>
int with_file_limit(rlim_t limit_bytes, Body&& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{limit_bytes, limit_bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::signal(SIGXFSZ, SIG_IGN);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    out.push_back(entry.path().filename().string());
  }
  return out;
}

TEST(ReadFile, ReadsEveryByte) {
  const TemporaryFolder folder;
  std::string bytes;
  for (int i = 0; i < 200'000; ++i) bytes += static_cast<char>(i * 7);
  EXPECT_EQ(read_file(folder.write("x", bytes)), bytes);
  EXPECT_EQ(read_file(folder.write("empty", "")), "");
}

TEST(ReadFile, SaysWhatStandsThereInstead) {
  const TemporaryFolder folder;
  const std::string root = folder.path().string();
  EXPECT_EQ(error_message([&] { read_file(root + "/none"); }), root + "/none" + kMissing);
  EXPECT_EQ(error_message([&] { read_file(root); }), root + ": is a folder, not a file");
  const auto file = folder.write("file", "x").string();
  EXPECT_EQ(error_message([&] { read_file(file + "/y"); }),
            file + "/y: cannot be opened: Not a directory");
  const std::string long_name = root + "/" + std::string(300, 'x');
  EXPECT_THAT(error_message([&] { read_file(long_name); }), EndsWith(": File name too long"));
}

TEST(PendingFile, AppearsWholeAtItsCommit) {
  const TemporaryFolder folder;
  const auto path = folder.write("x", "old");
  PendingFile file(path);
  file.append("new ");
  file.append("");
  file.append("content");
  EXPECT_EQ(file.size(), 11);
  EXPECT_EQ(read_file(path), "old");
  file.commit();
  EXPECT_EQ(read_file(path), "new content");
  EXPECT_THAT(names_in(folder.path()), ::testing::ElementsAre("x"));
}

TEST(PendingFile, GoesWhereItWasNotCommitted) {
  const TemporaryFolder folder;
  { PendingFile(folder.path() / "x").append("half"); }
  EXPECT_TRUE(names_in(folder.path()).empty());
}

TEST(WriteFileAtomic, ReplacesAndLeavesNothingBeside) {
  const TemporaryFolder folder;
  const auto path = folder.write("x", "a long old content");
  write_file_atomic(path, "new");
  EXPECT_EQ(read_file(path), "new");
  write_file_atomic(path, "");
  EXPECT_EQ(read_file(path), "");
  EXPECT_THAT(names_in(folder.path()), ::testing::ElementsAre("x"));
}

TEST(WriteFileAtomic, WritesIntoTheWorkingFolder) {
  const TemporaryFolder folder;
  const auto before = fs::current_path();
  fs::current_path(folder.path());
  write_file_atomic("bare-name", "x");
  fs::current_path(before);
  EXPECT_EQ(read_file(folder.path() / "bare-name"), "x");
}

TEST(WriteFileAtomic, AFullDiskLeavesTheOldFile) {
  const TemporaryFolder folder;
  const auto path = folder.write("x", "old");
  const int result = with_file_limit(1000, [&] {
    try {
      write_file_atomic(path, std::string(100'000, 'n'));
    } catch (const Error& error) {
      const std::string expected = path.string() + ": cannot be written: File too large";
      return error.kind() == ErrorKind::kRuntime && error.what() == expected ? 0 : 1;
    }
    return 2;
  });
  EXPECT_EQ(result, 0);
  EXPECT_EQ(read_file(path), "old");
  EXPECT_THAT(names_in(folder.path()), ::testing::ElementsAre("x"));
}

TEST(WriteFileAtomic, NamesTheFileItCannotWrite) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "none" / "x";
  const auto write = [&] { write_file_atomic(path, "x"); };
  EXPECT_EQ(error_message(write, ErrorKind::kRuntime),
            path.string() + ": cannot be written: No such file or directory");
  const auto replace_folder = [&] { write_file_atomic(folder.path(), "x"); };
  EXPECT_EQ(error_message(replace_folder, ErrorKind::kRuntime),
            folder.path().string() + ": cannot be replaced: Is a directory");
}

TEST(MakeFolder, MakesParentsAndTakesWhatIsThere) {
  const TemporaryFolder folder;
  make_folder(folder.path() / "a" / "b" / "");
  make_folder(folder.path() / "a" / "b");
  EXPECT_TRUE(fs::is_directory(folder.path() / "a" / "b"));
  const auto file = folder.write("file", "x").string();
  EXPECT_THAT(error_message([&] { make_folder(file); }),
              StartsWith(file + ": cannot be made a folder: "));
  EXPECT_THAT(error_message([&] { make_folder(file + "/y"); }),
              StartsWith(file + "/y: cannot be made a folder: "));
}

TEST(AppendFile, GrowsAndCutsATornTail) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "journal";
  {
    AppendFile file(path);
    file.append("one\n");
    AppendFile moved(std::move(file));
    moved.append("two\nto");
  }
  EXPECT_EQ(read_file(path), "one\ntwo\nto");
  AppendFile(path, 8).append("three\n");
  EXPECT_EQ(read_file(path), "one\ntwo\nthree\n");
  AppendFile(path).append("four\n");
  EXPECT_EQ(read_file(path), "one\ntwo\nthree\nfour\n");
}

TEST(AppendFile, AFullDiskLeavesNoTornRecord) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "journal";
  const int result = with_file_limit(1000, [&] {
    AppendFile file(path);
    file.append(std::string(900, 'a'));
    try {
      file.append(std::string(200, 'b'));
    } catch (const Error& error) {
      file.append("c");  // room was made
      const std::string expected = path.string() + ": cannot be written: File too large";
      return error.kind() == ErrorKind::kRuntime && error.what() == expected ? 0 : 1;
    }
    return 2;
  });
  EXPECT_EQ(result, 0);
  EXPECT_EQ(read_file(path), std::string(900, 'a') + "c");
}

TEST(AppendFile, NamesTheFileItCannotOpen) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "none" / "journal";
  EXPECT_EQ(error_message([&] { AppendFile file(path); }), path.string() + kMissing);
}

TEST(MappedFile, ShowsTheFilesBytes) {
  const TemporaryFolder folder;
  MappedFile file(folder.write("x", "abc"));
  const auto address = file.bytes().data();
  MappedFile moved(std::move(file));
  EXPECT_EQ(moved.bytes().data(), address);
  EXPECT_TRUE(file.bytes().empty());  // NOLINT(bugprone-use-after-move): that is the test
  MappedFile other(folder.write("y", "z"));
  other = std::move(moved);
  ASSERT_EQ(other.bytes().size(), 3u);
  EXPECT_EQ(static_cast<char>(other.bytes()[2]), 'c');
  EXPECT_EQ(other.path().filename(), "x");
  EXPECT_TRUE(MappedFile(folder.write("empty", "")).bytes().empty());
}

TEST(MappedFile, RefusesWhatIsNoFileAndNeverWaits) {
  const TemporaryFolder folder;
  const std::string root = folder.path().string();
  EXPECT_EQ(error_message([&] { MappedFile file(root); }), root + ": is not a regular file");
  EXPECT_EQ(error_message([&] { MappedFile file(root + "/none"); }), root + "/none" + kMissing);
  const std::string pipe = root + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(error_message([&] { MappedFile file(pipe); }), pipe + ": is not a regular file");
}

TEST(FileLock, KeepsAnotherProcessOut) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "lock";
  const auto try_in_child = [&] {
    return with_file_limit(RLIM_INFINITY, [&] {
      try {
        const FileLock lock(path, "the run folder");
      } catch (const Error& error) {
        const std::string expected =
            path.string() + ": the run folder is in use by another process";
        return error.kind() == ErrorKind::kUser && error.what() == expected ? 1 : 2;
      }
      return 0;
    });
  };
  {
    const FileLock lock(path, "the run folder");
    EXPECT_EQ(try_in_child(), 1);
  }
  EXPECT_EQ(try_in_child(), 0);
}

TEST(FileLock, TellsWhetherItIsHeld) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "lock";
  EXPECT_FALSE(FileLock::is_held(path));
  EXPECT_FALSE(fs::exists(path));
  {
    const FileLock lock(path, "the run folder");
    EXPECT_TRUE(FileLock::is_held(path));
  }
  EXPECT_FALSE(FileLock::is_held(path));
}

// Whoever only asks whether a lock is held has it for a moment.
TEST(FileLock, IsNotRefusedByThoseWhoAsk) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "lock";
  std::atomic<bool> over = false;
  std::thread asks([&] {
    while (!over) FileLock::is_held(path);
  });
  for (int i = 0; i < 300; ++i) EXPECT_NO_THROW(FileLock(path, "the run folder")) << i;
  over = true;
  asks.join();
}

TEST(Subfolders, AreInTheOrderOfTheirNumbers) {
  const TemporaryFolder folder;
  for (const char* file : {"seed-10/a", "seed-2/b/c", "seed-9/d", "seed-1"}) folder.write(file, "");
  std::vector<std::string> names;
  for (const auto& path : subfolders(folder.path())) names.push_back(path.filename());
  EXPECT_EQ(names, (std::vector<std::string>{"seed-2", "seed-9", "seed-10"}));
}

TEST(Subfolders, OfWhatIsNotThere) {
  EXPECT_EQ(error_message([] { subfolders("/none"); }, ErrorKind::kUser),
            std::string("/none") + kMissing);
}

TEST(SyncPath, NamesWhatIsNotThere) {
  EXPECT_EQ(error_message([] { sync_path("/none/x"); }, ErrorKind::kRuntime),
            "/none/x: cannot be synced to disk: No such file or directory");
}

}  // namespace
}  // namespace lts
