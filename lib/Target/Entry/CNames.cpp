//===- CNames.cpp - which names C and C++ can declare ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/Entry/CEntry.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Analysis/TargetLibraryInfo.h"

using namespace fovea;
using llvm::StringRef;
using mlir::failure;
using mlir::success;

/// Keywords of C (to C23) and C++ (to C++20), and macros that a compiler may define.
static constexpr StringRef kKeywords =
    "alignas alignof and and_eq asm assert auto bitand bitor bool break case catch "
    "char char16_t char32_t char8_t class co_await co_return co_yield compl concept "
    "const const_cast consteval constexpr constinit continue decltype default delete "
    "do double dynamic_cast else enum errno explicit export extern false float for "
    "fortran friend goto i386 if inline int linux long mutable namespace new "
    "noexcept not not_eq nullptr operator or or_eq private protected public register "
    "reinterpret_cast requires restrict return short signed sizeof static "
    "static_assert static_cast struct switch template this thread_local throw true "
    "try typedef typeid typename typeof typeof_unqual union unix unsigned using "
    "virtual void volatile wchar_t while xor xor_eq EOF NULL";

/// Functions that compilers know and LLVM's table lacks: complex and character
/// functions, and others of the C library. Those of floating-point numbers are here
/// without suffix.
static constexpr StringRef kFunctions =
    "alloca cacos cacosh carg casin casinh catan catanh ccos ccosh cexp cimag clog "
    "clog10 conj cpow cproj creal csin csinh csqrt ctan ctanh dcgettext dgettext "
    "drem erfc feclearexcept fegetexceptflag fegetround feholdexcept feraiseexcept "
    "fesetexceptflag fesetround fetestexcept feupdateenv ffsimax finite fma "
    "fprintf_unlocked gamma gamma_r gammaf_r gammal_r gettext imaxabs index isalnum "
    "isalpha isblank iscntrl isgraph isinf islower isnan isprint ispunct isspace "
    "isupper iswalnum iswalpha iswblank iswcntrl iswdigit iswgraph iswlower iswprint "
    "iswpunct iswspace iswupper iswxdigit isxdigit j0 j1 jn lgamma lgamma_r "
    "lgammaf_r lgammal_r llrint llround lrint lround main nan pow10 printf_unlocked "
    "puts_unlocked rindex scalb signbit significand std strfmon strftime tolower "
    "toupper towlower towupper y0 y1 yn";

static llvm::StringSet<> makeSet(StringRef words) {
  llvm::StringSet<> set;
  llvm::SmallVector<StringRef> list;
  words.split(list, ' ');
  set.insert(list.begin(), list.end());
  return set;
}

static bool isIdentifier(StringRef name) {
  return !name.empty() && !llvm::isDigit(name.front()) &&
         llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

/// Names that are the compiler's, in every scope: `__x`, `_X`.
static bool isReserved(StringRef name) {
  return name.starts_with("__") ||
         (name.size() > 1 && name[0] == '_' && llvm::isUpper(name[1]));
}

/// Types and macros of <stdint.h>, which headers include: int32_t, INT32_MAX, UINT64_C.
static bool isOfStdint(StringRef name) {
  StringRef rest = name;
  rest.consume_front_insensitive("u");
  if (rest.starts_with("int") && rest.ends_with("_t"))
    return true;
  bool isLimit =
      name.ends_with("_MAX") || name.ends_with("_MIN") || name.ends_with("_WIDTH");
  return (rest.starts_with("INT") && (isLimit || name.ends_with("_C"))) ||
         (isLimit &&
          llvm::is_contained({"PTRDIFF", "SIG_ATOMIC", "SIZE", "WCHAR", "WINT"},
                             name.rsplit('_').first));
}

static bool isKnownFunction(StringRef name) {
  static const llvm::TargetLibraryInfoImpl known(
      llvm::Triple("x86_64-unknown-linux-gnu"));
  static const llvm::StringSet<> others = makeSet(kFunctions);
  auto isKnown = [&](StringRef function) {
    llvm::LibFunc ignored;
    return others.contains(function) || known.getLibFunc(function, ignored);
  };
  if (isKnown(name))
    return true;
  for (StringRef suffix :
       {"f", "l", "f16", "f32", "f32x", "f64", "f64x", "f128", "d32", "d64", "d128"}) {
    StringRef base = name;
    if (base.consume_back(suffix) && isKnown(base))
      return true;
  }
  return false;
}

/// What is wrong with `name` as a field of a struct; empty where nothing is.
static StringRef getFault(StringRef name) {
  static const llvm::StringSet<> keywords = makeSet(kKeywords);
  if (!isIdentifier(name))
    return "no identifier";
  if (keywords.contains(name))
    return "a keyword or macro";
  if (isReserved(name))
    return "a name that is reserved for compilers";
  if (isOfStdint(name))
    return "a name of <stdint.h>";
  return "";
}

/// The same as a function.
static StringRef getFunctionFault(StringRef name) {
  if (StringRef fault = getFault(name); !fault.empty())
    return fault;
  if (isKnownFunction(name))
    return "a name of the standard library";
  if (name.ends_with("_t"))
    return "a name that is reserved for types";
  if (name.starts_with_insensitive("fovea_"))
    return "a name that is reserved for Fovea";
  return "";
}

llvm::LogicalResult fovea::checkCNames(mlir::ModuleOp module,
                                       const EntrySignature &entry) {
  auto function = module.lookupSymbol<mlir::func::FuncOp>(entry.name);
  if (StringRef fault = getFunctionFault(entry.name); !fault.empty())
    return function.emitError()
           << "expected an entry that C and C++ can declare, got @" << entry.name
           << ", which is " << fault << "; rename the function";
  llvm::StringSet<> taken;
  for (StringRef field : {"tokens", "sequences", "key_tokens", "pages"})
    taken.insert(field);
  for (auto [i, argument] : llvm::enumerate(entry.arguments)) {
    StringRef fault = getFault(argument.name);
    if (fault.empty() && !taken.insert(argument.name).second)
      fault = "taken already, by another argument, or by the number of tokens, of "
              "sequences, of key tokens or of pages";
    if (!fault.empty())
      return mlir::emitError(function.getArgument(i).getLoc())
             << "expected an argument or result of @" << entry.name
             << " that C and C++ can declare, got '" << argument.name << "', which is "
             << fault << "; rename it";
  }
  return success();
}
