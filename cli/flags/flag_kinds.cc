#include "cli/flags/flag_kinds.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/console/one_of.h"
#include "common/text/one_line.h"
#include "common/text/time_text.h"
#include "isoshape/v1/trial.pb.h"
#include "messages/json/enum_name.h"

namespace isoshape {

CLI::Option* AddLabelFlag(CLI::App& command,
                          std::map<std::string, std::string>& labels,
                          const std::string& description) {
  return command
      .add_option_function<std::vector<std::string>>(
          "--label",
          [&labels](const std::vector<std::string>& given) {
            for (const std::string& text : given) {
              const size_t equals = text.find('=');
              const std::string key = text.substr(0, equals);
              std::string value =
                  equals == text.npos ? "" : text.substr(equals + 1);
              if (!labels.emplace(key, std::move(value)).second) {
                throw CLI::ValidationError(
                    "--label", absl::StrCat("'", OneLine(key),
                                            "' is given twice; a label has "
                                            "one value"));
              }
            }
          },
          description)
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

namespace {

// A flag of a duration. If `none` is not empty, that word is taken as 0.
CLI::Option* AddDurationOr(absl::string_view none, CLI::App& command,
                           const std::string& name,
                           const std::function<void(double seconds)>& write,
                           const std::string& description) {
  return command
      .add_option_function<std::string>(
          name,
          [none = std::string(none), name, write](const std::string& text) {
            if (!none.empty() && text == none) return write(0);
            const absl::StatusOr<absl::Duration> duration = ReadDuration(text);
            if (!duration.ok()) {
              throw CLI::ValidationError(
                  name, absl::StrCat(duration.status().message(),
                                     none.empty() ? "" : "; none: no limit"));
            }
            write(absl::ToDoubleSeconds(*duration));
          },
          description)
      ->type_name(none.empty() ? "DURATION" : absl::StrCat("DURATION|", none));
}

}  // namespace

CLI::Option* AddDurationFlag(CLI::App& command, const std::string& name,
                             const std::function<void(double seconds)>& write,
                             const std::string& description) {
  return AddDurationOr("", command, name, write, description);
}

CLI::Option* AddLimitFlag(CLI::App& command, const std::string& name,
                          const std::function<void(double seconds)>& write,
                          const std::string& description) {
  return AddDurationOr("none", command, name, write, description);
}

CLI::Option* AddStateFlag(CLI::App& command,
                          const google::protobuf::EnumDescriptor& type,
                          const std::function<void(int number)>& write,
                          const std::string& description) {
  std::map<std::string, int> numbers;
  std::vector<std::string> names;  // in the order of the type
  const auto add = [&](const std::string& name, int number) {
    numbers[name] = number;
    names.push_back(name);
  };
  for (int i = 0; i < type.value_count(); ++i) {
    const google::protobuf::EnumValueDescriptor& value = *type.value(i);
    if (value.number() == 0) continue;
    add(EnumName(value), value.number());
    if (value.number() == v1::Trial::LEASED &&
        &type == v1::Trial::State_descriptor()) {
      add("running", value.number());
    }
  }
  return command
      .add_option_function<std::string>(
          "--state",
          [numbers, write](const std::string& name) {
            write(numbers.at(name));
          },
          description)
      ->check(OneOf(names));
}

}  // namespace isoshape
