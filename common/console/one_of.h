#ifndef ISOSHAPE_COMMON_CONSOLE_ONE_OF_H_
#define ISOSHAPE_COMMON_CONSOLE_ONE_OF_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace isoshape {

// A value that is one of `names`; of any other the message says which there are
// and which was probably meant. Help shows them as CLI::IsMember does.
CLI::Validator OneOf(std::vector<std::string> names);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_CONSOLE_ONE_OF_H_
