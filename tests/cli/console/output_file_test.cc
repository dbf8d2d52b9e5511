// Files that are written last are looked at first, by every command.
#include "cli/console/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/closed_port.h"
#include "tests/cli/run_program.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Not after a minute's work, of which nothing is left then.
TEST(OutputFileTest, AFileThatCannotBeWrittenIsToldBeforeTheWork) {
  const ClosedPort port;
  const TempFolder folder;
  const std::string runs = folder.Write("runs.csv", "no runs\n");
  const std::string none = folder.File("none/there");
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{
           {"plot", "c1", "--file", none + ".svg"},
           {"plot", "--input", runs, "--file", none + ".svg"},
           {"report", "c1", "--file", none + ".html"},
           {"report", "--input", runs, "--file", none + ".html"},
           {"export", "c1", "--file", none},
           {"fit", "--input", runs, "--residuals", none},
           {"predict", "--input", runs, "--compute", "1e20", "--draws", none},
           {"claims", "run", "--data", runs, "--write", none + ".md"},
           {"claims", "report", "--write", none + ".md"}}) {
    std::vector<std::string> arguments = command;
    if (command[0] != "fit" && command[0] != "predict") {
      arguments.insert(arguments.end(), {"--server", port.address()});
    }
    const std::string error = FailureOf(arguments, 1);
    EXPECT_THAT(error, StartsWith("isoshape: cannot write " + none));
    EXPECT_THAT(error, HasSubstr("No such file or directory; name a file"));
  }
  EXPECT_THAT(FailureOf({"plot", "c1", "--file", folder.path() + "/",
                         "--format", "svg", "--server", port.address()},
                        1),
              HasSubstr("Is a directory; name a file"));
  EXPECT_THAT(FailureOf({"train", "c1", "--best", "--data", runs, "--out",
                         runs + "/model", "--server", port.address()},
                        1),
              HasSubstr("--out " + runs +
                        "/model: the folder cannot be made or written: Not a "
                        "directory; name another"));
  EXPECT_THAT(FailureOf({"claims", "run", "--data", runs, "--write", "c.pdf",
                         "--server", port.address()},
                        2),
              HasSubstr("--write c.pdf: its name says no format"));
  // What can be written is asked for as ever.
  EXPECT_THAT(FailureOf({"plot", "c1", "--file", folder.File("a.svg"),
                         "--server", port.address()},
                        1),
              HasSubstr("no coordinator answers"));
  EXPECT_THAT(FailureOf({"train", "c1", "--best", "--data", runs, "--out",
                         folder.File("new/model"), "--server", port.address()},
                        1),
              HasSubstr("no coordinator answers"));
}

TEST(OutputFileTest, LookingChangesNothing) {
  const TempFolder folder;
  const std::string file = folder.Write("file", "text");
  EXPECT_TRUE(CheckOutput(file).ok());
  EXPECT_EQ(std::filesystem::file_size(file), 4);
  EXPECT_TRUE(CheckOutput(folder.File("new")).ok());
  EXPECT_FALSE(std::filesystem::exists(folder.File("new")));
  EXPECT_TRUE(CheckOutput("").ok());
  EXPECT_TRUE(CheckOutput("-").ok());
  EXPECT_TRUE(CheckOutput("/dev/null").ok());
}

// Nor is what is read written over, whichever command it is.
TEST(OutputFileTest, TheFileThatIsReadIsNotWritten) {
  const TempFolder folder;
  const std::string runs = folder.Write("runs.csv", "no runs\n");
  std::filesystem::create_hard_link(runs, folder.File("same.csv"));
  for (const std::string command : {"plot", "report"}) {
    for (const std::string& file : {runs, folder.File("same.csv")}) {
      EXPECT_THAT(FailureOf({command, "--input", runs, "--file", file}, 2),
                  HasSubstr("--file " + file +
                            " is the file of --input and would be "
                            "overwritten; name another"));
    }
  }
  EXPECT_TRUE(CheckOutputs("-", {{"--file", "-"}}).ok());
}

TEST(OutputFileTest, ALinkToNothingIsAFileWhereItLeads) {
  const TempFolder folder;
  std::filesystem::create_directory(folder.File("there"));
  std::filesystem::create_symlink("next", folder.File("link"));
  std::filesystem::create_symlink("there/file", folder.File("next"));
  EXPECT_TRUE(CheckOutput(folder.File("link")).ok());
  std::filesystem::remove(folder.File("there"));
  EXPECT_EQ(CheckOutput(folder.File("link")).code(),
            absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace isoshape
