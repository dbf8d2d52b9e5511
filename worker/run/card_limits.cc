#include "worker/run/card_limits.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "messages/checks/field_limits.h"
#include "messages/checks/number_limits.h"

namespace isoshape {
namespace {

using google::protobuf::FieldDescriptor;

// What is wrong with one field of the card, in one line, or an empty string.
std::string ProblemOf(const v1::ShapeCard& card, const FieldDescriptor* field) {
  v1::ShapeCard copy = card;
  v1::ShapeCard alone;
  alone.GetReflection()->SwapFields(&alone, &copy, {field});
  absl::Status checked = CheckFields(alone);
  checked.Update(CheckNumbers("", alone));
  return std::string(checked.message());
}

// Clears a field that has a problem. Of the warnings those are kept that came
// first, and of the branches those that are right.
void LeaveOut(const FieldDescriptor* field, v1::ShapeCard* card) {
  if (field->number() == v1::ShapeCard::kWarningsFieldNumber) {
    while (card->warnings_size() > 1 && !ProblemOf(*card, field).empty()) {
      card->mutable_warnings()->RemoveLast();
    }
  } else if (field->number() == v1::ShapeCard::kBranchesFieldNumber) {
    v1::ShapeCard right;
    for (const auto& branch : card->branches()) {
      v1::ShapeCard alone;
      *alone.add_branches() = branch;
      if (ProblemOf(alone, field).empty()) *right.add_branches() = branch;
    }
    card->mutable_branches()->Swap(right.mutable_branches());
  }
  if (!ProblemOf(*card, field).empty()) {
    card->GetReflection()->ClearField(card, field);
  }
}

}  // namespace

std::string LeaveOutWhatIsNotStored(v1::Trial::State state,
                                    v1::ShapeCard* card) {
  std::vector<const FieldDescriptor*> fields;
  card->GetReflection()->ListFields(*card, &fields);
  const FieldDescriptor* const warnings =
      card->GetDescriptor()->FindFieldByNumber(
          v1::ShapeCard::kWarningsFieldNumber);
  std::string left_out;
  for (const FieldDescriptor* field : fields) {
    if (state == v1::Trial::SUCCEEDED &&
        field->number() == v1::ShapeCard::kValidationLossFieldNumber) {
      continue;
    }
    const std::string problem = ProblemOf(*card, field);
    if (problem.empty()) continue;
    absl::StrAppend(&left_out, left_out.empty() ? "" : "; ", problem);
    LeaveOut(field, card);
  }
  if (left_out.empty()) return "";
  left_out = absl::StrCat("left out of the card: ", left_out);
  card->add_warnings(left_out);
  if (!ProblemOf(*card, warnings).empty()) {
    card->mutable_warnings()->RemoveLast();
    if (!card->warnings().empty())
      *card->mutable_warnings()->rbegin() = left_out;
  }
  return left_out;
}

}  // namespace isoshape
