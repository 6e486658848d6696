//===- AuxActOps.td - All operations of the dialect --------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Assembles the operation families.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_AUXACTOPS_TD
#define AUXACT_DIALECT_AUXACT_IR_AUXACTOPS_TD

include "auxact/Dialect/AuxAct/IR/AccessOps.td"
include "auxact/Dialect/AuxAct/IR/ActivationOps.td"
include "auxact/Dialect/AuxAct/IR/AttentionOps.td"
include "auxact/Dialect/AuxAct/IR/ConvolutionOps.td"
include "auxact/Dialect/AuxAct/IR/EncodingOps.td"
include "auxact/Dialect/AuxAct/IR/LinearLossOps.td"
include "auxact/Dialect/AuxAct/IR/LinearOps.td"
include "auxact/Dialect/AuxAct/IR/LossOps.td"
include "auxact/Dialect/AuxAct/IR/NormalizationOps.td"
include "auxact/Dialect/AuxAct/IR/PlanOps.td"
include "auxact/Dialect/AuxAct/IR/PoolingOps.td"
include "auxact/Dialect/AuxAct/IR/RandomOps.td"
include "auxact/Dialect/AuxAct/IR/ShapeOps.td"
include "auxact/Dialect/AuxAct/IR/TokenOps.td"

#endif // AUXACT_DIALECT_AUXACT_IR_AUXACTOPS_TD
