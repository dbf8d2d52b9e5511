// The built program without a coordinator: exit codes and messages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "cli/app.h"
#include "cli/console/command.h"
#include "tests/cli/closed_port.h"
#include "tests/cli/run_program.h"
#include "tests/scoped_variable.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ProgramTest, AMistypedWordIsAnsweredWithWhatWasMeant) {
  EXPECT_THAT(FailureOf({"campaign", "crete"}, 2),
              HasSubstr("did you mean 'create'?"));
  EXPECT_THAT(FailureOf({"campaign", "create", "--budget", "1e9"}, 2),
              HasSubstr("did you mean '--budgets'?"));
  EXPECT_THAT(FailureOf({"predict", "c1", "--targt", "3"}, 2),
              HasSubstr("did you mean '--target'?"));
  EXPECT_THAT(FailureOf({"worker", "lst"}, 2),
              HasSubstr("did you mean 'list'?"));
  EXPECT_THAT(RunIsoshape({"worker", "--exit-when-idl", "5m"}).err,
              StartsWith("isoshape-worker: '--exit-when-idl' is neither a "
                         "command nor a flag of isoshape-worker; did you mean "
                         "'--exit-when-idle'?"));
  EXPECT_THAT(
      RunIsoshape({"serve", "--addres", "x"}).err,
      StartsWith("isoshape-coordinator: '--addres' is neither a command "
                 "nor a flag of isoshape-coordinator; did you mean "
                 "'--address'?"));
}

// Every kind of flag takes numbers as people write them, and says which it
// takes.
TEST(ProgramTest, NumbersAreReadInEveryFlag) {
  const ClosedPort port;
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{
           {"fit", "c1", "--bootstrap", "5k"},
           {"fit", "c1", "--seed", "1e3"},
           {"fit", "c1", "--level", "95%"},
           {"best", "c1", "--top", "1e1"},
           {"best", "c1", "--max-decode-seconds", "2ms"},
           {"predict", "c1", "--choices", "1e1"},
           {"predict", "c1", "--max-memory", "4GiB"},
           {"compare", "c1", "--level", "95%"},
           {"plot", "c1", "--bootstrap", "2k", "--level", "90%"},
           {"campaign", "create", "--budgets", "1T", "--seeds", "2e0",
            "--sizes", "1e1"},
           {"campaign", "extend", "c1", "--sizes", "1e1"},
           {"trial", "list", "c1", "--limit", "1k"}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"--server", port.address()});
    // They are read, so that a coordinator is looked for.
    EXPECT_THAT(FailureOf(arguments, 1), HasSubstr("no coordinator answers"));
  }
  EXPECT_THAT(
      FailureOf({"campaign", "create", "--budgets", "1T", "--sizes", "2.5"}, 2),
      HasSubstr("--sizes: '2.5' is not a whole number from 1 to "
                "2147483647"));
  EXPECT_THAT(
      FailureOf({"campaign", "create", "--budgets", "1T", "--sizes", "4G"}, 2),
      HasSubstr("'4G' is not a whole number"));
  EXPECT_THAT(
      FailureOf({"campaign", "create", "--budgets", "1T", "--seeds", "0"}, 2),
      HasSubstr("'0' is not a whole number from 1 to 100"));
  EXPECT_THAT(FailureOf({"describe", "--depth", "2.5", "--width", "64"}, 2),
              HasSubstr("'2.5' is not a whole number of 1 or more"));
  EXPECT_THAT(FailureOf({"predict", "c1", "--compute", "abc"}, 2),
              HasSubstr("--compute: 'abc' is not a number above 0"));
}

TEST(ProgramTest, WhatIsNotUtf8IsWrongUse) {
  EXPECT_THAT(FailureOf({"campaign", "create", "--name", "caf\xe9"}, 2),
              HasSubstr("'caf?' is not UTF-8"));
}

TEST(ProgramTest, AnswersHelpAndVersion) {
  const ProgramResult help = RunIsoshape({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("campaign"));
  EXPECT_EQ(help.err, "");
  const ProgramResult version = RunIsoshape({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out, StartsWith("isoshape "));
  EXPECT_EQ(RunIsoshape({"campaign", "create", "--help"}).exit_code, 0);
}

// A flag that is mistyped must not be left out without a word: `--yess`.
void ExpectRefusesWhatItDoesNotKnow(const CLI::App& command,
                                    const std::string& name) {
  // These alone hand their flags on, to a program that knows them.
  const bool hands_on = name == " serve" || name == " worker";
  EXPECT_EQ(command.get_prefix_command(), hands_on) << name;
  EXPECT_FALSE(command.get_allow_extras()) << name;
  for (const CLI::App* verb :
       command.get_subcommands([](const CLI::App*) { return true; })) {
    ExpectRefusesWhatItDoesNotKnow(*verb, name + " " + verb->get_name());
  }
}

TEST(ProgramTest, EveryCommandRefusesWhatItDoesNotKnow) {
  CLI::App app;
  CommandContext context;
  RegisterCommands(app, context);
  ExpectRefusesWhatItDoesNotKnow(app, "");
  EXPECT_THAT(FailureOf({"worker", "delete", "w1", "w2", "--yess"}, 2),
              HasSubstr("'w2' is neither a command nor a flag of isoshape "
                        "worker delete"));
}

TEST(ProgramTest, FlagsBelongBehindTheirCommand) {
  EXPECT_EQ(FailureOf({"--server", "h:1", "campaign", "list"}, 2),
            "isoshape: '--server' is no flag of isoshape; give it behind the "
            "command: isoshape campaign list --server h:1; see 'isoshape "
            "campaign list --help'\n");
  EXPECT_THAT(FailureOf({"campaign", "-o", "json", "get", "c1"}, 2),
              HasSubstr("isoshape campaign get -o json;"));
}

// It would be good for whoever has it, and nobody has; its name would be taken.
TEST(ProgramTest, ATokenThatCannotBeShownIsNotMade) {
  const TempFolder folder;
  const std::string file = folder.File("tokens");
  const ProgramResult full =
      RunProgram({"/bin/sh", "-c", "exec \"$0\" \"$@\" > /dev/full",
                  ISOSHAPE_PROGRAM, "token", "create", "q", "--file", file});
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(full.err, HasSubstr("cannot write the token q to standard "
                                  "output, so it was not made"));
  EXPECT_EQ(RunIsoshape({"token", "create", "q", "--file", file}).exit_code, 0);
}

TEST(ProgramTest, WrongUseIsExitCode2) {
  EXPECT_THAT(FailureOf({}, 2), HasSubstr("isoshape --help"));
  EXPECT_THAT(FailureOf({"campaign", "frob"}, 2),
              HasSubstr("'frob' is neither a command nor a flag of isoshape "
                        "campaign"));
  EXPECT_THAT(FailureOf({"best", "--bogus"}, 2), HasSubstr("'--bogus'"));
  EXPECT_THAT(FailureOf({"best"}, 2), HasSubstr("campaign is required"));
  EXPECT_THAT(FailureOf({"best", "c1", "--output=xml"}, 2), HasSubstr("xml"));
  EXPECT_THAT(FailureOf({"best", "a b"}, 2),
              HasSubstr("'a b' is not a campaign"));
  EXPECT_THAT(FailureOf({"trial", "get", "c1"}, 2),
              HasSubstr("'c1' is not a trial"));
  EXPECT_THAT(FailureOf({"trial", "get", "c1/0"}, 2),
              HasSubstr("'c1/0' is not a trial"));
  EXPECT_THAT(FailureOf({"predict", "c1", "--target", "-3"}, 2),
              HasSubstr("'-3' is not a number above 0"));
  EXPECT_THAT(FailureOf({"predict", "c1", "--target", "nan"}, 2),
              HasSubstr("'nan' is not a number above 0"));
  EXPECT_THAT(FailureOf({"fit", "c1", "--level", "95"}, 2),
              HasSubstr("95 is not between 0 and 1"));
}

TEST(ProgramTest, AFileInPlaceOfACampaignIsOfferedAsInput) {
  const TempFolder folder;
  const std::string path = folder.Write("people.csv", "flops,loss\n");
  EXPECT_THAT(FailureOf({"fit", path}, 2), HasSubstr("--input " + path));
  EXPECT_THAT(FailureOf({"predict", path}, 2), HasSubstr("--input " + path));
}

TEST(ProgramTest, ALabelIsGivenOnce) {
  EXPECT_THAT(FailureOf({"campaign", "create", "--budgets=1e11", "--label",
                         "team=me", "--label", "team=you"},
                        2),
              HasSubstr("'team' is given twice"));
}

TEST(ProgramTest, AnEndlessCampaignFileIsRefused) {
  EXPECT_THAT(FailureOf({"campaign", "create", "--file", "/dev/zero"}, 2),
              HasSubstr("is longer than 4194304 bytes"));
}

TEST(ProgramTest, ContradictoryFlagsAreExitCode2) {
  const std::string budgets = "--budgets=1e11,3e11";
  EXPECT_THAT(FailureOf({"campaign", "create", budgets, "--algorithm", "sobol",
                         "--sizes", "5"},
                        2),
              HasSubstr("--sizes belongs to the algorithm grid, not to sobol"));
  EXPECT_THAT(
      FailureOf({"campaign", "create", budgets, "--trials-per-budget", "5"}, 2),
      HasSubstr(
          "belongs to the algorithm sobol, random, gp or pareto, not to grid; "
          "leave it out or use --algorithm sobol"));
  EXPECT_THAT(
      FailureOf({"campaign", "create", budgets, "--tolerance", "0.2%"}, 2),
      HasSubstr(
          "--tolerance belongs to the algorithm optimum, gp or pareto, not to "
          "grid"));
  EXPECT_THAT(FailureOf({"campaign", "create", budgets, "--algorithm", "asha",
                         "--rounds", "2"},
                        2),
              HasSubstr("--rounds belongs to the algorithm hyperband, not to "
                        "asha"));
  EXPECT_THAT(FailureOf({"campaign", "create", "--budget-range", "1e11,1e13",
                         "--sizes", "5", "--target", "1e14"},
                        2),
              HasSubstr("belongs to the algorithm grid, not to optimum"));
  EXPECT_THAT(
      FailureOf({"campaign", "create", "--budget-range", "1e11,1e13"}, 2),
      HasSubstr("give --target 1e+14"));
  EXPECT_THAT(FailureOf({"campaign", "create", "--budget-range", "1e11,1e13",
                         "--tolerance", "200%"},
                        2),
              HasSubstr("'200%' is not a share of a whole"));
  EXPECT_THAT(FailureOf({"campaign", "create", budgets, "--min-depth", "9",
                         "--max-depth", "3"},
                        2),
              HasSubstr("--min-depth 9 is above --max-depth 3"));
  EXPECT_THAT(
      FailureOf({"campaign", "create", budgets, "--watch", "--validate-only"},
                2),
      HasSubstr("--validate-only"));
  EXPECT_THAT(FailureOf({"campaign", "create"}, 2),
              HasSubstr("--budgets 2.5e11,7.5e11"));
  EXPECT_THAT(FailureOf({"export", "c1", "--format=csv", "--output=json"}, 2),
              HasSubstr("contradicts"));
}

TEST(ProgramTest, AMalformedCampaignFileIsNamedByLine) {
  const TempFolder folder;
  const std::string path =
      folder.Write("bad.yaml", "budgets: [1e11]\nseeds: many\n");
  EXPECT_THAT(FailureOf({"campaign", "create", "--file", path}, 2),
              HasSubstr("/bad.yaml:2:8: field seeds: \"many\""));
  std::remove(path.c_str());
  EXPECT_THAT(FailureOf({"campaign", "create", "--file", path}, 2),
              HasSubstr("No such file or directory"));
}

TEST(ProgramTest, DataThatAreNotThereAreNamed) {
  EXPECT_THAT(
      FailureOf({"train", "c1", "--best", "--out", "m", "--data", "/no/data"},
                2),
      HasSubstr("--data: '/no/data' is not there; name a file or folder"));
}

// gRPC tells of files and names in words of its own libraries.
TEST(ProgramTest, AUnixSocketAndANameSayWhyNobodyAnswers) {
  const TempFolder folder;
  const std::string path = folder.File("s.sock");
  EXPECT_THAT(FailureOf({"campaign", "list", "--server", "unix:" + path}, 1),
              HasSubstr("no coordinator answers at unix:" + path +
                        ": there is no such socket; start one with 'isoshape "
                        "serve --address unix:" +
                        path + "'"));
  folder.Write("s.sock", "text");
  EXPECT_THAT(FailureOf({"campaign", "list", "--server", "unix:" + path}, 1),
              HasSubstr("the file is no socket"));
  // No server of names is asked for a part of more than 63 letters.
  const std::string server = std::string(64, 'a') + ".example:50551";
  const std::string error =
      FailureOf({"campaign", "list", "--server", server}, 1);
  EXPECT_THAT(error, HasSubstr("the host of " + server + " has no address ("));
  EXPECT_THAT(error, testing::Not(HasSubstr("ares")));
}

TEST(ProgramTest, AServerThatIsNotThereIsOneLineWithTheRemedy) {
  const ClosedPort port;
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"campaign", "list"},
                                             {"campaign", "watch", "c1"},
                                             {"campaign", "pause", "c1"},
                                             {"fit", "c1"}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"--server", port.address()});
    const std::string error = FailureOf(arguments, 1);
    EXPECT_THAT(error, StartsWith("isoshape: no coordinator answers at " +
                                  port.address() + " (UNAVAILABLE"));
    EXPECT_THAT(error, HasSubstr("isoshape serve"));
  }
}

TEST(ProgramTest, AServerThatIsNoAddressIsWrongUse) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{
           {"campaign", "list"}, {"campaign", "watch", "c1"}, {"best", "c1"}}) {
    std::vector<std::string> arguments = command;
    for (const std::string& server :
         {std::string("localhost"), std::string(), std::string("127.0.0.1:0"),
          std::string("http://127.0.0.1:52010")}) {
      std::vector<std::string> with = arguments;
      with.insert(with.end(), {"--server", server});
      const std::string error = FailureOf(with, 2);
      EXPECT_THAT(error, HasSubstr("'" + server + "' is not HOST:PORT"));
      EXPECT_THAT(error, HasSubstr("--server"));
    }
  }
}

TEST(ProgramTest, TheServerComesFromTheEnvironmentUnlessAFlagSaysOtherwise) {
  const ClosedPort port;
  const ClosedPort other;
  const ScopedVariable server("ISOSHAPE_SERVER", port.address());
  EXPECT_THAT(FailureOf({"campaign", "list"}, 1), HasSubstr(port.address()));
  EXPECT_THAT(FailureOf({"campaign", "list", "--server", other.address()}, 1),
              HasSubstr(other.address()));
}

// The shell makes a file that all may read.
TEST(ProgramTest, AFileThatATokenIsWrittenToIsKeptFromOthers) {
  const TempFolder folder;
  const std::string path = folder.Write("me.token", "");
  const std::string tokens = folder.File("isoshape.tokens");
  chmod(path.c_str(), 0644);
  const ProgramResult made =
      RunProgram({"sh", "-c", "\"$0\" token create me --file \"$1\" > \"$2\"",
                  ISOSHAPE_PROGRAM, tokens, path});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  struct stat file = {};
  ASSERT_EQ(stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
  const ProgramResult revoked =
      RunIsoshape({"token", "revoke", "me", "--file", tokens});
  EXPECT_EQ(revoked.exit_code, 0);
  EXPECT_THAT(revoked.err, HasSubstr("the token me is revoked"));
}

// The same text as in the file, wherever this machine is.
TEST(ProgramTest, TokensEndAtATimeInUtc) {
  const TempFolder folder;
  const std::string path =
      folder.Write("listed.tokens", "fleet worker 2033-05-18T03:33:20Z " +
                                        std::string(64, 'a') + "\n");
  chmod(path.c_str(), 0600);
  for (const char* const output : {"json", "table"}) {
    const ProgramResult result =
        RunIsoshape({"token", "list", "--file", path, "--output", output});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("2033-05-18T03:33:20Z"));
  }
}

}  // namespace
}  // namespace isoshape
