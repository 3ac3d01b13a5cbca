#pragma once

#include <exception>
#include <iostream>
#include <string>
#include <vector>

/// What a probe's main returns: the status of `run`, or 1 with the message of what it threw.
inline int probe_main(int argc, char** argv, int (*run)(const std::vector<std::string>&)) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
