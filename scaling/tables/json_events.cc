#include "scaling/tables/json_events.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "common/one_line.h"
#include "scaling/tables/file_error.h"

namespace isoshape {
namespace {

using nlohmann::json;

constexpr size_t kMostDepth = 64;
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
}

absl::Status JsonEvents::ReadValue() {
  json::sax_parse(Characters(text_, at_), Characters(), this,
                  json::input_format_t::json, /*strict=*/false);
  return error_;
}

bool JsonEvents::null() {
  const Cell cell = Token(4);
  return OnScalar({{}, cell.line, cell.column}, false);
}

bool JsonEvents::boolean(bool value) {
  return OnScalar(Token(value ? 4 : 5), false);
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
  return OnScalar(cell, escaped);
}

bool JsonEvents::key(std::string& name) {
  bool escaped = false;
  const Cell cell = StringToken(name, escaped);
  return OnKey(cell, escaped);
}

bool JsonEvents::start_object(std::size_t /*size*/) {
  const JsonPlace place = Bracket();
  return depth_ <= kMostDepth && OnObject(place);
}

bool JsonEvents::end_object() {
  Token(1);
  --depth_;
  return OnObjectEnd(static_cast<uint32_t>(end_));
}

bool JsonEvents::start_array(std::size_t /*size*/) {
  const JsonPlace place = Bracket();
  return depth_ <= kMostDepth && OnList(place);
}

bool JsonEvents::end_array() {
  Token(1);
  --depth_;
  return OnListEnd(static_cast<uint32_t>(end_));
}

bool JsonEvents::parse_error(std::size_t /*position*/,
                             const std::string& /*token*/,
                             const json::exception& exception) {
  FindToken();
  if (end_ >= text_.size()) {
    return Fail(Token(0), "the JSON ends early; complete the file");
  }
  const absl::string_view reason = exception.what();
  const size_t begin = reason.find("syntax error ");
  return Fail(Token(0), absl::StrCat("this is no JSON (",
                                     OneLine(begin == absl::string_view::npos
                                                 ? reason
                                                 : reason.substr(begin + 13),
                                             kReasonBytes),
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
  return OnScalar(Token(std::min(end, text_.size()) - begin), false);
}

// The bracket here, one deeper.
JsonPlace JsonEvents::Bracket() {
  const Cell cell = Token(1);
  const JsonPlace place{static_cast<uint32_t>(end_ - 1),
                        static_cast<uint32_t>(line_begin_), line_};
  if (++depth_ > kMostDepth) {
    Fail(cell, absl::StrCat("nested more than ", kMostDepth,
                            " deep; write each run as one object"));
  }
  return place;
}

}  // namespace isoshape
