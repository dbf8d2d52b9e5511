#ifndef ISOSHAPE_TRAINER_CUDA_STEP_GRAPH_H_
#define ISOSHAPE_TRAINER_CUDA_STEP_GRAPH_H_

#include <functional>
#include <memory>

namespace isoshape::cuda {

// Work on the GPU that is the same every time: recorded once as a CUDA graph
// and replayed, so that a step of a thousand kernels is one launch. It must
// read and write tensors that stay where they are and never wait for the
// device. Not thread-safe.
//
//   StepGraph graph([&] { loss.copy_(Train(inputs)); });
//   for (…) { inputs.copy_(batch); graph.Run(); }
class StepGraph {
 public:
  // Times that the work is done kernel by kernel, so that libraries set
  // themselves up, before it is recorded; as many as
  // torch.cuda.make_graphed_callables does.
  static constexpr int kWarmUps = 3;

  explicit StepGraph(std::function<void()> work);
  StepGraph(StepGraph&&) noexcept;
  ~StepGraph();

  // Does the work after everything on the current stream, which then waits for
  // it.
  void Run();

  // Drops what is recorded, to give its memory to other work; Run records it
  // again. Returns false if nothing is recorded.
  bool Forget();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace isoshape::cuda

#endif  // ISOSHAPE_TRAINER_CUDA_STEP_GRAPH_H_
