#ifndef ISOSHAPE_TRAINER_COMMANDS_LOGITS_COMMAND_H_
#define ISOSHAPE_TRAINER_COMMANDS_LOGITS_COMMAND_H_

namespace isoshape {

// Parses `logits` and its flags, and prints the logits of a checkpoint's model
// for given tokens. Throws std::invalid_argument, one line with the remedy, or
// as ReadTrainedModel.
int RunLogits(int argc, const char* const* argv);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_COMMANDS_LOGITS_COMMAND_H_
