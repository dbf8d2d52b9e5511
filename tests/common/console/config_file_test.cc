#include "common/console/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "common/console/command_line.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ConfigFileTest : public testing::Test {
 protected:
  ConfigFileTest() {
    app_.set_version_flag("--version", "serve 1");
    app_.add_option("--address", address_);
    app_.add_option("--limit", limit_);
    app_.add_option("--allow-host", hosts_)->allow_extra_args(false);
    app_.add_option("--level", level_)->check(CLI::IsMember({"info", "warn"}));
    app_.add_flag("--read-only", read_only_);
    AddConfigFlag(app_);
  }

  // What is wrong with the text, or empty.
  std::string Read(const std::string& text,
                   const std::vector<std::string>& flags = {}) {
    std::ofstream(file_) << text;
    std::vector<std::string> arguments = {"--config", file_};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
      app_.parse(reversed);
    } catch (const CLI::ParseError& error) {
      return UsageMessage(app_, error, arguments);
    }
    return "";
  }

  const TempFolder folder_;
  const std::string file_ = folder_.File("c.yaml");
  CLI::App app_{"Serves.", "serve"};
  std::string address_ = "none";
  std::string level_ = "info";
  int limit_ = 1;
  std::vector<std::string> hosts_;
  bool read_only_ = false;
};

TEST_F(ConfigFileTest, AKeyIsAFlag) {
  EXPECT_EQ(Read("# ours\naddress: 0.0.0.0:50551\nlimit: 7\n"
                 "allow-host: [gpu1, gpu2]\nread-only: true\nlevel: warn\n"),
            "");
  EXPECT_EQ(address_, "0.0.0.0:50551");
  EXPECT_EQ(limit_, 7);
  EXPECT_THAT(hosts_, ElementsAre("gpu1", "gpu2"));
  EXPECT_TRUE(read_only_);
  EXPECT_EQ(level_, "warn");
}

TEST_F(ConfigFileTest, TheCommandLineStands) {
  EXPECT_EQ(Read("{\"address\": \"a:1\", \"limit\": 7, \"read-only\": false}",
                 {"--address", "b:2", "--read-only"}),
            "");
  EXPECT_EQ(address_, "b:2");
  EXPECT_EQ(limit_, 7);
  EXPECT_TRUE(read_only_);
}

TEST_F(ConfigFileTest, AnEmptyFileChangesNothing) {
  EXPECT_EQ(Read("# nothing\n"), "");
  EXPECT_EQ(Read("---\n---\n"), "");
  EXPECT_EQ(address_, "none");
}

TEST_F(ConfigFileTest, WhatIsWrongIsSaidWithItsPlace) {
  const struct {
    const char* text;
    const char* message;
  } cases[] = {
      {"limit: 1\nadress: x\n",
       ":2:1: 'adress' is no flag of serve; did you mean 'address'?; see"},
      {"read_only: true\n",
       "'read_only' is no flag of serve; did you mean "
       "'read-only'?"},
      {"help: true\n", ":1:1: 'help' is no flag of serve"},
      {"config: other.yaml\n", ":1:1: 'config' is no flag of serve"},
      {"limit: 1\nlimit: 2\n", ":2:1: limit is given twice"},
      {"limit:\n", ":1:1: limit has no value"},
      {"limit: {max: 3}\n", ":1:1: limit has no value"},
      {"read-only: \"\"\n", ":1:1: read-only has no value"},
      {"allow-host: [a, \"\"]\n", ":1:1: allow-host has no value"},
      {"allow-host: [[a]]\n", ":1:14: allow-host has no value"},
      {"- limit\n", ":1:1: settings by name are asked"},
      {"limit: [\n", "this is neither YAML nor JSON: "},
      {"limit: 1\n---\nlimit: 2\n",
       ":2:1: this is neither YAML nor JSON: a second document begins here"},
      {", limit", "this is neither YAML nor JSON: nothing can be read here"},
      {"limit: 1\n--limit: 2\n", ":2:1: '--limit' is no flag of serve"},
      {"limit: many\n", ":1:8: --limit: 'many' is not a number; see"},
      {"# ours\nlevel: loud\n", ":2:8: --level: loud not in {info,warn}"},
      {"read-only: maybe\n",
       ":1:12: --read-only: 'maybe' is neither true nor false; see"},
      {"read-only: [true, false]\n",
       ":1:12: --read-only: a list of 2 values, where true or false is asked; "
       "see"},
  };
  for (const auto& [text, message] : cases) {
    const std::string said = Read(text);
    EXPECT_THAT(said, testing::StartsWith(file_ + ":")) << text;
    EXPECT_EQ(said.find(file_, 1), said.npos) << "its place twice: " << said;
    EXPECT_THAT(said, HasSubstr(message)) << text;
    EXPECT_THAT(said, testing::Not(HasSubstr("\n"))) << text;
    app_.clear();
  }
}

TEST_F(ConfigFileTest, WhatTheCommandLineSaysIsNotOfTheFile) {
  EXPECT_THAT(Read("limit: 1\n", {"--limit", "many"}),
              testing::StartsWith("--limit: 'many' is not a number"));
  app_.clear();
  EXPECT_THAT(Read("limit: 1\n", {"--read-only=maybe"}),
              testing::StartsWith("--read-only: 'maybe' is neither true nor"));
  app_.clear();
  EXPECT_THAT(Read("limit: many\n", {"--level", "loud"}),
              testing::Not(HasSubstr("c.yaml:1:8: --level")));
}

TEST_F(ConfigFileTest, WhatIsFoundWrongLaterHasItsPlaceToo) {
  EXPECT_EQ(Read("address: here\nlimit: 3\n", {"--level", "warn"}), "");
  EXPECT_EQ(WithPlaceInConfig(app_, "--address 'here' is not HOST:PORT"),
            file_ + ":1:10: --address 'here' is not HOST:PORT");
  // The first flag is the one that is wrong.
  EXPECT_EQ(WithPlaceInConfig(app_, "--limit 3 is above that of --address"),
            file_ + ":2:8: --limit 3 is above that of --address");
  // Of the file is the second one alone, which is right; so is a remedy.
  for (const char* const message :
       {"--level warn is odd", "--limits 3", "nothing", "--addressee",
        "--level warn asks for less than --limit",
        "nobody may come; give --limit"}) {
    EXPECT_EQ(WithPlaceInConfig(app_, message), message);
  }
}

TEST_F(ConfigFileTest, AFileThatIsNotThereIsNamed) {
  const auto refused = [&](const std::string& file) {
    const std::vector<std::string> arguments = {"--config", file};
    try {
      app_.parse(std::vector<std::string>{file, "--config"});
    } catch (const CLI::ParseError& error) {
      return UsageMessage(app_, error, arguments);
    }
    return std::string("taken");
  };
  EXPECT_THAT(refused(folder_.File("none.yaml")),
              HasSubstr("none.yaml: No such file or directory; name a file"));
  app_.clear();
  EXPECT_THAT(refused(folder_.path()),
              HasSubstr(folder_.path() + ": this is a folder; name a file"));
}

TEST_F(ConfigFileTest, TheExampleIsAKeyOfTheProgram) {
  EXPECT_THAT(app_.help(), HasSubstr("'address: VALUE'"));
  EXPECT_THAT(Read("- limit\n"), HasSubstr("such as 'address: VALUE'"));
}

}  // namespace
}  // namespace isoshape
