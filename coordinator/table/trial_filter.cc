#include "coordinator/table/trial_filter.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "common/text/nearest_name.h"
#include "common/text/one_line.h"
#include "coordinator/table/trial_columns.h"
#include "messages/json/enum_name.h"
#include "scaling/tables/number_text.h"

namespace isoshape {
namespace {

using Operator = TrialFilter::Operator;
using Term = TrialFilter::Term;

constexpr size_t kMaxBytes = 1000;

bool IsSpace(char c) {
  return absl::ascii_isspace(static_cast<unsigned char>(c));
}

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// Texts that a column with few texts may have; empty: any.
std::vector<std::string> TextsOf(absl::string_view column) {
  const google::protobuf::EnumDescriptor* type = nullptr;
  if (column == "state") type = v1::Trial::State_descriptor();
  if (column == "purpose") type = v1::Trial::Purpose_descriptor();
  if (column == "failure") type = v1::Trial::Failure_descriptor();
  std::vector<std::string> texts;
  if (type == nullptr) return texts;
  for (int i = 1; i < type->value_count(); ++i) {
    texts.push_back(EnumName(*type->value(i)));
  }
  return texts;
}

bool Equal(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b));
}

bool Holds(const Term& term, double value) {
  const double given = term.numbers.front();
  switch (term.comparison) {
    case Operator::kIs:
    case Operator::kIsNot: {
      const bool is =
          std::any_of(term.numbers.begin(), term.numbers.end(),
                      [&](double number) { return Equal(value, number); });
      return is == (term.comparison == Operator::kIs);
    }
    case Operator::kLess:
      return value < given;
    case Operator::kAtMost:
      return value <= given;
    case Operator::kMore:
      return value > given;
    case Operator::kAtLeast:
      return value >= given;
  }
  return false;
}

bool Holds(const Term& term, absl::string_view value) {
  const bool is = std::any_of(term.texts.begin(), term.texts.end(),
                              [&](const std::string& text) {
                                return absl::EqualsIgnoreCase(value, text);
                              });
  return is == (term.comparison == Operator::kIs);
}

// Reads terms from left to right.
class FilterReader {
 public:
  explicit FilterReader(absl::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<Term>> Read() {
    std::vector<Term> terms;
    while (true) {
      while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
      if (at_ == text_.size()) return terms;
      ISOSHAPE_ASSIGN_OR_RETURN(Term term, ReadTerm());
      terms.push_back(std::move(term));
    }
  }

 private:
  absl::Status Error(size_t at, absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(
        "filter '", OneLine(text_, 200), "': ", what, " (at ", at + 1, ")"));
  }

  absl::StatusOr<Term> ReadTerm() {
    Term term;
    const size_t begin = at_;
    while (at_ < text_.size() && IsNameCharacter(text_[at_])) ++at_;
    const absl::string_view name = text_.substr(begin, at_ - begin);
    if (name.empty()) {
      return Error(begin,
                   "a term begins with the name of a column, such as depth>4");
    }
    const absl::StatusOr<int> column = FindTrialColumn(name, /*aliases=*/true);
    if (!column.ok()) return Error(begin, column.status().message());
    term.column = *column;
    const size_t comparison = at_;
    if (!ReadOperator(&term.comparison)) {
      return Error(comparison,
                   absl::StrCat("after ", name,
                                " comes one of = : != < <= > >= and a value"));
    }
    const bool text = TrialColumns()[term.column].text != nullptr;
    const bool ordered =
        term.comparison != Operator::kIs && term.comparison != Operator::kIsNot;
    if (text && ordered) {
      return Error(comparison,
                   absl::StrCat(name, " is a text; compare it by = or !="));
    }
    bool more = true;
    while (more) {
      const size_t value = at_;
      ISOSHAPE_ASSIGN_OR_RETURN(const std::string given, ReadValue());
      ISOSHAPE_RETURN_IF_ERROR(text ? AddText(value, given, &term)
                                    : AddNumber(value, given, &term));
      more = at_ < text_.size() && text_[at_] == ',';
      if (more) ++at_;
    }
    if (ordered && term.numbers.size() > 1) {
      return Error(comparison, "a list of values is compared by = or != only");
    }
    return term;
  }

  bool ReadOperator(Operator* comparison) {
    constexpr std::pair<absl::string_view, Operator> kOperators[] = {
        {"!=", Operator::kIsNot},   {"<=", Operator::kAtMost},
        {">=", Operator::kAtLeast}, {"==", Operator::kIs},
        {"=", Operator::kIs},       {":", Operator::kIs},
        {"<", Operator::kLess},     {">", Operator::kMore}};
    for (const auto& [sign, meaning] : kOperators) {
      if (absl::StartsWith(text_.substr(at_), sign)) {
        at_ += sign.size();
        *comparison = meaning;
        return true;
      }
    }
    return false;
  }

  // Up to a blank or a comma; in quotes up to the next one.
  absl::StatusOr<std::string> ReadValue() {
    const size_t begin = at_;
    if (at_ < text_.size() && text_[at_] == '"') {
      const size_t end = text_.find('"', at_ + 1);
      if (end == absl::string_view::npos) {
        return Error(begin, "this quote is not closed");
      }
      at_ = end + 1;
      return std::string(text_.substr(begin + 1, end - begin - 1));
    }
    while (at_ < text_.size() && !IsSpace(text_[at_]) && text_[at_] != ',') {
      ++at_;
    }
    if (at_ == begin) return Error(begin, "a value is missing here");
    return std::string(text_.substr(begin, at_ - begin));
  }

  absl::Status AddText(size_t at, const std::string& given, Term* term) const {
    std::string value = absl::AsciiStrToLower(given);
    const absl::string_view column = TrialColumns()[term->column].name;
    if (column == "state" && value == "running") value = "leased";
    const std::vector<std::string> texts = TextsOf(column);
    if (value == "none") {
      value.clear();
    } else if (!texts.empty() &&
               std::find(texts.begin(), texts.end(), value) == texts.end()) {
      return Error(at, absl::StrCat("'", OneLine(given, 60), "' is no ", column,
                                    " of trials", DidYouMean(value, texts)));
    }
    term->texts.push_back(std::move(value));
    return absl::OkStatus();
  }

  absl::Status AddNumber(size_t at, const std::string& given,
                         Term* term) const {
    const std::string lower = absl::AsciiStrToLower(given);
    if (lower == "none") {
      term->numbers.push_back(std::numeric_limits<double>::quiet_NaN());
    } else if (lower == "true" || lower == "yes") {
      term->numbers.push_back(1);
    } else if (lower == "false" || lower == "no") {
      term->numbers.push_back(0);
    } else {
      const std::optional<double> number = ParseQuantity(given);
      if (!number.has_value() || !std::isfinite(*number)) {
        return Error(at, absl::StrCat("'", OneLine(given, 60),
                                      "' is not a number such as 4, 9e11 or "
                                      "1.5M"));
      }
      term->numbers.push_back(*number);
    }
    return absl::OkStatus();
  }

  const absl::string_view text_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<TrialFilter> ParseTrialFilter(absl::string_view text) {
  if (text.size() > kMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the filter has ", text.size(), " bytes; give at most ",
                     kMaxBytes, " (at ", kMaxBytes + 1, ")"));
  }
  TrialFilter filter;
  ISOSHAPE_ASSIGN_OR_RETURN(filter.terms_, FilterReader(text).Read());
  return filter;
}

bool TrialFilter::Matches(const TrialTable& table, size_t row) const {
  return std::all_of(terms_.begin(), terms_.end(), [&](const Term& term) {
    return TrialColumns()[term.column].text != nullptr
               ? Holds(term, table.Text(row, term.column))
               : Holds(term, table.Number(row, term.column));
  });
}

}  // namespace isoshape
