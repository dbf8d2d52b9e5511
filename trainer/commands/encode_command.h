#ifndef ISOSHAPE_TRAINER_COMMANDS_ENCODE_COMMAND_H_
#define ISOSHAPE_TRAINER_COMMANDS_ENCODE_COMMAND_H_

namespace isoshape {

// Parses `encode` and its flags, and writes a folder of tokens. Throws
// std::invalid_argument, one line with the remedy, or as EncodeText.
int RunEncode(int argc, const char* const* argv);

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_COMMANDS_ENCODE_COMMAND_H_
