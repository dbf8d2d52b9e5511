#include "common/console/config_file.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <istream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/files/yaml_document.h"
#include "common/text/nearest_name.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

// A file that is larger is none of ours: it may be a device without an end.
constexpr size_t kMaxBytes = 1 << 20;

// The flags that a file may give: all but --help and those like it.
std::vector<std::string> KeysOf(const CLI::App& program) {
  std::vector<std::string> keys;
  for (const CLI::Option* option : program.get_options()) {
    if (!option->get_configurable()) continue;
    for (const std::string& name : option->get_lnames()) keys.push_back(name);
  }
  return keys;
}

// A line of a file, of a key that the program has.
std::string ExampleOf(const CLI::App& program) {
  const std::vector<std::string> keys = KeysOf(program);
  return absl::StrCat("'", keys.empty() ? "KEY" : keys.front(), ": VALUE'");
}

// Where `flag` stands in the text as a whole word; npos if it does not.
size_t FindFlag(absl::string_view text, const std::string& flag) {
  for (size_t at = text.find(flag); at != text.npos;
       at = text.find(flag, at + 1)) {
    const size_t end = at + flag.size();
    const bool goes_on = end < text.size() &&
                         (absl::ascii_isalnum(text[end]) || text[end] == '-');
    if (!goes_on) return at;
  }
  return text.npos;
}

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
    places_.clear();
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

  // The place of the value that the first flag in the message has from the
  // file, as `file:line:column: `; empty if it has none from there, or the
  // message has its place already. What comes after a semicolon is a remedy,
  // which names other flags.
  std::string PlaceOf(absl::string_view message) const {
    if (places_.empty() || absl::StartsWith(message, File())) return "";
    message = message.substr(0, message.find(';'));
    size_t first = message.npos;
    std::string named;
    for (const std::string& key : KeysOf(program_)) {
      const std::string flag = absl::StrCat("--", key);
      const size_t at = FindFlag(message, flag);
      if (at >= first) continue;
      first = at;
      named = flag;
    }
    const auto place = places_.find(named);
    return place == places_.end() ? "" : place->second;
  }

 private:
  std::string File() const {
    return OneLine(program_.get_config_ptr()->as<std::string>()) + ":";
  }
  std::string Place(const YAML::Mark& mark) const {
    if (mark.is_null() || mark.line < 0) return absl::StrCat(File(), " ");
    return absl::StrCat(File(), mark.line + 1, ":", mark.column + 1, ": ");
  }

  [[noreturn]] void Fail(const YAML::Mark& mark, absl::string_view what) const {
    throw CLI::ConfigError(absl::StrCat(Place(mark), what),
                           CLI::ExitCodes::ConfigError);
  }

  // Keeps where the flag's value is, unless the command line gives another, and
  // refuses a list for a flag that is true or false.
  void CheckValue(const CLI::ConfigItem& item, const YAML::Node& value) const {
    const CLI::Option* const option =
        program_.get_option_no_throw("--" + item.name);
    if (option == nullptr || option->count() > 0) return;
    for (const std::string& name : option->get_lnames()) {
      places_["--" + name] = Place(value.Mark());
    }
    if (option->get_expected_min() == 0 && item.inputs.size() > 1) {
      Fail(value.Mark(),
           absl::StrCat("--", item.name, ": a list of ", item.inputs.size(),
                        " values, where true or false is asked"));
    }
  }

  std::vector<CLI::ConfigItem> Items(const YAML::Node& root) const {
    std::vector<CLI::ConfigItem> items;
    if (root.IsNull()) return items;  // empty, or comments alone
    if (!root.IsMap()) {
      Fail(root.Mark(), absl::StrCat("settings by name are asked, such as ",
                                     ExampleOf(program_)));
    }
    const std::vector<std::string> keys = KeysOf(program_);
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
      CheckValue(item, value);
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
  // By flag, `--limit`. CLI11 reads files by a const method.
  mutable std::map<std::string, std::string> places_;
};

}  // namespace

void AddConfigFlag(CLI::App& program) {
  CLI::Option* const flag =
      program.set_config("--config", "",
                         absl::StrCat("file in YAML with a key for each flag, ",
                                      ExampleOf(program)));
  flag->configurable(false);
  if (CLI::Option* const help = program.get_help_ptr()) {
    help->configurable(false);
  }
  if (CLI::Option* const version = program.get_version_ptr()) {
    version->configurable(false);
  }
  program.config_formatter(std::make_shared<YamlConfig>(&program));
}

std::string WithPlaceInConfig(const CLI::App& program,
                              absl::string_view message) {
  const auto file = std::dynamic_pointer_cast<const YamlConfig>(
      program.get_config_formatter());
  return absl::StrCat(file == nullptr ? "" : file->PlaceOf(message), message);
}

}  // namespace isoshape
