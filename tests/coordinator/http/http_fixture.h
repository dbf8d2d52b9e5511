#ifndef ISOSHAPE_TESTS_COORDINATOR_HTTP_HTTP_FIXTURE_H_
#define ISOSHAPE_TESTS_COORDINATOR_HTTP_HTTP_FIXTURE_H_

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/coordinator/server_fixture.h"
#include "tests/http_client.h"

namespace isoshape {

// A coordinator with HTTP on a free port.
class HttpTest : public ServerTest {
 protected:
  void SetUp() override {
    http_ = "127.0.0.1:0";
    ServerTest::SetUp();
    ReadPort();
  }
  void RestartWith(const HttpLimits& limits, bool read_only = false) {
    http_limits_ = limits;
    read_only_ = read_only;
    Start();
    ReadPort();
  }
  void ReadPort() {
    const std::string& address = server_->http_address();
    int port = 0;
    const size_t begin = address.rfind(':') + 1;
    ASSERT_TRUE(absl::SimpleAtoi(
        address.substr(begin, address.find('/', begin) - begin), &port))
        << address;
    port_ = static_cast<uint16_t>(port);
    ASSERT_NE(port_, 0);
  }

  // One request on a connection of its own; the whole response.
  std::string Ask(absl::string_view text, bool head = false) {
    RawClient client(port_);
    client.Send(text);
    return client.ReadResponse(head);
  }
  std::string Get(absl::string_view target, absl::string_view headers = "") {
    return Ask(HttpText("GET", target, headers));
  }
  std::string Post(
      absl::string_view method, absl::string_view body,
      absl::string_view headers = "Content-Type: application/json\r\n") {
    return Ask(
        HttpText("POST", absl::StrCat("/isoshape.v1.", method), headers, body));
  }
  static nlohmann::json Json(absl::string_view response) {
    return nlohmann::json::parse(BodyOf(response), nullptr, false);
  }

  uint16_t port_ = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_HTTP_HTTP_FIXTURE_H_
