# docs/reference/*.md, made from the dialects' and passes' own descriptions.
#   ninja fovea-docs     writes them into the source tree
# The test `docs` fails where the committed pages are not what would be written.
set(FOVEA_REFERENCE_DOCS "")

# fovea_add_doc(page.md file.td -gen-... …)
function(fovea_add_doc page td)
  set(generated "${PROJECT_BINARY_DIR}/docs/reference/${page}")
  get_filename_component(folder "${PROJECT_SOURCE_DIR}/include/fovea/${td}" DIRECTORY)
  file(GLOB included CONFIGURE_DEPENDS "${folder}/*.td")
  add_custom_command(OUTPUT "${generated}"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${PROJECT_BINARY_DIR}/docs/reference"
    COMMAND "${FOVEA_LLVM_TOOLS_DIR}/mlir-tblgen" ${ARGN} -I "${PROJECT_SOURCE_DIR}/include"
            -I "${MLIR_INCLUDE_DIRS}" "${PROJECT_SOURCE_DIR}/include/fovea/${td}" -o "${generated}"
    DEPENDS ${included} FoveaAttnIncGen FoveaTileIncGen FoveaSimtIncGen
    COMMENT "Writing the reference page ${page}")
  set(FOVEA_REFERENCE_DOCS ${FOVEA_REFERENCE_DOCS} "${generated}" PARENT_SCOPE)
endfunction()

fovea_add_doc(attn.md Dialect/Attn/IR/AttnDialectAll.td -gen-dialect-doc -dialect=attn)
fovea_add_doc(tile.md Dialect/Tile/IR/TileDialectAll.td -gen-dialect-doc -dialect=tile)
fovea_add_doc(attn-passes.md Dialect/Attn/Transforms/Passes.td -gen-pass-doc)
fovea_add_doc(tuning-passes.md Tuning/Transforms/Passes.td -gen-pass-doc)
fovea_add_doc(tile-passes.md Dialect/Tile/Transforms/Passes.td -gen-pass-doc)
fovea_add_doc(simt.md Dialect/Simt/IR/SimtOps.td -gen-dialect-doc -dialect=simt)
fovea_add_doc(simt-passes.md Dialect/Simt/Transforms/Passes.td -gen-pass-doc)
fovea_add_doc(conversion-passes.md Conversion/Passes.td -gen-pass-doc)

add_custom_target(fovea-docs
  COMMAND "${CMAKE_COMMAND}" -E copy_directory "${PROJECT_BINARY_DIR}/docs/reference"
          "${PROJECT_SOURCE_DIR}/docs/reference"
  DEPENDS ${FOVEA_REFERENCE_DOCS})
add_custom_target(fovea-docs-check ALL DEPENDS ${FOVEA_REFERENCE_DOCS})
