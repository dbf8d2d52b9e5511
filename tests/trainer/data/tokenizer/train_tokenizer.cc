// train_tokenizer TEXT PREFIX: writes PREFIX.model, a byte-pair encoding of 600
// tokens that keeps every byte.
#include <sentencepiece_trainer.h>

#include <iostream>
#include <string>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto status = sentencepiece::SentencePieceTrainer::Train(
      "--input=" + std::string(argv[1]) + " --model_prefix=" + argv[2] +
      " --vocab_size=600 --model_type=bpe --byte_fallback=true "
      "--normalization_rule_name=identity --remove_extra_whitespaces=false "
      "--add_dummy_prefix=false --hard_vocab_limit=false --minloglevel=2");
  if (!status.ok()) std::cerr << status.ToString() << '\n';
  return status.ok() ? 0 : 1;
}
