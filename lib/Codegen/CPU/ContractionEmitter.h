//===- ContractionEmitter.h - One contraction kernel ------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// State shared by the three parts of a contraction: the loops over blocks, the
// packing, and the register tile.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_CPU_CONTRACTIONEMITTER_H
#define AUXACT_LIB_CODEGEN_CPU_CONTRACTIONEMITTER_H

#include "KernelFrame.h"
#include "Strategy.h"
#include "VectorEvaluator.h"

namespace mlir::auxact::cpu {

class ContractionEmitter {
public:
  ContractionEmitter(func::FuncOp kernel, const KernelForm &form,
                     int64_t vectorBits);

  LogicalResult emit();

private:
  /// A range of the contracted dimension: [from, from + count), whether it is
  /// the first or the last of the blocks that are added up, and whether it is
  /// the last of its batch element; `count` is a multiple of the vector width
  /// but for that block's remainder.
  struct KBlock {
    Value from, count, isFirst, isLast, endsK;
  };
  /// A panel: columns [start, start + columns) of the result.
  struct Panel {
    Value start;
    int64_t columns;
    /// Where it lies among the panels packed at a time.
    Value slot;
    int64_t vectors(int64_t width) const {
      return llvm::divideCeil(columns, width);
    }
  };
  /// A range of row units or panels.
  struct Range {
    Value from, to;
  };

  // Where results are made (ContractionEmitter.cpp).
  LogicalResult sortResults();
  Range taskRange(Value part, int64_t parts, int64_t total);
  void allocate();
  void emitBatchElement();
  void emitKBlock(const KBlock &block);
  void forEachPanel(llvm::function_ref<void(const Panel &)> body);
  void packPanel(const KBlock &block, const Panel &panel);
  void emitTiles(const KBlock &block, const Panel &panel);

  /// Where an element of a factor, or of the result, is.
  Position placeIn(const ContractionOperand &operand, Index first, Index second,
                   int64_t active);
  SmallVector<Value> indicesIn(const ContractionOperand &operand, Value first,
                               Value second);
  /// Calls `body` with whether this task stores what is made of a factor: the
  /// first one of those that read the same part of it.
  void packOnce(const ContractionOperand &operand, Value otherPart,
                ArrayRef<KernelResult> results,
                llvm::function_ref<void(bool storeResults)> body);

  // Packing (ContractionPacking.cpp).
  void packA(const KBlock &block);
  void packRowsOfA(const KBlock &block, bool storeResults);
  void packColumnsOfA(const KBlock &block, bool storeResults);
  void packB(const KBlock &block, const Panel &panel, bool storeResults);
  void packTransposedB(const KBlock &block, const Panel &panel,
                       bool storeResults);
  Value packedElements(Value tensor, const Position &position,
                       ArrayRef<KernelResult> results);
  /// Calls `body` for each vector's start in the block, relative to it.
  void forEachKVector(const KBlock &block,
                      llvm::function_ref<void(Value k, int64_t active)> body);
  /// The same in the order of the digits of k, with their number in K, whose
  /// digits the evaluator knows.
  void forEachKDigit(
      const KBlock &block,
      llvm::function_ref<void(Value k, Value inK, int64_t active)> body);
  /// Finds the digits that views in the prologue of a factor divide dimension
  /// `dim` of its matrix by, and tells the evaluator; `divisor` divides `index`
  /// and is 0 where no vector lies along the dimension.
  void findDigits(const ContractionOperand &operand, unsigned dim, Value index,
                  int64_t divisor);

  /// The columns of a panel, vector by vector, whose digits the evaluator
  /// knows.
  SmallVector<Value> columnsOf(const Panel &panel);
  /// Row `inK` of B at vector `j` of the panel's columns.
  Value elementsOfB(const Panel &panel, ArrayRef<Value> columns, Value inK,
                    int64_t j, ArrayRef<KernelResult> results);

  // The register tile (ContractionTile.cpp).
  void emitTile(const KBlock &block, const Panel &panel, Value row,
                Value localRow, int64_t rows);
  Value broadcast(Value element);
  Value loadA(const KBlock &block, Value row, Value localRow, int64_t i,
              Value k);
  void finishTile(const KBlock &block, const Panel &panel, Value row,
                  int64_t rows, MutableArrayRef<Value> sums);
  void storeEpilogue(const Panel &panel, Value row, int64_t rows,
                     ArrayRef<Value> sums);
  Value partialAt(const Panel &panel, Value row, int64_t i, int64_t j,
                  Value value);

  KernelFrame frame;
  ImplicitLocOpBuilder &b;
  VectorEvaluator evaluator;
  const KernelForm &form;
  const Contraction &c;
  int64_t vectorBits;
  ContractionStrategy s;

  SmallVector<KernelResult> epilogue, resultsOfA, resultsOfB;
  int64_t kBlocks = 1; // that are added up
  int64_t rowUnit = 0; // rows between which tasks may be cut
  Value rowPart, columnPart;
  Value batch;             // the current element, null without a batch
  Range taskUnits, panels; // of this task
  Range units;             // of the rows packed at a time
  Value packedA, packedB, partial;
  bool partialIsResult = false;
};

} // namespace mlir::auxact::cpu

#endif // AUXACT_LIB_CODEGEN_CPU_CONTRACTIONEMITTER_H
