#ifndef ISOSHAPE_TRAINER_PROTOCOL_LINE_WRITER_H_
#define ISOSHAPE_TRAINER_PROTOCOL_LINE_WRITER_H_

#include <chrono>
#include <ostream>
#include <string>

#include "trainer/engine/device.h"
#include "trainer/run/results.h"
#include "trainer/run/training_run.h"
#include "trainer/spec/run_spec.h"

namespace isoshape {

// Writes the trainer's side of docs/trainer-protocol.md, a line at a time,
// flushed. Not thread-safe.
class LineWriter {
 public:
  explicit LineWriter(std::ostream& out) : out_(out) {}

  void Ready(const Device& device);
  void Started(const RunSpec& spec, const RunStart& start);
  void Measured(const std::string& run, const Measurement& measurement);
  // Writes at most one line every two seconds, and none soon after another
  // line.
  void Alive(const std::string& run);
  void Result(const std::string& run, const RunResult& result);

 private:
  void Write(const std::string& line);

  std::ostream& out_;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_PROTOCOL_LINE_WRITER_H_
