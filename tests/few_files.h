#ifndef ISOSHAPE_TESTS_FEW_FILES_H_
#define ISOSHAPE_TESTS_FEW_FILES_H_

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace isoshape {

// No file gets a number of `most` or more in this process until it is
// destroyed.
class FewFiles {
 public:
  explicit FewFiles(rlim_t most) {
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit few = {.rlim_cur = most, .rlim_max = before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  }
  ~FewFiles() { setrlimit(RLIMIT_NOFILE, &before_); }
  FewFiles(const FewFiles&) = delete;
  FewFiles& operator=(const FewFiles&) = delete;

 private:
  rlimit before_ = {};
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_FEW_FILES_H_
