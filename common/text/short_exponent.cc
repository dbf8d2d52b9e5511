#include "common/text/short_exponent.h"

#include <cstddef>
#include <string>

#include "absl/strings/str_format.h"

namespace isoshape {

std::string ShortExponent(std::string number) {
  const size_t exponent = number.find('e');
  if (exponent == std::string::npos) return number;
  size_t at = exponent + 1;
  if (at < number.size() && number[at] == '+') number.erase(at, 1);
  if (at < number.size() && number[at] == '-') ++at;
  // One digit stays, be it a zero.
  while (at + 1 < number.size() && number[at] == '0') number.erase(at, 1);
  return number;
}

std::string FormatDigits(double value, int digits) {
  return ShortExponent(absl::StrFormat("%.*g", digits, value));
}

}  // namespace isoshape
