#ifndef ISOSHAPE_SCALING_TABLES_NUMBER_TEXT_H_
#define ISOSHAPE_SCALING_TABLES_NUMBER_TEXT_H_

#include <optional>

#include "absl/strings/string_view.h"

namespace isoshape {

// The meaning of a comma or a dot inside a number.
enum class Mark {
  kUnknown,
  kDecimal,  // 3,25
  kGroups,   // 1,497,088
};

struct NumberMarks {
  Mark comma = Mark::kUnknown;
  Mark dot = Mark::kUnknown;
};

// Returns what the text of a number says about its marks by itself: two of one
// mark separate thousands, of two different ones the last is decimal, and a
// mark before which are no digits or more than three, or after which are not
// just three, is decimal. `1,234` says nothing.
NumberMarks MarksOf(absl::string_view text);

// The number that a text is, absent if it is none: `1497088`, `2.1e9`,
// thousands separated by blanks, underscores or apostrophes (`1 497 088`,
// `1_497_088`, `1'497'088`) or by what `marks` says, and units: K, M, B or G,
// T, P (powers of 1000; `9.9M`, `16.8 B`), words (`million`), `FLOPs` after
// them
// (`1.5 PFLOPs`, also E and Z), `params` and `tokens`. A dot that is unknown is
// decimal, a comma that is unknown makes the text no number.
std::optional<double> ParseNumber(absl::string_view text,
                                  const NumberMarks& marks);

// The number that a person gives to a flag or a filter: as C reads it, bytes
// (`4GiB`, `512 MB`), or with the units of files of runs (`50k`, `2 billion`,
// `1.5 PFLOPs`). Absent if the text is none; it may be infinite.
std::optional<double> ParseQuantity(absl::string_view text);

// Returns true if the text stands for a value that is not there or is not
// finite: blank, `nan`, `null`, `n/a`, `none`, `-`, `inf` and the like.
bool IsMissing(absl::string_view text);

// The factor of a unit such as `M`, `billion`, `PFLOPs`, `pf_days`; absent if
// the word is none. Case does not matter.
std::optional<double> UnitFactor(absl::string_view word);

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_TABLES_NUMBER_TEXT_H_
