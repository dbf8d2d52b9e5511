#ifndef ISOSHAPE_TRAINER_PROTOCOL_ORDER_INPUT_H_
#define ISOSHAPE_TRAINER_PROTOCOL_ORDER_INPUT_H_

#include <optional>
#include <string>

namespace isoshape {

// The lines that a trainer is sent, up to their end or to SIGTERM, whichever
// comes first; after their end, SIGTERM alone. One in a process, used by one
// thread but for Release.
class OrderInput {
 public:
  // Keeps SIGTERM from ending this thread and those that it starts from now on;
  // call it before any is started.
  static void HoldTermination();

  // Expects HoldTermination. `descriptor` stays the caller's.
  explicit OrderInput(int descriptor);
  ~OrderInput();
  OrderInput(const OrderInput&) = delete;
  OrderInput& operator=(const OrderInput&) = delete;

  // Waits for the next line, without its end; nothing at the end of the input
  // and after SIGTERM, from which on the process has ten seconds to live.
  std::optional<std::string> NextLine();

  // True if SIGTERM has come. Waits for it, or for Release.
  bool WaitForTermination();
  // Ends that wait. Any thread may call it.
  void Release();

 private:
  // Returns false if there will be no more input.
  bool ReadMore();
  // Notes that SIGTERM has come.
  void Terminate();

  const int input_;
  const int signals_;
  const int released_;  // an eventfd
  std::string buffer_;
  bool ended_ = false;
  bool terminated_ = false;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_PROTOCOL_ORDER_INPUT_H_
