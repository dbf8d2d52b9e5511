#ifndef ISOSHAPE_TESTS_AS_NOBODY_H_
#define ISOSHAPE_TESTS_AS_NOBODY_H_

#include <gtest/gtest.h>
#include <unistd.h>

namespace isoshape {

// Root may read and write all, so that nothing is refused to it: as long as
// this lives it is nobody. Does nothing if the user of the process is not root;
// what is to be refused must then be refused to the file's owner too.
class AsNobody {
 public:
  static constexpr uid_t kNobody = 65534;

  AsNobody() {
    if (is_root_) {
      EXPECT_EQ(seteuid(kNobody), 0);
    }
  }
  ~AsNobody() {
    if (is_root_) {
      EXPECT_EQ(seteuid(0), 0);
    }
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  const bool is_root_ = geteuid() == 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_AS_NOBODY_H_
