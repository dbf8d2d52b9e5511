#ifndef ISOSHAPE_TESTS_HTTP_CLIENT_H_
#define ISOSHAPE_TESTS_HTTP_CLIENT_H_

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// A socket on loopback that says what a test wants said, byte by byte. Reading
// waits for 30 s at most, so that a server that hangs fails the test.
class RawClient {
 public:
  explicit RawClient(uint16_t port) {
    socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&address),
                         sizeof(address)) == 0;
  }
  RawClient(RawClient&& other) noexcept
      : socket_(other.socket_),
        connected_(other.connected_),
        received_(std::move(other.received_)) {
    other.socket_ = -1;
  }
  ~RawClient() {
    if (socket_ >= 0) close(socket_);
  }

  bool connected() const { return connected_; }

  // False if the server has closed the connection.
  bool Send(absl::string_view text) {
    while (!text.empty()) {
      const ssize_t sent =
          send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  // Waits for what the server does first: whether it ends the connection, and
  // does not say something.
  bool IsClosed() const {
    pollfd ready = {socket_, POLLIN, 0};
    EXPECT_EQ(poll(&ready, 1, 30'000), 1);
    char byte = 0;
    return recv(socket_, &byte, 1, MSG_PEEK) <= 0;
  }
  void EndSending() { shutdown(socket_, SHUT_WR); }

  // Until the server ends.
  std::string ReadAll() {
    while (Receive()) {
    }
    return std::exchange(received_, {});
  }
  // Up to and with `end`, or all there is if the server ends before.
  std::string ReadUntil(absl::string_view end) {
    size_t at = 0;
    while ((at = received_.find(end.data(), 0, end.size())) ==
               std::string::npos &&
           Receive()) {
    }
    if (at == std::string::npos) return std::exchange(received_, {});
    std::string text = received_.substr(0, at + end.size());
    received_.erase(0, text.size());
    return text;
  }
  // So many bytes, or all there are if the server ends before.
  std::string ReadBytes(size_t count) {
    while (received_.size() < count && Receive()) {
    }
    std::string bytes = received_.substr(0, count);
    received_.erase(0, bytes.size());
    return bytes;
  }
  // One response with a Content-Length, or without a body.
  std::string ReadResponse(bool head = false) {
    std::string text = ReadUntil("\r\n\r\n");
    const size_t at = absl::AsciiStrToLower(text).find("content-length: ");
    if (head || at == std::string::npos) return text;
    const size_t size = std::strtoul(text.c_str() + at + 16, nullptr, 10);
    while (received_.size() < size && Receive()) {
    }
    text += received_.substr(0, size);
    received_.erase(0, size);
    return text;
  }

 private:
  // False at the end.
  bool Receive() {
    pollfd ready = {socket_, POLLIN, 0};
    if (poll(&ready, 1, 30'000) <= 0) return false;
    char bytes[65536];
    const ssize_t got = recv(socket_, bytes, sizeof(bytes), 0);
    if (got <= 0) return false;
    received_.append(bytes, static_cast<size_t>(got));
    return true;
  }

  int socket_ = -1;
  bool connected_ = false;
  std::string received_;
};

// A request with Host and, if there is a body, its length.
inline std::string HttpText(absl::string_view method, absl::string_view target,
                            absl::string_view headers = "",
                            absl::string_view body = "") {
  return absl::StrCat(
      method, " ", target, " HTTP/1.1\r\n",
      absl::StrContains(headers, "Host:") ? "" : "Host: 127.0.0.1\r\n", headers,
      body.empty() ? "" : absl::StrCat("Content-Length: ", body.size(), "\r\n"),
      "\r\n", body);
}

// `404` of `HTTP/1.1 404 Not Found…`; 0 if there is no status line.
inline int StatusOf(absl::string_view response) {
  if (!absl::StartsWith(response, "HTTP/1.")) return 0;
  int status = 0;
  return absl::SimpleAtoi(response.substr(9, 3), &status) ? status : 0;
}

// What follows the head.
inline std::string BodyOf(absl::string_view response) {
  const size_t at = response.find("\r\n\r\n");
  return at == absl::string_view::npos ? ""
                                       : std::string(response.substr(at + 4));
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_HTTP_CLIENT_H_
