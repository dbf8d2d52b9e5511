#ifndef ISOSHAPE_CLI_OUTPUT_RECIPE_OUTPUT_H_
#define ISOSHAPE_CLI_OUTPUT_RECIPE_OUTPUT_H_

#include <ostream>

#include "isoshape/v1/analysis_service.pb.h"

namespace isoshape {

// The laws of several recipes side by side, a column each, and whether their
// exponents are equal, as people read it.
void PrintRecipes(const v1::RecipeFits& fits, std::ostream& out);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_OUTPUT_RECIPE_OUTPUT_H_
