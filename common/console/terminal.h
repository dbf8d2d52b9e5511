#ifndef ISOSHAPE_COMMON_CONSOLE_TERMINAL_H_
#define ISOSHAPE_COMMON_CONSOLE_TERMINAL_H_

#include <cstddef>
#include <optional>

namespace isoshape {

// Columns of the terminal that a handle (STDERR_FILENO) writes to: those that
// the terminal says, or fewer if COLUMNS does; those of COLUMNS if the terminal
// does not know; none if it is no terminal, or neither says.
std::optional<size_t> TerminalColumns(int handle);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_CONSOLE_TERMINAL_H_
