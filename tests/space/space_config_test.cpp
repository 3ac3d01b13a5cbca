#include "space/space_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/expect_error.h"

namespace lts::space {
namespace {

using ::testing::ElementsAre;
using testing::error_message;
using ::testing::HasSubstr;

SearchSpace space_of(const std::string& yaml) { return read_space(parse_yaml(yaml, "s.yaml")); }

std::string refusal(const std::string& yaml) {
  return error_message([&] { space_of(yaml); });
}

const std::vector<std::int32_t>& choices(const SearchSpace& space, const std::string& gene) {
  return std::ranges::find(space.ranges(), gene, &GeneRange::gene)->choices;
}

TEST(ReadSpace, DefaultsToThePublishedOne) {
  for (const char* yaml : {"", "family: gpt2\n", "{}"}) {
    const SearchSpace space = space_of(yaml);
    EXPECT_EQ(space.size(), 5880);
    EXPECT_EQ(choices(space, "d_model").front(), 128);
    EXPECT_EQ(choices(space, "d_model").back(), 960);
    EXPECT_THAT(choices(space, "n_head"), ElementsAre(2, 4, 8));
  }
}

TEST(ReadSpace, TakesEveryFormOfARange) {
  const SearchSpace space = space_of(
      "n_layer: 3\nd_model: [64, 128]\nd_inner: {min: 100, max: 320, step: 100}\n"
      "n_head: {choices: [1, 2], per_layer: false}\nvocab_size: 500\nmax_sequence_length: 32\n"
      "dropatt: 0.1\n");
  EXPECT_THAT(choices(space, "n_layer"), ElementsAre(3));
  EXPECT_THAT(choices(space, "d_model"), ElementsAre(64, 128));
  EXPECT_THAT(choices(space, "d_inner"), ElementsAre(100, 200, 300));
  EXPECT_THAT(choices(space, "n_head"), ElementsAre(1, 2));
  const Architecture member = space.architecture({3, 100, 64, 1});
  EXPECT_EQ(member.scalar("vocab_size"), 500);
  EXPECT_EQ(member.scalar("max_sequence_length"), 32);
  EXPECT_EQ(member.dropatt(), 0.1);
  EXPECT_THAT(choices(space_of("n_head: {min: 1, max: 3}\n"), "n_head"), ElementsAre(1, 2, 3));
  EXPECT_THAT(choices(space_of("n_layer: {max: 2}\n"), "n_layer"), ElementsAre(1, 2));
}

TEST(SpaceJson, ReadsBackAsTheSameSpace) {
  const SearchSpace space =
      space_of("n_layer: [2, 1]\nd_model: [64]\nvocab_size: 99\ndropatt: 0.1\n");
  const SearchSpace back = space_of(to_yaml(space_json(space)));
  EXPECT_EQ(space_json(back), space_json(space));
  EXPECT_THAT(choices(back, "n_layer"), ElementsAre(2, 1));
  EXPECT_EQ(back.architecture({1, 128, 64, 2}), space.architecture({1, 128, 64, 2}));
}

TEST(ReadSpace, RefusesUnknownNames) {
  EXPECT_EQ(
      refusal("family: gpt3\n"),
      "s.yaml:1:9: space.family is 'gpt3'; did you mean 'gpt2'? Accepted: gpt2, gpt2_flex, llama");
  EXPECT_EQ(refusal("family: gpt2\nn_layers: 3\n"),
            "s.yaml:2:1: unknown key 'space.n_layers'; did you mean 'n_layer'? Accepted: family, "
            "n_layer, d_inner, d_model, n_head, vocab_size, max_sequence_length, dropatt, "
            "inner_ratio_above");
  EXPECT_THAT(refusal("d_model: {min: 64, maximum: 128}\n"),
              HasSubstr("s.yaml:1:20: unknown key 'space.d_model.maximum'"));
  EXPECT_THAT(refusal("d_model: {choices: [64], min: 64}\n"),
              HasSubstr("s.yaml:1:26: unknown key 'space.d_model.min'"));
}

TEST(ReadSpace, RefusesWrongTypesAndValues) {
  EXPECT_EQ(refusal("- n_layer\n"), "s.yaml:1:1: space is a list; accepted: a map of keys");
  EXPECT_EQ(refusal("n_layer: many\n"),
            "s.yaml:1:10: space.n_layer is 'many'; accepted: an integer from 1 to 1000000");
  EXPECT_EQ(refusal("n_layer: 0\n"),
            "s.yaml:1:10: space.n_layer is '0'; accepted: an integer from 1 to 1000000");
  EXPECT_EQ(refusal("n_layer: [1, -2]\n"),
            "s.yaml:1:14: space.n_layer is '-2'; accepted: an integer from 1 to 1000000");
  EXPECT_EQ(refusal("n_layer: 010\n"),
            "s.yaml:1:10: space.n_layer is '010'; accepted: an integer from 1 to 1000000");
  EXPECT_EQ(refusal("n_layer: [[1], 2]\n"),
            "s.yaml:1:11: space.n_layer is a list; accepted: an integer from 1 to 1000000");
  EXPECT_EQ(refusal("vocab_size: 1.5\n"),
            "s.yaml:1:13: space.vocab_size is '1.5'; accepted: an integer from 1 to 1000000");
  EXPECT_EQ(refusal("dropatt: 1\n"),
            "s.yaml:1:10: space.dropatt is '1'; accepted: a number from 0 to 0.99");
  EXPECT_EQ(refusal("d_model: {min: 64, max: 1e9}\n"),
            "s.yaml:1:25: space.d_model.max is '1e9'; accepted: an integer from 1 to 1000000");
}

TEST(ReadSpace, RefusesRangesThatContradict) {
  EXPECT_EQ(refusal("d_model: {min: 512, max: 128}\n"),
            "s.yaml:1:10: space.d_model: min 512 is greater than max 128");
  EXPECT_EQ(refusal("d_model: {min: 1000}\n"),
            "s.yaml:1:10: space.d_model: min 1000 is greater than max 960");
  EXPECT_EQ(refusal("d_model: {step: 0}\n"),
            "s.yaml:1:17: space.d_model.step is '0'; accepted: an integer from 1 to 1000000");
  EXPECT_EQ(refusal("d_model: {min: 1, max: 1000000, step: 1}\n"),
            "s.yaml:1:10: space.d_model has more than 100000 values");
  EXPECT_EQ(refusal("n_head: []\n"),
            "s.yaml:1:9: space.n_head is an empty list; accepted: one value or more");
  EXPECT_EQ(refusal("n_head: {choices: []}\n"),
            "s.yaml:1:19: space.n_head.choices is an empty list; accepted: one value or more");
  EXPECT_EQ(refusal("n_head: [2, 4, 2]\n"), "s.yaml:1:16: space.n_head lists 2 twice");
}

TEST(ReadSpace, RefusesASpaceWithoutAMember) {
  EXPECT_EQ(refusal("family: gpt2\nd_model: [128, 256]\nn_head: [3, 5]\n"),
            "s.yaml:1:1: space has no member that can be built; the first fails because d_model "
            "128 is not divisible by n_head 3");
}

TEST(ReadSpace, RefusesPerLayerWhereTheFamilyHasNone) {
  EXPECT_EQ(refusal("d_inner: {min: 128, per_layer: true}\n"),
            "s.yaml:1:10: space.d_inner is one value for all layers in this family; per_layer: "
            "true is not accepted");
  EXPECT_THAT(refusal("d_inner: {per_layer: maybe}\n"), HasSubstr("accepted: true, false"));
}

}  // namespace
}  // namespace lts::space
