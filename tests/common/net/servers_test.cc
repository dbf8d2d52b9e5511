#include "common/net/servers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/temp_folder.h"

namespace isoshape {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ReadServers, TakesOneOrSeveral) {
  EXPECT_THAT(ReadServers("--server", "127.0.0.1:50551").value(),
              ElementsAre("127.0.0.1:50551"));
  EXPECT_THAT(ReadServers("--server", "a:1, [::1]:2").value(),
              ElementsAre("a:1", "[::1]:2"));
}

TEST(ReadServers, AFileMayComeLater) {
  const TempFolder folder;
  const std::string path = folder.File("servers");
  EXPECT_THAT(ReadServers("--server", "@" + path).value(), IsEmpty());
  folder.Write("servers", "node7:50551\n\nnode8:50551\n");
  EXPECT_THAT(ReadServers("--server", "@" + path).value(),
              ElementsAre("node7:50551", "node8:50551"));
  folder.Write("servers", "node7\n");
  EXPECT_THAT(
      std::string(ReadServers("--server", "@" + path).status().message()),
      HasSubstr("/servers: 'node7' is not HOST:PORT"));
}

TEST(ReadServers, RefusesWhatIsNoAddress) {
  for (const char* bad : {"", "localhost", "a:1,", "http://a:1"}) {
    EXPECT_EQ(ReadServers("--server", bad).status().code(),
              absl::StatusCode::kInvalidArgument)
        << bad;
  }
}

}  // namespace
}  // namespace isoshape
