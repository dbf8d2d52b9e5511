#ifndef ISOSHAPE_TRAINER_COMMANDS_EXPORT_H_
#define ISOSHAPE_TRAINER_COMMANDS_EXPORT_H_

#include <string>

#include "shape/export_format.h"
#include "trainer/run/checkpoint.h"

namespace isoshape {

// Writes config.json and model.safetensors into `folder`, which is made if it
// is missing. The recipe's multipliers have no place there and go into the
// weights, so that the logits are those of the model in fp32:
//
//   input multiplier        embeddings
//   attention scale         queries, times scale * sqrt(head_dim)
//   branch multiplier       matrices that write to the residual stream
//   logits multiplier       gain of the last norm, over the input multiplier
//                           if the embedding is tied
//
// Throws std::invalid_argument with the text of ExportProblem if it has one,
// and std::runtime_error if the folder cannot be written.
void ExportModel(const TrainedModel& model, ExportFormat format,
                 const std::string& folder);

// Parses `export` and its flags, and exports. Throws as ExportModel.
int RunExport(int argc, const char* const* argv);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_COMMANDS_EXPORT_H_
