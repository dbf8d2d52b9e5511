#include "cli/console/output_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "cli/console/command.h"
#include "common/files/file_stamp.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

absl::Status CannotWrite(const std::string& path, int reason) {
  return absl::PermissionDeniedError(
      absl::StrCat("cannot write ", OneLine(path), ": ",
                   reason == 0 ? "the file failed" : std::strerror(reason),
                   "; name a file that can be written"));
}

}  // namespace

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

absl::Status CheckOutput(const std::string& path) {
  if (path.empty() || path == "-") return absl::OkStatus();
  struct stat found = {};
  if (stat(path.c_str(), &found) == 0) {
    if (S_ISDIR(found.st_mode)) return CannotWrite(path, EISDIR);
    if (access(path.c_str(), W_OK) != 0) return CannotWrite(path, errno);
    return absl::OkStatus();
  }
  if (errno != ENOENT) return CannotWrite(path, errno);
  // A link to nothing has its file made where it leads. Those that lead round
  // and round have failed above.
  std::filesystem::path made = path;
  std::error_code error;
  while (std::filesystem::is_symlink(made, error)) {
    made = made.parent_path() / std::filesystem::read_symlink(made, error);
  }
  const std::string folder = made.parent_path().string();
  if (access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) != 0) {
    return CannotWrite(path, errno);
  }
  return absl::OkStatus();
}

absl::Status CheckOutputs(
    const std::string& input,
    const std::vector<std::pair<std::string, std::string>>& outputs) {
  std::vector<std::pair<std::string, std::string>> taken;
  // Standard input is no file, and its name is that of standard output too.
  if (input != "-") taken.emplace_back("--input", input);
  for (const auto& [flag, path] : outputs) {
    if (path.empty()) continue;
    for (const auto& [other, file] : taken) {
      if (!IsOneFile(path, file)) continue;
      return UsageError(
          absl::StrCat(flag, " ", OneLine(path), " is the file of ", other,
                       " and would be overwritten; name another"));
    }
    taken.emplace_back(flag, path);
    ISOSHAPE_RETURN_IF_ERROR(CheckOutput(path));
  }
  return absl::OkStatus();
}

absl::Status WriteOutput(const std::string& path, const std::string& bytes) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  return file ? absl::OkStatus() : CannotWrite(path, errno);
}

}  // namespace isoshape
