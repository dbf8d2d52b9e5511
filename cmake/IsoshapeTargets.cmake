# Settings of every target, and the three functions that declare them.
# Included by the root and by trainer/ if that is built on its own.
include_guard(GLOBAL)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

get_filename_component(ISOSHAPE_ROOT "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)

find_program(ISOSHAPE_CCACHE ccache)
if(ISOSHAPE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      sh ${ISOSHAPE_ROOT}/tools/cached-compiler.sh ${ISOSHAPE_ROOT}
      ${ISOSHAPE_CCACHE})
endif()
find_program(ISOSHAPE_MOLD mold)
if(ISOSHAPE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
# ON (with clang) makes programs of tests/fuzz/ search for inputs that fail.
option(ISOSHAPE_FUZZ "Fuzz targets instead of replays of their corpus" OFF)
if(ISOSHAPE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link -fno-sanitize-recover=all)
endif()
if(ISOSHAPE_SANITIZE)
  add_compile_options(-fsanitize=${ISOSHAPE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ISOSHAPE_SANITIZE})
endif()
# What has coroutines is compiled with these: clang 14 cannot assemble one whose
# calls it checks ("Cannot represent a difference across sections").
set(ISOSHAPE_COROUTINE_OPTIONS)
if(ISOSHAPE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  set(ISOSHAPE_COROUTINE_OPTIONS -fno-sanitize=function)
endif()

# OFF for compilers newer than those that the project is tested with.
option(ISOSHAPE_WERROR "Warnings are errors" ON)

function(isoshape_target_defaults target)
  target_compile_options(${target} PRIVATE -Wall -Wextra
    $<$<BOOL:${ISOSHAPE_WERROR}>:-Werror>)
  target_include_directories(${target} PUBLIC ${ISOSHAPE_ROOT})
  # Headers of libraries are not ours to warn about.
  set_target_properties(${target} PROPERTIES NO_SYSTEM_FROM_IMPORTED OFF)
endfunction()

# isoshape_precompiled(NAME OWNER): the headers that OWNER has precompiled are
# read for NAME's files, too, if there is an OWNER. Reading Abseil's, gRPC's and
# the messages' took half of the time of the build. A file names all headers that
# it uses nevertheless: clang-tidy, and clang, read it without.
function(isoshape_precompiled name owner)
  if(owner AND NOT name STREQUAL owner)
    target_precompile_headers(${name} REUSE_FROM ${owner})
    # As the owner has it by gRPC's targets: GCC wants all macros alike. And of
    # what is inlined from a precompiled header it forgets that it is a system's,
    # so that false warnings of libstdc++ are seen (GCC 12: bugs 105329, 105651).
    target_compile_options(${name} PRIVATE -pthread
      "$<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds;-Wno-restrict>"
      "$<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow;-Wno-stringop-overread>")
  endif()
endfunction()

# isoshape_library(NAME SOURCES a.cc … DEPS target …): a static library.
function(isoshape_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
  isoshape_target_defaults(${name})
  isoshape_precompiled(${name} "${ISOSHAPE_PRECOMPILED}")
endfunction()

# isoshape_binary(NAME SOURCES main.cc … DEPS target …): a program in bin/.
function(isoshape_binary name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  isoshape_target_defaults(${name})
endfunction()

# isoshape_test(NAME [WHOLE] SOURCES a_test.cc … DEPS target …): a GoogleTest
# program, one ctest entry for each test in it; with WHOLE one for all of them,
# as they share what takes long to start, which is skipped by exit code 77.
function(isoshape_test name)
  cmake_parse_arguments(ARG "WHOLE" "" "SOURCES;DEPS" ${ARGN})
  include(GoogleTest)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock_main)
  isoshape_target_defaults(${name})
  # A test's own code runs for moments; -O3 took 18.7 s a file to compile
  # where -O1 takes 11.9 s. What is tested keeps the flags of the release.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  isoshape_precompiled(${name} "${ISOSHAPE_PRECOMPILED_OF_TESTS}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                        "${CMAKE_BINARY_DIR}/tests")
  if(ARG_WHOLE)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 600)
    return()
  endif()
  # ctest runs as many tests at a time as there are cores: threads of LibTorch's
  # that wait for one another would only be in each other's way.
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 DISCOVERY_MODE PRE_TEST
    PROPERTIES ENVIRONMENT OMP_NUM_THREADS=1)
endfunction()
