#include "common/text/short_exponent.h"

#include <cstddef>
#include <string>

namespace isoshape {

std::string ShortExponent(std::string number) {
  size_t at = number.find('e');
  if (at == std::string::npos || ++at == number.size()) return number;
  if (number[at] == '+') number.erase(at, 1);
  if (at < number.size() && number[at] == '-') ++at;
  // One digit stays, be it a zero.
  while (at + 1 < number.size() && number[at] == '0') number.erase(at, 1);
  return number;
}

}  // namespace isoshape
