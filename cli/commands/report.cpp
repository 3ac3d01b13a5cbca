#include "search/report/report.h"

#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "core/log.h"
#include "search/run/saved_run.h"

namespace lts::cli {
namespace {

Arguments arguments() {
  Arguments args("report RUN_DIR... [-o DIR]", "lts report runs/a runs/b -o runs/a-and-b");
  args.positional("run_dir", Count::kSome,
                  "folders of search runs of the same objectives; one: what its journal tells is "
                  "made again there, tables, winners and certificate too; several: one page shows "
                  "them together")
      .option(
          "output,o", "DIR",
          "folder of report.html and plots/ (default: of one run its own, of several 'report')");
  return args;
}

}  // namespace

int report(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  std::vector<search::SavedRun> runs;
  for (const std::string& folder : args.texts("run_dir")) runs.push_back(search::load_run(folder));
  const bool its_own = runs.size() == 1 && !args.has("output");
  const std::filesystem::path folder =
      its_own ? runs.front().folder : std::filesystem::path(args.text("output", "report"));
  if (its_own && !search::rebuild_run_files(runs.front())) {
    log::info(folder.string() + ": is in use by another process; its tables stay as they are");
  }
  search::write_report(folder, runs);
  const std::string path = (folder / "report.html").string();
  if (args.json()) {
    print_json({{"path", path}, {"plots", (folder / "plots").string()}, {"runs", runs.size()}});
  } else {
    std::cout << path << "\n";
  }
  return 0;
}

}  // namespace lts::cli
