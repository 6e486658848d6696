//===- ModelQueries.cpp - What a model's layers are -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/ModelQueries.h"

#include "EntryCompiler.h"

#include "auxact/Dialect/AuxAct/Transforms/LayerChoices.h"

using namespace mlir;
using namespace mlir::auxact;

llvm::Expected<std::vector<std::string>>
mlir::auxact::findLayers(llvm::StringRef modelText, llvm::StringRef fileName) {
  std::vector<std::string> names;
  llvm::Error error =
      EntryCompiler::inspectModel(modelText, fileName, [&](func::FuncOp func) {
        func.walk([&](ParameterizedLayerOpInterface layer) {
          names.push_back(layer.getLayerName().str());
        });
        return success();
      });
  if (error)
    return std::move(error);
  return names;
}

using Choose =
    llvm::function_ref<FailureOr<SmallVector<LayerChoice>>(func::FuncOp)>;

static llvm::Expected<std::vector<LayerAnswer>>
answer(llvm::StringRef modelText, llvm::StringRef fileName, Choose choose) {
  std::vector<LayerAnswer> answers;
  llvm::Error error = EntryCompiler::inspectModel(
      modelText, fileName, [&](func::FuncOp func) -> LogicalResult {
        FailureOr<SmallVector<LayerChoice>> choices = choose(func);
        if (failed(choices))
          return failure();
        for (LayerChoice &choice : *choices)
          answers.push_back(
              {choice.layer.getLayerName().str(),
               choice.source ? choice.source.getLayerName().str() : "",
               choice.level, choice.reason});
        return success();
      });
  if (error)
    return std::move(error);
  return answers;
}

llvm::Expected<std::vector<LayerAnswer>> mlir::auxact::findResidualGroups(
    llvm::StringRef modelText, llvm::StringRef fileName,
    llvm::ArrayRef<int64_t> strides, llvm::StringRef downsample) {
  return answer(modelText, fileName, [&](func::FuncOp func) {
    return chooseResidualGroups(func, strides, downsample);
  });
}

llvm::Expected<std::vector<LayerAnswer>>
mlir::auxact::findSignLevels(llvm::StringRef modelText,
                             llvm::StringRef fileName) {
  return answer(modelText, fileName, chooseSignLevels);
}
