#ifndef ISOSHAPE_ACCESS_CALLER_H_
#define ISOSHAPE_ACCESS_CALLER_H_

#include <string>

namespace isoshape {

// What is known of who makes a call; empty: nothing of the kind.
struct Caller {
  // Subject of a certificate that has none.
  static constexpr char kNoSubject[] = "without a subject";

  std::string token = {};    // the name of the token that was shown
  std::string subject = {};  // of the certificate that was shown (RFC 2253)
  std::string address = {};  // `10.0.0.5`, `::1`, without a port
};

// The caller as events and the log name it: `token:alice`; else
// `certificate:CN=alice`; else `address:10.0.0.5`; `local` for this machine, or
// if nothing is known. One printable line of at most 200 bytes, never the token
// itself; one that is cut ends in `...` and eight digits of its SHA-256. The
// words before the colon keep apart what a token's name might say.
std::string CallerName(const Caller& caller);

// The header in which HTTP tells the services of its process who calls: a
// secret that the process made when it started, which shows that it is HTTP
// that speaks, and then CallerName. Binary, as a subject may be any text.
inline constexpr char kCallerHeader[] = "isoshape-caller-bin";

}  // namespace isoshape

#endif  // ISOSHAPE_ACCESS_CALLER_H_
