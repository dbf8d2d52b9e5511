#ifndef ISOSHAPE_SCALING_PREDICT_REFUSAL_H_
#define ISOSHAPE_SCALING_PREDICT_REFUSAL_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "scaling/reports/law_options.h"

namespace isoshape {

// How much a remedy tells who reads it.
enum class Remedy {
  kGeneral,
  kSide,  // on which side of the runs to add some
};

// FAILED_PRECONDITION that says `what` keeps a law from being followed, and the
// remedy after `; `, in words that other laws may share. `detail`, such as the
// law's own numbers, is what they do not share.
absl::Status NotFollowed(absl::string_view what, absl::string_view detail = "",
                         Remedy remedy = Remedy::kGeneral);

// The message of NotFollowed with its detail; the message of any other status.
std::string WithDetail(const absl::Status& status);

// A law and why it is not followed.
struct RefusedLaw {
  Law law;
  absl::Status why;  // not OK
};

// FAILED_PRECONDITION that the runs do not identify `subject`: one line with
// the reason that most of the laws share (of several such one whose remedy
// names a side, else the best ranked), then of the others what differs, as far
// as that is no longer than people read. `refused`
// are the laws by rank, one at least; ReasonsOf has all that they say.
absl::Status Refusal(absl::string_view subject,
                     const std::vector<RefusedLaw>& refused);

// A law by its name, and the whole reason.
struct LawReason {
  std::string law;
  std::string reason;
};
// The reasons of a Refusal, by rank; none of any other status.
std::vector<LawReason> ReasonsOf(const absl::Status& status);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_PREDICT_REFUSAL_H_
