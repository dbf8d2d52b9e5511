#include "common/console/terminal.h"

#include <sys/ioctl.h>

namespace isoshape {

std::optional<size_t> TerminalColumns(int handle) {
  winsize size = {};
  if (ioctl(handle, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return std::nullopt;
  }
  return size.ws_col;
}

}  // namespace isoshape
