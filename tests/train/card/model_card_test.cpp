#include "train/card/model_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/yaml.h"
#include "tests/train/card/hand_written_run.h"
#include "train/card/front_matter.h"
#include "train/card/model_table.h"

namespace lts::train {
namespace {

using lts::testing::TemporaryFolder;
using nlohmann::ordered_json;
using ::testing::HasSubstr;
using ::testing::Not;

class ModelCard : public ::testing::Test {
 protected:
  TrainedModels one() const {
    HandWrittenRun(folder_).finished();
    return read_trained_models(folder_.path() / "run");
  }
  TrainedModels two() const {
    HandWrittenRun(folder_, "all/gpt2_a").finished();
    HandWrittenRun(folder_, "all/gpt2_b", "n_layer: 3, d_model: 32, d_inner: 48, n_head: 2")
        .finished();
    return read_trained_models(folder_.path() / "all");
  }
  /// What stands between the first two lines of dashes.
  static ordered_json front_of(const std::string& card) {
    const auto end = card.find("\n---\n");
    return to_json(parse_yaml(card.substr(4, end - 3), "README.md"));
  }
  static Manifest manifest() {
    Manifest data;
    data.settings.inputs = {"/home/somebody/verses of old.txt", "-"};
    data.settings.pile_set_names = {"Wikipedia (en)"};
    data.settings.validation = "/home/somebody/held.txt";
    data.settings.max_tokens = 5000;
    data.inputs = {{"/home/somebody/verses of old.txt", 1000, "ffee"}};
    data.documents = 7;
    data.bytes = 2048;
    data.train.tokens = 576;
    data.validation.tokens = 10;
    return data;
  }

  TemporaryFolder folder_;
};

TEST_F(ModelCard, BeginsAsTheHubReadsIt) {
  const auto trained = one();
  const auto front = front_of(model_card(trained, {.license = "mit"}));
  EXPECT_EQ(front.at("license"), "mit");
  EXPECT_EQ(front.at("library_name"), "transformers");
  EXPECT_EQ(front.at("pipeline_tag"), "text-generation");
  EXPECT_EQ(front.at("tags").at(0), "gpt2");
  const auto& entry = front.at("model-index").at(0);
  EXPECT_EQ(entry.at("name"), trained.models.front().name);
  const auto& result = entry.at("results").at(0);
  EXPECT_EQ(result.at("dataset").at("name"), "verses");
  EXPECT_EQ(result.at("metrics").at(0).at("value"), trained.models.front().result.perplexity);
  EXPECT_FALSE(front_of(model_card(trained, {})).contains("license"));
}

TEST_F(ModelCard, TellsWhatWasTrainedAndHow) {
  const std::string card = model_card(one(), {});
  for (const char* line :
       {"| `gpt2:n_layer=2,d_model=32,d_inner=48,n_head=2` | 15.1 k | 1.66 M | 1.15 k | 3 | 20.09 "
        "|",
        "| data | `verses`; sha256 of its manifest abc |", "| batch | 2 sequences of 24 tokens |",
        "| schedule | cosine to 0.0 after 2 steps of warm-up |",
        "| hardware | cpu, A Processor, 2 threads |", "| LibTorch | 2.13.0 |",
        "| disturbances | 1 restarts, 1 steps skipped |",
        "at most 4 batches of the validation split", "in windows of 24 tokens",
        "from_pretrained(\"run\")\n", "lts generate run 'In the beginning'",
        "lts train config.yaml --data data -o again", "@inproceedings{javaheripi2022"})
    EXPECT_THAT(card, HasSubstr(line));
  EXPECT_THAT(card, Not(HasSubstr("lts prepare")));  // nobody knows from what
}

TEST_F(ModelCard, TellsHowOftenTheRunWentBack) {
  auto trained = one();
  trained.models.front().rollbacks = 2;
  EXPECT_THAT(model_card(trained, {}), HasSubstr("| disturbances | 1 restarts, 1 steps skipped, 2 "
                                                 "times back to a checkpoint |"));
}

TEST_F(ModelCard, TellsFromWhatTheDataWereMadeWithoutFolders) {
  const std::string card = model_card(one(), {.data = manifest()});
  EXPECT_THAT(card,
              HasSubstr("lts prepare 'verses of old.txt' - --pile-set-name "
                        "'Wikipedia (en)' --validation held.txt --max-tokens 5000 -o data\n"));
  EXPECT_THAT(card, HasSubstr("| verses of old.txt | 1000 | ffee |"));
  EXPECT_THAT(card, HasSubstr("`verses`: 576 training and 10 validation tokens of 7 documents (2 "
                              "KiB of text)"));
  EXPECT_THAT(card, HasSubstr("| tokens | 1152, 2 times the training split |"));
  EXPECT_THAT(card, Not(HasSubstr("somebody")));
  EXPECT_THAT(card, Not(HasSubstr("/none")));
}

TEST_F(ModelCard, OfSeveralHasARowForEachAndSaysWhereTheyDiffer) {
  const auto trained = two();
  const SearchValues search{.columns = {{.name = "latency",
                                         .meaning = "latency.median_s, measured: device cpu",
                                         .values = {0.0125, std::nullopt}}},
                            .processor = "A Processor"};
  const std::string card = model_card(trained, {.search = search});
  for (const char* line :
       {"# all\n\n2 language models", "| gpt2_a | `gpt2:n_layer=2", "| 1.66 M | 0.0125 |",
        "| gpt2_b | `gpt2:n_layer=3", "| - | 1.15 k | 3 | 20.09 |",
        "- `latency`: latency.median_s, measured: device cpu\n", "- the search ran on: A Processor",
        "from_pretrained(\"all\", subfolder=\"gpt2_a\")",
        "for the first model:", "lts train gpt2_a/config.yaml"})
    EXPECT_THAT(card, HasSubstr(line));
  EXPECT_EQ(front_of(card).at("model-index").size(), 2u);
  const HandWrittenRun other(folder_, "all/gpt2_b");
  other.finished().write("environment.json", "{\"libtorch\": \"2.12.0\"}");
  EXPECT_THAT(model_card(read_trained_models(trained.folder), {}),
              HasSubstr("| LibTorch | differs by model |"));
}

TEST_F(ModelCard, TakesTheTokenizerOfAllWhereThereIsOne) {
  const auto trained = two();
  EXPECT_THAT(model_card(trained, {}),
              HasSubstr("AutoTokenizer.from_pretrained(\"all\", subfolder=\"gpt2_a\")"));
  folder_.write("all/tokenizer.json", "{}");
  EXPECT_THAT(model_card(trained, {}), HasSubstr("AutoTokenizer.from_pretrained(\"all\")\n"));
}

TEST_F(ModelCard, OfAFamilyWithItsOwnCodeTrustsIt) {
  HandWrittenRun(folder_, "run", "n_layer: 2, d_model: 32, d_inner: [48, 64], n_head: 2",
                 "gpt2_flex")
      .finished();
  const std::string card = model_card(read_trained_models(folder_.path() / "run"), {});
  for (const char* part : {"AutoModelForCausalLM", "AutoTokenizer"})
    EXPECT_THAT(card,
                HasSubstr(std::string(part) + ".from_pretrained(\"run\", trust_remote_code=True)"));
  EXPECT_THAT(card, HasSubstr("d_inner=48\\|64"));  // within a table
}

TEST(HumanCount, HasThreeDigitsAndAUnit) {
  EXPECT_EQ(human_count(0), "0");
  EXPECT_EQ(human_count(870), "870");
  EXPECT_EQ(human_count(999.6), "1 k");
  EXPECT_EQ(human_count(1'036'800), "1.04 M");
  EXPECT_EQ(human_count(7.8e9), "7.8 B");
}

}  // namespace
}  // namespace lts::train
