//===- OperandTile.h - How a factor gets into shared memory -----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// One factor of a contraction, tile by tile. A plain buffer is copied
// asynchronously; whatever else a factor is computed from is loaded into
// registers before the block multiplies and computed and stored after it;
// signs in bits are copied as bits, and made into numbers by who reads them.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_CODEGEN_GPU_OPERANDTILE_H
#define AUXACT_LIB_CODEGEN_GPU_OPERANDTILE_H

#include "GpuEvaluator.h"
#include "SharedTile.h"

namespace mlir::auxact::device {

/// A factor whose elements are one of two numbers, chosen by a bit.
struct BitChoice {
  /// The argument that holds the bits.
  BlockArgument bits;
  /// Numbers where the bit is set and where it is clear.
  Value high, low;
};

/// Recognises a factor that is computed from bits and scalars only, which `b`
/// may compute outside of all loops.
std::optional<BitChoice> matchBitChoice(codegen::Evaluator &evaluator,
                                        ImplicitLocOpBuilder &b, Value factor);

/// What a tile is cut from.
struct OperandTileOptions {
  codegen::ContractionOperand operand;
  /// Extents of the factor's own dimension and of the contracted one.
  int64_t freeExtent, depthExtent;
  /// The same of the tile.
  int64_t freeTile, depthTile;
  /// Where the tile starts in the factor's own dimension.
  Value freeOrigin;
  /// Which element of the batch it is cut from, where the factor has one and
  /// the block works on one. Without, the numbers of tiles go through the
  /// contracted dimension of one element after the other.
  Value batch;
  /// In which type it is multiplied.
  Type element;
  /// Wanted where rows are read by ldmatrix or by 16 bytes; `transposed` where
  /// single elements are read down the contracted dimension.
  Swizzle swizzle, transposedSwizzle;
  int64_t stages, threads;
  Value thread;
  /// Bits may stay bits.
  std::optional<BitChoice> choice;
};

class OperandTile {
public:
  OperandTile(GpuFrame &frame, codegen::Evaluator &evaluator,
              const OperandTileOptions &options);

  /// Shared memory that it needs, and where it gets it.
  int64_t bytes() const;
  void place(int64_t offset);

  /// Whether tiles come by asynchronous copies.
  bool isAsynchronous() const { return kind != Kind::Computed; }
  /// Whether a piece is 16 bytes.
  bool isWide() const {
    return width * stored.getIntOrFloatBitWidth() == 128 || isBits();
  }
  bool isBits() const { return kind == Kind::Bits; }
  const BitChoice &choice() const { return *options.choice; }
  bool contractedFirst() const { return options.operand.contractedFirst; }
  SharedTile &tile() { return shared; }
  const OperandTileOptions &getOptions() const { return options; }

  /// Starts the copy of tile `number` of the contracted dimension to `stage`.
  void copy(Value number, Value stage);
  /// Loads and computes the tile's elements into registers, and stores them.
  void load(Value number);
  void store(Value stage);

private:
  enum class Kind { Copied, Computed, Bits };
  /// A thread's part of a tile: some elements that follow each other.
  struct Piece {
    Value row, column;
    /// Null where it always lies in the tile.
    Value exists;
  };
  struct Place {
    Value batch, row, column, valid;
    /// All indices, that of the batch first if there is one.
    SmallVector<Value, 3> indices() const {
      if (batch)
        return {batch, row, column};
      return {row, column};
    }
  };
  Piece pieceFrom(int64_t first);
  SmallVector<Piece> pieces();
  /// Where in the factor a piece lies, and whether it does.
  Place locate(const Piece &piece, Value number);

  GpuFrame &frame;
  ImplicitLocOpBuilder &b;
  codegen::Evaluator &evaluator;
  OperandTileOptions options;
  Kind kind;
  Value buffer; // that is copied
  Type stored;
  /// In memory order: extents of the factor and of the tile, in what is stored.
  int64_t rowExtent, columnExtent, rowTile, columnTile;
  int64_t width = 1; // elements of a piece
  SharedTile shared;
  SmallVector<Value> loaded;
};

} // namespace mlir::auxact::device

#endif // AUXACT_LIB_CODEGEN_GPU_OPERANDTILE_H
