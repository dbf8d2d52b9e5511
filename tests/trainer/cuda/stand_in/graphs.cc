// Graphs: what was captured, launched as one.
#include <cuda_runtime_api.h>

#include "tests/trainer/cuda/stand_in/capture.h"
#include "tests/trainer/cuda/stand_in/memory.h"
#include "tests/trainer/cuda/stand_in/process.h"
#include "tests/trainer/cuda/stand_in/streams.h"

using namespace isoshape::stand_in;  // NOLINT: the API is in no namespace

static Graph& GraphOf(cudaGraph_t graph) {
  return *reinterpret_cast<Graph*>(graph);
}
static Graph& GraphOf(cudaGraphExec_t graph) {
  return *reinterpret_cast<Graph*>(graph);
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* instance,
                                          cudaGraph_t graph,
                                          unsigned long long /*flags*/) {
  ISOSHAPE_STAND_IN_CALL();
  *instance = reinterpret_cast<cudaGraphExec_t>(new Graph(GraphOf(graph)));
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t instance, cudaStream_t stream) {
  ISOSHAPE_STAND_IN_CALL();
  const Graph& graph = GraphOf(instance);
  for (const void* address : graph.addresses) {
    if (PlaceOf(address) != Place::kDevice) {
      return Illegal(cudaErrorIllegalAddress,
                     "a graph touches memory that has been freed");
    }
  }
  for (int64_t i = 0; i < graph.launches; ++i) CountLaunch();
  return Enqueue(stream, "replay", graph.nodes, "");
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* /*nodes*/,
                              size_t* count) {
  *count = static_cast<size_t>(GraphOf(graph).nodes);
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  const Lock lock(Mutex());
  delete &GraphOf(graph);
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t instance) {
  const Lock lock(Mutex());
  delete &GraphOf(instance);
  return cudaSuccess;
}
