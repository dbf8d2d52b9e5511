#include "worker/servers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace isoshape {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ReadServers, TakesOneOrSeveral) {
  EXPECT_THAT(ReadServers("127.0.0.1:50551").value(),
              ElementsAre("127.0.0.1:50551"));
  EXPECT_THAT(ReadServers("a:1, [::1]:2").value(),
              ElementsAre("a:1", "[::1]:2"));
}

TEST(ReadServers, AFileMayComeLater) {
  const std::string path = testing::TempDir() + "/isoshape_servers";
  std::remove(path.c_str());
  EXPECT_THAT(ReadServers("@" + path).value(), IsEmpty());
  std::ofstream(path) << "node7:50551\n\nnode8:50551\n";
  EXPECT_THAT(ReadServers("@" + path).value(),
              ElementsAre("node7:50551", "node8:50551"));
  std::ofstream(path) << "node7\n";
  EXPECT_THAT(std::string(ReadServers("@" + path).status().message()),
              HasSubstr("isoshape_servers: 'node7' is not HOST:PORT"));
  std::remove(path.c_str());
}

TEST(ReadServers, RefusesWhatIsNoAddress) {
  for (const char* bad : {"", "localhost", "a:1,", "http://a:1"}) {
    EXPECT_EQ(ReadServers(bad).status().code(),
              absl::StatusCode::kInvalidArgument)
        << bad;
  }
}

}  // namespace
}  // namespace isoshape
