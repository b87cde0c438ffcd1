//===- BundleTest.cpp - The file's bytes, from parts made by hand ---------===//

#include "fovea/Target/Bundle/Bundle.h"
#include "../../../../runtime/lib/Program.h"
#include "fovea/Support/Sizes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace fovea;

static_assert(rt::maxGridRank == kGridRank, "the runtime runs the compiler's grids");

namespace {
// Magic, length, and the manifest's SHA-256.
constexpr size_t headerBytes = 8 + 8 + 32;

/// Of `params`, one argument's; the context lives as long as the tests.
tile::KernelAbiAttr makeAbi() {
  static mlir::MLIRContext context;
  context.loadDialect<tile::TileDialect>();
  mlir::Builder b(&context);
  auto box = b.getDenseI64ArrayAttr({64, 16});
  return tile::KernelAbiAttr::get(
      &context, /*threads=*/128, /*shared_bytes=*/0,
      b.getArrayAttr({tile::PointerAttr::get(&context, 0, /*read_only=*/true),
                      tile::SizeAttr::get(&context, 0, 1),
                      tile::ScalarAttr::get(&context, 1, b.getI32Type()),
                      tile::ProgramsAttr::get(&context, 1),
                      tile::TensorMapAttr::get(&context, 0, box, 128)}));
}

CompiledKernel makeKernel(llvm::StringRef name, llvm::StringRef cubin) {
  CompiledKernel kernel;
  kernel.name = kernel.symbol = name.str();
  kernel.abi = makeAbi();
  kernel.cubin = cubin.str();
  return kernel;
}

std::string write(llvm::ArrayRef<CompiledKernel> kernels,
                  llvm::ArrayRef<LaunchProgram> entries = {},
                  llvm::StringRef before = "") {
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  stream << before;
  writeBundle({"sm_90a", kernels, entries}, stream);
  return bytes.substr(before.size());
}

size_t getManifestSize(llvm::StringRef bundle) {
  return llvm::support::endian::read64le(bundle.data() + 8);
}

llvm::json::Object parseManifest(llvm::StringRef bundle) {
  llvm::StringRef text = bundle.substr(headerBytes, getManifestSize(bundle));
  return std::move(*llvm::cantFail(llvm::json::parse(text)).getAsObject());
}
} // namespace

TEST(Bundle, cubins_are_aligned_and_where_the_manifest_says) {
  std::string bundle = write({makeKernel("a", "12345"), makeKernel("b", "67")});
  EXPECT_EQ(bundle.substr(0, 8), "FOVEAB02");
  size_t blobs = llvm::alignTo(headerBytes + getManifestSize(bundle), 16);
  EXPECT_EQ(bundle.substr(blobs), std::string("12345") + std::string(11, '\0') + "67");
  llvm::json::Object manifest = parseManifest(bundle);
  const llvm::json::Array &cubins = *manifest.getArray("cubins");
  ASSERT_EQ(cubins.size(), 2u);
  EXPECT_EQ(cubins[1].getAsObject()->getInteger("offset"), 16);
  EXPECT_EQ(cubins[1].getAsObject()->getInteger("bytes"), 2);
}

TEST(Bundle, a_cubin_is_called_by_its_sha256) {
  llvm::json::Object manifest = parseManifest(write({makeKernel("a", "abc")}));
  // The example of FIPS 180-4.
  EXPECT_EQ(manifest.getArray("cubins")->front().getAsObject()->getString("sha256"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Bundle, the_header_has_the_manifests_sha256) {
  std::string bundle = write({makeKernel("a", "12345")});
  llvm::StringRef text(bundle.data() + headerBytes, getManifestSize(bundle));
  std::array<uint8_t, 32> hash = llvm::SHA256::hash(llvm::arrayRefFromStringRef(text));
  EXPECT_EQ(bundle.substr(16, 32), llvm::toStringRef(hash));
}

TEST(Bundle, equal_cubins_are_there_once) {
  llvm::json::Object manifest = parseManifest(
      write({makeKernel("a", "x"), makeKernel("b", "y"), makeKernel("c", "x")}));
  EXPECT_EQ(manifest.getArray("cubins")->size(), 2u);
  const llvm::json::Array &kernels = *manifest.getArray("kernels");
  EXPECT_EQ(kernels[1].getAsObject()->getInteger("cubin"), 1);
  EXPECT_EQ(kernels[2].getAsObject()->getInteger("cubin"), 0);
}

TEST(Bundle, ptx_follows_its_cubin_and_ends_with_a_nul) {
  CompiledKernel kernel = makeKernel("a", "12345");
  kernel.ptx = "text";
  std::string bundle;
  llvm::raw_string_ostream stream(bundle);
  writeBundle({"sm_80", kernel, {}, /*carriesPtx=*/true}, stream);
  size_t blobs = llvm::alignTo(headerBytes + getManifestSize(bundle), 16);
  EXPECT_EQ(bundle.substr(blobs),
            "12345" + std::string(11, '\0') + "text" + std::string(1, '\0'));
  llvm::json::Object manifest = parseManifest(bundle);
  const llvm::json::Object &ptx =
      *manifest.getArray("cubins")->front().getAsObject()->getObject("ptx");
  EXPECT_EQ(ptx.getInteger("offset"), 16);
  EXPECT_EQ(ptx.getInteger("bytes"), 5);
}

TEST(Bundle, params_are_what_the_kernel_takes) {
  llvm::json::Object manifest = parseManifest(write({makeKernel("a", "1")}));
  const llvm::json::Object &kernel =
      *manifest.getArray("kernels")->front().getAsObject();
  EXPECT_EQ(kernel.getInteger("threads"), 128);
  EXPECT_EQ(*kernel.get("params"), llvm::cantFail(llvm::json::parse(R"([
      {"kind": "pointer", "argument": 0, "read_only": true},
      {"kind": "size", "argument": 0, "axis": 1},
      {"kind": "scalar", "argument": 1, "type": "i32"}, {"kind": "programs", "axis": 1},
      {"kind": "tensor_map", "argument": 0, "box": [64, 16], "swizzle": 128}])")));
}

TEST(Bundle, does_not_depend_on_where_it_is_written) {
  std::vector<CompiledKernel> kernels{makeKernel("a", "12345"), makeKernel("b", "67")};
  EXPECT_EQ(write(kernels), write(kernels, {}, "before"));
}

TEST(Bundle, of_nothing_is_a_manifest) {
  std::string bundle = write({});
  EXPECT_EQ(bundle.size(), headerBytes + getManifestSize(bundle));
  EXPECT_TRUE(parseManifest(bundle).getArray("kernels")->empty());
}

TEST(Bundle, a_launch_names_its_kernel_by_number) {
  LaunchProgram program;
  program.signature.name = "entry";
  program.values = {{"dim", {0, 1}}};
  program.launches = {{"b", {ValueNumber{0}, 4}, {{LaunchArgumentKind::Workspace, 2}}}};
  llvm::json::Object manifest =
      parseManifest(write({makeKernel("a", "1"), makeKernel("b", "2")}, program));
  const llvm::json::Object &entry =
      *manifest.getArray("entries")->front().getAsObject();
  const llvm::json::Object &launch = *entry.getArray("launches")->front().getAsObject();
  EXPECT_EQ(launch.getInteger("kernel"), 1);
  EXPECT_EQ(*launch.get("grid"),
            llvm::cantFail(llvm::json::parse("[{\"value\": 0}, 4]")));
  EXPECT_EQ(*launch.get("arguments"),
            llvm::cantFail(llvm::json::parse("[{\"workspace\": 2}]")));
  EXPECT_EQ(*entry.get("values"),
            llvm::cantFail(llvm::json::parse("[[\"dim\", 0, 1]]")));
}
