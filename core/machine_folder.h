#pragma once

#include <filesystem>
#include <optional>

namespace lts {

/// The folder for what the processes of lts of one user share on one machine until it starts anew:
/// whose turn it is (core/turn.h), how fast its devices are when calm. $LTS_TURN_DIR, else
/// /tmp/lts-<user id>, made if missing; nothing where it cannot be had or is another's.
std::optional<std::filesystem::path> machine_folder();

/// Its name, for messages, whether it can be had or not.
std::filesystem::path machine_folder_name();

}  // namespace lts
