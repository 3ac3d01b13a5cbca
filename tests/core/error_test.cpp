#include "core/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lts {
namespace {

const std::vector<std::string> kGenes = {"n_layer", "d_model", "d_inner", "n_head"};

TEST(Place, LeavesOutWhatIsUnknown) {
  EXPECT_EQ((Place{"a.yaml", 3, 7}).str(), "a.yaml:3:7");
  EXPECT_EQ((Place{"a.yaml", 3}).str(), "a.yaml:3");
  EXPECT_EQ((Place{"a.yaml"}).str(), "a.yaml");
  EXPECT_EQ(Place{}.str(), "");
}

TEST(Error, BeginsWithItsPlaceOrSubject) {
  EXPECT_STREQ(user_error({"a.yaml", 3, 7}, "no").what(), "a.yaml:3:7: no");
  EXPECT_STREQ(user_error("no").what(), "no");
  EXPECT_STREQ(user_error(Place{}, "no").what(), "no");
  EXPECT_STREQ(runtime_error("disk", "full").what(), "disk: full");
  EXPECT_STREQ(runtime_error("", "full").what(), "full");
}

TEST(Error, KnowsTheExitStatusOfItsKind) {
  EXPECT_EQ(user_error("x").exit_status(), 2);
  EXPECT_EQ(runtime_error("", "x").exit_status(), 1);
  EXPECT_EQ(Error(ErrorKind::kStopped, "x").exit_status(), 75);
}

TEST(NearestName, FindsTypingErrorsOnly) {
  EXPECT_EQ(nearest_name("n_layers", kGenes), "n_layer");
  EXPECT_EQ(nearest_name("dmodel", kGenes), "d_model");
  EXPECT_EQ(nearest_name("n_haed", kGenes), "n_head");
  EXPECT_EQ(nearest_name("vocabulary", kGenes), "");
  EXPECT_EQ(nearest_name("x", {}), "");
}

TEST(AcceptedNames, NamesAllAndTheNearest) {
  EXPECT_EQ(accepted_names("n_haed", kGenes),
            "; did you mean 'n_head'? Accepted: n_layer, d_model, d_inner, n_head");
  EXPECT_EQ(accepted_names("zzzzzzzz", kGenes), "; accepted: n_layer, d_model, d_inner, n_head");
}

TEST(AssertDeathTest, NamesTheConditionAndAborts) {
  EXPECT_DEATH(LTS_ASSERT(1 + 1 == 3), "internal error.*1 \\+ 1 == 3 does not hold");
}

}  // namespace
}  // namespace lts
