#include "space/architecture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/digest.h"
#include "core/python_json.h"
#include "tests/space/gpt2_models.h"

namespace lts::space {
namespace {

using ::testing::ElementsAre;
using testing::gpt2;

TEST(Archid, IsThatOfTheTwentyPublishedModels) {
  int with_arch_type = 0, sampled = 0;
  for (const auto& row : testing::published_rows()) {
    const auto& ours =
        row.hashed_with_arch_type ? archid(row.architecture) : archid_sampled(row.architecture);
    EXPECT_EQ(ours, row.archid);
    (row.hashed_with_arch_type ? with_arch_type : sampled) += 1;
    EXPECT_NE(archid(row.architecture), archid_sampled(row.architecture));
  }
  EXPECT_EQ(with_arch_type, 19);
  EXPECT_EQ(sampled, 1);
}

// The two ids of the reference's own unit tests (reference/archai.md 2.3). The first has no
// vocabulary, which our architectures always have: its text is hashed as ours would be.
TEST(Archid, IsThatOfTheReferencesUnitTests) {
  const nlohmann::json first = {{"n_layer", 2}, {"n_head", 2}, {"d_model", 256}, {"d_inner", 256}};
  EXPECT_EQ(python_json(first), R"({"d_inner": 256, "d_model": 256, "n_head": 2, "n_layer": 2})");
  EXPECT_EQ(sha1_hex(python_json(first)), "9d72dac1ada7e094f5a7fd67dc688e33348d4907");
  EXPECT_EQ(archid_sampled(gpt2(2, 1024, 256, 4, 0.1)),
            "gpt2_df9751a4db6ffaa963687eeae3f04d8c764f5f9c");
}

TEST(ConfigJson, IsTheTextTheReferenceHashes) {
  nlohmann::json config = config_json(gpt2(7, 576, 832, 8));
  config["arch_type"] = "gpt2";
  EXPECT_EQ(python_json(config),
            R"({"arch_type": "gpt2", "d_inner": 832, "d_model": 576, "dropatt": 0.0, )"
            R"("max_sequence_length": 1024, "n_head": 8, "n_layer": 7, "vocab_size": 50257})");
}

TEST(Architecture, IsAValue) {
  EXPECT_EQ(gpt2(7, 576, 832, 8), gpt2(7, 576, 832, 8));
  EXPECT_NE(gpt2(7, 576, 832, 8), gpt2(7, 576, 832, 4));
  EXPECT_NE(gpt2(7, 576, 832, 8), gpt2(7, 576, 832, 8, 0.1));
  std::vector<Architecture> some = {gpt2(2, 64, 64, 2), gpt2(1, 128, 64, 2), gpt2(1, 64, 128, 2)};
  std::ranges::sort(some);
  EXPECT_THAT(some, ElementsAre(gpt2(1, 64, 128, 2), gpt2(1, 128, 64, 2), gpt2(2, 64, 64, 2)));
}

TEST(Architecture, NamesItsGenes) {
  const Architecture architecture = gpt2(7, 576, 832, 8);
  EXPECT_EQ(architecture.n_layer(), 7);
  EXPECT_THAT(architecture.gene("d_inner"), ElementsAre(832));
  EXPECT_EQ(architecture.scalar("max_sequence_length"), 1024);
  EXPECT_EQ(summary(architecture), "gpt2:n_layer=7,d_model=576,d_inner=832,n_head=8");
}

// One architecture, one id: Python and JSON tell -0.0 from 0.0.
TEST(Architecture, MinusZeroDropoutIsZero) {
  EXPECT_EQ(gpt2(1, 64, 64, 2, -0.0), gpt2(1, 64, 64, 2, 0.0));
  EXPECT_EQ(archid(gpt2(1, 64, 64, 2, -0.0)), archid(gpt2(1, 64, 64, 2, 0.0)));
}

}  // namespace
}  // namespace lts::space
