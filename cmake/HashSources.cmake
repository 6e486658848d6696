# Writes OUTPUT, a header that defines AUXACT_COMPILER_VERSION: a hash of SOURCES.
set(text "")
foreach(source IN LISTS SOURCES)
  file(SHA256 ${source} hash)
  string(APPEND text ${hash})
endforeach()
string(SHA256 version "${text}")
file(WRITE ${OUTPUT} "#define AUXACT_COMPILER_VERSION \"${version}\"\n")
