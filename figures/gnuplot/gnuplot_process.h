#ifndef ISOSHAPE_FIGURES_GNUPLOT_GNUPLOT_PROCESS_H_
#define ISOSHAPE_FIGURES_GNUPLOT_GNUPLOT_PROCESS_H_

#include <string>

#include "absl/status/statusor.h"

namespace isoshape {

// Runs a script by gnuplot, without the user's own settings, and returns what
// it prints: the picture. UNAVAILABLE if there is no gnuplot in PATH, with how
// to get it; DEADLINE_EXCEEDED after 30 s; RESOURCE_EXHAUSTED beyond 64 MiB of
// output; INTERNAL if it fails, with its last line. Its memory is limited.
absl::StatusOr<std::string> RunGnuplot(const std::string& script);

}  // namespace isoshape

#endif  // ISOSHAPE_FIGURES_GNUPLOT_GNUPLOT_PROCESS_H_
