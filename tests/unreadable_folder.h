#ifndef ISOSHAPE_TESTS_UNREADABLE_FOLDER_H_
#define ISOSHAPE_TESTS_UNREADABLE_FOLDER_H_

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace isoshape {

// As long as this lives this process may write into the folder, and not read
// it. Root may read all: it is nobody meanwhile, whose folder that becomes.
class UnreadableFolder {
 public:
  explicit UnreadableFolder(std::string path) : path_(std::move(path)) {
    constexpr uid_t kNobody = 65534;
    if (is_root_) {
      EXPECT_EQ(chown(path_.c_str(), kNobody, kNobody), 0);
    }
    EXPECT_EQ(chmod(path_.c_str(), 0300), 0);
    if (is_root_) {
      EXPECT_EQ(seteuid(kNobody), 0);
    }
  }
  ~UnreadableFolder() {
    if (is_root_) {
      EXPECT_EQ(seteuid(0), 0);
    }
    EXPECT_EQ(chmod(path_.c_str(), 0700), 0);
  }
  UnreadableFolder(const UnreadableFolder&) = delete;
  UnreadableFolder& operator=(const UnreadableFolder&) = delete;

 private:
  const std::string path_;
  const bool is_root_ = geteuid() == 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_UNREADABLE_FOLDER_H_
