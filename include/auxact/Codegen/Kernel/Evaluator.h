//===- Evaluator.h - Elements of tensors, on demand -------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The heart of the code generators. Asked for some elements of a tensor, it
// emits what computes them: a load if the tensor is an argument of the kernel,
// the body of the generic that makes it otherwise, on vectors, after the same
// question about each operand. Prologues, epilogues and elementwise kernels are
// this one mechanism asked at different places. How a vector gets from and to
// memory is the target's affair.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_KERNEL_EVALUATOR_H
#define AUXACT_CODEGEN_KERNEL_EVALUATOR_H

#include "auxact/Codegen/Kernel/Digits.h"
#include "auxact/Codegen/Kernel/Frame.h"
#include "auxact/Codegen/Kernel/KernelForm.h"

#include <map>

namespace mlir::auxact {
class AffineViewOp;
class GatherRowsOp;
} // namespace mlir::auxact

namespace mlir::auxact::codegen {

/// `base + offset`; equal indices compare equal, which an SSA value of their
/// sum would not.
struct Index {
  Value base;
  int64_t offset = 0;
};

/// Where in a tensor. `lane` is the dimension along which the elements of a
/// vector lie, the first of them at `indices[lane]`; it is -1 for one element.
struct Position {
  SmallVector<Index, 3> indices;
  int lane = -1;
  /// Elements in a vector, and how many of them (the first) exist.
  int64_t width = 1, active = 1;
  /// Whether `indices[lane]` is a multiple of the width: so it is wherever a
  /// code generator asks, but not always where a view leads.
  bool aligned = true;

  Position withLane(int dimension) const {
    Position result = *this;
    result.lane = dimension;
    return result;
  }
};

class Evaluator {
public:
  explicit Evaluator(Frame &frame);
  virtual ~Evaluator() = default;

  /// The elements of `tensor` at `position`: a vector, or a scalar if they are
  /// all one. Elements that are not active have any value.
  Value at(Value tensor, const Position &position);
  /// The same, always as a vector of the position's width.
  Value vectorAt(Value tensor, const Position &position);
  /// What the body of `op` computes for `value` at `position` of its loops.
  Value inBody(linalg::LinalgOp op, Value value, const Position &loops);

  /// Says that `tensor` has the known value `elements` at `position`.
  void bind(Value tensor, const Position &position, Value elements);

  /// Says that `index` has these digits, so that views need not divide it. A
  /// vector along it must not go beyond the innermost.
  void setDigits(Value index, ArrayRef<Digit> itsDigits);

  /// Evaluates `result` and stores it.
  void store(const KernelResult &result, const Position &position);

  /// Evaluates now everything of rank 0 that `tensor` needs, so that loops
  /// only use it.
  void prepareScalars(Value tensor);

  /// Values found in a scope are forgotten at its end: they were computed in a
  /// block that does not dominate what comes after. Every loop body and branch
  /// that evaluates needs one.
  class Scope {
  public:
    explicit Scope(Evaluator &evaluator) : evaluator(evaluator) {
      evaluator.scopes.emplace_back();
    }
    ~Scope() { evaluator.scopes.pop_back(); }

  private:
    Evaluator &evaluator;
  };

  /// Forgets all values, to go on in another function.
  void reset();

  bool failed() const { return hasFailed; }

  /// A tensor of rank 1 at a flat offset stands for every shape: all operands
  /// of rank > 0 are read at the one index of the position.
  void setFlat(bool value) { flat = value; }

  Value splat(Value scalar, int64_t width);
  Value materialize(const Index &index);
  SmallVector<Value, 3> materialize(ArrayRef<Index> indices);

  /// The buffer behind an argument or result, collapsed to rank 1 if flat.
  Value bufferView(Value buffer);

protected:
  //===--------------------------------------------------------------------===//
  // What a target does its own way; the lane is the buffer's last dimension
  //===--------------------------------------------------------------------===//

  /// Elements that follow each other in memory.
  virtual Value loadVector(Value buffer, const Position &position) = 0;
  virtual void storeVector(Value elements, Value buffer,
                           const Position &position) = 0;
  /// Elements of a few bits that follow each other, as a vector of `element`.
  virtual Value loadBitVector(Value bytes, const Position &position,
                              IntegerType element) = 0;
  /// Packed elements of a row that follow each other; whoever writes the end of
  /// a row writes its padding too.
  virtual void storeBits(Value bits, const KernelResult &result,
                         const Position &position) = 0;
  /// Whether a vector's lanes can be loaded by a mask that is computed.
  virtual bool hasMasks() const { return false; }
  /// The elements where `mask` holds, zero elsewhere; those are not touched.
  virtual Value loadMasked(Value buffer, const Position &position, Value mask) {
    llvm_unreachable("the target has no masks");
  }

  /// A vector of elements that are found one by one.
  Value gather(const Position &position, Type element,
               llvm::function_ref<Value(const Position &)> one);
  Value loadBit(Value buffer, ArrayRef<Index> indices, IntegerType element);

  Frame &frame;
  ImplicitLocOpBuilder &b;

private:
  using Key = std::pair<void *, SmallVector<int64_t, 10>>;
  static Key keyOf(Value value, const Position &position,
                   Operation *context = nullptr);
  Value lookup(const Key &key) const;

  Value compute(Value tensor, const Position &position);
  struct ViewSpace;
  ViewSpace openSpace(AffineViewOp view, const Position &position);
  Value throughView(AffineViewOp view, const Position &position);
  Value throughIndices(GatherRowsOp rows, const Position &position);
  Value load(Value buffer, const Position &position);
  Value loadBits(Value bytes, const Position &position, IntegerType element);
  Value bodyOperation(linalg::LinalgOp op, Operation *inner,
                      const Position &loops);
  Value loopIndex(int64_t loop, const Position &loops, Type type);

  std::vector<std::map<Key, Value>> scopes;
  DenseMap<Value, Value> views;
  DenseMap<Value, SmallVector<Digit, 4>> digits;
  bool flat = false, hasFailed = false;
};

} // namespace mlir::auxact::codegen

#endif // AUXACT_CODEGEN_KERNEL_EVALUATOR_H
