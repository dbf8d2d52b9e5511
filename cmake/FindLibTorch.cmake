# Finds LibTorch: a torch folder with include/ and lib/. Looked for in
# ISOSHAPE_TORCH_DIR (CMake variable, then environment), then in the wheel that
# `./dev setup` installs. Targets of our own, as the wheel's find_package(Torch)
# wants the whole CUDA toolkit:
#   LibTorch::cpu   headers, libtorch_cpu, libc10
#   LibTorch::cuda_headers  to compile against CUDA, without linking it
#   LibTorch::cuda  in addition libtorch_cuda, libc10_cuda and the CUDA runtime,
#                   if they are there
# ISOSHAPE_CUDA_LOADABLE says whether a program that links the last can be
# started on this machine, with or without a GPU.
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
# For the top folder, which packages the trainer (IsoshapePackages.cmake).
set(ISOSHAPE_TORCH_FOUND "${torch_dir}" CACHE INTERNAL "")

get_filename_component(packages "${torch_dir}/.." ABSOLUTE)
file(GLOB cuda_libs "${packages}/nvidia/cu13/lib")
add_library(LibTorch::cpu INTERFACE IMPORTED GLOBAL)
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

# libtorch_cuda can be loaded if the libraries that it was linked with are there
# too: they are packages of their own. The CUDA runtime is linked by its path, as
# trainer/cuda/ calls it and a linker looks no further than what it is given.
set(ISOSHAPE_CUDA "AUTO" CACHE STRING
    "The trainer links CUDA: AUTO, if libtorch_cuda can be loaded; ON; OFF")
set(ISOSHAPE_CUDA_LOADABLE OFF)
set(cudart "")
if(EXISTS "${torch_dir}/lib/libtorch_cuda.so")
  execute_process(
    COMMAND ldd "${torch_dir}/lib/libtorch_cuda.so"
    OUTPUT_VARIABLE needed ERROR_QUIET)
  if(needed MATCHES "libcudart[^ ]* => (/[^ \n]+)")
    set(cudart "${CMAKE_MATCH_1}")
    if(ISOSHAPE_CUDA STREQUAL "ON" OR
       (ISOSHAPE_CUDA STREQUAL "AUTO" AND NOT needed MATCHES "not found"))
      set(ISOSHAPE_CUDA_LOADABLE ON)
    endif()
  endif()
endif()
if(ISOSHAPE_CUDA STREQUAL "ON" AND NOT ISOSHAPE_CUDA_LOADABLE)
  message(FATAL_ERROR "ISOSHAPE_CUDA is ON, and '${torch_dir}' has no libtorch_cuda.so or no CUDA runtime beside it")
endif()
message(STATUS "LibTorch with CUDA: ${ISOSHAPE_CUDA_LOADABLE}")

# CUDA's own headers, from its wheels or from a toolkit. The wheel of the runtime
# lacks the folder crt/ that they include, which is a wheel of its own that
# PyTorch does not ask for: hence that file.
find_program(ISOSHAPE_NVCC nvcc PATHS "$ENV{CUDA_HOME}/bin" /usr/local/cuda/bin)
get_filename_component(toolkit "${ISOSHAPE_NVCC}" REALPATH)
get_filename_component(toolkit "${toolkit}/../.." ABSOLUTE)
find_path(ISOSHAPE_CUDA_INCLUDE crt/host_defines.h
  HINTS "${packages}/nvidia/cu13/include" "${toolkit}/include"
        "${toolkit}/targets/${CMAKE_SYSTEM_PROCESSOR}-linux/include"
  PATHS "$ENV{CUDA_HOME}/include" /usr/local/cuda/include)
if(NOT ISOSHAPE_CUDA_INCLUDE)
  message(FATAL_ERROR "CUDA's headers (cuda_runtime_api.h and crt/host_defines.h in one folder) were not found: run ./dev setup, or set ISOSHAPE_CUDA_INCLUDE to that folder")
endif()
add_library(LibTorch::cuda_headers INTERFACE IMPORTED GLOBAL)
target_include_directories(LibTorch::cuda_headers SYSTEM INTERFACE
  "${torch_dir}/include" "${ISOSHAPE_CUDA_INCLUDE}")
if(cudart)
  add_library(LibTorch::cuda INTERFACE IMPORTED GLOBAL)
  target_link_libraries(LibTorch::cuda INTERFACE LibTorch::cpu "${cudart}")
  # Nothing refers to them by name: they register themselves when loaded.
  target_link_options(LibTorch::cuda INTERFACE
    "-Wl,--no-as-needed" "${torch_dir}/lib/libtorch_cuda.so"
    "${torch_dir}/lib/libc10_cuda.so" "-Wl,--as-needed")
endif()
set(LibTorch_FOUND TRUE)
