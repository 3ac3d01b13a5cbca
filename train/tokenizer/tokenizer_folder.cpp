#include <cstdlib>

#include "core/error.h"
#include "core/file.h"
#include "train/tokenizer/tokenizer.h"

namespace lts::train {
namespace {

bool holds_gpt2_files(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "encoder.json", ignored) && fs::exists(folder / "vocab.bpe", ignored);
}

fs::path installed_folder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path()
               : (program.parent_path() / "../share/lts/gpt2-tokenizer").lexically_normal();
}

}  // namespace

fs::path gpt2_tokenizer_folder() {
  if (const char* named = std::getenv("LTS_TOKENIZER_DIR"); named != nullptr && *named != '\0') {
    if (!holds_gpt2_files(named)) {
      throw user_error(Place{named},
                       "named by LTS_TOKENIZER_DIR, has not GPT-2's encoder.json and vocab.bpe");
    }
    return named;
  }
  const fs::path fetched = LTS_TOKENIZER_DIR;
  for (const fs::path& folder : {installed_folder(), fetched}) {
    if (!folder.empty() && holds_gpt2_files(folder)) {
      return folder;
    }
  }
  throw user_error("GPT-2's encoder.json and vocab.bpe found neither in " +
                   installed_folder().string() + " nor in " +
                   (fetched.empty() ? "(no folder known to the build)" : fetched.string()) +
                   "; run scripts/setup or name their folder in LTS_TOKENIZER_DIR");
}

}  // namespace lts::train
