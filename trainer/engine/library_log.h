#ifndef ISOSHAPE_TRAINER_ENGINE_LIBRARY_LOG_H_
#define ISOSHAPE_TRAINER_ENGINE_LIBRARY_LOG_H_

namespace isoshape {

// LibTorch writes warnings of its own on standard error, which a worker would
// take for the reason of whatever comes next. Those that a user can act on are
// said in words of ours (gpu_trouble.h, the card's warnings), so none of them
// is written, unless the environment asks for them (TORCH_CPP_LOG_LEVEL). The
// service has common/process/program_log.h, which the trainer cannot link.
void KeepLibTorchLogOffScreen();

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_ENGINE_LIBRARY_LOG_H_
