#ifndef ISOSHAPE_CLI_FLAGS_FIGURE_FLAGS_H_
#define ISOSHAPE_CLI_FLAGS_FIGURE_FLAGS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/console/output_file.h"
#include "cli/flags/run_table_flags.h"
#include "figures/gnuplot/render_figure.h"
#include "isoshape/v1/figure_service.pb.h"

namespace isoshape {

// Flags of what is drawn.
struct FigureFlags {
  v1::GetFigureRequest request;  // but campaign and filter
  std::vector<std::string> where;
};
// --kind, --budget, --where, --law, --target-flops, --rule, --bootstrap,
// --seed, --level, --max-marks, --trials, --all-trials, --cost; `flags` must
// outlive the command.
void AddFigureFlags(CLI::App& command, FigureFlags& flags);

// Flags of how it is written, and where to.
struct PictureFlags {
  FileFlags output;    // not given: standard output, as text
  std::string format;  // empty: by the end of the file's name
  double width_mm = 160;
  FigureTheme theme = FigureTheme::kLight;
};
// -o, --format, --width, --theme.
void AddPictureFlags(CLI::App& command, PictureFlags& flags);

// Returns how to render; usage errors if the format is not known or does not
// have the theme.
absl::StatusOr<RenderOptions> ToRenderOptions(const PictureFlags& flags);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_FIGURE_FLAGS_H_
