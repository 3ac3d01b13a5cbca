#include <cmath>
#include <iostream>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/table.h"
#include "core/text.h"
#include "space/model_folder.h"
#include "train/data/text_counts.h"
#include "train/data/token_dataset.h"
#include "train/evaluate.h"
#include "train/ngram.h"
#include "train/run_folder.h"
#include "train/tokenizer/tokenizer.h"

namespace lts::cli {

namespace {

using nlohmann::ordered_json;

Arguments arguments() {
  Arguments args("eval MODEL_DIR --data DIR", "lts eval trained --data data/kjv --stride 256");
  args.positional("model_dir", Count::kOne, "a Hugging Face model folder")
      .option("data", "DIR", "token shards of lts prepare; its validation split is scored")
      .option("sequence-length", "N",
              "tokens a window (default: what a training run of ours was trained on, else the "
              "model's max_sequence_length)")
      .option("stride", "N",
              "tokens from a window's start to the next one's, of which it scores those not scored "
              "yet (default: a window)")
      .option("batch-size", "N", "windows a pass (default 8)")
      .option("batches", "N", "stop after so many passes (default: the whole split)")
      .option("format", "table|csv|md|tex", "form of the table")
      .flag("baselines", "also the unigram and bigram models of the training split");
  return args;
}

// Perplexities by different vocabularies cannot be told from those of a bad model.
train::Tokenizer tokenizer_of_both(const std::string& model_dir,
                                   const train::TokenDataset& dataset) {
  auto tokenizer = train::Tokenizer::from_model_folder(model_dir);
  if (tokenizer.vocabulary_sha256() != dataset.vocabulary_sha256())
    throw user_error(Place{model_dir},
                     "has another tokenizer than the one the data were made with");
  return tokenizer;
}

// The positions after those a model was trained on are noise.
std::int64_t sequence_length(const Arguments& args, const std::string& model_dir) {
  if (args.has("sequence-length"))
    return args.integer("sequence-length", 0, {.min = 1, .max = 1'000'000});
  if (const auto trained = train::trained_sequence_length(model_dir)) return *trained;
  return space::read_config(model_dir).scalar("max_sequence_length");
}

train::EvalOptions options_of(const Arguments& args, const std::string& model_dir) {
  const std::int64_t length = sequence_length(args, model_dir);
  return {
      .sequence_length = length,
      .stride = args.integer("stride", length, {.min = 1, .max = 1'000'000}),
      .batch_size = args.integer("batch-size", 8, {.min = 1, .max = 100'000}),
      .num_batches = args.integer("batches", 0, {.min = 1, .max = 1'000'000'000}),
      .progress = [](std::int64_t, std::int64_t) { throw_if_interrupted("nothing was changed"); }};
}

ordered_json loss_json(double loss) { return {{"loss", loss}, {"perplexity", std::exp(loss)}}; }

// Null where there is nothing to divide by.
ordered_json per(std::int64_t count, double value) {
  return count > 0 && std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr);
}

// Every figure of the model with what it is divided by, in the order of the table's columns.
ordered_json document_of(const train::EvalResult& result, const train::EvalOptions& options,
                         const train::TextCounts& text) {
  const double per_word = result.loss_sum / static_cast<double>(text.words);
  const double bits = result.loss_sum / std::numbers::ln2;
  return {{"loss", result.loss},
          {"perplexity", result.perplexity},
          {"tokens", result.tokens},
          {"sequence_length", options.sequence_length},
          {"stride", options.stride},
          {"words", text.words},
          {"word_perplexity", per(text.words, std::exp(per_word))},
          {"bytes", text.bytes},
          {"bits_per_byte", per(text.bytes, bits / static_cast<double>(text.bytes))}};
}

Table table_of(const std::string& model, const ordered_json& document) {
  Table table{.columns = {"model"}, .rows = {{model}}};
  for (const auto& [name, value] : document.items()) {
    table.columns.push_back(name);
    table.rows.front().push_back(value.is_null()           ? ""
                                 : value.is_number_float() ? short_number(value, 5)
                                                           : value.dump());
  }
  return table;
}

void add_baselines(const std::string& data, const train::TokenDataset& validation,
                   ordered_json& document, Table& table) {
  const train::TokenDataset train_split(data, train::Split::kTrain);
  const auto scores = train::score_ngrams(train_split, validation);
  document["baselines"] = {{"unigram", loss_json(scores.unigram_loss)},
                           {"bigram", loss_json(scores.bigram_loss)},
                           {"tokens", scores.tokens},
                           {"fitted_tokens", scores.fitted_tokens}};
  for (const auto& [name, loss] :
       {std::pair("bigram", scores.bigram_loss), std::pair("unigram", scores.unigram_loss)}) {
    std::vector<std::string> row = {name, short_number(loss, 5), short_number(std::exp(loss), 5),
                                    std::to_string(scores.tokens)};
    row.resize(table.columns.size());
    table.rows.push_back(std::move(row));
  }
}

}  // namespace

int eval(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const TableFormat format = table_format(args.text("format", "table"));
  const std::string model_dir = args.text("model_dir"), data = args.required("data");
  const train::EvalOptions options = options_of(args, model_dir);
  const train::TokenDataset validation(data, train::Split::kValidation);
  const auto model = space::load_model(model_dir);
  const auto tokenizer = tokenizer_of_both(model_dir, validation);
  const auto result = train::evaluate(*model, validation, options);
  const auto text = train::count_text(validation, tokenizer, 1, 1 + result.tokens);
  ordered_json document = document_of(result, options, text);
  Table table = table_of(model_dir, document);
  if (args.has("baselines")) add_baselines(data, validation, document, table);
  if (args.json())
    print_json(document);
  else
    std::cout << format_table(table, format);
  return 0;
}

}  // namespace lts::cli
