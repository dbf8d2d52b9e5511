#ifndef ISOSHAPE_CLI_FLAGS_RUN_SHAPES_H_
#define ISOSHAPE_CLI_FLAGS_RUN_SHAPES_H_

#include "absl/status/statusor.h"
#include "cli/flags/shape_flags.h"
#include "scaling/runs/run_file.h"
#include "scaling/runs/runs.h"

namespace isoshape {

// The flags of the shapes of a file of runs: what they do not say of heads and
// vocabulary is taken from the depths, widths and parameters of the runs
// (InferFamily), each with a note on standard error and among those of `file`.
// With a preset, or without depth and width, they are as they were given.
// Errors of SearchSpaceOfFlags.
absl::StatusOr<ShapeFlags> WithFamilyOfRuns(const ShapeFlags& flags,
                                            RunFile& file, const Runs& runs);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_RUN_SHAPES_H_
