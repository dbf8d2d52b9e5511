#ifndef ISOSHAPE_CLI_LOCAL_LOCAL_FOLDER_H_
#define ISOSHAPE_CLI_LOCAL_LOCAL_FOLDER_H_

#include <string>

#include "absl/status/status.h"

namespace isoshape {

// What a worker could not report lies in this folder of a LocalFolder.
inline constexpr char kResultsFolder[] = "results";

// A folder in which a command keeps the database and the logs of processes of
// its own, for one such command at a time.
class LocalFolder {
 public:
  LocalFolder() = default;
  ~LocalFolder();
  LocalFolder(const LocalFolder&) = delete;
  LocalFolder& operator=(const LocalFolder&) = delete;

  // Makes the folder if it is not there and takes it. FAILED_PRECONDITION if it
  // cannot be written in, for example since the disk is full, or if another
  // `what` (`demo`) has it.
  absl::Status Open(const std::string& directory, const std::string& what);

  // Removes what is in it.
  void Clear();

 private:
  std::string directory_;
  std::string lock_name_;
  int lock_ = -1;
};

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_LOCAL_LOCAL_FOLDER_H_
