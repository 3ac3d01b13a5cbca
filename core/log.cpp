#include "core/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace lts::log {
namespace {

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = spdlog::stderr_color_mt("lts");
    made->set_pattern("[%H:%M:%S] %^%l%$ %v");
    return made;
  }();
  return *instance;
}

}  // namespace

void info(std::string_view message) { logger().info("{}", message); }

void warning(std::string_view message) { logger().warn("{}", message); }

}  // namespace lts::log
