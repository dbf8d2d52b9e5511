#include "common/text/short_exponent.h"

#include <cstddef>
#include <string>

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

}  // namespace isoshape
