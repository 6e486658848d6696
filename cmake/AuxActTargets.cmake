# Every compiler library and tool links the two shared libraries MLIR and LLVM
# and nothing else of them: a component target (MLIRIR, ...) is static and would
# bring a second MLIR into the process.

# auxact_add_library(<name> <sources...> [DEPENDS <tablegen targets...>] [LINK <libraries...>])
function(auxact_add_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  target_compile_options(${name} PRIVATE -fno-exceptions -fmax-errors=6 -Wno-unused-parameter)
  target_link_libraries(${name} PUBLIC ${ARG_LINK} MLIR LLVM)
endfunction()

# auxact_add_tool(<name> <sources...> [LINK <libraries...>])
function(auxact_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_compile_options(${name} PRIVATE -fno-exceptions -fmax-errors=6 -Wno-unused-parameter)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
  set_property(GLOBAL APPEND PROPERTY AUXACT_TOOLS ${name})
endfunction()
