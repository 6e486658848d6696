//===- AuxActDialect.h - The auxact dialect ---------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The dialect, its attributes and their helpers.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_AUXACTDIALECT_H
#define AUXACT_DIALECT_AUXACT_IR_AUXACTDIALECT_H

#include "auxact/Interfaces/RuleAttrInterface.h"
#include "auxact/Interfaces/SavedFormAttrInterface.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TensorEncoding.h"

#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h.inc"
#include "auxact/Dialect/AuxAct/IR/AuxActEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "auxact/Dialect/AuxAct/IR/AuxActAttributes.h.inc"

namespace mlir::auxact {

/// Names of the discardable attributes on function arguments and results.
namespace attrs {
inline constexpr llvm::StringLiteral input = "auxact.input";
inline constexpr llvm::StringLiteral parameter = "auxact.parameter";
inline constexpr llvm::StringLiteral buffer = "auxact.buffer";
inline constexpr llvm::StringLiteral state = "auxact.state";
inline constexpr llvm::StringLiteral scalar = "auxact.scalar";
inline constexpr llvm::StringLiteral init = "auxact.init";
/// On a scalar whose value is the same in every run: that value.
inline constexpr llvm::StringLiteral value = "auxact.value";
inline constexpr llvm::StringLiteral replacedBy = "auxact.replaced_by";
inline constexpr llvm::StringLiteral output = "auxact.output";
inline constexpr llvm::StringLiteral kernel = "auxact.kernel";
/// On an input that chooses classes or rows of a table: its values are in
/// [0, classes), or `ignored` where there is such a value. A `label` is what
/// the network is to say.
inline constexpr llvm::StringLiteral classes = "auxact.classes";
inline constexpr llvm::StringLiteral ignored = "auxact.ignored";
inline constexpr llvm::StringLiteral label = "auxact.label";
/// On an input or scalar of a plan: its place in the arena.
inline constexpr llvm::StringLiteral offset = "auxact.offset";
/// On an entry: the names of its layers, in the order of the network.
inline constexpr llvm::StringLiteral layers = "auxact.layers";
/// On a planned entry: bytes of the arena, of arena and state, and the least
/// that any plan needs for this order of launches.
inline constexpr llvm::StringLiteral arenaBytes = "auxact.arena_bytes";
inline constexpr llvm::StringLiteral peakBytes = "auxact.peak_bytes";
inline constexpr llvm::StringLiteral lowerBoundBytes =
    "auxact.lower_bound_bytes";
/// On a planned entry: how many threads its workspaces are planned for.
inline constexpr llvm::StringLiteral threads = "auxact.threads";
/// On a planned entry: alignment of arena ranges and states where it is not 64.
inline constexpr llvm::StringLiteral alignment = "auxact.alignment";
/// On a kernel that has been compiled: tasks of a launch, scratch of a task.
inline constexpr llvm::StringLiteral tasks = "auxact.tasks";
inline constexpr llvm::StringLiteral workspaceBytes = "auxact.workspace_bytes";
/// On a layer without weights: the form in which it keeps what its backward
/// reads.
inline constexpr llvm::StringLiteral savedAs = "auxact.saved_as";
/// On a layer: the block that it belongs to, of which only the input is kept.
inline constexpr llvm::StringLiteral block = "auxact.block";
} // namespace attrs

/// Whether `type` is a tensor of i1 in the #auxact.bits encoding.
bool isBitsTensor(Type type);

/// `shape` with element type i1 in the #auxact.bits encoding.
RankedTensorType getBitsTensorType(MLIRContext *context,
                                   llvm::ArrayRef<int64_t> shape);

/// The bytes tensor in which elements of so many bits are stored: the last
/// dimension becomes 4 * ceil(n * bits / 32).
RankedTensorType getPackedBitsType(MLIRContext *context,
                                   llvm::ArrayRef<int64_t> shape,
                                   unsigned bits = 1);

/// Bytes that a value of this type takes where it is stored.
int64_t getStoredBytes(RankedTensorType type);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_IR_AUXACTDIALECT_H
