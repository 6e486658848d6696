//===- Sites.h - Places in a kernel, from its debug information -*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_SITES_H
#define AUXACT_TEST_LIB_SIMT_SITES_H

#include "Report.h"

#include "llvm/IR/IRBuilder.h"

#include <deque>

namespace auxact::simt {

/// Makes and keeps a module's sites.
class Sites {
public:
  Site &make(const llvm::Instruction &instruction, llvm::StringRef what) {
    Site site;
    site.what = what.str();
    site.location = locationOf(instruction);
    sites.push_back(std::move(site));
    return sites.back();
  }

  /// The site's address as compiled code sees it.
  static llvm::Constant *pointerTo(const Site &site,
                                   llvm::LLVMContext &context);
  /// "file:line:column"; what was inlined, with where.
  static std::string locationOf(const llvm::Instruction &instruction);

private:
  std::deque<Site> sites;
};

/// Calls an entry point of the executor.
llvm::CallInst *callEntryPoint(llvm::IRBuilderBase &builder,
                               llvm::StringRef name, llvm::Type *result,
                               llvm::ArrayRef<llvm::Value *> arguments);

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_SITES_H
