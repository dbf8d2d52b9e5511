#include "common/process/program_folder.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace isoshape {

std::string ProgramFolder() {
  std::error_code error;
  const std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "." : program.parent_path().string();
}

absl::Status ExecSibling(const std::string& name,
                         const std::vector<std::string>& arguments) {
  const std::string path = absl::StrCat(ProgramFolder(), "/", name);
  std::vector<char*> argv = {const_cast<char*>(path.c_str())};
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  std::cout.flush();
  execv(path.c_str(), argv.data());
  if (errno == ENOENT) {
    return absl::NotFoundError(absl::StrCat(
        path, " is not there; build or install ", name, " next to isoshape"));
  }
  return absl::InternalError(
      absl::StrCat("cannot run ", path, ": ", std::strerror(errno)));
}

}  // namespace isoshape
