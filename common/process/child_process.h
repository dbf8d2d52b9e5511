#ifndef ISOSHAPE_COMMON_PROCESS_CHILD_PROCESS_H_
#define ISOSHAPE_COMMON_PROCESS_CHILD_PROCESS_H_

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/process/error_relay.h"

namespace isoshape {

// How a child process is started.
struct ChildCommand {
  std::vector<std::string> arguments;    // the program's path comes first
  std::vector<std::string> environment;  // `NAME=VALUE`, over our own
  std::vector<int> cpus;                 // run on these only; empty: on any
  size_t max_memory_bytes = 0;           // of its address space; 0: any
  // Its standard error is appended to this file; empty: it is ours.
  std::string error_log;
  // Without a log: it passes through us, so that how it ended can be told with
  // the last line of it.
  bool relay_error = false;
  // Of relay_error: nothing of it reaches ours, the last line is kept all the
  // same.
  bool quiet_error = false;
};

// A program that runs beside this one and is spoken to by lines over pipes. It
// leads a process group of its own, so that Ctrl-C reaches only us. When we die
// by whatever cause it gets SIGTERM and the end of its input: no other child
// holds an end of its pipes.
//
// Not thread-safe. The thread that starts it must outlive it, because Linux
// sends the parent's death signal when that thread ends. A program that calls
// WriteLine ignores SIGPIPE.
//
//   ChildCommand command;
//   command.arguments = {"/usr/bin/isoshape-trainer", "--device", "cpu"};
//   auto child = ChildProcess::Start(command);
//   (*child)->WriteLine(R"({"type":"stop","run":"r"})");
//   auto line = (*child)->ReadLine(absl::Seconds(1));
//   (*child)->Stop(absl::Seconds(10));
class ChildProcess {
 public:
  // No line of its output may be longer.
  static constexpr size_t kMaxLineBytes = 1 << 20;

  // NOT_FOUND if the program is not there or may not be run; UNAVAILABLE if the
  // log cannot be written; INTERNAL if the system gives no process or pipe.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(
      const ChildCommand& command);

  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  // Kills the group if it still runs.
  ~ChildProcess();

  // ABORTED if it has closed its input; DEADLINE_EXCEEDED if it has not taken
  // the line within 5 s.
  absl::Status WriteLine(const std::string& line);

  // The next line without its end, or nothing if none came in `timeout`.
  // ABORTED if its output has ended, with how the process ended; OUT_OF_RANGE
  // if a line is longer than kMaxLineBytes.
  absl::StatusOr<std::optional<std::string>> ReadLine(absl::Duration timeout);

  // Gives it all of `input` and the end of it, and returns all that it prints
  // until it ends, which may be other than lines. DEADLINE_EXCEEDED if that
  // takes longer than `timeout`, OUT_OF_RANGE if it prints more than
  // `max_bytes`; both kill it. ABORTED, with how it ended, if not by exit code
  // 0.
  absl::StatusOr<std::string> Exchange(const std::string& input,
                                       size_t max_bytes,
                                       absl::Duration timeout);

  // End of input: a program that reads to the end finishes what it does.
  void CloseInput();
  // Sends a signal to the whole group.
  void Signal(int signal);
  // Ends the group by SIGTERM, and by SIGKILL if the program has not ended
  // after `patience`. Returns when it has ended.
  void Stop(absl::Duration patience);
  // True until the program has ended. The call that finds it ended collects it
  // and kills what it has left behind in its group.
  bool Running();
  // True if it ended within `timeout`.
  bool WaitForEnd(absl::Duration timeout);
  // `exit code 1`, `signal 9 (Killed)` or `still running`.
  std::string Ending() const;
  // The last line of its standard error, if that is relayed and has one. Once
  // it has ended, waits for all that it has written, 1 s at most.
  std::string LastErrorLine();

  pid_t pid() const { return pid_; }

 private:
  ChildProcess(pid_t pid, int input, int output)
      : pid_(pid), input_(input), output_(output) {}

  std::optional<std::string> TakeLine();
  // That its output or input has ended, and how it ended if it has.
  absl::Status Ended(const char* otherwise);

  const pid_t pid_;
  int input_;               // write end of its standard input; -1: closed
  int output_;              // read end of its standard output
  bool collected_ = false;  // waitpid has returned it
  int wait_status_ = 0;     // what waitpid said, once collected_
  std::string buffer_;      // read, but not yet returned
  size_t searched_ = 0;     // no line end in buffer_ before this
  std::unique_ptr<ErrorRelay> errors_;  // null: its errors are not relayed
};

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_PROCESS_CHILD_PROCESS_H_
