#ifndef ISOSHAPE_TESTS_COORDINATOR_HTTP2_FRAMES_H_
#define ISOSHAPE_TESTS_COORDINATOR_HTTP2_FRAMES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace isoshape {

// What a test says to gRPC by a RawClient, frame by frame.

// A frame of HTTP/2 (RFC 9113, section 4.1).
inline std::string Frame(char type, char flags, uint32_t stream,
                         const std::string& payload) {
  std::string frame(9, '\0');
  for (size_t i = 0; i < 3; ++i) {
    frame[2 - i] = static_cast<char>(payload.size() >> (8 * i));
  }
  frame[3] = type;
  frame[4] = flags;
  for (size_t i = 0; i < 4; ++i) {
    frame[8 - i] = static_cast<char>(stream >> (8 * i));
  }
  return frame + payload;
}

// What a client says first: its preface and empty SETTINGS (section 3.4).
inline std::string Http2Greeting() {
  return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(4, 0, 0, "");
}

// A header that is from no table (RFC 7541, section 6.2.2), of short texts.
inline std::string Header(const std::string& name, const std::string& value) {
  return std::string(1, '\0') + static_cast<char>(name.size()) + name +
         static_cast<char>(value.size()) + value;
}

// Those of a call.
inline std::string CallHeaders(const std::string& path) {
  std::string headers;
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{
           {":method", "POST"},
           {":scheme", "http"},
           {":path", path},
           {":authority", "x"},
           {"content-type", "application/grpc"},
           {"te", "trailers"}}) {
    headers += Header(name, value);
  }
  return headers;
}

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_HTTP2_FRAMES_H_
