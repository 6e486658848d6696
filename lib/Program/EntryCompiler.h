//===- EntryCompiler.h - From a model to one compiled entry -----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// From a model to one compiled entry.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_PROGRAM_ENTRYCOMPILER_H
#define AUXACT_PROGRAM_ENTRYCOMPILER_H

#include "auxact/Pipelines/Pipelines.h"
#include "auxact/Program/CompileKernels.h"
#include "auxact/Program/Session.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace mlir::auxact {

/// An entry as the runtime takes it, and the kernels that its launches number.
struct CompiledEntry {
  ::auxact::runtime::EntrySpec spec;
  std::vector<CompiledKernel> kernels;
};

/// Runs the pipelines on copies of one model.
class EntryCompiler {
public:
  /// Parses the model and runs the model stage.
  static llvm::Expected<std::unique_ptr<EntryCompiler>>
  create(llvm::StringRef text, llvm::StringRef fileName,
         const SessionOptions &options);
  ~EntryCompiler();

  /// Looks at a model whose layers have the names that rules find them by. What
  /// `inspect` reports is the error.
  static llvm::Error
  inspectModel(llvm::StringRef text, llvm::StringRef fileName,
               llvm::function_ref<LogicalResult(func::FuncOp)> inspect);

  llvm::Expected<CompiledEntry>
  compile(llvm::StringRef kind, int64_t batch,
          const std::vector<::auxact::runtime::StateSpec> &state);

  /// A program without entries: its target, and the state, laid out:
  /// parameters, buffers, and what the optimizer and the rules of `kind` carry.
  llvm::Expected<::auxact::runtime::ProgramSpec> describe(llvm::StringRef kind);

  llvm::Expected<std::string> printIR(llvm::StringRef stage,
                                      llvm::StringRef kind);

  /// Bound of the uniform first values of each parameter, in order.
  std::vector<std::pair<std::string, double>> getInitBounds();

  int64_t getBatch() const { return batch; }
  const CompileTarget &getTarget() const { return target; }
  const std::string &getReport() const { return report; }
  /// Warnings since the last call, one a line.
  std::string takeWarnings() { return std::exchange(warnings, {}); }

private:
  EntryCompiler();

  llvm::Error parse(llvm::StringRef text, llvm::StringRef fileName);
  void configure(TrainPipelineOptions &pipeline, llvm::StringRef kind) const;
  using Build = void (*)(OpPassManager &, const TrainPipelineOptions &);
  llvm::Error run(ModuleOp module, llvm::StringRef kind, int64_t rows,
                  llvm::ArrayRef<Build> stages);
  llvm::Error compileKernelsOf(ModuleOp module, llvm::StringRef kind,
                               const CompileTarget &target,
                               std::vector<CompiledKernel> &kernels);
  llvm::Error lowerKernels(ModuleOp module);
  llvm::Expected<std::string> printPtx(ModuleOp module, llvm::StringRef kind);
  OwningOpRef<ModuleOp> copyModel();

  SessionOptions options;
  CompileTarget target = CpuTarget();
  int64_t batch = 0;
  DialectRegistry registry;
  std::unique_ptr<MLIRContext> context;
  OwningOpRef<ModuleOp> model;
  std::string report, warnings;
};

} // namespace mlir::auxact

#endif // AUXACT_PROGRAM_ENTRYCOMPILER_H
