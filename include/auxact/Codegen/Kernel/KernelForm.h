//===- KernelForm.h - What a kernel function computes -----------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Recognises the five shapes of kernel that the code generators emit, and
// refuses everything else with a located error.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_CODEGEN_KERNEL_KERNELFORM_H
#define AUXACT_CODEGEN_KERNEL_KERNELFORM_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::auxact::codegen {

enum class KernelKind {
  Contraction,
  RowReduction,
  ColumnReduction,
  InnerReduction,
  Elementwise,
  Standalone
};

/// One operand of a contraction: the tensor, whether the contracted dimension
/// is the first of its matrix (`(k, m)`, `(k, n)`) or the last (`(m, k)`, `(n,
/// k)`), and whether there is a matrix for each element of a batch.
struct ContractionOperand {
  Value tensor;
  bool contractedFirst = false;
  bool batched = false;
};

/// `C(m, n) = sum over k of A * B`; with a batch `C(b, m, n)`, or summed over b
/// as well.
struct Contraction {
  linalg::LinalgOp op;
  ContractionOperand a, b;
  int64_t m = 0, n = 0, k = 0;
  enum Batch { NoBatch, ParallelBatch, ReducedBatch } batch = NoBatch;
  int64_t batches = 1;
};

/// One result of the kernel: what is evaluated, and how it is stored.
struct KernelResult {
  /// The tensor whose elements are stored; the operand of a `pack_bits`.
  Value tensor;
  /// Whether several elements go into one byte.
  bool packed = false;
  /// Number among the function's results.
  unsigned number = 0;
  /// Whether it depends on the contraction, or on any reduction.
  bool afterReduction = false;

  ArrayRef<int64_t> getShape() const {
    return cast<RankedTensorType>(tensor.getType()).getShape();
  }
  /// Bits of an element where it is stored.
  unsigned getBits() const {
    return cast<RankedTensorType>(tensor.getType()).getElementTypeBitWidth();
  }
};

/// The combiners that reductions may use.
enum class Combiner { Add, Maximum, Minimum };

/// One result of a reduction: `combined` is what is added up.
struct ReducedValue {
  Combiner combiner;
  Value combined;
};

struct Reduction {
  linalg::LinalgOp op;
  /// Loop numbers: the reduced loop, and the loops of the kernel's space before
  /// and after it, -1 where there is none.
  int outerLoop = -1, reductionLoop = 0, innerLoop = -1;
  /// 0 when it depends on no other reduction, and so on.
  int level = 0;
  SmallVector<ReducedValue> values;
};

struct KernelForm {
  KernelKind kind = KernelKind::Elementwise;
  Contraction contraction;
  SmallVector<Reduction> reductions;
  /// Extents of the reductions' iteration space: rows (p, r), columns (r, q) or
  /// inner (p, r, q), outermost first; 1 where there is no such loop.
  int64_t outerExtent = 1, reductionExtent = 1, innerExtent = 1;
  /// The operation that the kernel consists of, where it is standalone; its
  /// operands are arguments of the kernel.
  Operation *standalone = nullptr;
  SmallVector<KernelResult> results;

  /// The number among the function's results of result `number` of the
  /// standalone operation; none where nobody reads it.
  std::optional<unsigned> getStandaloneResult(unsigned number) const;
};

/// Recognises `kernel`, or emits an error at the operation that does not fit.
FailureOr<KernelForm> analyzeKernel(func::FuncOp kernel);

/// Whether `function` is a kernel that is still on tensors.
bool isTensorKernel(func::FuncOp function);

/// Whether `op` is one of the two operations on packed bits.
bool isPackBits(Operation *op);
bool isUnpackBits(Operation *op);
/// Whether `op` is a tensor seen at other positions: by a map, or by indices.
bool readsElsewhere(Operation *op);

/// Whether `value` is computed, directly or not, from an operation for which
/// `predicate` holds.
bool dependsOn(Value value, llvm::function_ref<bool(Operation *)> predicate);

} // namespace mlir::auxact::codegen

#endif // AUXACT_CODEGEN_KERNEL_KERNELFORM_H
