# auxact_openmp: compile with the compiler's OpenMP, run with LLVM's.
#
# libomp implements the entry points that g++ generates, and its idle workers
# cost less than libgomp's; one OpenMP runtime in the process also keeps threads
# of several runtimes from slowing each other. Without it the compiler's own
# runtime does.
find_package(OpenMP QUIET COMPONENTS CXX)
if(NOT OpenMP_CXX_FOUND)
  message(FATAL_ERROR "auxact needs a C++ compiler with OpenMP; install one with "
    "`apt-get install g++ libomp-22-dev`.")
endif()
find_library(AUXACT_LIBOMP NAMES libomp.so PATHS ${LLVM_LIBRARY_DIR} /usr/lib/llvm-22/lib
  NO_DEFAULT_PATH DOC "LLVM's OpenMP runtime")

add_library(auxact_openmp INTERFACE)
target_compile_options(auxact_openmp INTERFACE ${OpenMP_CXX_FLAGS})
if(AUXACT_LIBOMP)
  target_link_libraries(auxact_openmp INTERFACE ${AUXACT_LIBOMP})
  message(STATUS "OpenMP runtime ${AUXACT_LIBOMP}")
else()
  target_link_libraries(auxact_openmp INTERFACE OpenMP::OpenMP_CXX)
  message(STATUS "OpenMP runtime of the compiler (no libomp; apt-get install libomp-22-dev)")
endif()
