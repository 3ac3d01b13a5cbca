#include "space/weight_source.h"

#include <gtest/gtest.h>

#include "space/model_weights.h"
#include "space/seeded_weights.h"
#include "tests/space/small_models.h"

namespace lts::space {
namespace {

std::vector<float> values(WeightSource& source, const WeightSpec& spec) {
  std::vector<float> out(static_cast<std::size_t>(spec.num_values()));
  source.read(spec, 0, out);
  return out;
}

TEST(WeightSource, OfAModelHasHuggingFacesLayout) {
  const auto model = small_model();
  const auto source = weight_source(*model);
  const auto parameters = model->named_parameters();
  const auto out_by_in = parameters["transformer.h.1.mlp.c_fc.weight"];  // as registered
  ASSERT_EQ(out_by_in.sizes(), (std::vector<std::int64_t>{40, 24}));
  const WeightSpec linear{.name = "transformer.h.1.mlp.c_fc.weight", .shape = {24, 40}};
  const auto found = values(*source, linear);
  for (std::int64_t in = 0; in < 24; ++in)
    for (std::int64_t out = 0; out < 40; ++out)
      ASSERT_EQ(found[static_cast<std::size_t>(in * 40 + out)], out_by_in[out][in].item<float>());
  std::vector<float> middle(3);
  source->read({.name = "transformer.ln_f.bias", .shape = {24}}, 10, middle);
  EXPECT_EQ(middle[2], parameters["transformer.ln_f.bias"][12].item<float>());
  source->read(linear, 41, middle);
  EXPECT_EQ(middle[0], found[41]);
}

TEST(WeightSource, GivesAModelItsWeights) {
  auto model = small_model();
  SeededWeights weights(3);
  copy_weights(*model, weights);
  const auto source = weight_source(*model);
  for (const auto& [name, tensor] : hugging_face_weights(*model)) {
    const WeightSpec spec{.name = name, .shape = tensor.sizes().vec()};
    EXPECT_EQ(values(*source, spec), values(weights, spec)) << name;
  }
}

}  // namespace
}  // namespace lts::space
