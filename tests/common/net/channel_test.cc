#include "common/net/channel.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tests/scoped_variable.h"

namespace isoshape {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(CheckServerAddressTest, TakesHostAndPortOrAScheme) {
  for (const char* server :
       {"127.0.0.1:50551", "localhost:1", "coordinator.example:65535",
        "[::1]:50551", "dns:///coordinator:50551", "unix:/run/isoshape.sock",
        "ipv4:127.0.0.1:80", "ipv6:[::1]:80"}) {
    EXPECT_EQ(CheckServerAddress("--server", server), absl::OkStatus())
        << server;
  }
}

TEST(CheckServerAddressTest, NamesTheSettingAndTheValueOfAnythingElse) {
  for (const char* server :
       {"", "localhost", ":50551", "localhost:", "localhost:http",
        "localhost:0", "localhost:65536", "localhost:-1", "::1:50551",
        "[]:50551", "http://localhost:50551", "unix:", "dns:"}) {
    const absl::Status status = CheckServerAddress("--server", server);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << server;
    EXPECT_THAT(std::string(status.message()),
                StartsWith(absl::StrCat("--server '", server, "' is not")));
    EXPECT_THAT(std::string(status.message()), HasSubstr("127.0.0.1:50551"));
  }
}

class ChannelTest : public ::testing::Test {
 protected:
  // Listens on `port`, or on any that is free if it is 0.
  std::unique_ptr<grpc::Server> Listen(int port) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(absl::StrCat("127.0.0.1:", port),
                             grpc::InsecureServerCredentials(), &port_);
    service_ = std::make_unique<grpc::CallbackGenericService>();
    builder.RegisterCallbackGenericService(service_.get());
    return builder.BuildAndStart();
  }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

  static bool Connects(grpc::Channel& channel) {
    return channel.WaitForConnected(std::chrono::system_clock::now() +
                                    std::chrono::seconds(30));
  }

  int port_ = 0;
  std::unique_ptr<grpc::CallbackGenericService> service_;
};

TEST(CheckServerAddressTest, ATokenDoesNotLeaveThisMachineWithoutTls) {
  const ScopedVariable token("ISOSHAPE_TOKEN", "iso_secret");
  for (const char* here : {"127.0.0.1:50551", "[::1]:50551", "localhost:50551",
                           "unix:/run/isoshape.sock", "ipv4:127.0.0.2:50551"}) {
    EXPECT_EQ(CheckServerAddress("--server", here), absl::OkStatus()) << here;
  }
  // The second is a name that begins like an address of this machine.
  for (const char* away :
       {"10.0.0.5:50551", "127.example.org:50551", "dns:///gpu1:50551"}) {
    EXPECT_EQ(CheckServerAddress("--server", away).code(),
              absl::StatusCode::kInvalidArgument)
        << away;
  }
}

TEST_F(ChannelTest, ConnectsWhenItIsUsed) {
  const std::unique_ptr<grpc::Server> server = Listen(0);
  ASSERT_NE(server, nullptr);
  const std::shared_ptr<grpc::Channel> channel = MakeChannel(address());
  EXPECT_EQ(channel->GetState(/*try_to_connect=*/false), GRPC_CHANNEL_IDLE);
  EXPECT_TRUE(Connects(*channel));
}

TEST_F(ChannelTest, FindsAServerThatWasStartedAgain) {
  std::unique_ptr<grpc::Server> server = Listen(0);
  ASSERT_NE(server, nullptr);
  const std::shared_ptr<grpc::Channel> channel = MakeChannel(address());
  ASSERT_TRUE(Connects(*channel));
  server->Shutdown();
  server.reset();
  ASSERT_TRUE(channel->WaitForStateChange(
      GRPC_CHANNEL_READY,
      std::chrono::system_clock::now() + std::chrono::seconds(30)));
  server = Listen(port_);
  ASSERT_NE(server, nullptr);
  EXPECT_TRUE(Connects(*channel));
}

}  // namespace
}  // namespace isoshape
