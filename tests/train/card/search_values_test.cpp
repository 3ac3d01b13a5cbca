#include "train/card/search_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "space/arch_argument.h"
#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts::train {
namespace {

using lts::testing::error_message;
using lts::testing::TemporaryFolder;
using ::testing::HasSubstr;

constexpr const char* kConfig =
    "space: {family: gpt2}\n"
    "objectives:\n"
    "  - {name: size, proxy: decoder_params, direction: maximize}\n"
    "  - {name: latency, hardware: {name: one, device: cpu, threads: 1, dtype: float32, "
    "batch_size: 1, sequence_length: 192, past_length: 0}, metric: latency.median_s, "
    "direction: minimize}\n"
    "  - {name: memory, proxy: onnx_file_mib, direction: minimize}\n"
    "  - {name: cost, predictor: layer_cost, direction: minimize, constant: 1}\n"
    "  - {name: mine, command: [./mine], direction: minimize}\n";
constexpr const char* kEvaluations =
    "index,archid,n_layer,d_model,d_inner,n_head,vocab_size,max_sequence_length,size,latency,"
    "memory,cost,mine,status\n"
    "0,a,2,32,48,2,50257,1024,1,0.5,7,1,2,ok\n"
    "1,b,3,32,48,2,50257,1024,1,,,,,failed\n";

class ReadSearchValues : public ::testing::Test {
 protected:
  ReadSearchValues() {
    folder_.write("config.yaml", kConfig);
    folder_.write("evaluations.csv", kEvaluations);
    folder_.write("environment.json", R"({"hardware": {"cpu_model": "A Processor"}})");
  }

  SearchValues read(const std::vector<std::string>& words) const {
    std::vector<space::Architecture> architectures;
    for (const auto& word : words) architectures.push_back(space::parse_arch_argument(word, ""));
    return read_search_values(folder_.path(), architectures);
  }
  std::string refusal() const {
    return error_message([&] { read({kFirst}); });
  }

  static constexpr const char* kFirst = "gpt2:n_layer=2,d_model=32,d_inner=48,n_head=2";
  TemporaryFolder folder_;
};

TEST_F(ReadSearchValues, FindsEachArchitectureByItsGenes) {
  const auto found = read({"gpt2:n_layer=9,d_model=32,d_inner=48,n_head=2",
                           "gpt2_flex:n_layer=2,d_model=32,d_inner=48,n_head=2", kFirst,
                           "gpt2:n_layer=3,d_model=32,d_inner=48,n_head=2"});
  ASSERT_EQ(found.columns.size(), 4u);
  const auto& latency = found.columns[0];
  EXPECT_EQ(latency.name, "latency");
  EXPECT_THAT(latency.values,
              ::testing::ElementsAre(std::nullopt, std::nullopt, 0.5, std::nullopt));
  EXPECT_EQ(found.columns[1].values[2], 7);
  EXPECT_EQ(found.processor, "A Processor");
}

TEST_F(ReadSearchValues, SaysWhatEachColumnIs) {
  const auto found = read({kFirst});
  EXPECT_EQ(found.columns[0].meaning,
            "latency.median_s, measured: name one, device cpu, threads 1, dtype float32, "
            "batch_size 1, sequence_length 192");
  EXPECT_EQ(found.columns[1].meaning, "onnx_file_mib, in closed form or from the untrained model");
  EXPECT_EQ(found.columns[2].meaning, "by predictor layer_cost");
  EXPECT_EQ(found.columns[3].meaning, "by a program of the search's");
}

TEST_F(ReadSearchValues, RefusesWhatIsNoSearch) {
  const TemporaryFolder empty;
  EXPECT_EQ(error_message([&] { read_search_values(empty.path(), {}); }),
            empty.path().string() +
                ": is no folder of a search: it has no config.yaml and evaluations.csv");
  const auto config = folder_.write("config.yaml", "steps: 3\n");
  EXPECT_EQ(refusal(),
            config.string() + ": is no configuration of a search: it has no list of objectives");
}

TEST_F(ReadSearchValues, NamesTheLineThatIsDamaged) {
  std::string text = kEvaluations;
  text.replace(text.find("0.5"), 3, "x");
  const auto file = folder_.write("evaluations.csv", text);
  EXPECT_THAT(refusal(), HasSubstr(file.string() + ":2: column 'latency' is 'x', not a number"));
  folder_.write("evaluations.csv", "index,archid\n0,a\n");
  EXPECT_THAT(refusal(), HasSubstr("n_layer"));
}

}  // namespace
}  // namespace lts::train
