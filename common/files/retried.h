#ifndef ISOSHAPE_COMMON_FILES_RETRIED_H_
#define ISOSHAPE_COMMON_FILES_RETRIED_H_

#include <cerrno>

namespace isoshape {

// The result of a call of the kernel that a signal may cut short (EINTR), which
// is then made again. Not for close: what that was given is closed whatever it
// says.
//
//   const int file = Retried([&] { return open(path, O_RDONLY | O_CLOEXEC); });
template <typename Call>
auto Retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_FILES_RETRIED_H_
