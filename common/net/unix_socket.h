#ifndef ISOSHAPE_COMMON_NET_UNIX_SOCKET_H_
#define ISOSHAPE_COMMON_NET_UNIX_SOCKET_H_

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace isoshape {

// The errno of connecting to a Unix socket; 0 if somebody listens there,
// ECONNREFUSED if the one that made it has ended, EACCES if this user may not
// write to it. Waits for nobody: one whose queue is full is EAGAIN.
inline int ConnectError(const sockaddr_un& name) {
  const int probe =
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int error = connect(probe, reinterpret_cast<const sockaddr*>(&name),
                            sizeof(name)) == 0
                        ? 0
                        : errno;
  close(probe);
  return error;
}

// Device and inode of what lies at a path; zeros if nothing does. As long as a
// socket is open no other file has those of the one that it was bound to,
// whether that was removed or not.
inline std::pair<dev_t, ino_t> FileAt(const std::string& path) {
  struct stat file = {};
  if (lstat(path.c_str(), &file) != 0) return {};
  return {file.st_dev, file.st_ino};
}

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_NET_UNIX_SOCKET_H_
