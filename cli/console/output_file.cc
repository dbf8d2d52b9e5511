#include "cli/console/output_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "cli/console/command.h"
#include "common/files/file_stamp.h"
#include "common/files/replace_file.h"
#include "common/files/retried.h"
#include "common/files/write_through.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

namespace fs = std::filesystem;

absl::Status CannotWrite(const std::string& path, int reason) {
  return absl::PermissionDeniedError(
      absl::StrCat("cannot write ", OneLine(path), ": ", std::strerror(reason),
                   "; name a file that can be written"));
}

// Where links lead, which need not be there. It stays a link if it is one to
// what a process has open, such as /dev/stdout.
fs::path Followed(fs::path path) {
  std::error_code error;
  while (fs::is_symlink(path, error)) {
    const fs::path folder = path.parent_path();
    struct statfs system = {};
    if (statfs(folder.empty() ? "." : folder.c_str(), &system) == 0 &&
        system.f_type == PROC_SUPER_MAGIC) {
      break;
    }
    path = folder / fs::read_symlink(path, error);
  }
  return path;
}

// Whether another file can take the place of the one that the name leads to.
// Not if it has other names, which would keep the old text, or if a process
// that has it open is to see the new one.
bool CanBeReplaced(const std::string& path, int file) {
  struct stat found = {};
  std::error_code error;
  return fstat(file, &found) == 0 && S_ISREG(found.st_mode) &&
         found.st_nlink == 1 && !fs::is_symlink(Followed(path), error);
}

// Writes all, or leaves what was there if the file can be replaced. Returns 0,
// or the system's reason. Nothing waits for the disk: after a loss of power the
// same command answers again.
int Write(const std::string& path, int file, const std::string& bytes) {
  if (CanBeReplaced(path, file)) {
    switch (ReplaceWhole(path, bytes, Durability::kOfProcess)) {
      case Replacement::kDone:
        return 0;
      case Replacement::kNotWritten:
        return errno;
      case Replacement::kNoPlace:
      case Replacement::kOtherOwner:
        break;  // the file itself may be written
    }
  }
  // What has no length is written as it is.
  if (ftruncate(file, 0) != 0 && errno != EINVAL) return errno;
  return WriteAll(file, bytes) ? 0 : errno;
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
  const std::string folder = Followed(path).parent_path().string();
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
  // Opened as to be written over, so that what may not be written is refused
  // and a link leads on. A FIFO waits here for its reader.
  int file = Retried([&] { return open(path.c_str(), O_WRONLY | O_CLOEXEC); });
  const bool is_new = file < 0 && errno == ENOENT;
  if (is_new) {
    file = Retried([&] {
      return open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    });
  }
  if (file < 0) return CannotWrite(path, errno);
  int reason = Write(path, file, bytes);
  if (close(file) != 0 && reason == 0) reason = errno;
  if (reason == 0) return absl::OkStatus();
  // Where a link to nothing has led to. Nor is an empty file left.
  std::error_code error;
  if (is_new) fs::remove(fs::canonical(path, error), error);
  return CannotWrite(path, reason);
}

}  // namespace isoshape
