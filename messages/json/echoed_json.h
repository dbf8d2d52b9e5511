#ifndef ISOSHAPE_MESSAGES_JSON_ECHOED_JSON_H_
#define ISOSHAPE_MESSAGES_JSON_ECHOED_JSON_H_

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

namespace isoshape {

// Bytes of what was given that a message repeats.
inline constexpr size_t kMaxEchoed = 200;

// A value as a message repeats it: one line of at most so many bytes. Texts of
// a YAML file may be no UTF-8, of which each wrong byte becomes U+FFFD.
std::string EchoedJson(const nlohmann::json& value);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_JSON_ECHOED_JSON_H_
