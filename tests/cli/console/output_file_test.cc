// Files that are written last are looked at first, by every command.
#include "cli/console/output_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "tests/as_nobody.h"
#include "tests/cli/closed_port.h"
#include "tests/cli/run_program.h"
#include "tests/full_disk.h"
#include "tests/read_file.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct stat StatOf(const std::string& path) {
  struct stat found = {};
  EXPECT_EQ(stat(path.c_str(), &found), 0) << path;
  return found;
}

int64_t FilesIn(const std::string& folder) {
  return std::distance(std::filesystem::directory_iterator(folder),
                       std::filesystem::directory_iterator());
}

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

TEST(OutputFileTest, AFullDiskLosesNothingAndLeavesNothing) {
  const TempFolder folder;
  const std::string old = folder.Write("old", "what was there");
  const std::string fresh = folder.File("new");
  const std::string text(10'000, 'x');
  absl::Status over;
  absl::Status beside;
  {
    const FullDisk full(4000);
    over = WriteOutput(old, text);
    beside = WriteOutput(fresh, text);
  }
  EXPECT_EQ(over, absl::PermissionDeniedError(
                      "cannot write " + old +
                      ": File too large; name a file that can be written"));
  EXPECT_EQ(beside.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReadFile(old), "what was there");
  EXPECT_EQ(FilesIn(folder.path()), 1);
  EXPECT_TRUE(WriteOutput(fresh, text).ok());
  EXPECT_EQ(ReadFile(fresh), text);
  EXPECT_EQ(FilesIn(folder.path()), 2);
}

TEST(OutputFileTest, AFileKeepsItsOwnerItsModeAndItsLinks) {
  const TempFolder folder;
  const std::string file = folder.Write("file", "old");
  std::filesystem::create_symlink("file", folder.File("link"));
  ASSERT_EQ(chmod(file.c_str(), 0640), 0);
  if (geteuid() == 0) {
    ASSERT_EQ(chown(file.c_str(), 1234, 2345), 0);
  }
  const struct stat before = StatOf(file);
  ASSERT_TRUE(WriteOutput(folder.File("link"), "new").ok());
  EXPECT_TRUE(std::filesystem::is_symlink(folder.File("link")));
  EXPECT_EQ(ReadFile(file), "new");
  const struct stat after = StatOf(file);
  EXPECT_EQ(after.st_uid, before.st_uid);
  EXPECT_EQ(after.st_gid, before.st_gid);
  EXPECT_EQ(after.st_mode, before.st_mode);
  EXPECT_NE(after.st_ino, before.st_ino);  // put in its place as a whole
}

TEST(OutputFileTest, ANewFileHasTheModeThatAnyOtherWouldHave) {
  const TempFolder folder;
  std::filesystem::create_symlink("there", folder.File("link"));
  const mode_t before = umask(027);
  const absl::Status status = WriteOutput(folder.File("link"), "new");
  umask(before);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(ReadFile(folder.File("there")), "new");
  EXPECT_EQ(StatOf(folder.File("there")).st_mode & 0777, 0640);
  EXPECT_EQ(FilesIn(folder.path()), 2);
}

// The folder may be another user's, and the file one's own.
TEST(OutputFileTest, AFileThatCannotBeReplacedIsWrittenAsItIs) {
  const TempFolder folder;
  const std::string file = folder.Write("file", "the old one, which is longer");
  ASSERT_EQ(chmod(file.c_str(), 0666), 0);
  ASSERT_EQ(chmod(folder.path().c_str(), 0555), 0);
  absl::Status written;
  absl::Status none;
  {
    const AsNobody nobody;
    written = WriteOutput(file, "new");
    none = WriteOutput(folder.File("none"), "new");
  }
  ASSERT_EQ(chmod(file.c_str(), 0444), 0);
  absl::Status read_only;
  {
    const AsNobody nobody;
    read_only = WriteOutput(file, "newer");
  }
  ASSERT_EQ(chmod(folder.path().c_str(), 0700), 0);
  EXPECT_TRUE(written.ok()) << written;
  EXPECT_EQ(ReadFile(file), "new");
  EXPECT_EQ(none.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(read_only.code(), absl::StatusCode::kPermissionDenied);
}

// Root's file in a folder of everybody's, which anybody may write.
TEST(OutputFileTest, AFileOfAnotherOwnerStaysTheirs) {
  if (geteuid() != 0) GTEST_SKIP() << "only root has files of others";
  const TempFolder folder;
  const std::string file = folder.Write("file", "old");
  ASSERT_EQ(chmod(file.c_str(), 0666), 0);
  ASSERT_EQ(chmod(folder.path().c_str(), 0777), 0);
  {
    const AsNobody nobody;
    EXPECT_TRUE(WriteOutput(file, "new").ok());
  }
  EXPECT_EQ(ReadFile(file), "new");
  EXPECT_EQ(StatOf(file).st_uid, 0);
  EXPECT_EQ(FilesIn(folder.path()), 1);
}

TEST(OutputFileTest, WhatOthersHaveOpenOrByAnotherNameIsWrittenAsItIs) {
  const TempFolder folder;
  const std::string file = folder.Write("file", "old");
  std::filesystem::create_hard_link(file, folder.File("other"));
  EXPECT_TRUE(WriteOutput(file, "new").ok());
  EXPECT_EQ(ReadFile(folder.File("other")), "new");
  // As /dev/stdout is, which a shell may have led to a file.
  const std::string led = folder.Write("led", "old");
  const int handle = open(led.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(handle, 0);
  EXPECT_TRUE(WriteOutput("/dev/fd/" + std::to_string(handle), "new").ok());
  std::string read(10, ' ');
  read.resize(static_cast<size_t>(
      std::max(ssize_t{0}, pread(handle, read.data(), read.size(), 0))));
  EXPECT_EQ(read, "new");
  close(handle);
}

TEST(OutputFileTest, WhatIsNoRegularFileStaysWhatItIs) {
  const TempFolder folder;
  const std::string fifo = folder.File("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  std::string read;
  std::thread reader([&] { read = ReadFile(fifo); });
  EXPECT_TRUE(WriteOutput(fifo, "new").ok());
  reader.join();
  EXPECT_EQ(read, "new");
  EXPECT_TRUE(S_ISFIFO(StatOf(fifo).st_mode));
  EXPECT_TRUE(WriteOutput("/dev/null", "new").ok());
  EXPECT_TRUE(S_ISCHR(StatOf("/dev/null").st_mode));
  EXPECT_EQ(WriteOutput("/dev/full", "new"),
            absl::PermissionDeniedError(
                "cannot write /dev/full: No space left on device; name a file "
                "that can be written"));
  EXPECT_TRUE(S_ISCHR(StatOf("/dev/full").st_mode));
}

}  // namespace
}  // namespace isoshape
