#include "cli/local/local_processes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

void WriteProgram(const TempFolder& folder, const std::string& name,
                  const std::string& text) {
  const std::string path = folder.Write(name, "#!/bin/sh\n" + text);
  chmod(path.c_str(), 0700);
}

// Which command ended matters less than why, and that stands in its log.
TEST(LocalProcessesTest, AWorkerThatEndsIsStartedAgainWithTheReason) {
  const TempFolder folder;
  WriteProgram(folder, "isoshape-coordinator",
               "echo 'c 1 listening on 127.0.0.1:1, database x'\n"
               "exec cat\n");
  WriteProgram(folder, "isoshape-worker",
               "echo begin >&2\necho \"not ready: $*\" >&2\nexit 1\n");
  std::vector<std::string> notices;
  LocalProcesses::Options options;
  options.binaries = options.directory = folder.path();
  options.database = "x.db";
  options.worker_name = "w";
  options.notice = [&](const std::string& line) { notices.push_back(line); };
  const auto processes = LocalProcesses::Start(options);
  ASSERT_TRUE(processes.ok()) << processes.status();
  EXPECT_EQ((*processes)->address(), "127.0.0.1:1");
  const absl::Time end = absl::Now() + absl::Seconds(60);
  while (notices.empty() && absl::Now() < end) {
    ASSERT_TRUE((*processes)->Tend().ok());
  }
  ASSERT_FALSE(notices.empty());
  EXPECT_THAT(
      notices[0],
      AllOf(HasSubstr("isoshape-worker"), HasSubstr("exit code 1"),
            HasSubstr("not ready: --server 127.0.0.1:1"),
            HasSubstr("--trainer-timeout=600"), HasSubstr("started again")));
}

}  // namespace
}  // namespace isoshape
