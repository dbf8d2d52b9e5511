#ifndef ISOSHAPE_CLI_OUTPUT_SHAPE_COSTS_OUTPUT_H_
#define ISOSHAPE_CLI_OUTPUT_SHAPE_COSTS_OUTPUT_H_

#include <ostream>

#include "isoshape/v1/shape_costs.pb.h"

namespace isoshape {

// Prints what shapes cost on this machine, as people read it: a table, the
// machine and its load, and a warning if costs are of several engines.
void PrintShapeCosts(const v1::ShapeCosts& costs, std::ostream& out);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_OUTPUT_SHAPE_COSTS_OUTPUT_H_
