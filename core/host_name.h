#pragma once

#include <string>

namespace lts {

/// The name of this machine; "localhost" where it has none.
std::string host_name();

}  // namespace lts
