//===- ChunkedLogits.h - Logits of part of a vocabulary ---------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What the forward and backward of a loss with its last layer share: the layer
// for some classes at a time. Parts of the weight are rows of it where they
// lie, and a class's number is read from memory, so that all parts of one size
// share their kernels.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_CHUNKEDLOGITS_H
#define AUXACT_DIALECT_AUXACT_IR_CHUNKEDLOGITS_H

#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

namespace mlir::auxact {

class ChunkedLogits {
public:
  /// `input` is (rows, features), `weight` (classes, features), `bias` one
  /// number a class or null.
  ChunkedLogits(OpBuilder &builder, Location loc, Value input, Value weight,
                Value bias, int64_t chunk);

  /// How many classes a part has if nobody says it.
  static int64_t chooseChunk(int64_t rows, int64_t classes);

  /// The first class of each part.
  SmallVector<int64_t> getStarts() const;
  int64_t getSize(int64_t start) const;
  int64_t getClasses() const { return classes; }

  /// (rows, classes of the part).
  Value getLogits(int64_t start);
  Value getWeight(int64_t start);

  enum class Along { Both, Rows, Columns, Nothing };
  struct Operand {
    Value value;
    Along along;
  };
  /// A matrix of the part's shape, element by element. The last argument of
  /// `body` is the number of the class, an i32.
  Value buildElements(int64_t start, ArrayRef<Operand> operands,
                      ScalarBody body);

  /// Whether a label, of i32 or i64, is the class of this number.
  static Value isClass(OpBuilder &builder, Location loc, Value label,
                       Value number);

private:
  OpBuilder &builder;
  Location loc;
  Value input, weight, bias, numbers;
  int64_t rows, classes, chunk;
};

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_IR_CHUNKEDLOGITS_H
