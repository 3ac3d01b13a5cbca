#include <cmath>
#include <iostream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/table.h"
#include "core/text.h"
#include "space/model_folder.h"
#include "train/data/token_dataset.h"
#include "train/evaluate.h"
#include "train/ngram.h"
#include "train/run_folder.h"
#include "train/tokenizer/tokenizer.h"

namespace lts::cli {

namespace {

using nlohmann::ordered_json;

Arguments arguments() {
  Arguments args("eval MODEL_DIR --data DIR", "lts eval trained --data data/kjv --baselines");
  args.positional("model_dir", Count::kOne, "a Hugging Face model folder")
      .option("data", "DIR", "token shards of lts prepare; its validation split is scored")
      .option("sequence-length", "N",
              "tokens a window (default: what a training run of ours was trained on, else the "
              "model's max_sequence_length)")
      .option("batch-size", "N", "windows a pass (default 8)")
      .option("batches", "N", "stop after so many passes (default: the whole split)")
      .option("format", "table|csv|md|tex", "form of the table")
      .flag("baselines", "also the unigram and bigram models of the training split");
  return args;
}

// Perplexities by different vocabularies cannot be told from those of a bad model.
void check_vocabulary(const std::string& model_dir, const train::TokenDataset& dataset) {
  const auto tokenizer = train::Tokenizer::from_model_folder(model_dir);
  if (tokenizer.vocabulary_sha256() != dataset.vocabulary_sha256())
    throw user_error(Place{model_dir},
                     "has another tokenizer than the one the data were made with");
}

// The positions after those a model was trained on are noise.
std::int64_t sequence_length(const Arguments& args, const std::string& model_dir) {
  if (args.has("sequence-length"))
    return args.integer("sequence-length", 0, {.min = 1, .max = 1'000'000});
  if (const auto trained = train::trained_sequence_length(model_dir)) return *trained;
  return space::read_config(model_dir).scalar("max_sequence_length");
}

ordered_json loss_json(double loss) { return {{"loss", loss}, {"perplexity", std::exp(loss)}}; }

std::vector<std::string> row(const std::string& name, double loss, std::int64_t tokens) {
  return {name, short_number(loss, 5), short_number(std::exp(loss), 5), std::to_string(tokens)};
}

}  // namespace

int eval(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const TableFormat format = table_format(args.text("format", "table"));
  const std::string model_dir = args.text("model_dir"), data = args.required("data");
  const train::EvalOptions options = {
      .sequence_length = sequence_length(args, model_dir),
      .batch_size = args.integer("batch-size", 8, {.min = 1, .max = 100'000}),
      .num_batches = args.integer("batches", 0, {.min = 1, .max = 1'000'000'000}),
      .progress = [](std::int64_t, std::int64_t) { throw_if_interrupted("nothing was changed"); }};
  const train::TokenDataset validation(data, train::Split::kValidation);
  const auto model = space::load_model(model_dir);
  check_vocabulary(model_dir, validation);
  const auto result = train::evaluate(*model, validation, options);
  ordered_json document = {{"loss", result.loss},
                           {"perplexity", result.perplexity},
                           {"tokens", result.tokens},
                           {"sequence_length", options.sequence_length}};
  Table table{.columns = {"model", "loss", "perplexity", "tokens"},
              .rows = {row(model_dir, result.loss, result.tokens)}};
  if (args.has("baselines")) {
    const train::TokenDataset train_split(data, train::Split::kTrain);
    const auto scores = train::score_ngrams(train_split, validation);
    document["baselines"] = {{"unigram", loss_json(scores.unigram_loss)},
                             {"bigram", loss_json(scores.bigram_loss)},
                             {"tokens", scores.tokens},
                             {"fitted_tokens", scores.fitted_tokens}};
    table.rows.push_back(row("bigram", scores.bigram_loss, scores.tokens));
    table.rows.push_back(row("unigram", scores.unigram_loss, scores.tokens));
  }
  if (args.json())
    print_json(document);
  else
    std::cout << format_table(table, format);
  return 0;
}

}  // namespace lts::cli
