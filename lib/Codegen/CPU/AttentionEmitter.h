//===- AttentionEmitter.h - Attention block by block ------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Scores are made transposed: lanes run over the queries of a panel, which is
// packed transposed once, and keys are rows. So keys and values are read as
// they lie, the softmax needs no sum across lanes, and its rows never leave the
// first-level cache. A task is a (batch, head) pair, or some panels of one.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_CPU_ATTENTIONEMITTER_H
#define AUXACT_LIB_CODEGEN_CPU_ATTENTIONEMITTER_H

#include "KernelFrame.h"
#include "Strategy.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

namespace mlir::auxact::cpu {

/// What forward and backward have in common.
class AttentionEmitter {
protected:
  AttentionEmitter(func::FuncOp kernel, const AttentionShape &shape,
                   int64_t vectorBits);

  /// Some queries, as many as there are lanes of `vectors` vectors or fewer.
  struct Panel {
    Value start;
    int64_t rows, vectors;
  };
  /// Keys from `from` up to, excluding, `to`.
  struct KeyBlock {
    Value from, to;
  };
  /// The task's head in a (batch, tokens, features) argument or result.
  struct Rows {
    Value buffer, column; // and its first feature
  };

  Rows headOf(Value buffer);
  Value floatConstant(double value);
  Value zero() { return floatConstant(0.0); }
  Value splat(Value scalar);
  Value loadVector(Value buffer, ValueRange at);
  void storeVector(Value vector, Value buffer, ValueRange at);
  Value loadLanes(Value buffer, ValueRange at, int64_t active);
  void storeLanes(Value vector, Value buffer, ValueRange at, int64_t active);
  Value readVector(const Rows &rows, Value row, int64_t column);
  void writeVector(Value vector, const Rows &rows, Value row, int64_t column);

  void beginTask(Value pair);
  void pack(const Rows &from, Value first, Value count, Value to,
            Value factor = {});
  void packTransposed(Value packed, const Panel &panel, Value to);
  void clear(Value buffer, int64_t rows);
  void forEachPanel(Value from, Value to,
                    llvm::function_ref<void(const Panel &)> body);
  void forEachKeyBlock(const Panel &panel,
                       llvm::function_ref<void(const KeyBlock &)> body);
  void forEachKeyTile(const KeyBlock &block, int64_t tile,
                      llvm::function_ref<void(Value, int64_t)> body);
  /// Tiles of `rows` x vectors of one head, and what they are stored over.
  void forEachRowTile(int64_t rows, int64_t vectors,
                      llvm::function_ref<void(Value row, int64_t count)> body);
  void forEachColumnGroup(
      llvm::function_ref<void(int64_t first, int64_t vectors)> body);

  using Element = llvm::function_ref<Value(int64_t i, Value k)>;
  /// sums(i, j) += sum over k of a(i, k) * b(k, j).
  void multiply(Value from, Value to, int64_t rows, int64_t vectors,
                MutableArrayRef<Value> sums, Element a, Element b);
  void accumulateTile(Value sums, Value row, int64_t rows, int64_t first,
                      int64_t vectors, Value count, Element a, Element b,
                      Value factors = {});
  /// `rows` keys from `key` on times the packed queries of a panel.
  SmallVector<Value> multiplyKeys(Value keys, Value key, int64_t rows,
                                  Value queries, const Panel &panel);
  /// Scores of a tile of keys, -infinity where a query does not see the key.
  void maskScores(const Panel &panel, Value key, int64_t rows,
                  MutableArrayRef<Value> scores);
  Value difference(Value lhs, Value rhs);

  KernelFrame frame;
  ImplicitLocOpBuilder &b;
  AttentionShape shape;
  AttentionStrategy s;
  VectorType vectorType;
  Value mask; // lengths or a mask of keys, or null
  Value batch, head, keyCount;
};

/// Result and log-sum-exp.
class AttentionForward : AttentionEmitter {
public:
  AttentionForward(func::FuncOp kernel, const KernelForm &form,
                   int64_t vectorBits);
  LogicalResult emit();

private:
  void emitPanel(const Panel &panel);
  void emitScores(const Panel &panel, const KeyBlock &block);
  void emitProbabilities(const Panel &panel, const KeyBlock &block);
  void accumulateResult(const Panel &panel, const KeyBlock &block);
  void finishPanel(const Panel &panel);

  AttentionOp op;
  std::optional<unsigned> resultNumber, statisticsNumber;
  Value packedKeys, packedValues, packedQueries, queriesTransposed,
      probabilities, sums, maxima, totals, factors;
};

/// Gradients of queries, keys and values, with probabilities made again.
class AttentionBackward : AttentionEmitter {
public:
  AttentionBackward(func::FuncOp kernel, const KernelForm &form,
                    int64_t vectorBits);
  LogicalResult emit();

private:
  Rows operand(Value tensor);
  void emitPanel(const Panel &panel);
  void packPanel(const Panel &panel);
  void emitProbabilities(const Panel &panel, const KeyBlock &block);
  void emitScoreGradients(const Panel &panel, const KeyBlock &block);
  void accumulateKeys(const Panel &panel, const KeyBlock &block, Value factors,
                      Value rows, Value sums);
  void accumulateQueries(const Panel &panel, const KeyBlock &block);
  void store(std::optional<unsigned> number, Value packed, Value first,
             Value count, Value factor = {});

  AttentionGradOp op;
  std::optional<unsigned> numbers[3];
  Value packedKeys, packedValues, packedQueries, queriesTransposed,
      packedGradients, gradientsTransposed, probabilities, scoreGradients,
      queryGradients, keyGradients, valueGradients, statistics, deltas;
};

} // namespace mlir::auxact::cpu

#endif // AUXACT_LIB_CODEGEN_CPU_ATTENTIONEMITTER_H
