#pragma once

namespace lts {

/// Turns between the processes of lts of one user on one machine, so that latency is measured while
/// no work of ours runs beside it: a MeasuringTurn is one process's alone, WorkTurns (a step of
/// training) are shared by any number. Between them stands a turnstile: who wants to measure closes
/// it, and the steps under way end before it measures; after a measurement, those that waited come
/// before the same process measures again. So neither side starves.
///
/// Turns are flocks in the folder of core/machine_folder.h; the kernel frees those of a
/// process that ends, however it ends, and a process that was stopped (Ctrl-Z) is not waited for.
/// Where the folder cannot be had there are no turns, and a warning says so once. Turns nest within
/// a process; its own work never keeps its own measurement waiting. After a second of waiting a log
/// line says for whom, once a minute. Of processes that wait for each other within a step, one
/// takes the turn for all; where they are on several machines, none does.

/// The right to measure, as long as it lives. Waits for it. \throws Error kStopped when a signal
/// asks the program to stop before it was had.
class MeasuringTurn {
 public:
  MeasuringTurn();
  MeasuringTurn(const MeasuringTurn&) = delete;
  MeasuringTurn& operator=(const MeasuringTurn&) = delete;
  ~MeasuringTurn();
};

/// The right to do a short piece of work (a second or so), as long as it lives. Waits for it, but
/// not after a signal: its owner has something to save. Costs microseconds where nobody measures.
class WorkTurn {
 public:
  WorkTurn();
  WorkTurn(const WorkTurn&) = delete;
  WorkTurn& operator=(const WorkTurn&) = delete;
  ~WorkTurn();
};

}  // namespace lts
