// RUN: aux-opt %s -auxact-emit-kernel-abi | FileCheck %s

// One pointer to the arguments, in their order; the task is behind the last one.
// CHECK-LABEL: llvm.func @copy
//  CHECK-SAME:   (%[[ARGS:[a-z0-9]+]]: !llvm.ptr
//   CHECK-NOT:   i64)
//       CHECK:   llvm.getelementptr %[[ARGS]][0]
//       CHECK:   llvm.getelementptr %[[ARGS]][1]
//       CHECK:   llvm.getelementptr %[[ARGS]][2]
//       CHECK:   %[[SLOT:.*]] = llvm.getelementptr %[[ARGS]][3]
//       CHECK:   %[[TASK:.*]] = llvm.load %[[SLOT]]{{.*}} : !llvm.ptr -> !llvm.ptr
//       CHECK:   llvm.load %[[TASK]]{{.*}} : !llvm.ptr -> i64
llvm.func @copy(%x: !llvm.ptr, %y: !llvm.ptr, %workspace: !llvm.ptr, %task: i64)
    attributes {auxact.kernel, auxact.tasks = 1 : i64, auxact.workspace_bytes = 0 : i64} {
  %from = llvm.getelementptr %x[%task] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %to = llvm.getelementptr %y[%task] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %a = llvm.load %from : !llvm.ptr -> f32
  llvm.store %a, %to : f32, !llvm.ptr
  llvm.return
}
