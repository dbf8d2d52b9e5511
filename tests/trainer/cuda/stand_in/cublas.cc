// cuBLAS: products are launches that touch three matrices and a workspace. Its
// headers are no part of PyTorch's packages, so that the functions are declared
// here, with integers in the place of its enumerations.
#include <cuda_runtime_api.h>

#include <cstdint>
#include <initializer_list>
#include <string>

#include "tests/trainer/cuda/stand_in/memory.h"
#include "tests/trainer/cuda/stand_in/process.h"
#include "tests/trainer/cuda/stand_in/streams.h"

namespace isoshape::stand_in {
namespace {

// Values of cublasStatus_t.
constexpr int kOk = 0, kAllocFailed = 3, kExecutionFailed = 13;
constexpr int kTf32MathMode = 3;          // CUBLAS_TF32_TENSOR_OP_MATH
constexpr int kBf16 = 14;                 // CUDA_R_16BF
constexpr size_t kHandleBytes = 1 << 20;  // a handle holds memory of the card

struct Handle {
  cudaStream_t stream = nullptr;
  const void* workspace = nullptr;
  int math_mode = 0;
  int pointer_mode = 0;
  void* memory = nullptr;
};

std::string Sizes(int m, int n, int k) {
  return ' ' + std::to_string(m) + 'x' + std::to_string(n) + 'x' +
         std::to_string(k);
}

std::string SinglePrecision(const Handle& handle) {
  return (handle.math_mode & kTf32MathMode) == kTf32MathMode ? "tf32" : "fp32";
}

// A product, in the handle's stream.
int Product(const Handle& handle, const std::string& name,
            std::initializer_list<const void*> matrices) {
  const Lock lock(Mutex());
  if (ContextError() != cudaSuccess) return kExecutionFailed;
  for (const void* matrix : matrices) {
    if (PlaceOf(matrix) == Place::kDevice) continue;
    Illegal(cudaErrorIllegalAddress, "matrix that is not on the card: " + name);
    return kExecutionFailed;
  }
  if (!IsCapturing(handle.stream)) CountLaunch();
  const cudaError_t error = Enqueue(handle.stream, "launch", 1, name, matrices);
  return error == cudaSuccess ? kOk : kExecutionFailed;
}

}  // namespace
}  // namespace isoshape::stand_in

using namespace isoshape::stand_in;  // NOLINT: the API is in no namespace

extern "C" {

int cublasCreate_v2(Handle** handle) {
  auto* const created = new Handle;
  if (cudaMalloc(&created->memory, kHandleBytes) != cudaSuccess) {
    delete created;
    return kAllocFailed;
  }
  *handle = created;
  return kOk;
}

int cublasDestroy_v2(Handle* handle) {
  cudaFree(handle->memory);
  delete handle;
  return kOk;
}

int cublasSetStream_v2(Handle* handle, cudaStream_t stream) {
  handle->stream = stream;
  return kOk;
}

int cublasSetWorkspace_v2(Handle* handle, void* workspace, size_t /*bytes*/) {
  handle->workspace = workspace;
  return kOk;
}

int cublasSetMathMode(Handle* handle, int mode) {
  handle->math_mode = mode;
  return kOk;
}

int cublasGetMathMode(Handle* handle, int* mode) {
  *mode = handle->math_mode;
  return kOk;
}

int cublasSetPointerMode_v2(Handle* handle, int mode) {
  handle->pointer_mode = mode;
  return kOk;
}

int cublasGetPointerMode_v2(Handle* handle, int* mode) {
  *mode = handle->pointer_mode;
  return kOk;
}

int cublasSgemm_v2(Handle* handle, int /*transpose_a*/, int /*transpose_b*/,
                   int m, int n, int k, const float* /*alpha*/, const float* a,
                   int /*lda*/, const float* b, int /*ldb*/,
                   const float* /*beta*/, float* c, int /*ldc*/) {
  return Product(*handle, "gemm " + SinglePrecision(*handle) + Sizes(m, n, k),
                 {a, b, c});
}

int cublasSgemmStridedBatched(Handle* handle, int /*transpose_a*/,
                              int /*transpose_b*/, int m, int n, int k,
                              const float* /*alpha*/, const float* a,
                              int /*lda*/, long long /*stride_a*/,
                              const float* b, int /*ldb*/,
                              long long /*stride_b*/, const float* /*beta*/,
                              float* c, int /*ldc*/, long long /*stride_c*/,
                              int /*batches*/) {
  return Product(*handle,
                 "batched_gemm " + SinglePrecision(*handle) + Sizes(m, n, k),
                 {a, b, c});
}

int cublasGemmEx(Handle* handle, int /*transpose_a*/, int /*transpose_b*/,
                 int m, int n, int k, const void* /*alpha*/, const void* a,
                 int type, int /*lda*/, const void* b, int /*type_b*/,
                 int /*ldb*/, const void* /*beta*/, void* c, int /*type_c*/,
                 int /*ldc*/, int /*compute*/, int /*algorithm*/) {
  return Product(*handle,
                 (type == kBf16 ? "gemm bf16" : "gemm other") + Sizes(m, n, k),
                 {a, b, c});
}

int cublasGemmStridedBatchedEx(Handle* handle, int /*transpose_a*/,
                               int /*transpose_b*/, int m, int n, int k,
                               const void* /*alpha*/, const void* a, int type,
                               int /*lda*/, long long /*stride_a*/,
                               const void* b, int /*type_b*/, int /*ldb*/,
                               long long /*stride_b*/, const void* /*beta*/,
                               void* c, int /*type_c*/, int /*ldc*/,
                               long long /*stride_c*/, int /*batches*/,
                               int /*compute*/, int /*algorithm*/) {
  return Product(*handle,
                 (type == kBf16 ? "batched_gemm bf16" : "batched_gemm other") +
                     Sizes(m, n, k),
                 {a, b, c});
}

int cublasSgemv_v2(Handle* handle, int /*transpose*/, int m, int n,
                   const float* /*alpha*/, const float* a, int /*lda*/,
                   const float* x, int /*step_x*/, const float* /*beta*/,
                   float* y, int /*step_y*/) {
  return Product(*handle, "gemv " + SinglePrecision(*handle) + Sizes(m, n, 1),
                 {a, x, y});
}

int cublasSdot_v2(Handle* handle, int n, const float* x, int /*step_x*/,
                  const float* y, int /*step_y*/, float* /*result*/) {
  return Product(*handle, "dot fp32" + Sizes(n, 1, 1), {x, y});
}

int cublasDotEx(Handle* handle, int n, const void* x, int /*type_x*/,
                int /*step_x*/, const void* y, int /*type_y*/, int /*step_y*/,
                void* /*result*/, int /*type*/, int /*execution*/) {
  return Product(*handle, "dot other" + Sizes(n, 1, 1), {x, y});
}

// cuBLASLt: descriptions of products are objects of their own, which LibTorch
// makes, sets and destroys; nothing of them matters here.

size_t cublasLtGetVersion() { return 130100; }

int cublasLtMatmul(void* /*handle*/, void* /*description*/,
                   const void* /*alpha*/, const void* a, void* /*layout_a*/,
                   const void* b, void* /*layout_b*/, const void* /*beta*/,
                   const void* /*c*/, void* /*layout_c*/, void* d,
                   void* /*layout_d*/, const void* /*algorithm*/,
                   void* /*workspace*/, size_t /*workspace_bytes*/,
                   cudaStream_t stream) {
  Handle in_stream;
  in_stream.stream = stream;
  return Product(in_stream, "lt_gemm", {a, b, d});
}

int cublasLtMatmulAlgoGetHeuristic(void* /*handle*/, void* /*description*/,
                                   void* /*layout_a*/, void* /*layout_b*/,
                                   void* /*layout_c*/, void* /*layout_d*/,
                                   void* /*preference*/, int /*requested*/,
                                   void* results, int* returned) {
  constexpr size_t kResultBytes = 96;  // of cublasLtMatmulHeuristicResult_t
  for (size_t i = 0; i < kResultBytes; ++i) static_cast<char*>(results)[i] = 0;
  *returned = 1;
  return kOk;
}

static int MakeDescription(void** description) {
  *description = new int(0);
  return kOk;
}
static int DestroyDescription(void* description) {
  delete static_cast<int*>(description);
  return kOk;
}

int cublasLtMatmulDescCreate(void** description, int /*compute*/,
                             int /*scale*/) {
  return MakeDescription(description);
}
int cublasLtMatmulDescSetAttribute(void* /*description*/, int /*attribute*/,
                                   const void* /*value*/, size_t /*bytes*/) {
  return kOk;
}
int cublasLtMatmulDescDestroy(void* description) {
  return DestroyDescription(description);
}
int cublasLtMatmulPreferenceCreate(void** preference) {
  return MakeDescription(preference);
}
int cublasLtMatmulPreferenceSetAttribute(void* /*preference*/,
                                         int /*attribute*/,
                                         const void* /*value*/,
                                         size_t /*bytes*/) {
  return kOk;
}
int cublasLtMatmulPreferenceDestroy(void* preference) {
  return DestroyDescription(preference);
}
int cublasLtMatrixLayoutCreate(void** layout, int /*type*/, uint64_t /*rows*/,
                               uint64_t /*columns*/, int64_t /*stride*/) {
  return MakeDescription(layout);
}
int cublasLtMatrixLayoutSetAttribute(void* /*layout*/, int /*attribute*/,
                                     const void* /*value*/, size_t /*bytes*/) {
  return kOk;
}
int cublasLtMatrixLayoutDestroy(void* layout) {
  return DestroyDescription(layout);
}

}  // extern "C"
