#ifndef ISOSHAPE_COMMON_PROCESS_PROGRAM_FOLDER_H_
#define ISOSHAPE_COMMON_PROCESS_PROGRAM_FOLDER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace isoshape {

// Folder of the running program.
std::string ProgramFolder();

// Becomes the program `name` that lies next to the running one, with these
// arguments. Returns only if that fails: NOT_FOUND, or INTERNAL.
absl::Status ExecSibling(const std::string& name,
                         const std::vector<std::string>& arguments);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_PROCESS_PROGRAM_FOLDER_H_
