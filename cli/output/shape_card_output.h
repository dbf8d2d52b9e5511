#ifndef ISOSHAPE_CLI_OUTPUT_SHAPE_CARD_OUTPUT_H_
#define ISOSHAPE_CLI_OUTPUT_SHAPE_CARD_OUTPUT_H_

#include <ostream>

#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// Prints what a finished trial reported, for people: a line for each group of
// fields that belong together, with units. What was not measured is left out.
void PrintShapeCard(const v1::ShapeCard& card, std::ostream& out);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_OUTPUT_SHAPE_CARD_OUTPUT_H_
