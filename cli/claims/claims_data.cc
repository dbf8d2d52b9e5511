#include "cli/claims/claims_data.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "cli/console/output_file.h"
#include "common/status/status_macros.h"

namespace isoshape {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxProcesses = 64;
constexpr int64_t kKibibyte = 1024;

std::vector<fs::path> FilesBelow(const std::string& text) {
  std::error_code error;
  if (!fs::is_directory(text, error)) return {text};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(text, error)) {
    if (entry.is_regular_file(error)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

ClaimData ClaimDataOf(const std::string& dataset) {
  ClaimData data;
  absl::string_view rest = dataset;
  if (!absl::ConsumePrefix(&rest, "text")) return data;
  if (rest.empty()) {
    data.is_text = true;
  } else if (absl::ConsumePrefix(&rest, "-by-")) {
    data.is_text = absl::SimpleAtoi(rest, &data.processes) &&
                   data.processes >= 1 && data.processes <= kMaxProcesses;
  } else if (absl::ConsumePrefix(&rest, "-") &&
             absl::ConsumeSuffix(&rest, "k")) {
    data.is_text =
        absl::SimpleAtoi(rest, &data.kibibytes) && data.kibibytes >= 1;
  }
  return data.is_text ? data : ClaimData();
}

absl::StatusOr<std::string> WriteSlice(const std::string& text,
                                       int64_t kibibytes,
                                       const std::string& directory) {
  const auto wanted = static_cast<size_t>(kibibytes * kKibibyte);
  std::string slice;
  for (const fs::path& path : FilesBelow(text)) {
    std::ifstream file(path, std::ios::binary);
    const size_t had = slice.size();
    slice.resize(wanted);
    file.read(slice.data() + had, static_cast<std::streamsize>(wanted - had));
    slice.resize(had + static_cast<size_t>(file.gcount()));
    if (slice.size() == wanted) break;
  }
  if (slice.size() < wanted) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--data ", text, " has ", slice.size(), " bytes; these claims need ",
        wanted, ": name a longer text"));
  }
  std::string path = absl::StrCat(directory, "/text-", kibibytes, "k.txt");
  ISOSHAPE_RETURN_IF_ERROR(WriteOutput(path, slice));
  return path;
}

}  // namespace isoshape
