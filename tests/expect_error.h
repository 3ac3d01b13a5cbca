#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/error.h"

namespace lts::testing {

/// Runs `action` and returns the message of the lts::Error of `kind` that it throws; anything else
/// fails the test.
template <typename Action>
std::string error_message(Action&& action, ErrorKind kind = ErrorKind::kUser) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no lts::Error was thrown";
  return "";
}

}  // namespace lts::testing
