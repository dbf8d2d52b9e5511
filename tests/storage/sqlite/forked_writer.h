#ifndef ISOSHAPE_TESTS_STORAGE_SQLITE_FORKED_WRITER_H_
#define ISOSHAPE_TESTS_STORAGE_SQLITE_FORKED_WRITER_H_

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "tests/storage/sqlite/sqlite_folder.h"
#include "tests/storage/store_rows.h"

namespace isoshape {

// A coordinator, as far as its database is concerned, in a process of its own:
// SQLite's locks are a process's.
class ForkedWriter {
 public:
  // Commits trials 1, 2, … of a campaign that is there, and a counter `n` of
  // them, without end.
  ForkedWriter(const SqliteFolder& folder, const std::string& campaign) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    process_ = fork();
    if (process_ == 0) {
      alarm(60);
      auto store = folder.Open();
      if (!store.ok()) _exit(1);
      for (int64_t i = (*store)->GetCounter("n").value() + 1;; ++i) {
        if (!(*store)
                 ->Commit({PutTrial{TrialOf(campaign, i)}, PutCounter{"n", i}})
                 .ok() ||
            write(ends[1], "k", 1) != 1) {
          _exit(2);
        }
      }
    }
    close(ends[1]);
    acknowledged_ = ends[0];
  }
  ~ForkedWriter() { Kill(); }
  ForkedWriter(const ForkedWriter&) = delete;
  ForkedWriter& operator=(const ForkedWriter&) = delete;

  void AwaitCommits(int count) const {
    char byte = 0;
    for (int i = 0; i < count; ++i) {
      ASSERT_EQ(read(acknowledged_, &byte, 1), 1) << "the writer has ended";
    }
  }
  bool Lives() const { return waitpid(process_, nullptr, WNOHANG) == 0; }
  void Kill() {
    if (process_ <= 0) return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    close(acknowledged_);
    process_ = 0;
  }

 private:
  pid_t process_ = 0;
  int acknowledged_ = -1;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_STORAGE_SQLITE_FORKED_WRITER_H_
