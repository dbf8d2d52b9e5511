#include "worker/options/data_flag.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/status/status_macros.h"
#include "common/text/one_line.h"
#include "data/archive_format.h"
#include "messages/names/resource_name.h"

namespace isoshape {
namespace {

namespace fs = std::filesystem;

// True if the path holds at least one byte of text.
bool HasBytes(const fs::path& path, std::error_code& error) {
  if (fs::is_regular_file(path, error)) return fs::file_size(path, error) > 0;
  for (auto at = fs::recursive_directory_iterator(
           path, fs::directory_options::skip_permission_denied, error);
       !error && at != fs::end(at); at.increment(error)) {
    std::error_code ignored;
    if (at->is_regular_file(ignored) && at->file_size(ignored) > 0) return true;
  }
  return false;
}

// What is wrong with the form of a file; empty if nothing is, or if it cannot
// be read, which its reader tells.
std::string FormProblem(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string head(kArchiveHead, '\0');
  file.read(head.data(), kArchiveHead);
  head.resize(static_cast<size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  file.clear();
  std::string tail(std::min<size_t>(4, head.size()), '\0');
  file.seekg(-static_cast<std::streamoff>(tail.size()), std::ios::end);
  file.read(tail.data(), static_cast<std::streamsize>(tail.size()));
  return ArchiveProblem(head, tail);
}

// Whether the command of --trainer is isoshape-trainer, with whatever flags.
bool ReadsTextAlone(const std::string& trainer) {
  if (trainer.empty()) return true;
  const std::vector<absl::string_view> words = absl::StrSplit(trainer, ' ');
  return std::any_of(words.begin(), words.end(), [](absl::string_view word) {
    return fs::path(std::string(word)).filename() == "isoshape-trainer";
  });
}

// The same of the files that isoshape-trainer reads of the path, with the path
// of the first that is meant if it lies in a folder.
std::string FormProblemBelow(const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return FormProblem(path);
  int looked = 0;
  for (auto at = fs::recursive_directory_iterator(
           path, fs::directory_options::skip_permission_denied, error);
       !error && at != fs::end(at) && looked < kMaxLooked;
       at.increment(error)) {
    std::error_code ignored;
    if (at->path().filename().string().starts_with('.')) {
      if (at->is_directory(ignored)) at.disable_recursion_pending();
      continue;
    }
    if (!at->is_regular_file(ignored)) continue;
    ++looked;
    if (const std::string problem = FormProblem(at->path()); !problem.empty()) {
      return absl::StrCat(OneLine(at->path().string()), ": ", problem);
    }
  }
  return "";
}

}  // namespace

absl::Status AddData(const std::string& flag, bool as_is,
                     WorkerOptions& options) {
  if (flag == "synthetic:") {
    options.generates_data = true;
    return absl::OkStatus();
  }
  const size_t equals = flag.find('=');
  const std::string name =
      equals == std::string::npos ? "text" : flag.substr(0, equals);
  const std::string given =
      equals == std::string::npos ? flag : flag.substr(equals + 1);
  const auto wrong = [&](absl::string_view what) {
    return absl::InvalidArgumentError(
        absl::StrCat("--data ", OneLine(flag), ": ", what));
  };
  ISOSHAPE_RETURN_IF_ERROR(CheckId("the name of --data", name));
  if (given.empty()) return wrong("the path is missing; write NAME=PATH");
  if (name == "synthetic") {
    return wrong("that name stands for generated tasks; give it another");
  }

  std::error_code error;
  const fs::path path = fs::absolute(given, error).lexically_normal();
  if (!IsUtf8(path.string())) {
    return wrong(
        "the path is not UTF-8, and a trainer is told of it in JSON; rename "
        "it, or make a link of another name");
  }
  if (!fs::exists(path, error)) {
    return wrong(
        "there is no such file or folder; give the path of a text "
        "file or of a folder of them");
  }
  if (access(path.c_str(), R_OK) != 0) {
    return wrong("it may not be read; change its permissions");
  }
  if (!fs::is_regular_file(path, error) && !fs::is_directory(path, error)) {
    return wrong("it is neither a file nor a folder");
  }
  if (!HasBytes(path, error)) {
    return wrong(error ? absl::StrCat("it cannot be read: ", error.message())
                       : "it is empty; give a file or folder with text in it");
  }
  if (const std::string problem = FormProblemBelow(path); !problem.empty()) {
    if (ReadsTextAlone(options.trainer)) return wrong(problem);
    // A trainer of one's own may read what isoshape-trainer does not.
    if (!as_is) {
      return wrong(absl::StrCat(problem, "; if the trainer '",
                                OneLine(options.trainer),
                                "' reads it as it is, add --data-as-is"));
    }
    options.notes.push_back(absl::StrCat("--data ", OneLine(flag), ": ",
                                         problem,
                                         "; the trainer is given it as it is"));
  }
  if (!options.data.emplace(name, path.string()).second) {
    return wrong(absl::StrCat("the name '", name, "' is given twice"));
  }
  return absl::OkStatus();
}

}  // namespace isoshape
