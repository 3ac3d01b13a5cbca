#include <cmath>

#include "tests/train/training_fixture.h"
#include "train/data/manifest.h"
#include "train/data/shard_writer.h"
#include "train/ngram.h"

namespace lts::train {
namespace {

// A data folder with these tokens in its splits and a vocabulary of five.
fs::path data_of(const TemporaryFolder& folder, const std::vector<TokenId>& train,
                 const std::vector<TokenId>& validation) {
  Manifest manifest{.vocabulary = {5, 4, std::string(64, 'a')}};
  const auto write = [&](const char* name, const std::vector<TokenId>& tokens) {
    SplitWriter writer(folder.path(), name, manifest.vocabulary, 1000);
    writer.append(tokens);
    return SplitRecord{.documents = 1, .tokens = std::ssize(tokens), .shards = writer.finish()};
  };
  manifest.train = write("train", train);
  manifest.validation = write("validation", validation);
  folder.write(kManifestName, to_json_text(manifest));
  return folder.path();
}

NgramScores scores_of(const fs::path& data) {
  return score_ngrams(TokenDataset(data, Split::kTrain), TokenDataset(data, Split::kValidation));
}

// By hand. Training 0 1 0 1 0 2 predicts 1 twice, 0 twice, 2 once: p(1) = p(0) = 3/10, p(2) = 2/10,
// the others 1/10. Pairs 01 and 10 twice, 02 once: D = 1 / (1 + 2*2) = 1/5. After 0 (3 times, two
// followers) what is left over is 1/5 * 2/3 = 2/15:
// p(1|0) = (2 - 1/5)/3 + 2/15 * 3/10 = 0.64; p(2|0) = (1 - 1/5)/3 + 2/15 * 2/10 = 22/75;
// 2 was never followed: p(3|2) = p(3) = 1/10.
TEST(Ngram, EqualsWhatIsWorkedByHand) {
  const TemporaryFolder folder;
  const auto scores = scores_of(data_of(folder, {0, 1, 0, 1, 0, 2}, {0, 1, 0, 2, 3}));
  EXPECT_EQ(scores.tokens, 4);
  EXPECT_EQ(scores.fitted_tokens, 6);
  EXPECT_NEAR(scores.unigram_loss, -std::log(0.3 * 0.3 * 0.2 * 0.1) / 4, 1e-12);
  // p(0|1) = (2 - 1/5)/2 + 1/5 * 1/2 * 3/10 = 0.93
  EXPECT_NEAR(scores.bigram_loss, -std::log(0.64 * 0.93 * (22.0 / 75) * 0.1) / 4, 1e-12);
}

TEST(Ngram, NeedsTwoTokens) {
  const TemporaryFolder folder;
  const auto data = data_of(folder, {0, 1, 2}, {1});
  EXPECT_EQ(error_message([&] { scores_of(data); }),
            "the validation split has 1 tokens; at least 2 are needed");
}

}  // namespace
}  // namespace lts::train
