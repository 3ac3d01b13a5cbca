#include "predictor/value_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/yaml.h"
#include "space/family.h"
#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts::predictor {
namespace {

using space::Architecture;
using testing::error_message;

const space::Family& gpt2() { return space::family_named("gpt2"); }

Architecture small(std::int32_t n_layer, std::int32_t vocab_size = 100) {
  return {gpt2(), {n_layer, 64, 128, 2, vocab_size, 256}};
}

class Table : public ::testing::Test {
 protected:
  ValueTable read(const std::string& yaml, const space::Family& family = gpt2()) const {
    const YamlNode node = parse_yaml(yaml, "s.yaml");
    MapReader reader(node, "objectives[0]");
    ValueTable table = read_value_table(reader, folder_.path(), family);
    reader.finish();
    return table;
  }

  ValueTable of(const std::string& csv, const space::Family& family = gpt2()) const {
    folder_.write("t.csv", csv);
    return read("{file: t.csv, column: latency_s}", family);
  }

  std::string refusal(const std::string& csv) const {
    const std::string message = error_message([&] { of(csv); });
    const std::string folder = folder_.path().string() + "/";
    EXPECT_EQ(message.rfind(folder, 0), 0u) << message;
    return message.substr(std::min(message.size(), folder.size()));
  }

  static double value(const ValueTable& table, const Architecture& architecture) {
    return std::get<Measurement>(make_value_table(table)->evaluate(architecture)).value;
  }
  static std::string failure(const ValueTable& table, const Architecture& architecture) {
    const Failure failed = std::get<Failure>(make_value_table(table)->evaluate(architecture));
    EXPECT_EQ(failed.kind, "candidate");
    return failed.reason;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(Table, FindsValuesByEitherArchid) {
  const ValueTable table = of("latency_s,archid,verdict\n0.5," + space::archid(small(1)) +
                              ",clean\n0.25," + space::archid_sampled(small(2)) + ",noisy\n");
  EXPECT_EQ(value(table, small(1)), 0.5);
  EXPECT_EQ(value(table, small(2)), 0.25);
  const auto evaluator = make_value_table(table);
  EXPECT_EQ(evaluator->cost(), Cost::kFree);
  EXPECT_EQ(evaluator->range()->low, 0.25);
  EXPECT_EQ(evaluator->range()->high, 0.5);
}

TEST_F(Table, FindsValuesByGenesWhateverTheirOrder) {
  const ValueTable table =
      of("n_head,d_inner,d_model,n_layer,latency_s\n2,128,64,1,0.5\n2.0,128,64,2,1e-3\n");
  EXPECT_EQ(value(table, small(1)), 0.5);
  EXPECT_EQ(value(table, small(2)), 0.001);
  EXPECT_EQ(value(table, small(2, 5000)), 0.001);  // no column says which vocabulary
}

TEST_F(Table, TellsConstantsApartWhereItHasTheirColumns) {
  const ValueTable table =
      of("n_layer,d_model,d_inner,n_head,vocab_size,latency_s\n1,64,128,2,100,0.5\n"
         "1,64,128,2,200,0.7\n");
  EXPECT_EQ(value(table, small(1, 100)), 0.5);
  EXPECT_EQ(value(table, small(1, 200)), 0.7);
  EXPECT_THAT(failure(table, small(1, 300)), ::testing::HasSubstr("has no row for gpt2:"));
}

TEST_F(Table, ReadsPerLayerGenes) {
  const space::Family& family = space::family_named("gpt2_flex");
  const ValueTable table =
      of("n_layer,d_model,n_head,d_inner,latency_s\n2,64,2,256|512,1\n2,64,2,256,2\n", family);
  const auto with = [&](std::int32_t first, std::int32_t second) {
    return Architecture(family, {2, 64, 50257, 1024, first, second, 2, 2});
  };
  EXPECT_EQ(value(table, with(256, 512)), 1);
  EXPECT_EQ(value(table, with(256, 256)), 2);
}

TEST_F(Table, AMemberWithoutARowOrAValueHasFailed) {
  const ValueTable table = of("archid,latency_s,reason\n" + space::archid(small(1)) +
                              ",,out of memory\n" + space::archid(small(2)) + ",,\n");
  EXPECT_EQ(failure(table, small(1)), "out of memory");
  EXPECT_EQ(failure(table, small(2)), "the table's row has no latency_s");
  EXPECT_EQ(failure(table, small(3)),
            "the table of latency_s has no row for gpt2:n_layer=3,d_model=64,d_inner=128,n_head=2");
  EXPECT_FALSE(make_value_table(table)->range());
}

TEST_F(Table, RefusesWhatItCannotReadWithFileAndLine) {
  EXPECT_EQ(
      refusal("archid,latency\na,1\n"),
      "t.csv:1: has no column 'latency_s'; did you mean 'latency'? Accepted: archid, latency");
  EXPECT_EQ(refusal("n_layer,d_model,latency_s\n1,2,3\n"),
            "t.csv:1: has neither a column 'archid' nor all genes of gpt2: d_inner, n_head are "
            "missing; its columns: n_layer, d_model, latency_s");
  EXPECT_EQ(
      refusal("archid,latency_s\na,1\nb,2\na,3\n"),
      "t.csv:4: archid a stands twice; the first time at " + folder_.path().string() + "/t.csv:2");
  EXPECT_EQ(refusal("archid,latency_s\na,fast\n"),
            "t.csv:2: latency_s is 'fast'; accepted: a finite number, or nothing where the "
            "measurement failed");
  EXPECT_EQ(refusal("archid,latency_s\na,1\nb,nan\n"),
            "t.csv:3: latency_s is 'nan'; accepted: a finite number, or nothing where the "
            "measurement failed");
  EXPECT_EQ(refusal("archid,latency_s\n,1\n"), "t.csv:2: the archid is empty");
  EXPECT_EQ(refusal("archid,latency_s\na\n"), "t.csv:2: has 1 fields, the header 2");
  EXPECT_EQ(refusal("archid,latency_s\n"), "t.csv: has no row");
  EXPECT_EQ(refusal("n_layer,d_model,d_inner,n_head,latency_s\n1,64,128,two,3\n"),
            "t.csv:2: n_head is 'two'; accepted: a positive integer");
  EXPECT_EQ(refusal("n_layer,d_model,d_inner,n_head,latency_s\n1,64,128,2,3\n1,64.0,128,2,3\n"),
            "t.csv:3: n_layer,d_model,d_inner,n_head 1,64.0,128,2 stands twice; the first time "
            "at " +
                folder_.path().string() + "/t.csv:2");
}

TEST_F(Table, RefusesAnObjectiveThatIsNoTable) {
  const auto refused = [&](const std::string& yaml) { return error_message([&] { read(yaml); }); };
  EXPECT_EQ(refused("{file: t.csv}"), "s.yaml:1:1: key 'objectives[0].column' is missing");
  EXPECT_EQ(refused("{column: x}"), "s.yaml:1:1: a table needs either 'file' or 'rows'");
  EXPECT_EQ(refused("{column: x, file: t.csv, rows: []}"),
            "s.yaml:1:1: a table needs either 'file' or 'rows'");
  EXPECT_EQ(refused("{column: x, rows: [[1, 2]]}"),
            "s.yaml:1:1: key 'objectives[0].key' is missing");
  EXPECT_EQ(refused("{column: x, key: [n_layers], rows: [[1, 2]]}"),
            "s.yaml:1:18: objectives[0].key names 'n_layers', which is neither archid nor a gene; "
            "did you mean 'n_layer'? Accepted: n_layer, d_model, d_inner, n_head, vocab_size, "
            "max_sequence_length");
  EXPECT_EQ(refused("{column: x, key: [d_model], rows: [[1, 2]]}"),
            "s.yaml:1:18: objectives[0].key must be [archid], or genes beginning with n_layer");
  EXPECT_EQ(refused("{column: x, key: [archid], rows: []}"),
            "s.yaml:1:34: objectives[0].rows must be a list of one or more rows");
  EXPECT_EQ(refused("{column: x, key: [archid], rows: [[a]]}"),
            "s.yaml:1:35: objectives[0].rows must be a list of archid and the value");
  EXPECT_EQ(refused("{column: x, key: [archid], rows: [[a, 1], [a, 2]]}"),
            "s.yaml:1:43: archid a stands twice; the first time at s.yaml:1:35");
  EXPECT_EQ(refused("{column: x, key: [archid], rows: [[a, b]]}"),
            "s.yaml:1:39: objectives[0].rows is 'b'; accepted: a number");
  EXPECT_THAT(refused("{file: gone.csv, column: x}"),
              ::testing::StartsWith((folder_.path() / "gone.csv").string() + ": cannot be opened"));
}

TEST_F(Table, WrittenOutInAConfigurationIsReadBackAsTheSame) {
  for (const std::string csv :
       {"n_layer,d_model,d_inner,n_head,latency_s\n1,64,128,2,0.1\n2,64,128,2,1e-5\n",
        "archid,latency_s,reason\n\"a,b\",0.5,\nno,,gone: why\n007,3,\n"}) {
    const ValueTable table = of(csv);
    const auto json = value_table_json(table);
    EXPECT_FALSE(json.contains("file"));
    EXPECT_EQ(value_table_json(read(to_yaml(json))).dump(), json.dump());
  }
  EXPECT_EQ(value(read(to_yaml(value_table_json(
                      of("n_layer,d_model,d_inner,n_head,latency_s\n2,64,128,2,0.1\n")))),
                  small(2)),
            0.1);
}

}  // namespace
}  // namespace lts::predictor
