#include "scaling/runs/json_events.h"

#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "common/one_line.h"
#include "common/status_macros.h"
#include "scaling/runs/file_error.h"

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

class Events : public nlohmann::json_sax<json> {
 public:
  Events(absl::string_view text, absl::string_view file, const size_t& at,
         JsonTable& table)
      : text_(text), file_(file), at_(at), table_(table) {}

  const absl::Status& error() const { return error_; }

  // Goes to the next value that is in no other; false at the end.
  bool More() {
    FindToken();
    return end_ < text_.size();
  }

  bool null() override {
    const Cell cell = Token(4);
    return Add({{}, cell.line, cell.column});
  }
  bool boolean(bool value) override { return Add(Token(value ? 4 : 5)); }
  bool number_integer(std::int64_t /*value*/) override { return Number(); }
  bool number_unsigned(std::uint64_t /*value*/) override { return Number(); }
  bool number_float(double /*value*/, const std::string& /*raw*/) override {
    return Number();
  }
  bool binary(json::binary_t& /*value*/) override { return true; }
  bool string(std::string& value) override { return Add(StringToken(value)); }

  bool key(std::string& name) override {
    StringToken(name);
    if (ignored_ > 0) return true;
    key_begin_ = path_.size();
    path_ += name;
    return true;
  }

  bool start_object(std::size_t /*size*/) override {
    const size_t begin = FindToken();
    const Cell brace = Token(1);
    if (!Deeper(brace)) return false;
    if (ignored_ > 0) {
      ++ignored_;
    } else if (frames_.empty() || frames_.back().kind == Kind::kList) {
      frames_.push_back({Kind::kRow, path_.size()});
      open_.push_back({begin, brace.line, path_.size(), {}});
    } else {
      frames_.push_back({Kind::kNested, key_begin_});
      path_ += '.';
    }
    return true;
  }

  bool end_object() override {
    Token(1);
    if (ignored_ > 0) {
      --ignored_;
      return true;
    }
    const Frame frame = frames_.back();
    frames_.pop_back();
    if (frame.kind == Kind::kRow) CloseRow();
    path_.resize(frame.path);
    return true;
  }

  bool start_array(std::size_t /*size*/) override {
    const Cell bracket = Token(1);
    if (!Deeper(bracket)) return false;
    if (ignored_ > 0) {
      ++ignored_;
    } else if (frames_.empty()) {
      frames_.push_back({Kind::kList, 0});
      list_.clear();
    } else if (frames_.back().kind != Kind::kList && open_.size() == 1 &&
               frames_.front().kind == Kind::kRow) {
      frames_.push_back({Kind::kList, key_begin_});
      list_ = path_;
    } else {
      ignored_ = 1;
      if (frames_.back().kind != Kind::kList) path_.resize(key_begin_);
    }
    return true;
  }

  bool end_array() override {
    Token(1);
    if (ignored_ > 0) {
      --ignored_;
      return true;
    }
    path_.resize(frames_.back().path);
    frames_.pop_back();
    return true;
  }

  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const json::exception& exception) override {
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

 private:
  enum class Kind {
    kRow,     // an object that may be a run
    kNested,  // an object in it
    kList,    // a list whose objects may be runs
  };
  struct Frame {
    Kind kind;
    size_t path;  // how long path_ was before it
  };
  // A row whose end has not come.
  struct Open {
    size_t begin;
    int line;
    size_t path;  // where names of the row begin in path_
    std::vector<JsonTable::Value> values;
  };

  // Where the next token begins: after blanks, commas and colons.
  size_t FindToken() {
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
  Cell Token(size_t bytes) {
    const size_t begin = FindToken();
    end_ = begin + bytes;
    return {text_.substr(begin, bytes), line_,
            static_cast<int>(begin - line_begin_) + 1};
  }

  Cell StringToken(const std::string& value) {
    const size_t begin = FindToken();
    Cell cell = Token(at_ - begin);
    // Without quotes; if there are escapes the text is not that of the file.
    cell.text = cell.text.size() == value.size() + 2
                    ? cell.text.substr(1, value.size())
                    : absl::string_view(table_.texts.emplace_back(value));
    return cell;
  }

  bool Number() {
    const size_t begin = FindToken();
    const size_t end = text_.find_first_not_of("0123456789+-.eE", begin);
    return Add(Token(std::min(end, text_.size()) - begin));
  }

  bool Add(const Cell& cell) {
    if (ignored_ > 0) return true;
    if (frames_.empty() ||
        (frames_.back().kind == Kind::kList && open_.empty())) {
      return Fail(cell, absl::StrCat("a value where a run is expected; write "
                                     "each run as an object, such as "
                                     "{\"params\": 1e9, \"loss\": 2.5}"));
    }
    if (frames_.back().kind == Kind::kList) return true;
    Open& row = open_.back();
    const absl::string_view name = absl::string_view(path_).substr(row.path);
    // Rows have mostly the names of the one before, in the same order.
    if (next_ >= static_cast<int>(table_.names.size()) ||
        table_.names[next_].text != name) {
      const auto [found, added] =
          numbers_.try_emplace(name, static_cast<int>(table_.names.size()));
      if (added) {
        table_.names.push_back(
            {table_.texts.emplace_back(name), cell.line, cell.column});
      }
      next_ = found->second;
    }
    row.values.emplace_back(next_, cell);
    ++next_;
    path_.resize(key_begin_);
    return true;
  }

  void CloseRow() {
    const Open& row = open_.back();
    JsonTable::Object object;
    object.whole = text_.substr(row.begin, end_ - row.begin);
    object.line = row.line;
    object.begin = table_.values.size();
    table_.values.insert(table_.values.end(), row.values.begin(),
                         row.values.end());
    object.end = table_.values.size();
    if (frames_.empty()) {
      table_.top.push_back(object);
    } else {
      table_.lists[list_].push_back(object);
    }
    open_.pop_back();
    next_ = 0;
  }

  bool Deeper(const Cell& cell) {
    if (frames_.size() + ignored_ < kMostDepth) return true;
    return Fail(cell, absl::StrCat("nested more than ", kMostDepth,
                                   " deep; write each run as one object"));
  }

  bool Fail(const Cell& cell, absl::string_view message) {
    error_ = ErrorAt(file_, cell.line, cell.column, message);
    return false;
  }

  absl::string_view text_, file_;
  const size_t& at_;  // how far the parser has read
  JsonTable& table_;
  absl::Status error_;
  size_t end_ = 0;  // of the last token
  int line_ = 1;
  size_t line_begin_ = 0;
  std::vector<Frame> frames_;
  std::vector<Open> open_;
  size_t ignored_ = 0;  // how deep we are in a list that is not looked at
  std::string path_;    // of the value that comes, dotted
  size_t key_begin_ = 0;
  std::string list_;  // the name of the list that we are in
  absl::flat_hash_map<std::string, int> numbers_;  // of names
  int next_ = 0;
};

}  // namespace

absl::Status JsonTable::Read(absl::string_view text, absl::string_view file) {
  size_t at = 0;
  Events events(text, file, at, *this);
  while (events.More()) {
    json::sax_parse(Characters(text, at), Characters(), &events,
                    json::input_format_t::json, /*strict=*/false);
    ISOSHAPE_RETURN_IF_ERROR(events.error());
  }
  return absl::OkStatus();
}

}  // namespace isoshape
