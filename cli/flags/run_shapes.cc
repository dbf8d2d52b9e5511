#include "cli/flags/run_shapes.h"

#include <iostream>
#include <string>

#include "common/status/status_macros.h"
#include "scaling/allocation/shape_family.h"

namespace isoshape {

absl::StatusOr<ShapeFlags> WithFamilyOfRuns(const ShapeFlags& flags,
                                            RunFile& file, const Runs& runs) {
  ShapeFlags own = flags;
  if (!flags.preset.empty()) return own;
  ISOSHAPE_ASSIGN_OR_RETURN(const SearchSpace plain, SearchSpaceOfFlags(flags));
  const ShapeFamily family = InferFamily(runs, plain);
  const auto note = [&file](const std::string& what) {
    if (what.empty()) return;
    file.notes.push_back("shapes have " + what);
    std::cerr << "note: " << file.notes.back() << '\n';
  };
  if (own.shape.head_dim() == 0 && family.head_dim > 0) {
    own.shape.set_head_dim(family.head_dim);
    note(family.head_dim_note);
  }
  if (own.shape.vocab() == 0) {
    if (family.vocab > 0) own.shape.set_vocab(family.vocab);
    note(family.vocab_note);
  }
  return own;
}

}  // namespace isoshape
