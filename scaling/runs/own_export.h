#ifndef ISOSHAPE_SCALING_RUNS_OWN_EXPORT_H_
#define ISOSHAPE_SCALING_RUNS_OWN_EXPORT_H_

#include <string>
#include <vector>

#include "scaling/tables/row_reader.h"

namespace isoshape {

// Files that `isoshape export` writes.
enum class OwnExport {
  kNone,
  kPoints,  // --points: the losses that fits of the campaign rest on
  kTrials,  // a row for each trial, or JSON
  kCurves,  // --measurements: points of runs that go on, which are no runs
};

// Which of them has this header.
OwnExport OwnExportOf(const std::vector<Cell>& header);

// What such a file lacks of what `isoshape fit c1` rests on, and the flag that
// writes it; empty if it lacks nothing.
std::string LackOf(OwnExport own);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_RUNS_OWN_EXPORT_H_
