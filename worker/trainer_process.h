#ifndef ISOSHAPE_WORKER_TRAINER_PROCESS_H_
#define ISOSHAPE_WORKER_TRAINER_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace isoshape {

// How a trainer is started.
struct TrainerCommand {
  std::vector<std::string> arguments;    // the program's path comes first
  std::vector<std::string> environment;  // `NAME=VALUE`, over our own
  std::vector<int> cpus;                 // run on these only; empty: on any
};

// A child process that is spoken to by lines over pipes. It leads a process
// group of its own, so that Ctrl-C reaches only the worker; its standard error
// is ours. When we die by whatever cause it gets SIGTERM and the end of its
// input: no other child holds an end of its pipes.
//
// Not thread-safe. The thread that starts it must outlive it, because Linux
// sends the parent's death signal when that thread ends.
//
//   auto process = TrainerProcess::Start({{"/usr/bin/isoshape-trainer"}});
//   (*process)->WriteLine(R"({"type":"stop","run":"r"})");
//   auto line = (*process)->ReadLine(absl::Seconds(1));
class TrainerProcess {
 public:
  // No line may be longer (docs/trainer-protocol.md).
  static constexpr size_t kLineLimit = 1 << 20;

  // NOT_FOUND where the program is not there or may not be run; INTERNAL where
  // the system gives no process or pipe.
  static absl::StatusOr<std::unique_ptr<TrainerProcess>> Start(
      const TrainerCommand& command);

  TrainerProcess(const TrainerProcess&) = delete;
  TrainerProcess& operator=(const TrainerProcess&) = delete;
  // Kills the group where it still runs.
  ~TrainerProcess();

  // ABORTED where it has closed its input; DEADLINE_EXCEEDED where it has not
  // taken the line within 5 s.
  absl::Status WriteLine(const std::string& line);

  // The next line without its end, or nothing where none came in `timeout`.
  // ABORTED with how it ended where its output has ended; OUT_OF_RANGE where a
  // line is longer than kLineLimit.
  absl::StatusOr<std::optional<std::string>> ReadLine(absl::Duration timeout);

  // End of input: it finishes what it does and exits.
  void CloseInput();
  // To the whole group.
  void Signal(int signal);
  // True until it has ended; collects it then.
  bool Running();
  // True where it ended within `timeout`.
  bool WaitForEnd(absl::Duration timeout);
  // `exit code 1`, `signal 9 (Killed)` or `still running`.
  std::string Ending() const;

  pid_t pid() const { return pid_; }

 private:
  TrainerProcess(pid_t pid, int input, int output)
      : pid_(pid), input_(input), output_(output) {}

  std::optional<std::string> TakeLine();

  const pid_t pid_;
  int input_;               // write end of its standard input; -1: closed
  int output_;              // read end of its standard output
  bool collected_ = false;  // waitpid has returned it
  int wait_status_ = 0;     // where collected_
  std::string buffer_;      // read, but not yet returned
  size_t searched_ = 0;     // no line end in buffer_ before this
};

}  // namespace isoshape

#endif  // ISOSHAPE_WORKER_TRAINER_PROCESS_H_
