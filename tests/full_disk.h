#ifndef ISOSHAPE_TESTS_FULL_DISK_H_
#define ISOSHAPE_TESTS_FULL_DISK_H_

#include <signal.h>
#include <sys/resource.h>

namespace isoshape {

// While it lives, no file of this process grows past `bytes`: writes fail as on
// a full disk, for root as well. Nothing may be printed meanwhile.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    handler_ = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_ = {};
  void (*handler_)(int) = nullptr;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_FULL_DISK_H_
