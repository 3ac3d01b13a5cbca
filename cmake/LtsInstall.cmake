# cmake --install build/release --prefix DIR: a folder that can be moved and runs without network.
# DIR/bin/lts finds DIR/lib through its run path and DIR/share/lts beside itself.
if(NOT TARGET lts)
  return()
endif()

# DT_RPATH, not DT_RUNPATH: it also holds for what the libraries in DIR/lib need themselves.
target_link_options(lts PRIVATE LINKER:--disable-new-dtags)
set_target_properties(lts PROPERTIES INSTALL_RPATH "$ORIGIN/../lib")

install(TARGETS lts RUNTIME_DEPENDENCY_SET lts_dependencies DESTINATION bin)
# The C and C++ runtime belong to the system: a copy would hide a newer one that its libraries need.
install(RUNTIME_DEPENDENCY_SET lts_dependencies
  PRE_EXCLUDE_REGEXES "^ld-linux" "^linux-vdso"
    "^lib(c|m|dl|rt|pthread|resolv|util|nsl|anl|gcc_s|stdc[+][+])[.]so"
  POST_EXCLUDE_REGEXES "/ld-linux[^/]*$"
  DIRECTORIES "${TORCH_INSTALL_PREFIX}/lib"
  DESTINATION lib)

install(DIRECTORY "${LTS_TOKENIZER_DIR}/" DESTINATION share/lts/gpt2-tokenizer)
install(DIRECTORY "${CMAKE_SOURCE_DIR}/configs" DESTINATION .)
# Where the program looks for the shipped architectures.
install(CODE "file(CREATE_LINK ../../configs
  \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/share/lts/configs\" SYMBOLIC)")
install(FILES "${CMAKE_SOURCE_DIR}/README.md" "${CMAKE_SOURCE_DIR}/LICENSE" DESTINATION . OPTIONAL)
