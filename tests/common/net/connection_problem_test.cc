// Of Unix sockets; of hosts and TLS: coordinator/server_security_test.cc.
#include "common/net/connection_problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "common/net/unix_socket.h"
#include "tests/as_nobody.h"
#include "tests/temp_folder.h"
#include "tests/unix_sockets.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class UnixSocketTest : public testing::Test {
 protected:
  int Error() const { return ConnectError(UnixName(path_)); }
  // What a client is told, after the address.
  std::string Problem() const {
    std::string problem = ConnectionProblem(address_);
    const std::string begin = "no coordinator answers at " + address_ + ": ";
    EXPECT_THAT(problem, StartsWith(begin));
    problem.erase(0, begin.size());
    return problem;
  }

  const TempFolder folder_;
  const std::string path_ = folder_.File("s.sock");
  const std::string address_ = "unix:" + path_;
};

TEST_F(UnixSocketTest, OneThatIsMissing) {
  EXPECT_EQ(Error(), ENOENT);
  EXPECT_THAT(Problem(), StartsWith("there is no such socket; start one with "
                                    "'isoshape serve --address " +
                                    address_ + "'"));
}

TEST_F(UnixSocketTest, OneWhoseMakerHasEnded) {
  LeaveDeadSocket(path_);
  EXPECT_EQ(Error(), ECONNREFUSED);
  EXPECT_THAT(Problem(), StartsWith("the one that made the socket has ended; "
                                    "start one with 'isoshape serve"));
}

// A coordinator may be busy: nobody waits for it here, nor is it said to be
// missing.
TEST_F(UnixSocketTest, OneWhoseQueueIsFullIsNotWaitedFor) {
  const FullSocket full(path_);
  EXPECT_EQ(Error(), EAGAIN);
  EXPECT_EQ(ConnectionProblem(address_), "");
}

TEST_F(UnixSocketTest, OneOfAnotherUser) {
  LeaveDeadSocket(path_);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  ASSERT_EQ(chmod(path_.c_str(), 0), 0);
  const AsNobody nobody;
  EXPECT_EQ(Error(), EACCES);
  EXPECT_THAT(Problem(), StartsWith("the socket is of another user; run as the "
                                    "one who started the coordinator"));
}

TEST_F(UnixSocketTest, AFileThatIsNone) {
  folder_.Write("s.sock", "text");
  EXPECT_THAT(Problem(), HasSubstr("the file is no socket"));
}

}  // namespace
}  // namespace isoshape
