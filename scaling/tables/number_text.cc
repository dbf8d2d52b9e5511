#include "scaling/tables/number_text.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace isoshape {
namespace {

// Blanks that separate thousands: no-break, narrow no-break and thin ones, and
// the typographic apostrophe.
constexpr absl::string_view kNoBreak = "\xC2\xA0";
constexpr absl::string_view kNarrowNoBreak = "\xE2\x80\xAF";
constexpr absl::string_view kThin = "\xE2\x80\x89";
constexpr absl::string_view kApostrophe = "\xE2\x80\x99";

constexpr double kSecondsOfADay = 86400;

bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}

size_t DigitsAt(absl::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && IsDigit(text[end])) ++end;
  return end - at;
}

// Whether the mark at `at`, the only one of its kind, has one to three digits
// before it, not a lone 0, and just three after it.
bool LooksLikeGroups(absl::string_view text, size_t at) {
  size_t before = 0;
  while (before < at && IsDigit(text[at - before - 1])) ++before;
  const bool zero = before == 1 && text[at - 1] == '0';
  return before >= 1 && before <= 3 && !zero && DigitsAt(text, at + 1) == 3;
}

// The number without the separators of thousands, a decimal dot in it; absent
// if groups are not of three digits.
std::optional<std::string> WithoutGroups(absl::string_view text,
                                         const NumberMarks& marks) {
  std::string plain;
  bool grouped = false;
  const size_t signs =
      !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const Mark mark = c == ','   ? marks.comma
                      : c == '.' ? marks.dot
                                 : Mark::kUnknown;
    const bool inside = i > 0 && IsDigit(text[i - 1]) && i + 1 < text.size() &&
                        IsDigit(text[i + 1]);
    const bool separator = c == ' ' || c == '\'' || mark == Mark::kGroups;
    if (separator && inside) {
      const bool first = !grouped && DigitsAt(plain, signs) > 3;
      if (DigitsAt(text, i + 1) != 3 || first) {
        return std::nullopt;
      }
      grouped = true;
    } else if (mark == Mark::kGroups || (c == ',' && mark != Mark::kDecimal)) {
      return std::nullopt;
    } else if (c == '_' && inside) {
      continue;
    } else {
      plain += c == ',' ? '.' : c;
    }
  }
  return plain;
}

// How many bytes of the text are a number without a unit.
size_t NumberBytes(absl::string_view text) {
  size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const size_t begin = at;
  at += DigitsAt(text, at);
  if (at < text.size() && text[at] == '.') {
    ++at;
    at += DigitsAt(text, at);
  }
  if (at == begin) return 0;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    size_t exponent = at + 1;
    if (exponent < text.size() &&
        (text[exponent] == '-' || text[exponent] == '+')) {
      ++exponent;
    }
    if (const size_t digits = DigitsAt(text, exponent); digits > 0) {
      at = exponent + digits;
    }
  }
  return at;
}

// Bytes as people write them: `4GiB`, `512 MB`; absent if the text has no such
// unit.
std::optional<double> ParseBytes(absl::string_view text) {
  constexpr absl::string_view kPrefixes = "KMGTP";
  if (!absl::ConsumeSuffix(&text, "B")) return std::nullopt;
  const double base = absl::ConsumeSuffix(&text, "i") ? 1024 : 1000;
  if (text.empty()) return std::nullopt;
  const size_t power = kPrefixes.find(
      absl::ascii_toupper(static_cast<unsigned char>(text.back())));
  text.remove_suffix(1);
  double number = 0;
  if (power == kPrefixes.npos || !absl::SimpleAtod(text, &number)) {
    return std::nullopt;
  }
  return number * std::pow(base, static_cast<double>(power) + 1);
}

}  // namespace

NumberMarks MarksOf(absl::string_view text) {
  NumberMarks marks;
  const auto commas = std::count(text.begin(), text.end(), ',');
  const auto dots = std::count(text.begin(), text.end(), '.');
  const size_t comma = text.rfind(',');
  const size_t dot = text.rfind('.');
  if (commas > 0 && dots > 0) {
    const bool comma_last = comma > dot;
    marks.comma = comma_last ? Mark::kDecimal : Mark::kGroups;
    marks.dot = comma_last ? Mark::kGroups : Mark::kDecimal;
  } else if (commas > 1) {
    marks.comma = Mark::kGroups;
  } else if (dots > 1) {
    marks.dot = Mark::kGroups;
  } else if (commas == 1 && !LooksLikeGroups(text, comma)) {
    marks.comma = Mark::kDecimal;
  } else if (dots == 1 && !LooksLikeGroups(text, dot)) {
    marks.dot = Mark::kDecimal;
  }
  return marks;
}

std::optional<double> ParseNumber(absl::string_view text,
                                  const NumberMarks& marks) {
  double value = 0;
  if (text.find_first_not_of("0123456789.eE+-") == absl::string_view::npos &&
      (marks.dot != Mark::kGroups || !absl::StrContains(text, '.')) &&
      absl::SimpleAtod(text, &value)) {
    return value;
  }
  const std::string blanks = absl::StrReplaceAll(
      absl::StripAsciiWhitespace(text), {{kNoBreak, " "},
                                         {kNarrowNoBreak, " "},
                                         {kThin, " "},
                                         {kApostrophe, "'"}});
  const std::optional<std::string> plain = WithoutGroups(blanks, marks);
  if (!plain) return std::nullopt;
  const size_t bytes = NumberBytes(*plain);
  const absl::string_view number = absl::string_view(*plain).substr(0, bytes);
  const absl::string_view word =
      absl::StripAsciiWhitespace(absl::string_view(*plain).substr(bytes));
  const std::optional<double> factor = word.empty() ? 1 : UnitFactor(word);
  if (!factor || !absl::SimpleAtod(number, &value)) return std::nullopt;
  return value * *factor;
}

std::optional<double> ParseQuantity(absl::string_view text) {
  // SimpleAtod also reads hexadecimal numbers.
  if (text.find_first_of("xX") != text.npos) return std::nullopt;
  double number = 0;
  if (absl::SimpleAtod(text, &number)) return number;
  if (const auto bytes = ParseBytes(text)) return bytes;
  return ParseNumber(text, {});
}

bool IsMissing(absl::string_view text) {
  static constexpr absl::string_view kWords[] = {
      "",          "nan",     "-nan", "inf", "+inf", "-inf",    "infinity",
      "-infinity", "null",    "none", "nil", "n/a",  "na",      "<na>",
      "#n/a",      "#div/0!", "-",    "--",  "?",    "missing", "."};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [text](absl::string_view word) {
                       return absl::EqualsIgnoreCase(text, word);
                     });
}

std::optional<double> UnitFactor(absl::string_view word) {
  static constexpr std::pair<absl::string_view, double> kWords[] = {
      {"k", 1e3},        {"thousand", 1e3},  {"thousands", 1e3},
      {"m", 1e6},        {"mn", 1e6},        {"million", 1e6},
      {"millions", 1e6}, {"b", 1e9},         {"g", 1e9},
      {"bn", 1e9},       {"billion", 1e9},   {"billions", 1e9},
      {"t", 1e12},       {"tn", 1e12},       {"trillion", 1e12},
      {"p", 1e15},       {"trillions", 1e12}};
  static constexpr std::pair<absl::string_view, double> kFlops[] = {
      {"", 1},       {"k", 1e3},     {"m", 1e6},     {"g", 1e9},
      {"t", 1e12},   {"p", 1e15},    {"e", 1e18},    {"z", 1e21},
      {"mega", 1e6}, {"giga", 1e9},  {"tera", 1e12}, {"peta", 1e15},
      {"exa", 1e18}, {"zetta", 1e21}};
  const std::string lower = absl::AsciiStrToLower(word);
  for (const auto& [name, factor] : kWords) {
    if (lower == name) return factor;
  }
  absl::string_view rest = lower;
  for (const absl::string_view end :
       {"pf_days", "pf-days", "pf days", "pfs_days", "pfs-days"}) {
    if (rest == end) return 1e15 * kSecondsOfADay;
  }
  for (const absl::string_view end :
       {"params", "param", "parameters", "tokens", "token", "tok"}) {
    if (absl::ConsumeSuffix(&rest, end)) {
      rest = absl::StripAsciiWhitespace(rest);
      return rest.empty() ? 1 : UnitFactor(rest);
    }
  }
  if (!absl::ConsumeSuffix(&rest, "flops") &&
      !absl::ConsumeSuffix(&rest, "flop")) {
    return std::nullopt;
  }
  rest = absl::StripAsciiWhitespace(rest);
  for (const auto& [name, factor] : kFlops) {
    if (rest == name) return factor;
  }
  return std::nullopt;
}

}  // namespace isoshape
