#ifndef ISOSHAPE_BENCH_COORDINATOR_SYNCED_FILE_H_
#define ISOSHAPE_BENCH_COORDINATOR_SYNCED_FILE_H_

#include <cstdint>
#include <string>

namespace isoshape {

// A file that is written as a coordinator's log is: the bytes of a commit, and
// a sync, over those that are there, from the beginning again at its end. It
// has no name any more. Not thread-safe.
class SyncedFile {
 public:
  static constexpr int64_t kBytes = int64_t{4000} << 12;

  // `grows`: it is empty and each commit goes behind the last, so that its new
  // length is to be on disk too.
  SyncedFile(const std::string& folder, bool grows);
  ~SyncedFile();
  SyncedFile(const SyncedFile&) = delete;
  SyncedFile& operator=(const SyncedFile&) = delete;

  // Writes whole pages, 64 kB at most. False: it could not be made, written or
  // synced, this time or before.
  bool Commit(int64_t bytes);

 private:
  bool Write(int64_t bytes);

  const int file_;
  const bool grows_;
  bool good_;
  int64_t at_ = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_BENCH_COORDINATOR_SYNCED_FILE_H_
