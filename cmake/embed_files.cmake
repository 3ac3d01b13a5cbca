# cmake -D OUTPUT=FILE.cpp -D HEADER=FILE.h -D FUNCTION=NAME -D FILES=A|B -P embed_files.cmake: a source that
# defines FUNCTION of HEADER, from the name of a file to what it holds.
string(REPLACE "|" ";" FILES "${FILES}")
set(source "#include \"${HEADER}\"\n\n#include \"core/error.h\"\n\nnamespace lts::search {\n\n")
string(APPEND source "std::string_view ${FUNCTION}(std::string_view name) {\n")
foreach(file IN LISTS FILES)
  cmake_path(GET file FILENAME name)
  file(READ "${file}" content)
  string(APPEND source "  if (name == \"${name}\") {\n    return R\"embedded(${content})embedded\";\n  }\n")
endforeach()
string(APPEND source "  assertion_failed(\"a file of that name is embedded\", __FILE__, __LINE__);\n}\n\n"
                     "}  // namespace lts::search\n")
file(WRITE "${OUTPUT}" "${source}")
