#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "core/file.h"
#include "core/log.h"
#include "train/card/card_file.h"
#include "train/card/model_card.h"
#include "train/card/trained_table.h"

namespace lts::cli {

namespace {

using nlohmann::ordered_json;

Arguments arguments() {
  Arguments args("card DIR [--search RUN_DIR] [--data DIR]",
                 "lts card gallery --search runs/small");
  args.positional("dir", Count::kOne,
                  "a trained folder, or a folder of such; gets README.md and trained.csv")
      .option("search", "RUN_DIR",
              "the search that the models come from: its objectives (latency, memory) become "
              "columns")
      .option("data", "DIR",
              "the token shards (default: those that the training read, where they still are)")
      .option("license", "ID", "the models' licence, an identifier of the Hugging Face Hub, as mit")
      .flag("overwrite",
            "replace a README.md that lts card did not write, or that was changed, and a "
            "trained.csv");
  return args;
}

train::SearchValues search_values(const Arguments& args, const train::TrainedModels& trained) {
  if (!args.has("search")) return {};
  std::vector<space::Architecture> architectures;
  for (const auto& model : trained.models) architectures.push_back(model.architecture);
  return train::read_search_values(args.text("search"), architectures);
}

}  // namespace

int card(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const auto trained = train::read_trained_models(args.text("dir"));
  const train::CardOptions options = {.license = args.text("license"),
                                      .data = train::read_data_of(trained, args.text("data")),
                                      .search = search_values(args, trained)};
  const std::string table = train::trained_table(trained, options.search);
  const fs::path file = trained.folder / "README.md", table_file = trained.folder / "trained.csv";
  if (!args.has("overwrite")) {
    train::check_card_place(file);
    train::check_table_place(table_file);
  }
  write_file_atomic(table_file, table);
  train::write_card(file, train::model_card(trained, options));
  for (const fs::path& run : trained.unfinished)
    log::warning(run.string() + ": is not finished and left out");
  if (!args.json()) {
    std::cout << file.string() << "\n";
    return 0;
  }
  ordered_json unfinished = ordered_json::array();
  for (const fs::path& run : trained.unfinished) unfinished.push_back(run.string());
  print_json({{"path", file.string()},
              {"trained", table_file.string()},
              {"models", trained.models.size()},
              {"unfinished", unfinished}});
  return 0;
}

}  // namespace lts::cli
