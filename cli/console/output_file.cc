#include "cli/console/output_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "common/text/one_line.h"

namespace isoshape {

void AddFileFlags(CLI::App& command, const std::string& description,
                  FileFlags& flags) {
  const CLI::Option* const file =
      command.add_option("--file", flags.file, description)->type_name("FILE");
  command
      .add_option_function<std::string>(
          "-o,--output",
          [&flags, file](const std::string& value) {
            if (value == "table" || value == "json") {
              flags.form = value;
              return;
            }
            if (file->count() > 0) {
              throw CLI::ValidationError(
                  "--output",
                  absl::StrCat("'", OneLine(value),
                               "' is neither table nor json; the file is "
                               "named by --file already"));
            }
            flags.file = value;
            std::cerr << "isoshape: -o " << OneLine(value)
                      << " is read as --file " << OneLine(value)
                      << ", since -o is the form of the answer, table or "
                         "json\n";
          },
          "Form of the answer: table or json")
      ->type_name("FORM");
}

absl::Status WriteOutput(const std::string& path, const std::string& bytes) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  if (file) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("cannot write ", OneLine(path), ": ",
                   errno == 0 ? "the file failed" : std::strerror(errno),
                   "; name a file that can be written"));
}

}  // namespace isoshape
