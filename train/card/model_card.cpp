#include "train/card/model_card.h"

#include "core/child_process.h"
#include "core/citation.h"
#include "core/table.h"
#include "core/text.h"
#include "space/family.h"
#include "train/card/front_matter.h"
#include "train/card/model_table.h"
#include "train/card/training_facts.h"
#include "train/run_folder.h"

namespace lts::train {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

std::string code_block(const std::string& language, const std::string& text) {
  return "```" + language + "\n" + text + "```\n";
}

std::string heading(const TrainedModels& trained) {
  const TrainedModel& first = trained.models.front();
  if (!trained.is_collection) {
    const auto counts = first.architecture.family().counts(first.architecture);
    return "# " + first.name + "\n\nA language model of the family `" +
           std::string(first.architecture.family().name()) + "` with " +
           human_count(static_cast<double>(counts.decoder_params())) +
           " parameters beside its embeddings, trained by `lts`, Lightweight Transformer "
           "Search.\n\n";
  }
  return "# " + trained.name() + "\n\n" + std::to_string(trained.models.size()) +
         " language models trained by `lts`, Lightweight Transformer Search, each in a folder of "
         "its name.\n\n";
}

std::string table_section(const TrainedModels& trained, const SearchValues& search) {
  std::string text = format_table(model_table(trained, search), TableFormat::kMarkdown) + "\n";
  for (const auto& column : search.columns)
    text += "- `" + column.name + "`: " + column.meaning + "\n";
  if (!search.processor.empty()) text += "- the search ran on: " + search.processor + "\n";
  if (!search.columns.empty()) text += "\n";
  return text +
         "Parameters count the tied head once. `trained.csv` has the same with all digits.\n\n";
}

std::string load_arguments(const TrainedModels& trained, const TrainedModel& model, bool is_model) {
  std::string text = "\"" + trained.name() + "\"";
  // The folder of winners has the tokenizer of all; a folder of separate runs has none.
  const bool in_subfolder = is_model || !fs::exists(trained.folder / "tokenizer.json");
  if (trained.is_collection && in_subfolder) text += ", subfolder=\"" + model.name + "\"";
  // A tokenizer asks too where the config.json of such a model lies beside it.
  const bool beside_model = in_subfolder || !trained.is_collection;
  const bool has_code = !model.architecture.family().hugging_face_code().empty();
  return text + (beside_model && has_code ? ", trust_remote_code=True" : "");
}

std::string use_section(const TrainedModels& trained) {
  const TrainedModel& first = trained.models.front();
  const std::string python =
      "from transformers import AutoModelForCausalLM, AutoTokenizer\n\n"
      "tokenizer = AutoTokenizer.from_pretrained(" +
      load_arguments(trained, first, false) +
      ")\n"
      "model = AutoModelForCausalLM.from_pretrained(" +
      load_arguments(trained, first, true) +
      ")\n"
      "tokens = tokenizer(\"In the beginning\", return_tensors=\"pt\")\n"
      "text = model.generate(**tokens, max_new_tokens=64, do_sample=True, temperature=0.8, "
      "top_p=0.95)\n"
      "print(tokenizer.decode(text[0]))\n";
  const std::string folder = trained.name() + (trained.is_collection ? "/" + first.name : "");
  return "## Use\n" + code_block("python", python) + "or\n" +
         code_block("", command_line({"lts", "generate", folder, "In the beginning"}) + "\n") +
         "A language model continues text as its training data would. Nothing keeps it from what "
         "is wrong or hurtful.\n\n";
}

std::string setting(const ordered_json& config, const char* key) {
  const auto found = config.find(key);
  return found == config.end() ? "" : found->dump();
}

std::string evaluation_section(const TrainedModels& trained) {
  const ordered_json& config = trained.models.front().config;
  const ordered_json validate = config.value("validate", ordered_json::object());
  const std::string batches = setting(validate, "batches");
  const std::string share = batches.empty() || batches == "0"
                                ? "the whole validation split"
                                : "at most " + batches + " batches of the validation split";
  return "## Evaluation\nThe perplexity is exp of the mean loss per token over " + share +
         ", in windows of " + setting(config, "sequence_length") +
         " tokens that do not overlap, each without the text before it. The denominator is tokens "
         "of this vocabulary, not words.\n\n";
}

// Inputs by their names alone: where they lay is nobody's business.
std::string prepare_command(const Manifest& data) {
  const auto named = [](const std::string& path) {
    return path == "-" ? path : fs::path(path).filename().string();
  };
  std::vector<std::string> words = {"lts", "prepare"};
  for (const std::string& input : data.settings.inputs) words.push_back(named(input));
  const auto& settings = data.settings;
  for (const std::string& name : settings.pile_set_names)
    words.insert(words.end(), {"--pile-set-name", name});
  if (!settings.validation.empty())
    words.insert(words.end(), {"--validation", named(settings.validation)});
  if (settings.max_tokens > 0)
    words.insert(words.end(), {"--max-tokens", std::to_string(settings.max_tokens)});
  words.insert(words.end(), {"-o", "data"});
  return command_line(words) + "\n";
}

std::string inputs_table(const Manifest& data) {
  Table table{.columns = {"input", "bytes", "sha256"}, .rows = {}};
  for (const InputRecord& input : data.inputs)
    table.rows.push_back({fs::path(input.path).filename().string(),
                          input.size_bytes ? std::to_string(*input.size_bytes) : "-",
                          input.sha256.value_or("-")});
  return format_table(table, TableFormat::kMarkdown);
}

std::string reproduce_section(const TrainedModels& trained, const std::optional<Manifest>& data) {
  const TrainedModel& first = trained.models.front();
  const fs::path folder = trained.is_collection ? fs::path(first.name) : fs::path(".");
  const std::string config = (folder / kConfigFile).lexically_normal().string();
  std::string commands = data ? prepare_command(*data) : "";
  commands += command_line({"lts", "train", config, "--data", "data", "-o", "again"}) + "\n";
  commands += command_line({"lts", "eval", "again", "--data", "data"}) + "\n";
  std::string text = "## Make it again\nIn this folder" +
                     std::string(trained.is_collection ? ", for the first model" : "") + ":\n" +
                     code_block("", commands);
  if (data) text += "\n" + inputs_table(*data);
  return text + "\n";
}

}  // namespace

std::string model_card(const TrainedModels& trained, const CardOptions& options) {
  return front_matter(trained, options.license) + "\n" + heading(trained) +
         table_section(trained, options.search) + use_section(trained) + "## Training\n" +
         format_table(training_facts(trained, options.data), TableFormat::kMarkdown) + "\n" +
         evaluation_section(trained) + reproduce_section(trained, options.data) + "## Cite\n" +
         code_block("bibtex", std::string(kBibTeX) + "\n");
}

}  // namespace lts::train
