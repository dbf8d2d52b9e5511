#include "common/console/terminal.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/numbers.h"

namespace isoshape {

std::optional<size_t> TerminalColumns(int handle) {
  winsize size = {};
  if (ioctl(handle, TIOCGWINSZ, &size) != 0) return std::nullopt;
  const char* const asked = std::getenv("COLUMNS");
  size_t columns = 0;
  if (asked != nullptr && absl::SimpleAtoi(asked, &columns) && columns > 0) {
    // Lines that are drawn in place must not be wider than it is.
    return size.ws_col == 0 ? columns : std::min(columns, size_t{size.ws_col});
  }
  // A serial line, or a container's, does not know.
  if (size.ws_col == 0) return std::nullopt;
  return size.ws_col;
}

}  // namespace isoshape
