// The kernels against the same sums in double precision, for every instruction set of this
// processor.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "space/kernels/causal_attention.h"
#include "space/kernels/packed_linear.h"
#include "space/kernels/row_kernels.h"

namespace lts::space::kernels {
namespace {

using Values = std::vector<float>;

Values normal_values(std::int64_t count, std::uint32_t seed, float deviation = 1.0F) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0F, deviation);
  Values out(static_cast<std::size_t>(count));
  for (float& value : out) value = normal(generator);
  return out;
}

double gelu_tanh(double x) {
  return 0.5 * x * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x)));
}

class EachSet : public ::testing::TestWithParam<InstructionSet> {};

INSTANTIATE_TEST_SUITE_P(Kernels, EachSet, ::testing::ValuesIn(available_instruction_sets()),
                         [](const auto& set) { return std::string(name_of(set.param)); });

struct Product {
  std::int64_t rows, inputs, outputs;
};

// Whole panels and parts of one, whole tiles and remainders, more rows than a block.
const std::vector<Product> kProducts = {{1, 1, 1},    {1, 64, 32},  {5, 7, 3},    {12, 16, 48},
                                        {13, 33, 65}, {97, 20, 31}, {200, 24, 96}};

template <class Value>
Values linear(InstructionSet set, const Product& p, const Values& input,
              const std::vector<Value>& weight, const Values& bias, Epilogue epilogue,
              const Values& before) {
  std::vector<Value> packed(static_cast<std::size_t>(packed_values(set, p.outputs, p.inputs)));
  const std::int64_t columns = panel_columns(set), panels = (p.outputs + columns - 1) / columns;
  for (std::int64_t i = 0; i < panels; ++i)
    pack_panels(set, weight.data(), p.outputs, p.inputs, i, i + 1, packed.data());
  Values padded_bias = bias;
  padded_bias.resize(static_cast<std::size_t>(panels * columns));
  Values output = before;
  const LinearArgumentsOf<Value> arguments{.input = input.data(),
                                           .weight = packed.data(),
                                           .bias = padded_bias.data(),
                                           .output = output.data(),
                                           .num_rows = p.rows,
                                           .num_inputs = p.inputs,
                                           .num_outputs = p.outputs,
                                           .epilogue = epilogue};
  const std::int64_t blocks = num_blocks(set, p.rows, p.outputs), middle = blocks / 2;
  multiply_blocks(set, arguments, middle, blocks);
  multiply_blocks(set, arguments, 0, middle);
  return output;
}

TEST_P(EachSet, LinearEqualsTheSumInDoublePrecision) {
  for (const Product& p : kProducts) {
    const Values input = normal_values(p.rows * p.inputs, 1);
    const Values weight = normal_values(p.outputs * p.inputs, 2),
                 bias = normal_values(p.outputs, 3);
    const Values before = normal_values(p.rows * p.outputs, 4);
    const auto run = [&](Epilogue e) {
      return linear(GetParam(), p, input, weight, bias, e, before);
    };
    const Values stored = run(Epilogue::kStore), activated = run(Epilogue::kGelu),
                 added = run(Epilogue::kAddTo);
    for (std::int64_t m = 0; m < p.rows; ++m)
      for (std::int64_t n = 0; n < p.outputs; ++n) {
        double sum = bias[n], size = std::abs(sum);
        for (std::int64_t k = 0; k < p.inputs; ++k) {
          const double term = double{input[m * p.inputs + k]} * weight[n * p.inputs + k];
          sum += term;
          size += std::abs(term);
        }
        const double bound = 1e-6 * size;
        const std::size_t i = static_cast<std::size_t>(m * p.outputs + n);
        ASSERT_NEAR(stored[i], sum, bound) << p.rows << " x " << p.inputs << " x " << p.outputs;
        ASSERT_NEAR(activated[i], gelu_tanh(sum), 2 * bound + 1e-7);
        ASSERT_NEAR(added[i], sum + before[i], bound + 1e-6 * std::abs(before[i]));
      }
  }
}

/// Numbers that bfloat16 holds exactly, as float and as Bfloat16.
struct NarrowValues {
  Values wide;
  std::vector<Bfloat16> narrow;

  NarrowValues(std::int64_t count, std::uint32_t seed) : wide(normal_values(count, seed)) {
    for (float& value : wide) {
      const std::uint32_t upper = std::bit_cast<std::uint32_t>(value) >> 16;
      value = std::bit_cast<float>(upper << 16);
      narrow.push_back(static_cast<Bfloat16>(upper));
    }
  }
};

TEST_P(EachSet, LinearOfABfloat16WeightIsThatOfItsFloats) {
  for (const Product& p : kProducts) {
    const NarrowValues weight(p.outputs * p.inputs, 2);
    const Values input = normal_values(p.rows * p.inputs, 1), bias = normal_values(p.outputs, 3),
                 before = normal_values(p.rows * p.outputs, 4);
    for (const Epilogue epilogue : {Epilogue::kStore, Epilogue::kGelu, Epilogue::kAddTo})
      EXPECT_EQ(linear(GetParam(), p, input, weight.narrow, bias, epilogue, before),
                linear(GetParam(), p, input, weight.wide, bias, epilogue, before))
          << p.rows << " x " << p.inputs << " x " << p.outputs;
  }
}

struct Attention {
  std::int64_t sequences, heads, queries, keys, width;
};

// One query, few, a block and more; keys before the queries; widths that fill no vector.
const std::vector<Attention> kAttentions = {
    {1, 1, 1, 1, 8},    {2, 3, 1, 40, 16},  {1, 2, 3, 9, 5},     {2, 2, 20, 20, 12},
    {1, 3, 50, 50, 40}, {1, 1, 7, 130, 72}, {2, 1, 100, 133, 33}};

/// softmax(q k / sqrt(K)) v of one query in double precision.
std::vector<double> attended(const Attention& a, const float* query, const float* key,
                             const float* value, std::int64_t stride, std::int64_t seen) {
  std::vector<double> weights(static_cast<std::size_t>(seen)),
      out(static_cast<std::size_t>(a.width));
  double total = 0;
  for (std::int64_t s = 0; s < seen; ++s) {
    double score = 0;
    for (std::int64_t k = 0; k < a.width; ++k) score += double{query[k]} * key[s * stride + k];
    total += weights[s] = std::exp(score / std::sqrt(static_cast<double>(a.width)));
  }
  for (std::int64_t s = 0; s < seen; ++s)
    for (std::int64_t k = 0; k < a.width; ++k) out[k] += weights[s] / total * value[s * stride + k];
  return out;
}

TEST_P(EachSet, AttentionEqualsTheFormulaInDoublePrecision) {
  for (const Attention& a : kAttentions) {
    // Rows of query, key and value beside one another, as a fused projection leaves them; the
    // queries are the last positions.
    const std::int64_t d = a.heads * a.width, row = 3 * d, batch = a.keys * row;
    const Values qkv = normal_values(a.sequences * batch, 5);
    Values output(static_cast<std::size_t>(a.sequences * a.queries * d), -7.0F);
    const std::int64_t past = a.keys - a.queries;
    const AttentionArguments arguments{.query = {qkv.data() + past * row, batch, a.width, row},
                                       .key = {qkv.data() + d, batch, a.width, row},
                                       .value = {qkv.data() + 2 * d, batch, a.width, row},
                                       .output = {output.data(), a.queries * d, a.width, d},
                                       .num_sequences = a.sequences,
                                       .num_heads = a.heads,
                                       .num_queries = a.queries,
                                       .num_keys = a.keys,
                                       .width = a.width,
                                       .scale = 1.0F / std::sqrt(static_cast<float>(a.width))};
    Values scratch(static_cast<std::size_t>(attention_scratch_values(a.queries, a.keys, a.width)),
                   std::numeric_limits<float>::quiet_NaN());
    constexpr std::int64_t kParts = 2;
    for (std::int64_t head = 0; head < a.sequences * a.heads; ++head)
      for (std::int64_t part = 0; part < kParts; ++part)
        attend(GetParam(), arguments, head, part, kParts, scratch.data());
    for (std::int64_t b = 0; b < a.sequences; ++b)
      for (std::int64_t h = 0; h < a.heads; ++h)
        for (std::int64_t t = 0; t < a.queries; ++t) {
          const float* const begin = qkv.data() + b * batch + h * a.width;
          const auto expected =
              attended(a, begin + (past + t) * row, begin + d, begin + 2 * d, row, past + t + 1);
          for (std::int64_t k = 0; k < a.width; ++k)
            ASSERT_NEAR(output[(b * a.queries + t) * d + h * a.width + k], expected[k], 3e-6)
                << a.queries << " queries, " << a.keys << " keys, width " << a.width;
        }
  }
}

// Two query heads for each key head, in every form of the kernel: one query, few, blocks.
TEST_P(EachSet, AttentionSharesKeysAmongHeads) {
  constexpr std::int64_t kHeads = 6, kPerKey = 2, kGroups = kHeads / kPerKey, kWidth = 20;
  constexpr std::int64_t kKeys = 60, kQueryRow = kHeads * kWidth, kKeyRow = kGroups * kWidth;
  const Values query = normal_values(kKeys * kQueryRow, 11),
               key = normal_values(kKeys * kKeyRow, 12), value = normal_values(kKeys * kKeyRow, 13);
  for (const std::int64_t queries : {1, 3, 60}) {
    const std::int64_t past = kKeys - queries;
    Values output(static_cast<std::size_t>(queries * kQueryRow));
    const AttentionArguments arguments{
        .query = {query.data() + past * kQueryRow, 0, kWidth, kQueryRow},
        .key = {key.data(), 0, kWidth, kKeyRow},
        .value = {value.data(), 0, kWidth, kKeyRow},
        .output = {output.data(), 0, kWidth, kQueryRow},
        .num_sequences = 1,
        .num_heads = kHeads,
        .num_queries = queries,
        .num_keys = kKeys,
        .width = kWidth,
        .scale = 1.0F / std::sqrt(static_cast<float>(kWidth)),
        .heads_per_key = kPerKey};
    Values scratch(static_cast<std::size_t>(attention_scratch_values(queries, kKeys, kWidth)));
    const Attention a{1, kHeads, queries, kKeys, kWidth};
    for (std::int64_t h = 0; h < kHeads; ++h) {
      attend(GetParam(), arguments, h, 0, 1, scratch.data());
      const std::int64_t shared = h / kPerKey * kWidth;
      for (std::int64_t t = 0; t < queries; ++t) {
        const auto expected =
            attended(a, query.data() + (past + t) * kQueryRow + h * kWidth, key.data() + shared,
                     value.data() + shared, kKeyRow, past + t + 1);
        for (std::int64_t k = 0; k < kWidth; ++k)
          ASSERT_NEAR(output[t * kQueryRow + h * kWidth + k], expected[k], 3e-6) << queries;
      }
    }
  }
}

TEST_P(EachSet, AttentionKeepsLargeScoresFinite) {
  const Values query(8, 200.0F), key(16, 200.0F),
      value{1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3};
  Values output(8), scratch(static_cast<std::size_t>(attention_scratch_values(1, 2, 8)));
  attend(GetParam(),
         {.query = {query.data(), 0, 0, 8},
          .key = {key.data(), 0, 0, 8},
          .value = {value.data(), 0, 0, 8},
          .output = {output.data(), 0, 0, 8},
          .num_sequences = 1,
          .num_heads = 1,
          .num_queries = 1,
          .num_keys = 2,
          .width = 8,
          .scale = 1.0F},
         0, 0, 1, scratch.data());
  for (const float x : output) EXPECT_FLOAT_EQ(x, 2.0F);  // equal scores: the mean
}

TEST_P(EachSet, NormalisesRowsToTheGainAndBias) {
  for (const std::int64_t width : {1, 5, 16, 24, 67, 128}) {
    constexpr std::int64_t kRows = 3;
    const Values input = normal_values(kRows * width, 6, 4.0F), gain = normal_values(width, 7),
                 bias = normal_values(width, 8);
    Values output(input.size());
    normalise_rows(GetParam(), input.data(), gain.data(), bias.data(), 1e-5F, kRows, width,
                   output.data());
    for (std::int64_t r = 0; r < kRows; ++r) {
      double mean = 0, variance = 0;
      for (std::int64_t i = 0; i < width; ++i) mean += input[r * width + i] / double(width);
      for (std::int64_t i = 0; i < width; ++i)
        variance += std::pow(input[r * width + i] - mean, 2) / double(width);
      for (std::int64_t i = 0; i < width; ++i) {
        const double expected =
            (input[r * width + i] - mean) / std::sqrt(variance + 1e-5) * gain[i] + bias[i];
        ASSERT_NEAR(output[r * width + i], expected, 5e-6) << "width " << width;
      }
    }
  }
}

TEST_P(EachSet, NormalisesRowsByTheirSizeToTheGain) {
  for (const std::int64_t width : {1, 5, 16, 24, 67, 128}) {
    constexpr std::int64_t kRows = 3;
    const Values input = normal_values(kRows * width, 6, 4.0F), gain = normal_values(width, 7);
    Values output(input.size());
    rms_normalise_rows(GetParam(), input.data(), gain.data(), 1e-6F, kRows, width, output.data());
    for (std::int64_t r = 0; r < kRows; ++r) {
      double mean_square = 0;
      for (std::int64_t i = 0; i < width; ++i)
        mean_square += std::pow(input[r * width + i], 2) / double(width);
      for (std::int64_t i = 0; i < width; ++i) {
        const double expected = input[r * width + i] / std::sqrt(mean_square + 1e-6) * gain[i];
        ASSERT_NEAR(output[r * width + i], expected, 5e-6) << "width " << width;
      }
    }
  }
}

/// Of the products of rows 0 to 8 and two inputs.
struct Dots {
  static constexpr std::int64_t kInputs = 2, kOutputs = 9;
  std::int64_t width;
  NarrowValues weight = NarrowValues(kOutputs * width, 9);
  Values input = normal_values(kInputs * width, 10);

  template <class Value>
  void expect(InstructionSet set, const std::vector<Value>& rows) const {
    Values output(kInputs * kOutputs);
    const auto run = [&](std::int64_t first, std::int64_t end) {
      dot_rows(set, rows.data(), input.data(), kInputs, width, kOutputs, first, end, output.data());
    };
    run(4, kOutputs);
    run(0, 4);
    for (std::int64_t m = 0; m < kInputs; ++m)
      for (std::int64_t n = 0; n < kOutputs; ++n) {
        double sum = 0, size = 0;
        for (std::int64_t k = 0; k < width; ++k) {
          const double term = double{input[m * width + k]} * weight.wide[n * width + k];
          sum += term;
          size += std::abs(term);
        }
        ASSERT_NEAR(output[m * kOutputs + n], sum, 1e-6 * size) << "width " << width;
      }
  }
};

// Four vectors, two, one and what fills none.
TEST_P(EachSet, DotsEachRowWithEachInput) {
  for (const std::int64_t width : {1, 15, 64, 100, 109, 260}) {
    const Dots dots{width};
    dots.expect(GetParam(), dots.weight.wide);
    dots.expect(GetParam(), dots.weight.narrow);
  }
}

TEST(KernelFunctions, ExponentialIsExactToTwoUnits) {
  for (double x = -86.9; x < 88.0; x += 0.0371) {
    const auto lanes = exp<BaselineLanes>(BaselineLanes::Float{} + static_cast<float>(x));
    const double expected = std::exp(double{static_cast<float>(x)});
    EXPECT_NEAR(lanes[1] / expected, 1.0, 2.4e-7) << x;  // two units in the last place
  }
}

TEST(InstructionSets, BeginWithTheBaseline) {
  EXPECT_EQ(available_instruction_sets().front(), InstructionSet::kBaseline);
  EXPECT_EQ(available_instruction_sets().back(), best_instruction_set());
  EXPECT_EQ(name_of(InstructionSet::kAvx2), "avx2");
}

}  // namespace
}  // namespace lts::space::kernels
