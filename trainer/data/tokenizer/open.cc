#include <dlfcn.h>

#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "trainer/data/tokenizer/module.h"
#include "trainer/data/tokenizer/tokenizer.h"

namespace isoshape {
namespace {

// Loads the module, which stays loaded. Returns null if there is none.
OpenSentencePiece* Load() {
  // DEEPBIND: SentencePiece's names are looked up in its own library first.
  void* const module =
      dlopen(kSentencePieceModule, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (module == nullptr) return nullptr;
  return reinterpret_cast<OpenSentencePiece*>(
      dlsym(module, kOpenSentencePiece));
}

OpenSentencePiece* Loaded() {
  static OpenSentencePiece* const open = Load();
  return open;
}

}  // namespace

std::unique_ptr<const Tokenizer> Tokenizer::Open(const std::string& path) {
  if (!Available()) {
    throw std::runtime_error(std::string(kSentencePieceModule) +
                             " is not beside this trainer; install "
                             "libsentencepiece-dev and build it again");
  }
  if (std::error_code error; !std::filesystem::exists(path, error)) {
    throw std::runtime_error("tokenizer " + path +
                             ": it is not there; name what spm_train writes, "
                             "tokenizer.model say");
  }
  return std::unique_ptr<const Tokenizer>(Loaded()(path.c_str()));
}

bool Tokenizer::Available() { return Loaded() != nullptr; }

}  // namespace isoshape
