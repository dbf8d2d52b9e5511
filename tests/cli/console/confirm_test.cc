#include "cli/console/confirm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "tests/cli/run_program.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;

TEST(AskTest, OnlyAYesIsOne) {
  for (const char* yes : {"y\n", "yes\n", " YES \n", "y"}) {
    std::istringstream in(yes);
    std::ostringstream out;
    EXPECT_EQ(Ask("cancel c1?", in, out), absl::OkStatus()) << yes;
    EXPECT_EQ(out.str(), "isoshape: cancel c1? [y/N] ");
  }
  for (const char* no : {"", "\n", "n\n", "yesterday\n", "ok\n"}) {
    std::istringstream in(no);
    std::ostringstream out;
    EXPECT_EQ(Ask("cancel c1?", in, out).code(), absl::StatusCode::kCancelled)
        << no;
  }
}

// Python opens the terminal: a program that asks reads `answer` there.
ProgramResult AtATerminal(const std::string& arguments,
                          const std::string& answer) {
  return RunProgram({"python3", "-c", R"(
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:2] + sys.argv[2].split())
os.write(terminal, sys.argv[3].encode())
said = b''
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    said += part
print(said.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
)",
                     ISOSHAPE_PROGRAM, arguments, answer});
}

// No coordinator is there: who says yes hears of that, who says no of nothing.
TEST(ConfirmTest, WhoSitsAtATerminalIsAskedBeforeWhatCannotBeUndone) {
  for (const char* verb : {"cancel", "delete"}) {
    const std::string arguments =
        std::string("campaign ") + verb + " c1 --server 127.0.0.1:1";
    const ProgramResult no = AtATerminal(arguments, "n\n");
    EXPECT_EQ(no.exit_code, 1);
    EXPECT_THAT(no.out, HasSubstr("[y/N]"));
    EXPECT_THAT(no.out, HasSubstr("nothing was done"));
    const ProgramResult yes = AtATerminal(arguments, "y\n");
    EXPECT_THAT(yes.out, HasSubstr("no coordinator answers"));
    const ProgramResult flag = AtATerminal(arguments + " --yes", "");
    EXPECT_EQ(flag.out.find("[y/N]"), std::string::npos);
    EXPECT_THAT(flag.out, HasSubstr("no coordinator answers"));
  }
}

// `echo n | isoshape campaign delete c1` deleted it.
TEST(ConfirmTest, AScriptIsNotAskedAndMustSayYes) {
  for (const char* verb : {"cancel", "delete"}) {
    const ProgramResult script =
        RunIsoshape({"campaign", verb, "c1", "--server", "127.0.0.1:1"});
    EXPECT_EQ(script.exit_code, 2);
    EXPECT_EQ(script.err.find("[y/N]"), std::string::npos);
    EXPECT_THAT(script.err, HasSubstr("nothing was done; give --yes"));
    const ProgramResult yes = RunIsoshape(
        {"campaign", verb, "c1", "--yes", "--server", "127.0.0.1:1"});
    EXPECT_THAT(yes.err, HasSubstr("no coordinator answers"));
  }
}

}  // namespace
}  // namespace isoshape
