//===- FormKernels.cpp - Outline kernels, one for each distinct body ------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "KernelClusters.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

#include "llvm/ADT/StringMap.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_FORMKERNELS
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

/// Constants that a generic reads, as a splat tensor or from around its body,
/// become constants in its body, so that the body can move.
static void inlineConstants(func::FuncOp func) {
  func.walk([](linalg::GenericOp generic) {
    OpBuilder builder = OpBuilder::atBlockBegin(generic.getBody());
    llvm::DenseMap<Operation *, Value> copies;
    generic.getBody()->walk([&](Operation *op) {
      for (OpOperand &operand : op->getOpOperands()) {
        auto constant = operand.get().getDefiningOp<arith::ConstantOp>();
        if (!constant || constant->getBlock() == generic.getBody())
          continue;
        Value &copy = copies[constant];
        if (!copy)
          copy = builder.clone(*constant)->getResult(0);
        operand.set(copy);
      }
    });
    for (OpOperand *input : generic.getDpsInputOperands()) {
      DenseElementsAttr value;
      if (!matchPattern(input->get(), m_Constant(&value)) || !value.isSplat())
        continue;
      Value constant = arith::ConstantOp::create(
          builder, generic.getLoc(), value.getSplatValue<TypedAttr>());
      generic.getMatchingBlockArgument(input).replaceAllUsesWith(constant);
    }
  });
}

/// Constants that a standalone operation reads are written to memory by a
/// kernel of their own.
static void materializeConstants(func::FuncOp func) {
  func.walk([](Operation *op) {
    if (!isStandaloneKernel(op))
      return;
    OpBuilder builder(op);
    for (OpOperand &operand : op->getOpOperands()) {
      DenseElementsAttr value;
      if (!matchPattern(operand.get(), m_Constant(&value)) || !value.isSplat())
        continue;
      operand.set(buildElementwise(
          builder, op->getLoc(), cast<RankedTensorType>(value.getType()), {},
          [&](OpBuilder &b, Location loc, ValueRange) -> Value {
            return arith::ConstantOp::create(b, loc,
                                             value.getSplatValue<TypedAttr>());
          }));
    }
  });
}

/// Drop inputs that the body does not use.
static linalg::GenericOp
cloneUsed(OpBuilder &builder, linalg::GenericOp generic, IRMapping &mapping) {
  Operation *clone = builder.clone(*generic, mapping);
  auto result = cast<linalg::GenericOp>(clone);
  SmallVector<AffineMap> maps = result.getIndexingMapsArray();
  for (int64_t i = result.getNumDpsInputs() - 1; i >= 0; --i) {
    if (!result.getBody()->getArgument(i).use_empty())
      continue;
    result.getBody()->eraseArgument(i);
    result.getInputsMutable().erase(i);
    maps.erase(maps.begin() + i);
  }
  result.setIndexingMapsAttr(builder.getAffineMapArrayAttr(maps));
  return result;
}

/// What results are written to: fills and empties are made again in the kernel;
/// and so is a constant that a view looks at.
static void cloneInits(OpBuilder &builder, Operation *op, IRMapping &mapping) {
  if (auto view = dyn_cast<AffineViewOp>(op))
    if (auto constant = view.getInput().getDefiningOp<arith::ConstantOp>())
      if (!mapping.contains(constant.getResult()))
        builder.clone(*constant, mapping);
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic)
    return;
  for (Value init : generic.getDpsInits()) {
    if (mapping.contains(init))
      continue;
    if (auto fill = init.getDefiningOp<linalg::FillOp>()) {
      for (Value operand : fill->getOperands())
        if (!mapping.contains(operand))
          builder.clone(*operand.getDefiningOp(), mapping);
      builder.clone(*fill, mapping);
    } else if (Operation *producer = init.getDefiningOp()) {
      builder.clone(*producer, mapping);
    }
  }
}

/// The cluster as a function on tensors.
static func::FuncOp buildKernel(OpBuilder &builder, func::FuncOp step,
                                const KernelCluster &cluster) {
  SmallVector<Type> inputs, results;
  for (Value value : cluster.inputs)
    inputs.push_back(value.getType());
  for (Value value : cluster.results)
    results.push_back(value.getType());
  auto kernel =
      func::FuncOp::create(builder, cluster.anchor->getLoc(), "kernel",
                           builder.getFunctionType(inputs, results));
  kernel.setPrivate();
  kernel->setAttr(attrs::kernel, builder.getUnitAttr());
  Block *block = kernel.addEntryBlock();
  OpBuilder body = OpBuilder::atBlockBegin(block);
  IRMapping mapping;
  for (auto [value, argument] :
       llvm::zip_equal(cluster.inputs, block->getArguments()))
    mapping.map(value, argument);
  for (Operation *op : cluster.members) {
    cloneInits(body, op, mapping);
    if (auto generic = dyn_cast<linalg::GenericOp>(op))
      cloneUsed(body, generic, mapping);
    else
      body.clone(*op, mapping);
  }
  SmallVector<Value> returned;
  for (Value value : cluster.results)
    returned.push_back(mapping.lookup(value));
  func::ReturnOp::create(body, cluster.anchor->getLoc(), returned);
  return kernel;
}

/// The body as text without name and locations: equal text, equal kernel.
static std::string getBodyText(func::FuncOp kernel) {
  std::string text;
  llvm::raw_string_ostream os(text);
  kernel->print(os, OpPrintingFlags().useLocalScope());
  return text;
}

/// The layer that a location belongs to, empty if none.
static StringRef getLayerName(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return name.getName();
  return "";
}

namespace {

struct FormKernels : auxact::impl::FormKernelsBase<FormKernels> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    llvm::StringMap<func::FuncOp> kernels;
    SmallVector<func::FuncOp> steps;
    for (auto func : module.getOps<func::FuncOp>()) {
      if (func.isDeclaration())
        continue;
      if (func->hasAttr(attrs::kernel))
        kernels[getBodyText(func)] = func;
      else
        steps.push_back(func);
    }
    for (func::FuncOp step : steps)
      if (failed(outline(step, symbols, kernels)))
        return signalPassFailure();
  }

  LogicalResult outline(func::FuncOp step, SymbolTable &symbols,
                        llvm::StringMap<func::FuncOp> &kernels) {
    inlineConstants(step);
    materializeConstants(step);
    KernelClusters analysis(step);
    OpBuilder builder(step);
    IRMapping launched;
    SmallVector<LaunchOp> launches;
    for (const KernelCluster &cluster : analysis.getClusters()) {
      builder.setInsertionPoint(step);
      func::FuncOp kernel = buildKernel(builder, step, cluster);
      auto [it, isNew] = kernels.try_emplace(getBodyText(kernel), kernel);
      if (isNew) {
        kernel->remove();
        kernel.setName(("kernel_" + Twine(kernels.size() - 1)).str());
        symbols.insert(kernel, step->getIterator());
      } else {
        kernel->erase();
      }
      builder.setInsertionPoint(cluster.anchor);
      StringRef layer = getLayerName(cluster.anchor->getLoc());
      auto launch = LaunchOp::create(
          builder, cluster.anchor->getLoc(), it->second.getResultTypes(),
          it->second.getName(), cluster.inputs.getArrayRef(),
          /*placements=*/ArrayAttr(), /*workspace=*/IntegerAttr(),
          layer.empty() ? StringAttr() : builder.getStringAttr(layer));
      launches.push_back(launch);
      for (auto [value, result] :
           llvm::zip_equal(cluster.results, launch.getResults()))
        launched.map(value, result);
    }
    return replaceComputations(step, launched);
  }

  /// Every reader outside the kernels reads the launches; what they computed is
  /// gone.
  LogicalResult replaceComputations(func::FuncOp step, IRMapping &launched) {
    Block &block = step.getBody().front();
    SmallVector<Operation *> dead;
    for (Operation &op : block) {
      bool stays =
          isa<LaunchOp, SaveOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp,
              tensor::ExtractSliceOp, func::ReturnOp>(op);
      if (!stays) {
        dead.push_back(&op);
        continue;
      }
      for (OpOperand &operand : op.getOpOperands())
        if (Value result = launched.lookupOrNull(operand.get()))
          operand.set(result);
    }
    for (Operation *op : llvm::reverse(dead)) {
      if (op->use_empty()) {
        op->erase();
        continue;
      }
      op->emitOpError("is read outside of kernels but is no computation of the "
                      "linalg stage; run -auxact-verify-linalg-stage to see "
                      "what is expected");
      return failure();
    }
    sortTopologically(&block);
    return success();
  }
};

} // namespace
