#ifndef ISOSHAPE_COMMON_CHILD_PROCESS_H_
#define ISOSHAPE_COMMON_CHILD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace isoshape {

// A program that runs beside this one: in a process group of its own (so that
// Ctrl-C reaches only us), with its standard error appended to a log file, and
// ended by SIGTERM when we die. Not thread-safe; movable.
//
//   auto child = ChildProcess::Start({"isoshape-coordinator"}, "serve.log");
//   auto line = child->ReadLine(absl::Seconds(10));
//   child->Stop(absl::Seconds(10));
class ChildProcess {
 public:
  // INTERNAL where the program cannot be started, UNAVAILABLE where the log
  // cannot be opened.
  static absl::StatusOr<ChildProcess> Start(
      const std::vector<std::string>& arguments, const std::string& log_path);

  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  // Stops it where it still runs.
  ~ChildProcess();

  // The next line of its standard output. DEADLINE_EXCEEDED after `timeout`;
  // ABORTED where the output ended, with what became of the process.
  absl::StatusOr<std::string> ReadLine(absl::Duration timeout);

  // True until it has ended; collects it then.
  bool Running();
  // SIGTERM, and SIGKILL where it has not ended after `patience`.
  void Stop(absl::Duration patience);
  // How it ended: `exit code 1`, `signal 9 (Killed)`, or `running`.
  std::string Ending() const;

  pid_t pid() const { return pid_; }

 private:
  ChildProcess(pid_t pid, int output) : pid_(pid), output_(output) {}

  pid_t pid_ = -1;
  int output_ = -1;         // read end of its standard output
  bool collected_ = false;  // waitpid has returned it
  int wait_status_ = 0;     // where collected_
  std::string buffer_;      // read, but not yet returned
};

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_CHILD_PROCESS_H_
