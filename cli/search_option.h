#pragma once

#include "cli/command.h"
#include "search/search_config.h"

namespace lts::cli {

/// Declares CONFIG and --set of the commands that read a search's configuration.
Arguments& add_search_option(Arguments& args);

/// Reads CONFIG with its overrides. \throws Error kUser as search::read_search_config.
search::SearchConfig load_search(const Arguments& args, const search::MakeProfiler& make_profiler);

}  // namespace lts::cli
