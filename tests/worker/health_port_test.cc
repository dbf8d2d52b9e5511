#include "worker/health_port.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/http_client.h"

namespace isoshape {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class HealthPortTest : public testing::Test {
 protected:
  void SetUp() override {
    auto port = HealthPort::Start("127.0.0.1:0", [this] { return ready_; });
    ASSERT_TRUE(port.ok()) << port.status();
    port_ = *std::move(port);
  }

  RawClient Connect() const {
    int port = 0;
    const std::string address = port_->address();
    EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.find(':') + 1), &port));
    RawClient client(static_cast<uint16_t>(port));
    EXPECT_TRUE(client.connected());
    return client;
  }
  // All that is answered until the port closes the connection.
  std::string Ask(const std::string& bytes) const {
    RawClient client = Connect();
    EXPECT_TRUE(client.Send(bytes));
    return client.ReadAll();
  }
  std::string Get(const std::string& path) const {
    return Ask(absl::StrCat("GET ", path,
                            " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                            "\r\n"));
  }

  absl::Status ready_;
  std::unique_ptr<HealthPort> port_;
};

TEST_F(HealthPortTest, SaysWhetherItIsReadyAndWhyNot) {
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Get("/readyz"), EndsWith("\r\n\r\nready\n"));
  ready_ = absl::UnavailableError("set aside: no space\nleft");
  const std::string refused = Get("/readyz");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(refused, EndsWith("\r\n\r\nset aside: no space left\n"));
  EXPECT_THAT(Get("/healthz"), EndsWith("\r\n\r\nlive\n"));
}

TEST_F(HealthPortTest, HasNothingElse) {
  EXPECT_THAT(Get("/"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Get("/readyz/"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Ask("POST /readyz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                  "Connection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 405 "));
}

TEST_F(HealthPortTest, AnswersSeveralRequestsOfOneConnection) {
  const std::string answers =
      Ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
          "HEAD /readyz HTTP/1.1\r\nHost: x\r\n\r\n"
          "GET /readyz HTTP/1.0\r\n\r\n");
  EXPECT_THAT(answers, HasSubstr("live\nHTTP/1.1 200 "));
  EXPECT_THAT(answers, EndsWith("ready\n"));
}

TEST_F(HealthPortTest, RubbishIsClosedAndHoldsUpNobody) {
  EXPECT_EQ(Ask("not HTTP at all\r\n\r\n"), "");
  EXPECT_EQ(Ask(absl::StrCat("GET /readyz HTTP/1.1\r\nX: ",
                             std::string(20'000, 'x'), "\r\n\r\n")),
            "");
  // Those who say nothing take the places that there are, and no more.
  std::vector<RawClient> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(Connect());
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HealthPortTest, AnAddressThatIsTakenOrNoneIsRefusedWithTheFlag) {
  const auto ready = [] { return absl::OkStatus(); };
  const auto taken = HealthPort::Start(port_->address(), ready);
  EXPECT_EQ(taken.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(taken.status().message()),
              HasSubstr(absl::StrCat("cannot listen on ", port_->address())));
  EXPECT_THAT(std::string(taken.status().message()), HasSubstr("--http"));
  const auto none = HealthPort::Start("localhost", ready);
  EXPECT_EQ(none.status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace isoshape
