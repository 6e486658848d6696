# Checks one tool: it starts, and has MLIR and LLVM from the shared libraries and
# no second copy of either. Usage: cmake -DTOOL=<path> -P check_tool.cmake

execute_process(COMMAND ${TOOL} --help RESULT_VARIABLE status OUTPUT_VARIABLE help ERROR_VARIABLE errors)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${TOOL} --help exits with ${status}: ${errors}")
endif()
if(NOT help MATCHES "OVERVIEW|[Uu]sage|USAGE")
  message(FATAL_ERROR "${TOOL} --help does not explain the tool: ${help}")
endif()

execute_process(COMMAND ldd ${TOOL} RESULT_VARIABLE status OUTPUT_VARIABLE libraries)
foreach(library libMLIR libLLVM)
  string(REGEX MATCHALL "${library}[^ ]* =>" found "${libraries}")
  list(LENGTH found count)
  if(NOT count EQUAL 1)
    message(FATAL_ERROR "${TOOL} must load one ${library}, but loads ${count}:\n${libraries}")
  endif()
endforeach()

# MLIR's own code inside the program would be a second copy: the shared library
# exports this symbol, so nobody else may define it.
execute_process(COMMAND nm -C --defined-only ${TOOL} OUTPUT_VARIABLE symbols ERROR_QUIET)
if(symbols MATCHES "mlir::MLIRContext::MLIRContext\\(")
  message(FATAL_ERROR "${TOOL} has a static copy of MLIR inside; link MLIR and LLVM only")
endif()
