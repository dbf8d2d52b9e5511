# Finds LibTorch: a torch folder with include/ and lib/. Looked for in
# ISOSHAPE_TORCH_DIR (CMake variable, then environment), then in the wheel that
# `./dev setup` installs. Targets of our own, as the wheel's find_package(Torch)
# wants the whole CUDA toolkit:
#   LibTorch::cpu   headers, libtorch_cpu, libc10
#   LibTorch::cuda_headers  to compile against CUDA, without linking it
#   LibTorch::cuda  in addition libtorch_cuda and libc10_cuda, where they can be
#                   loaded on this machine (a CUDA driver's runtime libraries)
set(ISOSHAPE_TORCH_DIR "$ENV{ISOSHAPE_TORCH_DIR}" CACHE PATH
    "Folder that holds LibTorch's include/ and lib/")
set(torch_dir "${ISOSHAPE_TORCH_DIR}")
if(NOT torch_dir)
  file(GLOB wheels "${ISOSHAPE_ROOT}/.deps/venv/lib/python3*/site-packages/torch")
  if(wheels)
    list(GET wheels 0 torch_dir)
  endif()
endif()
if(NOT torch_dir OR NOT EXISTS "${torch_dir}/include/torch/csrc/api/include/torch/torch.h")
  message(FATAL_ERROR "LibTorch was not found in '${torch_dir}': run ./dev setup, or set ISOSHAPE_TORCH_DIR to a torch folder that holds include/ and lib/")
endif()
message(STATUS "LibTorch: ${torch_dir}")

get_filename_component(packages "${torch_dir}/.." ABSOLUTE)
file(GLOB cuda_libs "${packages}/nvidia/cu13/lib")
add_library(LibTorch::cpu INTERFACE IMPORTED)
target_include_directories(LibTorch::cpu SYSTEM INTERFACE
  "${torch_dir}/include" "${torch_dir}/include/torch/csrc/api/include")
target_link_directories(LibTorch::cpu INTERFACE "${torch_dir}/lib")
target_link_options(LibTorch::cpu INTERFACE
  "-Wl,-rpath,${torch_dir}/lib" "-Wl,--allow-shlib-undefined")
foreach(folder IN LISTS cuda_libs)
  target_link_options(LibTorch::cpu INTERFACE
    "-Wl,-rpath,${folder}" "-Wl,-rpath-link,${folder}")
endforeach()
target_link_libraries(LibTorch::cpu INTERFACE torch_cpu c10)

# libtorch_cuda loads where the libraries that it was linked with are there.
set(ISOSHAPE_CUDA_LOADABLE OFF)
if(EXISTS "${torch_dir}/lib/libtorch_cuda.so")
  execute_process(
    COMMAND ldd "${torch_dir}/lib/libtorch_cuda.so"
    OUTPUT_VARIABLE needed ERROR_QUIET)
  if(NOT needed MATCHES "not found")
    set(ISOSHAPE_CUDA_LOADABLE ON)
  endif()
endif()
message(STATUS "LibTorch with CUDA: ${ISOSHAPE_CUDA_LOADABLE}")

# CUDA's own headers, from its wheels or from a toolkit.
find_path(ISOSHAPE_CUDA_INCLUDE cuda_runtime_api.h
  HINTS "${packages}/nvidia/cu13/include"
  PATHS /usr/local/cuda/include "$ENV{CUDA_HOME}/include")
if(NOT ISOSHAPE_CUDA_INCLUDE)
  message(FATAL_ERROR "cuda_runtime_api.h was not found: run ./dev setup, or set ISOSHAPE_CUDA_INCLUDE to the folder that holds it")
endif()
add_library(LibTorch::cuda_headers INTERFACE IMPORTED)
target_include_directories(LibTorch::cuda_headers SYSTEM INTERFACE
  "${torch_dir}/include" "${ISOSHAPE_CUDA_INCLUDE}")
add_library(LibTorch::cuda INTERFACE IMPORTED)
target_link_libraries(LibTorch::cuda INTERFACE LibTorch::cpu)
if(ISOSHAPE_CUDA_LOADABLE)
  # Nothing refers to them by name: they register themselves when loaded.
  target_link_options(LibTorch::cuda INTERFACE
    "-Wl,--no-as-needed" "${torch_dir}/lib/libtorch_cuda.so"
    "${torch_dir}/lib/libc10_cuda.so" "-Wl,--as-needed")
endif()
set(LibTorch_FOUND TRUE)
