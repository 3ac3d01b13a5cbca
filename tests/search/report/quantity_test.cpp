#include "search/report/quantity.h"

#include <gtest/gtest.h>

namespace lts::search {
namespace {

Quantity of(const std::string& unit, double largest) {
  return quantity_of("q", unit, largest, false);
}

TEST(Quantity, ChoosesAUnitThatSuitsTheLargestValue) {
  EXPECT_EQ(of("s", 0.1714).label(), "q (ms)");
  EXPECT_EQ(of("s", 0.1714).text(0.0053), "5.30");
  EXPECT_EQ(of("s", 12).label(), "q (s)");
  EXPECT_EQ(of("s", 2e-5).label(), "q (µs)");
  EXPECT_EQ(of("bytes", 3.0 * 1024 * 1024).label(), "q (MiB)");
  EXPECT_EQ(of("bytes", 3.0 * 1024 * 1024).text(1024 * 1024), "1.0000");
  EXPECT_EQ(of("parameters", 54.16e6).label(), "q (M)");
  EXPECT_EQ(of("parameters", 54.16e6).text(1.09e6), "1.090");
  EXPECT_EQ(of("FLOPs", 2.5e9).label(), "q (GFLOPs)");
  EXPECT_EQ(of("MiB", 394.1).label(), "q (MiB)");
  EXPECT_EQ(of("MiB", 394.1).text(41.7), "41.70");
}

TEST(Quantity, WithoutAUnitIsScaledByAPowerOfTen) {
  EXPECT_EQ(of("", 2.5).label(), "q");
  EXPECT_EQ(of("", 3.1e8).label(), "q (×10⁶)");
  EXPECT_EQ(of("", 3.1e8).text(1.5e6), "1.50");
  EXPECT_EQ(of("", 2e-5).label(), "q (×10⁻⁶)");
  EXPECT_EQ(of("", 0).text(0), "0.0000");
}

TEST(Quantity, SaysWhichWayIsBetter) {
  EXPECT_EQ(quantity_of("size", "", 5, true).axis_label(), "size, more is better");
  EXPECT_EQ(quantity_of("latency", "s", 5, false).axis_label(), "latency (s), less is better");
}

TEST(Quantity, OfARunsTimeIsInWholeUnits) {
  EXPECT_EQ(run_time(0.02).unit, "ms");
  EXPECT_EQ(run_time(120).unit, "s");
  EXPECT_EQ(run_time(600).unit, "min");
  EXPECT_EQ(run_time(10000).unit, "h");
}

}  // namespace
}  // namespace lts::search
