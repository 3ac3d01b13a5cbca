#pragma once

#include <span>
#include <string_view>

namespace lts::space::kernels {

/// The instructions a kernel is compiled for. kBaseline is what the compiler takes for granted
/// (SSE2, NEON) and runs everywhere.
enum class InstructionSet { kBaseline, kAvx2, kAvx512 };

/// "baseline", "avx2", "avx512".
std::string_view name_of(InstructionSet set);
/// Those that this processor runs, the fastest last.
std::span<const InstructionSet> available_instruction_sets();
/// The fastest of them.
InstructionSet best_instruction_set();

/// Whether int8 products of this processor overflow their 16-bit sums (x86 before VNNI), so that
/// inputs must keep to 7 bits.
bool int8_products_saturate();

}  // namespace lts::space::kernels
