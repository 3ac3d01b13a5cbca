#include "search/algorithms/random_search.h"

#include "search/algorithms/option_reader.h"
#include "search/population.h"
#include "search/seeded_searcher.h"

namespace lts::search {
namespace {

class RandomSearch final : public SeededSearcher {
 public:
  RandomSearch(const Problem& problem, const RandomOptions& options)
      : SeededSearcher(problem), options_(options) {}

 private:
  std::vector<Candidate> propose(const Archive& archive) override {
    const auto size = static_cast<std::size_t>(options_.samples_per_iteration);
    Population population(problem(), archive);
    population.draw(size, space_stream());
    population.shuffle_and_cut(size, algorithm_stream());
    return std::move(population).take();
  }

  RandomOptions options_;
};

}  // namespace

RandomOptions read_random_options(MapReader& reader, nlohmann::ordered_json& resolved) {
  OptionReader read(reader, resolved);
  RandomOptions options;
  options.samples_per_iteration =
      read.count("samples_per_iteration", options.samples_per_iteration);
  return options;
}

std::unique_ptr<Searcher> make_random(const Problem& problem, const RandomOptions& options) {
  return std::make_unique<RandomSearch>(problem, options);
}

}  // namespace lts::search
