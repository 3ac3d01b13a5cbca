#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "train/distributed/signs.h"

namespace lts::train {

/// Where ranks leave notes for each other, by key. Each call may block or throw std::exception when
/// whoever keeps the notes is gone.
class Board {
 public:
  virtual ~Board() = default;
  virtual void put(const std::string& key, const std::string& note) = 0;
  /// Notes that are there, in the order of `keys`.
  virtual std::vector<std::string> read(const std::vector<std::string>& keys) = 0;
  /// Puts `note` unless a note that is not empty is there; returns what is there then.
  virtual std::string put_first(const std::string& key, const std::string& note) = 0;
};

/// Why the training of all ends, and with which exit status.
struct Loss {
  std::string reason;
  int status = 1;
};

/// Watches over a training by several ranks from threads of its own: tells the others that this one
/// runs, and sees when one of them died, hangs or gave up. A rank that hangs keeps the others in a
/// collective operation that nothing interrupts, so the process is then ended: `lost` is called,
/// from a thread of the watch, and must not return.
class Watch {
 public:
  struct Limits {
    /// From the end of a step to the end of the next; but three times the longest step so far,
    /// where that is more.
    double step_s = 60;
    double other_s = 600;  ///< starting, the first step, saving, a round of validation, ending
    /// Of all but saving and the first step, from a request to stop; a step: as above.
    double stop_s = 60;
    double beat_s = 1;  ///< between two signs of life
  };
  struct Crew {
    int rank = 0;                    ///< this one
    std::vector<std::string> hosts;  ///< of all, by rank
    int keeper = -1;                 ///< the rank whose process keeps the board; -1: none of them
    /// Whether this rank was asked to stop; called from a thread of the watch.
    std::function<bool()> asked_to_stop = {};
  };
  using Lost = std::function<void(const Loss&)>;

  /// Notes for every rank's sign_key() and for kLossKey must be on the board.
  Watch(Crew crew, std::unique_ptr<Board> board, Limits limits, Lost lost);
  /// Ends quietly, as part().
  ~Watch();

  /// This rank begins something else; its time starts anew. The others' losses count again.
  void enter(Phase phase, std::int64_t step);
  /// This rank comes to a collective operation, and leaves it.
  void meet();
  void met();

  /// A collective operation of this rank failed with `error`: blocks until it is known why, a few
  /// seconds, and returns that. To be called from the main thread.
  Loss reason_of(const std::string& error);
  /// Tells the others that this rank gives up: they end with the same reason and status. The first
  /// reason that a rank gave counts.
  void give_up(const Loss& loss);
  /// From here until enter() the end of another rank is no loss. For those that have come to the
  /// end.
  void part();

  static constexpr const char* kLossKey = "loss";
  static std::string sign_key(int rank);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace lts::train
