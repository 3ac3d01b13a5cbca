#include "train/card/model_table.h"

#include <array>

#include "core/text.h"
#include "space/family.h"

namespace lts::train {

std::string human_count(double count) {
  constexpr std::array<const char*, 5> kUnits = {"", " k", " M", " B", " T"};
  std::size_t unit = 0;
  while (count >= 999.5 && unit + 1 < kUnits.size()) {
    count /= 1000;
    ++unit;
  }
  return short_number(count, 3) + kUnits[unit];
}

Table model_table(const TrainedModels& trained, const SearchValues& search) {
  Table table{.columns = {"model", "architecture", "non-embedding params", "total params"},
              .rows = {}};
  for (const auto& column : search.columns) table.columns.push_back(column.name);
  for (const char* name : {"tokens", "validation loss", "perplexity"})
    table.columns.emplace_back(name);
  for (std::size_t m = 0; m < trained.models.size(); ++m) {
    const TrainedModel& model = trained.models[m];
    const space::Counts counts = model.architecture.family().counts(model.architecture);
    std::vector<std::string> row = {model.name, "`" + space::summary(model.architecture) + "`",
                                    human_count(static_cast<double>(counts.decoder_params())),
                                    human_count(static_cast<double>(counts.total_params()))};
    for (const auto& column : search.columns)
      row.push_back(column.values[m] ? short_number(*column.values[m]) : "-");
    row.push_back(human_count(static_cast<double>(model.result.tokens)));
    row.push_back(short_number(model.result.validation_loss));
    row.push_back(short_number(model.result.perplexity));
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace lts::train
