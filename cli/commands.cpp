#include "cli/commands.h"

namespace lts::cli {

const std::vector<Command>& commands() {
  static const std::vector<Command> kCommands = {
      {"describe", "what architectures are and cost, in closed form", describe},
      {"reproduce", "the published table of 20 models, ours beside theirs", reproduce},
      {"profile", "measure latency and peak memory of architectures", profile},
      {"doctor", "is this machine fit to measure on", doctor},
      {"fit", "measure a few architectures and predict the others' latency and memory", fit},
      {"search", "search for the Pareto front", search},
      {"enumerate", "the members of a space that meet the free constraints", enumerate},
      {"compare", "search runs side by side: medians, bands, a rank test", compare},
      {"correlate", "how well proxies order trained models by perplexity", correlate},
      {"report", "a page of one run or several: front, progress, measurement", report},
      {"pick", "the members of a run's front that meet bounds, best first", pick},
      {"prepare", "text or The Pile -> token shards", prepare},
      {"tokenize", "text -> GPT-2 token ids, and back", tokenize},
      {"train", "train an architecture, or every winner of a run", train},
      {"status", "where searches and trainings stand", status},
      {"eval", "perplexity of a trained model", eval},
      {"generate", "text from a trained model", generate},
      {"export", "write a model or architecture for deployment", export_model},
      {"card", "a model card of what was trained, and its table for lts correlate", card},
  };
  return kCommands;
}

}  // namespace lts::cli
