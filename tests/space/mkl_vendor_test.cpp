#include "space/mkl_vendor.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

namespace lts::space {
namespace {

// Whoever asks by name, as oneMKL in LibTorch does, is answered by this program.
TEST(MklVendor, IsAskedInThisProgram) {
  void* const symbol = dlsym(RTLD_DEFAULT, "mkl_serv_intel_cpu_true");
  ASSERT_NE(symbol, nullptr);
  Dl_info answers = {}, program = {};
  ASSERT_NE(dladdr(symbol, &answers), 0);
  ASSERT_NE(dladdr(reinterpret_cast<void*>(&mkl_may_use_all_instructions), &program), 0);
  EXPECT_EQ(answers.dli_fbase, program.dli_fbase);
  EXPECT_EQ(reinterpret_cast<int (*)()>(symbol)() != 0, mkl_may_use_all_instructions());
}

TEST(MklVendor, LeavesProductsRight) {
  torch::manual_seed(3);
  const auto a = torch::randn({130, 70}), b = torch::randn({70, 257});
  const auto exact = torch::mm(a.to(torch::kFloat64), b.to(torch::kFloat64));
  EXPECT_LT((torch::mm(a, b) - exact).abs().max().item<double>(), 1e-4);
}

}  // namespace
}  // namespace lts::space
