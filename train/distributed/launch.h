#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace lts::train {

/// One process's part in a training by several, as its launcher's environment says: its rank, how
/// many there are, and where they meet.
struct Launch {
  int rank = 0;
  int ranks = 1;
  int local_rank = 0;         ///< among those on its machine; picks the GPU
  std::string host = {};      ///< of the store in which they find each other
  int port = 0;               ///< the store's
  bool store_exists = false;  ///< torchrun's agent serves the store; otherwise rank 0 does
  std::string attempt = {};   ///< torchrun's count of restarts, which share its store
};

/// The value of an environment variable, or nullptr.
using Variables = std::function<const char*(const char* name)>;

/// Reads torchrun's variables (RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR, MASTER_PORT) where one of
/// the first two is set, else Slurm's in a task of srun (SLURM_PROCID, SLURM_NTASKS, SLURM_LOCALID;
/// the first host of the step's or the job's node list, a port from the job id; MASTER_ADDR and
/// MASTER_PORT overrule them), else one process alone. \throws Error kUser naming the variable that
/// is missing or wrong.
Launch read_launch(const Variables& variables);
/// From the environment of this process.
Launch read_launch();

/// The first host of a Slurm node list: "node[07-09,12],gpu3" gives "node07". Empty where `list` is
/// no such list.
std::string first_host(std::string_view list);

}  // namespace lts::train
