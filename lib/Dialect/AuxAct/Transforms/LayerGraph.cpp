//===- LayerGraph.cpp - How activations flow between layers ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A residual connection is an addition of which one operand is reached from
// some earlier tensor by a layer at most, and all that the other one is made of
// goes through that tensor.
//
//===----------------------------------------------------------------------===//

#include "LayerGraph.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static Value getInput(ParameterizedLayerOpInterface layer) {
  return layer.getActivationMutable().get();
}

bool ResidualBlock::changesShape() const {
  return input.getType() != add->getResult(0).getType();
}

bool ResidualBlock::changesResolution() const {
  ArrayRef<int64_t> before = typeOf(input).getShape();
  ArrayRef<int64_t> after = typeOf(add->getResult(0)).getShape();
  return before.drop_back() != after.drop_back();
}

StringRef ResidualBlock::getName() const {
  ParameterizedLayerOpInterface first = layers.front();
  // A block is something that holds a layer, also where it holds only one.
  auto [container, last] = first.getLayerName().rsplit('.');
  StringRef name = last.empty() ? StringRef() : container;
  auto shorten = [&](ParameterizedLayerOpInterface layer) {
    StringRef other = layer.getLayerName();
    while (!name.empty() && !(other.starts_with(name) &&
                              other.drop_front(name.size()).starts_with(".")))
      name = name.contains('.') ? name.rsplit('.').first : StringRef();
  };
  for (ParameterizedLayerOpInterface layer : layers)
    shorten(layer);
  if (projection)
    shorten(projection);
  return name.empty() ? first.getLayerName() : name;
}

LayerGraph::LayerGraph(func::FuncOp func) : body(&func.getBody().front()) {
  llvm::DenseSet<Value> fromInput;
  for (BlockArgument argument : func.getArguments())
    if (func.getArgAttr(argument.getArgNumber(), attrs::input))
      fromInput.insert(argument);
  for (Operation &op : func.getBody().front())
    if (llvm::any_of(op.getOperands(),
                     [&](Value v) { return fromInput.contains(v); }))
      fromInput.insert(op.result_begin(), op.result_end());
  for (Value value : fromInput) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (type && type.getRank() > 1 && isa<FloatType>(type.getElementType()))
      activations.insert(value);
  }
}

SmallVector<Value, 2> LayerGraph::getActivations(Operation *op) const {
  if (auto layer = dyn_cast<ParameterizedLayerOpInterface>(op))
    return {getInput(layer)};
  SmallVector<Value, 2> result;
  for (Value operand : op->getOperands())
    if (activations.contains(operand))
      result.push_back(operand);
  return result;
}

Value LayerGraph::getOnlyActivation(Value value) const {
  Operation *op = value.getDefiningOp();
  if (!op)
    return nullptr;
  SmallVector<Value, 2> operands = getActivations(op);
  return operands.size() == 1 ? operands.front() : Value();
}

Value LayerGraph::stepOverNonLayer(Value value) const {
  Operation *op = value.getDefiningOp();
  if (!op || isa<ParameterizedLayerOpInterface>(op))
    return nullptr;
  return getOnlyActivation(value);
}

Value LayerGraph::stepOverUnary(Value value) const {
  Operation *op = value.getDefiningOp();
  return op && op->getNumOperands() == 1 ? stepOverNonLayer(value) : Value();
}

bool LayerGraph::isReachedWithoutLayer(Value value, Value source) const {
  while (value && value != source)
    value = stepOverNonLayer(value);
  return value == source;
}

std::optional<SmallVector<ParameterizedLayerOpInterface>>
LayerGraph::findLayersBetween(Value source, Value value) const {
  SmallVector<Value> work = {value};
  llvm::DenseSet<Operation *> seen;
  SmallVector<ParameterizedLayerOpInterface> layers;
  while (!work.empty()) {
    Value current = work.pop_back_val();
    if (current == source)
      continue;
    Operation *op = current.getDefiningOp();
    if (!op)
      return std::nullopt;
    if (!seen.insert(op).second)
      continue;
    SmallVector<Value, 2> operands = getActivations(op);
    if (operands.empty())
      return std::nullopt;
    if (auto layer = dyn_cast<ParameterizedLayerOpInterface>(op))
      layers.push_back(layer);
    work.append(operands.begin(), operands.end());
  }
  llvm::sort(layers,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return layers;
}

std::optional<ResidualBlock>
LayerGraph::findBlock(Operation *add, Value shortcut, Value bodyResult) const {
  ResidualBlock block;
  block.add = add;
  block.bodyResult = bodyResult;
  for (Value source = shortcut; source; source = getOnlyActivation(source)) {
    // What the shortcut has come over must not be in the body as well.
    auto layers = findLayersBetween(source, bodyResult);
    if (layers && !layers->empty()) {
      // Two layers side by side are a sum, not a connection past one of them.
      if (block.projection && layers->size() == 1)
        return std::nullopt;
      block.input = source;
      block.layers = std::move(*layers);
      for (ParameterizedLayerOpInterface layer : block.layers)
        if (isReachedWithoutLayer(getInput(layer), source))
          block.first.push_back(layer);
      return block;
    }
    auto layer = source.getDefiningOp<ParameterizedLayerOpInterface>();
    if (layer && block.projection)
      return std::nullopt;
    if (layer)
      block.projection = layer;
  }
  return std::nullopt;
}

SmallVector<ResidualBlock> LayerGraph::findBlocks() const {
  SmallVector<ResidualBlock> blocks;
  for (Operation &op : *body) {
    if (!isa<AddOp>(op) || getActivations(&op).size() != 2)
      continue;
    Value lhs = op.getOperand(0), rhs = op.getOperand(1);
    std::optional<ResidualBlock> block = findBlock(&op, rhs, lhs);
    if (!block || block->projection) {
      std::optional<ResidualBlock> other = findBlock(&op, lhs, rhs);
      // A shortcut without a layer is the better reading of the two, then one
      // past more layers.
      if (other && (!block || !other->projection ||
                    other->layers.size() > block->layers.size()))
        block = std::move(other);
    }
    if (block)
      blocks.push_back(std::move(*block));
  }
  return blocks;
}
