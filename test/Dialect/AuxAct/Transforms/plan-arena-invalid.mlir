// RUN: aux-opt %s -split-input-file -verify-diagnostics -auxact-plan-arena
// RUN: not aux-opt %s -auxact-plan-arena=threads=0 2>&1 | FileCheck %s --check-prefix=THREADS

// RUN: not aux-opt %s -auxact-plan-arena=alignment=48 2>&1 | FileCheck %s --check-prefix=ALIGNMENT

// ALIGNMENT: error: expected a power of two as alignment, but got 48

// THREADS: error: expected at least one thread to plan for, but got 0

// Computations must be in kernels before they can be planned.

func.func @not_a_launch(%x: tensor<16xf32> {auxact.input = "x"}) -> (tensor<16xf32> {auxact.output = "y"}) {
  // expected-error @below {{is neither a launch nor a view; a plan holds nothing else (form kernels first)}}
  %y = arith.addf %x, %x : tensor<16xf32>
  return %y : tensor<16xf32>
}
