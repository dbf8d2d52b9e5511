#ifndef ISOSHAPE_CLI_FLAGS_FLAG_KINDS_H_
#define ISOSHAPE_CLI_FLAGS_FLAG_KINDS_H_

#include <google/protobuf/descriptor.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>

namespace isoshape {

// Flags of the kinds that several commands have. What they write into must
// outlive `command`.

// Adds --label KEY=VALUE, which may be given several times. A KEY alone has an
// empty value; a usage error if a KEY is given twice.
CLI::Option* AddLabelFlag(CLI::App& command,
                          std::map<std::string, std::string>& labels,
                          const std::string& description);

// Adds a flag that takes a duration such as `90s`, `10m` or `2h30m`, and hands
// it over in seconds; a usage error if it is none, or not above 0.
CLI::Option* AddDurationFlag(CLI::App& command, const std::string& name,
                             const std::function<void(double seconds)>& write,
                             const std::string& description);
// One that also takes `none`, which is handed over as 0.
CLI::Option* AddLimitFlag(CLI::App& command, const std::string& name,
                          const std::function<void(double seconds)>& write,
                          const std::string& description);

// Adds --state, the name of a value of the enum in lower case (`failed`); a
// trial that is `leased` is `running` too. `write` gets the value's number.
CLI::Option* AddStateFlag(CLI::App& command,
                          const google::protobuf::EnumDescriptor& type,
                          const std::function<void(int number)>& write,
                          const std::string& description);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_FLAG_KINDS_H_
