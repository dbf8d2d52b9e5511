#ifndef ISOSHAPE_COMMON_TEXT_SHORT_EXPONENT_H_
#define ISOSHAPE_COMMON_TEXT_SHORT_EXPONENT_H_

#include <string>

namespace isoshape {

// A number that printf wrote, `7.5e+11` or `1e-05`, as people type it:
// `7.5e11`, `1e-5`. Without an exponent it stays as it is.
std::string ShortExponent(std::string number);
// So many significant digits, as `%g` has them, with such an exponent.
std::string FormatDigits(double value, int digits);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_TEXT_SHORT_EXPONENT_H_
