#include "common/console/command_line.h"

#include <gtest/gtest.h>

#include <memory>

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
  bool all_ = false;
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

TEST_F(CommandLineTest, AFlagBeforeItsCommandIsToldToGoBehindIt) {
  EXPECT_EQ(Message({"--limit", "3", "list"}),
            "'--limit' is no flag of serve; give it behind the command: serve "
            "list --limit 3; see 'serve list --help'");
  EXPECT_EQ(Message({"--limit=3 4", "list"}),
            "'--limit' is no flag of serve; give it behind the command: serve "
            "list '--limit=3 4'; see 'serve list --help'");
  EXPECT_EQ(Message({"--limit", "3"}),
            "'--limit' is no flag of serve; give it behind the command: serve "
            "COMMAND --limit 3; see 'serve --help'");
  // Nor is it one of every command.
  CLI::App* const files = app_.add_subcommand("files");
  files->add_subcommand("show")->add_flag("-a,--all", all_);
  EXPECT_EQ(Message({"files", "-a", "show"}),
            "'-a' is no flag of serve files; give it behind the command: serve "
            "files show -a; see 'serve files show --help'");
  EXPECT_EQ(Message({"--all", "list"}),
            "'--all' is neither a command nor a flag of serve list; see 'serve "
            "list --help'");
  // Flags of another program are not known here.
  app_.add_subcommand("run")->prefix_command();
  EXPECT_EQ(Message({"--data", "x", "run"}),
            "'--data' is no flag of serve; give it behind the command: serve "
            "run --data x; see 'serve run --help'");
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

TEST(HelpFormatterTest, WrapsAllButExamples) {
  CLI::App app("A program whose description is longer than a line of it.",
               "serve");
  app.formatter(std::make_shared<HelpFormatter>(60));
  std::string text;
  app.add_option("--address", text,
                 "Where it listens, as one or the other of many words")
      ->type_name("HOST:PORT");
  app.add_subcommand("list", "Lists all that there is, newest first");
  const std::string example =
      "  serve --address 127.0.0.1:50551 --and-much-more";
  app.footer("Examples:\n" + example +
             " --that-is-copied\nExit codes: 0 if "
             "all was well, 1 if anything at all was not.");
  EXPECT_EQ(app.help(),
            R"(A program whose description is longer than a line of it.
Usage: serve [OPTIONS] [SUBCOMMAND]

Options:
  -h,--help                   Print this help message and
                              exit
  --address HOST:PORT         Where it listens, as one or
                              the other of many words

Subcommands:
  list                        Lists all that there is,
                              newest first

Examples:
  serve --address 127.0.0.1:50551 --and-much-more --that-is-copied
Exit codes: 0 if all was well, 1 if anything at all was not.
)");
}

TEST(HelpFormatterTest, AWordThatIsLongerThanALineStandsOut) {
  CLI::App app(std::string(70, 'x') + " and more", "serve");
  app.formatter(std::make_shared<HelpFormatter>(60));
  EXPECT_EQ(app.help().substr(0, 80), std::string(70, 'x') + "\nand more\n");
}

}  // namespace
}  // namespace isoshape
