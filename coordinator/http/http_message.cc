#include "coordinator/http/http_message.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/text/one_line.h"

namespace isoshape {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// In a query `+` is a space.
std::optional<std::string> Decode(absl::string_view text, bool query) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (query && c == '+') {
      c = ' ';
    }
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) return std::nullopt;
    decoded.push_back(c);
  }
  if (!IsUtf8(decoded)) return std::nullopt;
  return decoded;
}

}  // namespace

HttpResponse TextResponse(int status, std::string content_type,
                          std::string body) {
  HttpResponse response;
  response.status = status;
  response.content_type = std::move(content_type);
  auto owner = std::make_shared<const std::string>(std::move(body));
  response.body = *owner;
  response.owner = std::move(owner);
  return response;
}

bool ParseTarget(HttpRequest* request) {
  const absl::string_view target = request->target;
  if (!absl::StartsWith(target, "/")) return false;
  const size_t mark = target.find('?');
  std::optional<std::string> path =
      Decode(target.substr(0, mark), /*query=*/false);
  if (!path.has_value()) return false;
  request->path = *std::move(path);
  request->query.clear();
  if (mark == absl::string_view::npos) return true;
  for (const absl::string_view pair :
       absl::StrSplit(target.substr(mark + 1), '&', absl::SkipEmpty())) {
    const size_t equals = pair.find('=');
    std::optional<std::string> name = Decode(pair.substr(0, equals), true);
    std::optional<std::string> value =
        equals == absl::string_view::npos
            ? std::string()
            : Decode(pair.substr(equals + 1), true);
    if (!name.has_value() || !value.has_value()) return false;
    request->query.emplace_back(*std::move(name), *std::move(value));
  }
  return true;
}

std::optional<std::string> QueryValue(const HttpRequest& request,
                                      absl::string_view name) {
  std::optional<std::string> found;
  for (const auto& [key, value] : request.query) {
    if (key == name) found = value;
  }
  return found;
}

bool Accepts(absl::string_view accept_encoding, absl::string_view coding) {
  for (const absl::string_view item : absl::StrSplit(accept_encoding, ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(item, ';');
    if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(parts[0]), coding)) {
      continue;
    }
    if (parts.size() == 1) return true;
    absl::string_view weight = absl::StripAsciiWhitespace(parts[1]);
    double q = 0;
    return absl::StartsWithIgnoreCase(weight, "q=") &&
           absl::SimpleAtod(weight.substr(2), &q) && q > 0;
  }
  return false;
}

}  // namespace isoshape
