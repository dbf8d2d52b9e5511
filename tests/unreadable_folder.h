#ifndef ISOSHAPE_TESTS_UNREADABLE_FOLDER_H_
#define ISOSHAPE_TESTS_UNREADABLE_FOLDER_H_

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>

#include "tests/as_nobody.h"

namespace isoshape {

// As long as this lives this process may write into the folder, and not read
// it. It becomes nobody's, if root is that meanwhile.
class UnreadableFolder {
 public:
  explicit UnreadableFolder(std::string path) : path_(std::move(path)) {
    if (geteuid() == 0) {
      EXPECT_EQ(chown(path_.c_str(), AsNobody::kNobody, AsNobody::kNobody), 0);
    }
    EXPECT_EQ(chmod(path_.c_str(), 0300), 0);
    nobody_.emplace();
  }
  ~UnreadableFolder() {
    nobody_.reset();
    EXPECT_EQ(chmod(path_.c_str(), 0700), 0);
  }
  UnreadableFolder(const UnreadableFolder&) = delete;
  UnreadableFolder& operator=(const UnreadableFolder&) = delete;

 private:
  const std::string path_;
  std::optional<AsNobody> nobody_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_UNREADABLE_FOLDER_H_
