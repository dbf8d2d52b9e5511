// Files of runs, of any bytes: what is read is a table of runs, and what is
// refused is refused in one line that a terminal may print.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "scaling/runs/run_file.h"
#include "scaling/tables/column_values.h"
#include "tests/fuzz/fuzzer.h"

namespace isoshape {
namespace {

void CheckFile(const RunFile& file) {
  const Runs& runs = file.runs;
  Expect(CheckRuns(runs).ok(), "the runs are no table of runs");
  Expect(runs.rows() > 0, "a file without runs is read");
  Expect(runs.line.size() == runs.rows(), "a run has no line");
  for (const std::vector<std::string>* texts : {&runs.seed, &runs.run}) {
    Expect(texts->empty() || texts->size() == runs.rows(),
           "a column is of another length");
  }
  for (const std::string& note : file.notes) ExpectOneLine(note);
  for (const std::string& warning : file.warnings) ExpectOneLine(warning);
}

void Fuzz(const std::string& bytes) {
  RunFormat strict;
  strict.strict = true;
  strict.keep_duplicates = true;
  strict.needed = {RunColumn::kFlops, RunColumn::kWidth, RunColumn::kDepth};
  for (const RunFormat& format : {RunFormat(), strict}) {
    const auto file = ReadRuns(bytes, "runs", format);
    if (file.ok()) {
      CheckFile(*file);
      continue;
    }
    ExpectOneLine(file.status().message());
    Expect(file.status().code() == absl::StatusCode::kInvalidArgument ||
               file.status().code() == absl::StatusCode::kFailedPrecondition,
           "a file is refused as if it were our fault");
  }
  const auto values = ColumnValues(bytes, "runs", {}, "recipe");
  if (!values.ok()) ExpectOneLine(values.status().message());
}

}  // namespace
}  // namespace isoshape

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  isoshape::Fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
