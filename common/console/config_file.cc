#include "common/console/config_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <istream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/files/yaml_document.h"
#include "common/text/nearest_name.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

// A file that is larger is none of ours: it may be a device without an end.
constexpr size_t kMaxBytes = 1 << 20;

// Reads YAML for CLI11, which knows TOML and INI itself.
class YamlConfig : public CLI::Config {
 public:
  explicit YamlConfig(const CLI::App* program) : program_(*program) {}

  // Nobody writes one.
  std::string to_config(const CLI::App* /*program*/, bool /*defaults*/,
                        bool /*descriptions*/,
                        std::string /*prefix*/) const override {
    return "";
  }

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::string text;
    std::array<char, 4096> block;
    while (text.size() <= kMaxBytes &&
           (input.read(block.data(), block.size()), input.gcount() > 0)) {
      text.append(block.data(), static_cast<size_t>(input.gcount()));
    }
    if (text.size() > kMaxBytes) Fail({}, "the file is larger than 1 MiB");
    // yaml-cpp reports by exceptions; they end here.
    try {
      return Items(ReadYaml(text));
    } catch (const YAML::Exception& exception) {
      Fail(exception.mark,
           absl::StrCat("this is neither YAML nor JSON: ", exception.msg));
    }
  }

 private:
  [[noreturn]] void Fail(const YAML::Mark& mark, absl::string_view what) const {
    const std::string file =
        OneLine(program_.get_config_ptr()->as<std::string>());
    throw CLI::ConfigError(mark.is_null() || mark.line < 0
                               ? absl::StrCat(file, ": ", what)
                               : absl::StrCat(file, ":", mark.line + 1, ":",
                                              mark.column + 1, ": ", what),
                           CLI::ExitCodes::ConfigError);
  }

  // The flags that a file may give: all but --help and those like it.
  std::vector<std::string> Keys() const {
    std::vector<std::string> keys;
    for (const CLI::Option* option : program_.get_options()) {
      if (!option->get_configurable()) continue;
      for (const std::string& name : option->get_lnames()) keys.push_back(name);
    }
    return keys;
  }

  std::vector<CLI::ConfigItem> Items(const YAML::Node& root) const {
    std::vector<CLI::ConfigItem> items;
    if (root.IsNull()) return items;  // empty, or comments alone
    if (!root.IsMap()) {
      Fail(root.Mark(), "settings by name are asked, such as 'db: results.db'");
    }
    const std::vector<std::string> keys = Keys();
    const std::set<std::string> known(keys.begin(), keys.end());
    std::set<std::string> given;
    for (const auto& entry : root) {
      const YAML::Node& key = entry.first;
      const YAML::Node& value = entry.second;
      CLI::ConfigItem item;
      if (key.IsScalar()) item.name = key.Scalar();
      if (!known.contains(item.name)) {
        Fail(key.Mark(),
             absl::StrCat("'", OneLine(item.name), "' is no flag of ",
                          program_.get_name(), DidYouMean(item.name, keys)));
      }
      if (!given.insert(item.name).second) {
        Fail(key.Mark(),
             absl::StrCat(item.name, " is given twice; remove one of them"));
      }
      if (value.IsScalar()) {
        item.inputs.push_back(value.Scalar());
      } else if (value.IsSequence()) {
        for (const YAML::Node& one : value) {
          if (!one.IsScalar()) Fail(one.Mark(), NoText(item.name));
          item.inputs.push_back(one.Scalar());
        }
      }
      const bool is_blank =
          std::any_of(item.inputs.begin(), item.inputs.end(),
                      [](const std::string& one) { return one.empty(); });
      if (item.inputs.empty() || is_blank) Fail(key.Mark(), NoText(item.name));
      items.push_back(std::move(item));
    }
    return items;
  }

  static std::string NoText(const std::string& key) {
    return absl::StrCat(key,
                        " has no value that a flag could have; give it "
                        "text, a number, or true or false");
  }

  const CLI::App& program_;
};

}  // namespace

void AddConfigFlag(CLI::App& program) {
  CLI::Option* const flag = program.set_config(
      "--config", "", "file in YAML with a key for each flag, 'db: FILE'");
  flag->configurable(false);
  if (CLI::Option* const help = program.get_help_ptr()) {
    help->configurable(false);
  }
  if (CLI::Option* const version = program.get_version_ptr()) {
    version->configurable(false);
  }
  program.config_formatter(std::make_shared<YamlConfig>(&program));
}

}  // namespace isoshape
