//===- Evaluator.cpp - Elements of tensors, on demand ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Bodies of generics on vectors, and what they read.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/Kernel/Evaluator.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

namespace mlir::auxact::codegen {

Evaluator::Evaluator(Frame &frame) : frame(frame), b(frame.builder()) {
  scopes.emplace_back();
}

void Evaluator::reset() {
  scopes.assign(1, {});
  views.clear();
  digits.clear();
}

//===----------------------------------------------------------------------===//
// Memory of what has been computed
//===----------------------------------------------------------------------===//

Evaluator::Key Evaluator::keyOf(Value value, const Position &position,
                                Operation *context) {
  Key key{value.getAsOpaquePointer(),
          {position.lane, position.width, position.active, position.aligned,
           static_cast<int64_t>(reinterpret_cast<intptr_t>(context))}};
  for (const Index &index : position.indices) {
    key.second.push_back(
        reinterpret_cast<intptr_t>(index.base.getAsOpaquePointer()));
    key.second.push_back(index.offset);
  }
  return key;
}

Value Evaluator::lookup(const Key &key) const {
  for (const auto &scope : llvm::reverse(scopes))
    if (auto it = scope.find(key); it != scope.end())
      return it->second;
  return {};
}

void Evaluator::bind(Value tensor, const Position &position, Value elements) {
  scopes.back()[keyOf(tensor, position)] = elements;
}

//===----------------------------------------------------------------------===//
// Small values
//===----------------------------------------------------------------------===//

Value Evaluator::splat(Value scalar, int64_t width) {
  if (isa<VectorType>(scalar.getType()))
    return scalar;
  auto type = VectorType::get({width}, scalar.getType());
  Attribute constant;
  if (matchPattern(scalar, m_Constant(&constant)) &&
      !isa<IndexType>(scalar.getType()))
    return arith::ConstantOp::create(b, DenseElementsAttr::get(type, constant));
  return vector::BroadcastOp::create(b, type, scalar);
}

Value Evaluator::materialize(const Index &index) {
  if (!index.base)
    return frame.constant(index.offset);
  if (index.offset == 0)
    return index.base;
  Key key{index.base.getAsOpaquePointer(), {index.offset}};
  if (Value known = lookup(key))
    return known;
  return scopes.back()[key] = frame.add(index.base, index.offset);
}

SmallVector<Value, 3> Evaluator::materialize(ArrayRef<Index> indices) {
  SmallVector<Value, 3> values;
  for (const Index &index : indices)
    values.push_back(materialize(index));
  return values;
}

Value Evaluator::bufferView(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  if (!flat || type.getRank() < 2)
    return buffer;
  Value &view = views[buffer];
  if (!view) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&buffer.getParentRegion()->front());
    int64_t elements = type.getNumElements();
    auto flatType = MemRefType::get({elements}, type.getElementType());
    view = memref::ReinterpretCastOp::create(b, flatType, buffer, /*offset=*/0,
                                             ArrayRef<int64_t>{elements},
                                             ArrayRef<int64_t>{1});
  }
  return view;
}

//===----------------------------------------------------------------------===//
// Evaluation
//===----------------------------------------------------------------------===//

Value Evaluator::at(Value tensor, const Position &position) {
  // What does not vary along the lanes is evaluated once, as a scalar.
  Position place = position;
  if (place.lane < 0)
    place.width = place.active = 1;
  if (place.indices.empty())
    place = Position();
  Key key = keyOf(tensor, place);
  if (Value known = lookup(key))
    return known;
  Value value = compute(tensor, place);
  scopes.back()[key] = value;
  return value;
}

Value Evaluator::vectorAt(Value tensor, const Position &position) {
  return splat(at(tensor, position), position.width);
}

Value Evaluator::compute(Value tensor, const Position &position) {
  if (auto argument = dyn_cast<BlockArgument>(tensor))
    return load(bufferView(frame.buffer(argument)), position);
  Operation *def = tensor.getDefiningOp();
  if (isUnpackBits(def)) {
    Value bytes = def->getOperand(0);
    if (isPackBits(bytes.getDefiningOp()))
      return at(bytes.getDefiningOp()->getOperand(0), position);
    auto element = cast<IntegerType>(
        cast<RankedTensorType>(tensor.getType()).getElementType());
    return loadBits(frame.buffer(cast<BlockArgument>(bytes)), position,
                    element);
  }
  if (auto view = dyn_cast<AffineViewOp>(def))
    return throughView(view, position);
  if (auto rows = dyn_cast<GatherRowsOp>(def))
    return throughIndices(rows, position);
  DenseElementsAttr elements;
  if (matchPattern(tensor, m_Constant(&elements)))
    return arith::ConstantOp::create(
        b, cast<TypedAttr>(elements.getSplatValue<Attribute>()));
  if (auto fill = dyn_cast<linalg::FillOp>(def)) {
    Attribute constant;
    if (matchPattern(fill.value(), m_Constant(&constant)))
      return arith::ConstantOp::create(b, cast<TypedAttr>(constant));
  }
  if (auto op = dyn_cast<linalg::LinalgOp>(def);
      op && op.getNumReductionLoops() == 0) {
    unsigned number = cast<OpResult>(tensor).getResultNumber();
    AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(number));
    Position loops = position;
    if (!flat) {
      loops.indices.assign(op.getNumLoops(), Index());
      loops.lane = -1;
      for (unsigned i = 0; i < map.getNumResults(); ++i) {
        loops.indices[map.getDimPosition(i)] = position.indices[i];
        if (position.lane == static_cast<int>(i))
          loops.lane = map.getDimPosition(i);
      }
    }
    return inBody(op, op.getBlock()->getTerminator()->getOperand(number),
                  loops);
  }
  hasFailed = true;
  def->emitError("is read at other indices than it is computed at; put its "
                 "reader into a kernel of "
                 "its own");
  Type element = cast<ShapedType>(tensor.getType()).getElementType();
  return arith::ConstantOp::create(b, b.getZeroAttr(element));
}

/// The row is one for all lanes, so they stay together.
Value Evaluator::throughIndices(GatherRowsOp rows, const Position &position) {
  if (position.lane == 0)
    return gather(position, rows.getType().getElementType(),
                  [&](const Position &one) { return at(rows, one); });
  Position list;
  list.indices = {position.indices[0]};
  Value row = at(rows.getIndices(), list);
  Position place = position;
  place.indices[0] =
      Index{b.createOrFold<arith::IndexCastOp>(b.getIndexType(), row)};
  return at(rows.getTable(), place);
}

Value Evaluator::inBody(linalg::LinalgOp op, Value value,
                        const Position &loops) {
  Attribute constant;
  if (matchPattern(value, m_Constant(&constant)))
    return arith::ConstantOp::create(b, cast<TypedAttr>(constant));
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    OpOperand &operand = op->getOpOperand(argument.getArgNumber());
    Position position = loops;
    if (flat) {
      if (cast<ShapedType>(operand.get().getType()).getRank() == 0)
        position = Position();
      return at(operand.get(), position);
    }
    AffineMap map = op.getMatchingIndexingMap(&operand);
    position.indices.clear();
    position.lane = -1;
    for (auto [i, expr] : llvm::enumerate(map.getResults())) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      position.indices.push_back(dim ? loops.indices[dim.getPosition()]
                                     : Index());
      if (dim && loops.lane == static_cast<int>(dim.getPosition()))
        position.lane = i;
    }
    return at(operand.get(), position);
  }
  Key key = keyOf(value, loops, op);
  if (Value known = lookup(key))
    return known;
  Value result = bodyOperation(op, value.getDefiningOp(), loops);
  scopes.back()[key] = result;
  return result;
}

/// Clones one operation of a body, on vectors if any operand is one.
Value Evaluator::bodyOperation(linalg::LinalgOp op, Operation *inner,
                               const Position &loops) {
  if (auto index = dyn_cast<linalg::IndexOp>(inner))
    return loopIndex(index.getDim(), loops, b.getIndexType());
  // Counting in the type asked for avoids vectors of 64-bit integers.
  if (auto cast = dyn_cast<arith::IndexCastOp>(inner))
    if (auto index = cast.getIn().getDefiningOp<linalg::IndexOp>())
      return loopIndex(index.getDim(), loops, cast.getType());
  SmallVector<Value> operands;
  for (Value operand : inner->getOperands())
    operands.push_back(inBody(op, operand, loops));
  bool isVector = llvm::any_of(
      operands, [](Value value) { return isa<VectorType>(value.getType()); });
  Type type = inner->getResult(0).getType();
  if (isVector) {
    for (Value &operand : operands)
      operand = splat(operand, loops.width);
    type = VectorType::get({loops.width}, type);
  }
  OperationState state(inner->getLoc(), inner->getName());
  state.addOperands(operands);
  state.addTypes(type);
  state.addAttributes(inner->getDiscardableAttrDictionary().getValue());
  state.propertiesAttr = inner->getPropertiesAsAttribute();
  return b.create(state)->getResult(0);
}

Value Evaluator::loopIndex(int64_t loop, const Position &loops, Type type) {
  Value first = materialize(loops.indices[loop]);
  if (!type.isIndex())
    first = b.createOrFold<arith::IndexCastOp>(type, first);
  if (loops.lane != loop)
    return first;
  auto vectorType = VectorType::get({loops.width}, type);
  SmallVector<Attribute> numbers;
  for (int64_t i = 0; i < loops.width; ++i)
    numbers.push_back(b.getIntegerAttr(type, i));
  Value step =
      arith::ConstantOp::create(b, DenseElementsAttr::get(vectorType, numbers));
  return arith::AddIOp::create(b, splat(first, loops.width), step);
}

void Evaluator::prepareScalars(Value tensor) {
  dependsOn(tensor, [&](Operation *op) {
    auto generic = dyn_cast<linalg::LinalgOp>(op);
    if (!generic || generic.getNumReductionLoops() > 0)
      return false;
    for (Value input : generic.getDpsInputs())
      if (auto type = dyn_cast<RankedTensorType>(input.getType());
          type && type.getRank() == 0)
        // Reductions to rank 0 are bound later.
        if (!dependsOn(input, [](Operation *def) {
              auto reduction = dyn_cast<linalg::LinalgOp>(def);
              return reduction && reduction.getNumReductionLoops() > 0;
            }))
          at(input, Position());
    return false;
  });
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value Evaluator::gather(const Position &position, Type element,
                        llvm::function_ref<Value(const Position &)> one) {
  auto type = VectorType::get({position.width}, element);
  Value result = arith::ConstantOp::create(b, b.getZeroAttr(type));
  for (int64_t i = 0; i < position.active; ++i) {
    Position place = position;
    place.indices[place.lane].offset += i;
    place.lane = -1;
    result = vector::InsertOp::create(b, one(place), result, i);
  }
  return result;
}

Value Evaluator::load(Value buffer, const Position &position) {
  auto type = cast<MemRefType>(buffer.getType());
  if (position.lane < 0)
    return memref::LoadOp::create(b, buffer, materialize(position.indices));
  if (position.lane != type.getRank() - 1)
    return gather(position, type.getElementType(),
                  [&](const Position &place) { return load(buffer, place); });
  return loadVector(buffer, position);
}

Value Evaluator::loadBits(Value bytes, const Position &position,
                          IntegerType element) {
  if (position.lane < 0)
    return loadBit(bytes, position.indices, element);
  if (position.lane != cast<MemRefType>(bytes.getType()).getRank() - 1 ||
      !position.aligned)
    return gather(position, element, [&](const Position &place) {
      return loadBit(bytes, place.indices, element);
    });
  return loadBitVector(bytes, position, element);
}

/// Bit j of a row is bit j % 8 of byte j / 8; wider elements likewise.
Value Evaluator::loadBit(Value bytes, ArrayRef<Index> at, IntegerType element) {
  int64_t bits = element.getWidth(), perByte = 8 / bits;
  SmallVector<Value, 3> indices = materialize(at);
  Value bit = frame.mul(frame.remainder(indices.back(), perByte), bits);
  indices.back() = frame.divide(indices.back(), perByte);
  Value byte = memref::LoadOp::create(b, bytes, indices);
  bit = arith::IndexCastOp::create(b, b.getI8Type(), bit);
  byte = arith::ShRUIOp::create(b, byte, bit);
  return arith::TruncIOp::create(b, element, byte);
}

void Evaluator::store(const KernelResult &result, const Position &position) {
  Value elements = at(result.tensor, position);
  if (result.packed)
    return storeBits(elements, result, position);
  Value buffer = bufferView(frame.result(result.number));
  if (position.lane < 0) {
    memref::StoreOp::create(b, elements, buffer, materialize(position.indices));
    return;
  }
  storeVector(splat(elements, position.width), buffer, position);
}

} // namespace mlir::auxact::codegen
