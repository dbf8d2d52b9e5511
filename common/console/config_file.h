#ifndef ISOSHAPE_COMMON_CONSOLE_CONFIG_FILE_H_
#define ISOSHAPE_COMMON_CONSOLE_CONFIG_FILE_H_

#include <CLI/CLI.hpp>
#include <string>

#include "absl/strings/string_view.h"

namespace isoshape {

// Gives a program the flag `--config FILE`: a file in YAML, of which JSON is a
// part, that has a key for each flag, without the dashes. What is given on the
// command line stands. Values are checked as those of flags are, and a list
// stands for a flag that is given several times. A key that is no flag, one
// that is given twice, and what is no YAML are errors of parsing (CLI::
// ConfigError) in one line that begins with `file:line:column:`, with the flag
// that was probably meant. Call it when all other flags are there.
//
//   address: 0.0.0.0:50551
//   tls-cert: /etc/isoshape/cert.pem
//   allow-host: [gpu1, gpu1.example.org]
//   read-only: true
void AddConfigFlag(CLI::App& program);

// What is wrong with a flag, after the place in the file that it has its value
// from: `coordinator.yaml:2:8: --limit: 'many' is not a number`. As it is if it
// names no flag, or one of the command line.
std::string WithPlaceInConfig(const CLI::App& program,
                              absl::string_view message);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_CONSOLE_CONFIG_FILE_H_
