// `lts profile --agent` over a device that runs nothing, for tests that reach it through a
// connection.

#include <iostream>

#include "predictor/remote/agent.h"
#include "tests/predictor/remote/fake_device.h"

int main() {
  lts::predictor::serve_agent(std::cin, std::cout, {}, [](const auto& config) {
    return std::make_unique<lts::testing::FakeDevice>(config, nullptr);
  });
}
