#include "cli/local/interruption.h"

#include <atomic>

namespace isoshape {
namespace {

// Set by SIGINT and SIGTERM.
std::atomic<bool> g_interrupted{false};

void Interrupt(int /*signal*/) { g_interrupted = true; }

}  // namespace

Interruption::Interruption() {
  g_interrupted = false;
  struct sigaction action = {};
  action.sa_handler = Interrupt;
  sigaction(SIGINT, &action, &old_interrupt_);
  sigaction(SIGTERM, &action, &old_terminate_);
}

Interruption::~Interruption() {
  sigaction(SIGINT, &old_interrupt_, nullptr);
  sigaction(SIGTERM, &old_terminate_, nullptr);
}

bool Interruption::Seen() { return g_interrupted; }

}  // namespace isoshape
