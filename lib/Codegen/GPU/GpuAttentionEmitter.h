//===- GpuAttentionEmitter.h - Attention on a GPU ---------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A block of 16 x 16 threads has a tile of queries and, one after another,
// tiles of keys (or the other way round) in shared memory. Scores are sums in
// the threads' registers: 16 neighbours share some rows of queries, so maxima
// and sums of rows are shuffles.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_GPUATTENTIONEMITTER_H
#define AUXACT_LIB_CODEGEN_GPU_GPUATTENTIONEMITTER_H

#include "GpuFrame.h"

#include "auxact/Codegen/Kernel/KernelForm.h"
#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

namespace mlir::auxact::device {

/// What forward and backward have in common.
class GpuAttentionEmitter {
protected:
  /// Threads across a tile, and down it.
  static constexpr int64_t side = 16;

  /// The shape of the operation, and the tiles.
  struct Shape {
    int64_t batch, heads, queries, keys, headSize;
    bool causal;
    double scale;
    int64_t queryTile, keyTile;

    /// Elements of a row in shared memory that are there: whole vectors of 4.
    int64_t padded() const { return (headSize + 3) / 4 * 4; }
    /// Vectors of 4 features that a thread has, 64 features apart.
    int64_t groups() const { return (headSize + 63) / 64; }
  };

  GpuAttentionEmitter(func::FuncOp kernel, const Shape &shape);

  /// A grid with a block for each `tiles`, head and sample.
  void startGrid(int64_t tiles, Value maskOperand);
  Value buffer(Value operand) {
    return frame.buffer(cast<BlockArgument>(operand));
  }

  /// A matrix in shared memory, whose rows start in different banks.
  struct Tile {
    Value memory;
    int64_t rows, columns;
  };
  Tile shareTile(int64_t rows, int64_t columns);

  /// Fills `tile` with rows `first` and on of the block's head, with zeros
  /// beyond `limit` and beyond the head.
  void load(const Tile &tile, Value tensor, Value first, int64_t limit,
            double factor = 1.0);
  /// Adds `sums` (rows of `count`, groups of 4 features) to nothing: stores
  /// them as rows `first` and on of the block's head in the result `number`.
  void storeRows(std::optional<unsigned> number, Value first, int64_t count,
                 int64_t limit, ArrayRef<Value> sums);

  /// The row of a tile that the thread's sum `i` of `count` is in.
  Value ownRow(int64_t count, int64_t i) {
    return frame.add(frame.mul(down, count), i);
  }
  Value ownKey(int64_t i) { return frame.add(across, i * side); }

  /// Products of the thread's rows of `left` and `right`: `rows` x `columns`.
  SmallVector<Value> multiplyRows(const Tile &left, const Tile &right,
                                  int64_t rows, int64_t columns);
  /// Adds to `sums`: for each row i of the thread, factors(i, k) * rows(k, c)
  /// over the `depth` rows of `rows`. `transposed`: factors(k, i).
  void accumulate(const Tile &factors, const Tile &rows, int64_t count,
                  int64_t depth, bool transposed, MutableArrayRef<Value> sums);
  /// Stores scores-shaped values into `tile`.
  void share(const Tile &tile, int64_t rows, int64_t columns,
             ArrayRef<Value> values);

  /// Which of the thread's scores are seen; null where all are.
  SmallVector<Value> visible(Value firstQuery, Value firstKey, int64_t rows,
                             int64_t columns);
  /// The end of the keys that any of `rows` queries from `first` on sees.
  Value keyEnd(Value first, int64_t rows);

  Value combineRow(Value value, bool maximum);
  Value constant(double value);
  Value loadVector(const Tile &tile, Value row, Value column);
  Value zeroFour();

  GpuFrame frame;
  ImplicitLocOpBuilder &b;
  Shape shape;
  VectorType four;
  /// The thread's place in the block's 16 x 16, and the block's head.
  Value down, across, head, sample;
  Value mask, length;
  int64_t sharedOffset = 0;
};

/// Result and log-sum-exp.
class GpuAttentionForward : GpuAttentionEmitter {
public:
  GpuAttentionForward(func::FuncOp kernel, const codegen::KernelForm &form);
  void emit();

private:
  AttentionOp op;
  std::optional<unsigned> resultNumber, statisticsNumber;
};

/// Gradients: a grid for delta, one for keys and values, one for queries.
class GpuAttentionBackward : GpuAttentionEmitter {
public:
  GpuAttentionBackward(func::FuncOp kernel, const codegen::KernelForm &form);
  void emit();

private:
  void emitDeltas();
  void emitKeyGradients();
  void emitQueryGradients();
  /// Probabilities and their gradients at the thread's scores.
  std::pair<SmallVector<Value>, SmallVector<Value>>
  differentiate(const Tile &queries, const Tile &keys, const Tile &values,
                const Tile &gradients, Value firstQuery, Value firstKey);

  AttentionGradOp op;
  std::optional<unsigned> numbers[3];
  int64_t deltaOffset = 0;
};

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_GPUATTENTIONEMITTER_H
