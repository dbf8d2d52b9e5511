#ifndef ISOSHAPE_CLI_LOCAL_DOCTOR_H_
#define ISOSHAPE_CLI_LOCAL_DOCTOR_H_

#include <functional>
#include <string>

#include "worker/options/options.h"

namespace isoshape {

// What one look at this machine, or at a coordinator, found.
struct Finding {
  enum class Kind {
    kOk,
    kNote,   // works, but somebody may want to know
    kWrong,  // something of isoshape cannot work
  };
  Kind kind = Kind::kOk;
  std::string what;  // that was looked at: `trainer`
  std::string text;  // what is so and, unless it is right, what to do
};

struct DoctorOptions {
  std::string server;  // HOST:PORT
  // Whether somebody said that it is there, so that it is wrong if none is.
  bool server_is_named = false;
  std::string database;  // a file; it need not be there
  WorkerOptions trainer;
  std::string binaries;  // folder of the programs
};

// Looks at all that isoshape needs, without changing anything: the programs and
// their versions, the trainer (which is started), what the machine leaves to
// it, the folder for temporary files, gnuplot, the database's file and disk,
// and the coordinator with its workers and the campaigns that wait. Takes some
// seconds, and longer if the trainer is silent, so each finding is told as soon
// as it is there. In the order in which a fault would be met.
void Diagnose(const DoctorOptions& options,
              const std::function<void(const Finding&)>& found);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_LOCAL_DOCTOR_H_
