#include "scaling/tables/json_events.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/text/one_line.h"
#include "scaling/tables/file_error.h"

namespace isoshape {
namespace {

using nlohmann::json;

constexpr size_t kMaxDepth = 64;
constexpr size_t kReasonBytes = 120;

// Reads characters and tells others how far it is: the parser's events have no
// places of their own.
class Characters {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Characters() = default;
  Characters(absl::string_view text, size_t& at) : text_(text), at_(&at) {}

  reference operator*() const { return text_[*at_]; }
  Characters& operator++() {
    ++*at_;
    return *this;
  }
  bool operator==(const Characters& other) const {
    return AtEnd() == other.AtEnd();
  }

 private:
  bool AtEnd() const { return at_ == nullptr || *at_ >= text_.size(); }

  absl::string_view text_;
  size_t* at_ = nullptr;
};

}  // namespace

bool JsonEvents::More() {
  FindToken();
  return end_ < text_.size();
}

void JsonEvents::GoTo(const JsonPlace& place) {
  at_ = end_ = place.at;
  line_begin_ = place.line_begin;
  line_ = place.line;
  depth_ = 0;
  pairs_ = {};
}

absl::Status JsonEvents::ReadValue() {
  json::sax_parse(Characters(text_, at_), Characters(), this,
                  json::input_format_t::json, /*strict=*/false);
  return error_;
}

bool JsonEvents::null() {
  const Cell cell = Token(4);
  return Scalar({{}, cell.line, cell.column}, false);
}

bool JsonEvents::boolean(bool value) {
  return Scalar(Token(value ? 4 : 5), false);
}

bool JsonEvents::number_integer(std::int64_t /*value*/) { return Number(); }

bool JsonEvents::number_unsigned(std::uint64_t /*value*/) { return Number(); }

bool JsonEvents::number_float(double /*value*/, const std::string& /*raw*/) {
  return Number();
}

bool JsonEvents::binary(json::binary_t& /*value*/) { return true; }

bool JsonEvents::string(std::string& value) {
  bool escaped = false;
  const Cell cell = StringToken(value, escaped);
  return Scalar(cell, escaped);
}

bool JsonEvents::key(std::string& name) {
  bool escaped = false;
  const Cell cell = StringToken(name, escaped);
  if (pairs_.depth == 0) return OnKey(cell, escaped);
  if (depth_ == pairs_.depth + 1) pairs_.last_key = name;
  return true;
}

// A value of an object or list, or half of a pair.
bool JsonEvents::Scalar(const Cell& cell, bool escaped) {
  if (pairs_.depth == 0) return OnScalar(cell, escaped);
  if (depth_ != pairs_.depth + 1) return true;
  if (pairs_.last_key == "key") {
    pairs_.name = std::string(cell.text);
    pairs_.place = cell;
  } else if (pairs_.last_key == "value" && !pairs_.name.empty()) {
    // A text of the pair is not one of the file, so it counts as escaped.
    pairs_.place.text = pairs_.name;
    return OnKey(pairs_.place, true) && OnScalar(cell, escaped);
  }
  return true;
}

bool JsonEvents::start_object(std::size_t /*size*/) {
  const JsonPlace place = Bracket();
  if (depth_ > kMaxDepth) return false;
  if (pairs_.depth == 0) return OnObject(place);
  if (depth_ == pairs_.depth + 1) pairs_.name.clear();
  return true;
}

bool JsonEvents::end_object() {
  Token(1);
  --depth_;
  return pairs_.depth > 0 || OnObjectEnd(static_cast<uint32_t>(end_));
}

bool JsonEvents::start_array(std::size_t /*size*/) {
  const JsonPlace place = Bracket();
  if (depth_ > kMaxDepth) return false;
  if (pairs_.depth > 0) return true;
  if (depth_ == 1 || !BeginsPairs(place.at)) return OnList(place);
  pairs_.depth = depth_;
  return OnObject(place);
}

bool JsonEvents::end_array() {
  Token(1);
  --depth_;
  const auto end = static_cast<uint32_t>(end_);
  if (pairs_.depth == 0) return OnListEnd(end);
  if (depth_ + 1 > pairs_.depth) return true;
  pairs_ = {};
  return OnObjectEnd(end);
}

bool JsonEvents::parse_error(std::size_t /*position*/,
                             const std::string& /*token*/,
                             const json::exception& exception) {
  FindToken();
  if (end_ >= text_.size()) {
    return Fail(Token(0), "the JSON ends early; complete the file");
  }
  // Without the parser's own number of the error and its places.
  absl::string_view reason = exception.what();
  for (const absl::string_view before : {"] ", "syntax error "}) {
    const size_t at = reason.find(before);
    if (at != absl::string_view::npos) reason.remove_prefix(at + before.size());
  }
  return Fail(Token(0),
              absl::StrCat("this is no JSON (", OneLine(reason, kReasonBytes),
                           "); correct it here"));
}

bool JsonEvents::Fail(const Cell& cell, absl::string_view message) {
  error_ = ErrorAt(file_, cell.line, cell.column, message);
  return false;
}

bool JsonEvents::Fail(const JsonPlace& place, absl::string_view message) {
  return Fail(
      Cell{{}, place.line, static_cast<int>(place.at - place.line_begin) + 1},
      message);
}

// Where the next token begins: after blanks, commas and colons.
size_t JsonEvents::FindToken() {
  for (; end_ < text_.size(); ++end_) {
    const char c = text_[end_];
    if (c == '\n' ||
        (c == '\r' && end_ + 1 < text_.size() && text_[end_ + 1] != '\n')) {
      ++line_;
      line_begin_ = end_ + 1;
    } else if (c != ' ' && c != '\t' && c != '\r' && c != ',' && c != ':') {
      break;
    }
  }
  return end_;
}

// Takes the token of so many bytes.
Cell JsonEvents::Token(size_t bytes) {
  const size_t begin = FindToken();
  end_ = begin + bytes;
  return {text_.substr(begin, bytes), line_,
          static_cast<int>(begin - line_begin_) + 1};
}

Cell JsonEvents::StringToken(const std::string& value, bool& escaped) {
  const size_t begin = FindToken();
  Cell cell = Token(at_ - begin);
  // Without quotes; if there are escapes the text is not that of the file.
  escaped = cell.text.size() != value.size() + 2;
  cell.text =
      escaped ? absl::string_view(value) : cell.text.substr(1, value.size());
  return cell;
}

bool JsonEvents::Number() {
  const size_t begin = FindToken();
  const size_t end = text_.find_first_not_of("0123456789+-.eE", begin);
  return Scalar(Token(std::min(end, text_.size()) - begin), false);
}

// Whether the list at that bracket begins with a pair of `key`, a string, and
// `value`, and nothing before them.
bool JsonEvents::BeginsPairs(size_t at) const {
  absl::string_view rest = text_.substr(at);
  const auto take = [&rest](absl::string_view token) {
    rest = absl::StripLeadingAsciiWhitespace(rest);
    return absl::ConsumePrefix(&rest, token);
  };
  for (const absl::string_view token : {"[", "{", "\"key\"", ":", "\""}) {
    if (!take(token)) return false;
  }
  size_t end = 0;
  while (end < rest.size() && rest[end] != '"')
    end += rest[end] == '\\' ? 2 : 1;
  rest.remove_prefix(std::min(end, rest.size()));
  return take("\"") && take(",") && take("\"value\"") && take(":");
}

// The bracket here, one deeper.
JsonPlace JsonEvents::Bracket() {
  const Cell cell = Token(1);
  const JsonPlace place{static_cast<uint32_t>(end_ - 1),
                        static_cast<uint32_t>(line_begin_), line_};
  if (++depth_ > kMaxDepth) {
    Fail(cell, absl::StrCat("nested more than ", kMaxDepth,
                            " deep; write each run as one object"));
  }
  return place;
}

}  // namespace isoshape
