// What a client of HTTP sends over one connection, of any bytes, to a
// coordinator that serves reading alone: it is answered by whole responses,
// none of which says that it was our fault, and then the connection ends.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/files/sha256.h"
#include "common/text/one_line.h"
#include "coordinator/change_events.h"
#include "coordinator/http/http_server.h"
#include "coordinator/http/router.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/json_error.h"
#include "tests/fuzz/small_services.h"

namespace isoshape {
namespace {

// What two sockets hold between them, so that all can be sent before the first
// answer is read.
constexpr size_t kMaxBytes = 65536;
constexpr int kLongestMillis = 30'000;

// What a call returns that no signal has cut short: the fuzzer has a timer.
template <typename Call>
ssize_t Whole(const Call& call) {
  ssize_t result = -1;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

// HTTP over the services, as a coordinator serves it.
class Coordinator {
 public:
  Coordinator()
      : services_(SmallBeginning(&clock_), &clock_),
        router_(Router::Options{
            .channel = services_.channel(),
            .read_only = true,
            .ready = [](const auto& done) { done(absl::OkStatus()); },
            .sequence = [this] { return ++asked_; },
            .metrics = [] { return std::string("m 1\n"); },
            .start_events =
                [this](const v1::WatchChangesRequest& request, auto standing) {
                  return StartChangeEvents(&services_.changes(), request,
                                           std::move(standing));
                }}),
        server_(Options(), [this](const HttpRequest& request, HttpReply reply) {
          return router_.Handle(request, std::move(reply));
        }) {}
  ~Coordinator() { server_.Stop(absl::Seconds(1)); }

  // All that is answered to the bytes, after which nothing more is sent.
  std::string Ask(absl::string_view bytes) {
    int ends[2] = {-1, -1};
    Expect(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0,
           "there are no sockets");
    const absl::Cleanup close_ours = [&] { close(ends[0]); };
    server_.Accept(ends[1]);
    while (!bytes.empty()) {
      const ssize_t sent = Whole([&] {
        return send(ends[0], bytes.data(), bytes.size(), MSG_NOSIGNAL);
      });
      if (sent <= 0) break;  // it was refused before its end
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    shutdown(ends[0], SHUT_WR);
    std::string answers;
    std::array<char, 65536> piece;
    while (true) {
      pollfd ready = {ends[0], POLLIN, 0};
      Expect(Whole([&] { return poll(&ready, 1, kLongestMillis); }) == 1,
             "a connection hangs");
      const ssize_t got =
          Whole([&] { return recv(ends[0], piece.data(), piece.size(), 0); });
      if (got <= 0) return answers;
      answers.append(piece.data(), static_cast<size_t>(got));
    }
  }

 private:
  static HttpServer::Options Options() {
    HttpServer::Options options;
    options.limits.unfinished = std::numeric_limits<int>::max();
    return options;
  }

  FakeClock clock_;
  SmallServices services_;
  // No answer is given twice: each is asked for after one more event.
  std::atomic<int64_t> asked_ = 0;
  Router router_;
  HttpServer server_;
};

// The value of a header in the lines of a head, in lower case.
absl::string_view ValueOf(absl::string_view head, absl::string_view name) {
  const std::string line = absl::StrCat("\r\n", name, ": ");
  const size_t at = head.find(line);
  if (at == absl::string_view::npos) return "";
  const absl::string_view rest = head.substr(at + line.size());
  return rest.substr(0, rest.find("\r\n"));
}

// Takes one response off the answers.
void TakeResponse(absl::string_view* answers) {
  const size_t end = answers->find("\r\n\r\n");
  Expect(end != absl::string_view::npos, "a response has no head");
  const std::string head = absl::AsciiStrToLower(answers->substr(0, end + 2));
  answers->remove_prefix(end + 4);
  int status = 0;
  Expect((absl::StartsWith(head, "http/1.1 ") ||
          absl::StartsWith(head, "http/1.0 ")) &&
             absl::SimpleAtoi(head.substr(9, 3), &status),
         absl::StrCat("a response begins otherwise: ", OneLine(head)));
  Expect(status >= 100 && status < 600 && status != 500,
         absl::StrCat("a request is answered by ", status));
  Expect(std::all_of(head.begin(), head.end(),
                     [](char c) {
                       return c == '\r' || c == '\n' || (c >= ' ' && c <= '~');
                     }),
         "a head holds what was sent");
  size_t length = 0;
  if (!absl::SimpleAtoi(ValueOf(head, "content-length"), &length)) {
    // 100, 304, or events until the end.
    if (status != 100 && status != 304) *answers = "";
    return;
  }
  // Of HEAD there is none.
  if (answers->empty() || absl::StartsWith(*answers, "HTTP/1.")) return;
  Expect(answers->size() >= length, "an answer is cut");
  const absl::string_view body = answers->substr(0, length);
  answers->remove_prefix(length);
  if (status >= 400 && ValueOf(head, "content-type") == "application/json") {
    ExpectJsonError(body);
  }
}

void Fuzz(const std::string& bytes) {
  // libcrypto keeps what the thread has that calls it first: this one stays.
  static const std::string begun = Sha256("");
  static Coordinator coordinator;
  const std::string answered =
      coordinator.Ask(absl::string_view(bytes).substr(0, kMaxBytes));
  absl::string_view answers = answered;
  while (!answers.empty()) TakeResponse(&answers);
}

}  // namespace
}  // namespace isoshape

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  isoshape::Fuzz(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
