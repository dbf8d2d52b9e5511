#include "cli/commands/operations/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/app.h"
#include "tests/cli/run_program.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Script() { return RunIsoshape({"completion", "bash"}).out; }

// What bash offers after these words; the last one may be begun.
std::string Complete(const std::vector<std::string>& words) {
  std::string command = Script() + "\nCOMP_WORDS=(";
  for (const std::string& word : words) command += "'" + word + "' ";
  command += ")\nCOMP_CWORD=" + std::to_string(words.size() - 1) +
             "\n_isoshape\necho \"${COMPREPLY[*]}\"\n";
  const ProgramResult result = RunProgram({"bash", "-c", command});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  return result.out;
}

TEST(CompletionTest, TheScriptIsValidBash) {
  const ProgramResult result = RunProgram({"bash", "-n", "-c", Script()});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
}

TEST(CompletionTest, OffersTheSubcommandsOfAGroup) {
  EXPECT_EQ(Complete({"isoshape", "campaign", ""}),
            "create clone list get extend watch pause resume cancel delete "
            "--help\n");
  EXPECT_EQ(Complete({"isoshape", "campaign", "c"}), "create clone cancel\n");
  EXPECT_EQ(Complete({"isoshape", "tri"}), "trial\n");
}

TEST(CompletionTest, OffersTheFlagsOfACommandAfterOthers) {
  EXPECT_EQ(Complete({"isoshape", "campaign", "create", "--watch", "--val"}),
            "--validate-only\n");
  EXPECT_EQ(Complete({"isoshape", "best", "c1", "--to"}), "--top\n");
}

TEST(CompletionTest, OffersTheValuesOfAFlagInBothForms) {
  EXPECT_EQ(Complete({"isoshape", "best", "--output", ""}), "table json\n");
  EXPECT_EQ(Complete({"isoshape", "best", "--output", "=", "j"}), "json\n");
  EXPECT_THAT(Complete({"isoshape", "trial", "list", "--state", "s"}),
              "succeeded stopped\n");
  EXPECT_EQ(Complete({"isoshape", "completion", "z"}), "zsh\n");
}

TEST(CompletionTest, LeavesPathsToTheShell) {
  EXPECT_EQ(Complete({"isoshape", "campaign", "create", "--file", ""}), "\n");
}

TEST(CompletionTest, ZshHasTheSameCommandsWithWhatTheyDo) {
  const std::string script = RunIsoshape({"completion", "zsh"}).out;
  EXPECT_THAT(script, HasSubstr("#compdef isoshape"));
  EXPECT_THAT(script, HasSubstr("'watch:Follow a campaign"));
  EXPECT_THAT(script, HasSubstr("'--validate-only:"));
}

TEST(CompletionTest, EveryCommandOfTheTreeHasHelpWithExamples) {
  CommandContext context;
  CLI::App app("", "isoshape");
  RegisterCommands(app, context);
  std::vector<const CLI::App*> open = {&app};
  int commands = 0;
  while (!open.empty()) {
    const CLI::App* at = open.back();
    open.pop_back();
    for (const CLI::App* command :
         at->get_subcommands([](const CLI::App*) { return true; })) {
      EXPECT_THAT(command->help(),
                  AllOf(HasSubstr("Examples:\n"), HasSubstr("isoshape ")))
          << command->get_name();
      EXPECT_FALSE(command->get_description().empty());
      open.push_back(command);
      ++commands;
    }
  }
  EXPECT_GE(commands, 20);
}

}  // namespace
}  // namespace isoshape
