#include "common/command_line.h"

#include <gtest/gtest.h>

namespace isoshape {
namespace {

class CommandLineTest : public testing::Test {
 protected:
  CommandLineTest() : app_("Serves.", "serve") {
    app_.add_option("--address", text_);
    app_.add_option("--target,--compute", number_);
    app_.add_subcommand("list")->add_option("--limit", number_);
  }

  // What is said of them; they must be wrong.
  std::string Message(const std::vector<std::string>& arguments) {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
      app_.parse(reversed);
    } catch (const CLI::ParseError& error) {
      return UsageMessage(app_, error, arguments);
    }
    return "";
  }

  CLI::App app_;
  std::string text_;
  double number_ = 0;
};

TEST_F(CommandLineTest, AnUnknownArgumentIsAnsweredWithWhatWasMeant) {
  EXPECT_EQ(Message({"--addres", "x"}),
            "'--addres' is neither a command nor a flag of serve; did you mean "
            "'--address'?; see 'serve --help'");
  EXPECT_EQ(Message({"--addres=x"}), Message({"--addres", "x"}));
  EXPECT_EQ(Message({"lst"}),
            "'lst' is neither a command nor a flag of serve; did you mean "
            "'list'?; see 'serve --help'");
  EXPECT_EQ(Message({"list", "--limt", "3"}),
            "'--limt' is neither a command nor a flag of serve list; did you "
            "mean '--limit'?; see 'serve list --help'");
  EXPECT_EQ(Message({"--colour"}),
            "'--colour' is neither a command nor a flag of serve; see 'serve "
            "--help'");
}

TEST_F(CommandLineTest, SeveralValuesAreWrittenWithCommas) {
  EXPECT_EQ(Message({"--target", "1e11", "3e11"}),
            "'3e11' is neither a command nor a flag of serve; write several "
            "values with commas, such as 1e10,3e10; see 'serve --help'");
}

TEST_F(CommandLineTest, AFlagIsCalledByTheNameThatWasTyped) {
  app_.get_option("--target")->check([](const std::string& text) {
    return text == "1" ? "" : "'" + text + "' is not 1";
  });
  EXPECT_EQ(Message({"--compute", "2"}),
            "--compute: '2' is not 1; see 'serve --help'");
  EXPECT_EQ(Message({"--compute=2"}), Message({"--compute", "2"}));
  EXPECT_EQ(Message({"--target", "2"}),
            "--target: '2' is not 1; see 'serve --help'");
}

}  // namespace
}  // namespace isoshape
