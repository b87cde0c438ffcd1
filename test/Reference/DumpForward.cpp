//===- DumpForward.cpp - A case of the reference as .npy files ------------===//
//
// Runs the forward of NSA by the reference ops on random inputs and writes q,
// k, v, gates, cu_seqlens and o for nsa_numpy.py to check:
//
//   dump-forward DIR block stride select-block count initial local window
//                length...
//
//===----------------------------------------------------------------------===//

#include "../unit/Reference/Forward.h"

#include "fovea/Support/Npy.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include <random>

using namespace fovea;
using namespace fovea::reference;

namespace {

/// Normal values that f32 holds exactly, so that both sides see the same.
Array makeInput(Shape shape, std::mt19937 &random) {
  std::normal_distribution<double> normal;
  Array array(std::move(shape));
  for (double &value : array.data)
    value = roundTo(ElementType::F32, normal(random));
  return array;
}

void write(llvm::StringRef directory, llvm::StringRef name, ElementType type,
           const Shape &shape, llvm::ArrayRef<double> values) {
  llvm::cantFail(writeNpy((directory + "/" + name + ".npy").str(),
                          {type, shape, encodeAll(type, values)}));
}

} // namespace

int main(int argc, char **argv) {
  std::vector<int64_t> numbers;
  for (int i = 2; i < argc; ++i)
    if (llvm::StringRef(argv[i]).getAsInteger(10, numbers.emplace_back()))
      numbers.clear();
  if (numbers.size() < 8) {
    llvm::errs() << "usage: dump-forward DIR block stride select-block count "
                    "initial local window length...\n";
    return 2;
  }
  ForwardOptions options{{numbers[0], numbers[1], numbers[2]},
                         numbers[3],
                         numbers[4],
                         numbers[5],
                         numbers[6]};
  Sequences sequences{{0}};
  for (int64_t length : llvm::ArrayRef(numbers).drop_front(7))
    sequences.offsets.push_back(sequences.offsets.back() + length);

  std::mt19937 random(5);
  // Three tokens belong to nobody.
  int64_t numTokens = sequences.offsets.back() + 3;
  ForwardOperands in{
      makeInput({numTokens, 4, 24}, random), makeInput({numTokens, 2, 24}, random),
      makeInput({numTokens, 2, 16}, random), makeInput({numTokens, 4, 3}, random)};
  Array output = runForward(in, options, sequences).output;

  llvm::StringRef directory = argv[1];
  if (std::error_code code = llvm::sys::fs::create_directories(directory)) {
    llvm::errs() << directory << ": " << code.message() << "\n";
    return 1;
  }
  for (auto [name, array] :
       {std::pair("q", &in.query), std::pair("k", &in.key), std::pair("v", &in.value),
        std::pair("gates", &in.gates), std::pair("o", &output)})
    write(directory, name, ElementType::F32, array->shape, array->data);
  write(directory, "cu_seqlens", ElementType::I32, {sequences.size() + 1},
        std::vector<double>(sequences.offsets.begin(), sequences.offsets.end()));
  return 0;
}
