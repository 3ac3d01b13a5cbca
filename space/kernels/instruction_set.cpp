#include "space/kernels/instruction_set.h"

#include <array>
#include <cstddef>

namespace lts::space::kernels {
namespace {

constexpr std::array kAll{InstructionSet::kBaseline, InstructionSet::kAvx2,
                          InstructionSet::kAvx512};

// How many of kAll the processor has; each includes those before it.
std::size_t count_available() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 1;
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                 __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
             ? 3
             : 2;
#else
  return 1;
#endif
}

}  // namespace

std::string_view name_of(InstructionSet set) {
  constexpr std::array<std::string_view, 3> kNames{"baseline", "avx2", "avx512"};
  return kNames[static_cast<std::size_t>(set)];
}

std::span<const InstructionSet> available_instruction_sets() {
  static const std::size_t count = count_available();
  return std::span(kAll).first(count);
}

InstructionSet best_instruction_set() { return available_instruction_sets().back(); }

bool int8_products_saturate() {
#if defined(__x86_64__)
  return !__builtin_cpu_supports("avx512vnni");
#else
  return false;
#endif
}

}  // namespace lts::space::kernels
