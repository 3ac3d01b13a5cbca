#pragma once

#include <cstdint>
#include <functional>

namespace lts::space {

/// Calls `work(first, end)` on parts of [0, count), at least `grain` wide where it is cut at all,
/// on as many of LibTorch's threads (at::set_num_threads) as that gives; at::get_thread_num() tells
/// them apart. Returns when all are done.
void share_out(std::int64_t count, std::int64_t grain,
               const std::function<void(std::int64_t first, std::int64_t end)>& work);

}  // namespace lts::space
