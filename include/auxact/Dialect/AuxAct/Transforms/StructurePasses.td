//===- StructurePasses.td - Rules by structure -------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Passes that find the layers of a rule by the structure of the network, not by
// names; part of Passes.td.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_STRUCTUREPASSES_TD
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_STRUCTUREPASSES_TD

include "mlir/Pass/PassBase.td"

def AssignResidualGroups
    : Pass<"auxact-assign-residual-groups", "::mlir::func::FuncOp"> {
  let summary = "Give layers of residual blocks the tensor of their group (ARA).";
  let description = [{
    Finds the residual connections of a network, and its stages: residual blocks
    one after the other without a change of resolution. In each stage so many
    blocks as its number in `strides` says form a group. The first block of a group
    stays as it is; what reads the input of a later one through no other layer
    (its first layer, and the layer of its shortcut) gets the rule
    `#auxact.residual<from = first layer of the group>`, for the group's tensor is
    in its input already, through the additions.

    A group begins anew behind a block that changes the shape, so that all tensors
    of a group have one. A block that changes the resolution reads its stage's
    shape and is the last of the stage (the paper's networks), with
    `downsample=last`; with `downsample=first` it is the first of the next stage,
    stays as it is, and the groups start after it (torchvision's). `auto` goes by
    names: it is the last where it stands in one container with the block before.

    Every layer gets a remark that says what was decided, and why. A network whose
    number of stages is another, or of which no layer can share a tensor, is an
    error.

    ```mlir
    %1 = auxact.linear %h, %w {name = "1.up"} : ...
    // With `strides=2`, behind a block whose first layer is `0.up`:
    %1 = auxact.linear %h, %w {name = "1.up", rule = #auxact.residual<from = "0.up">} : ...
    ```
    Requires the model stage with named layers, and leaves it; `auxact-assign-rules`
    hands the tensors over.
  }];
  let options = [
    ListOption<"strides", "strides", "int64_t",
               "Blocks of a group, for each stage">,
    Option<"downsample", "downsample", "std::string", /*default=*/"\"auto\"",
           "Where a block that changes the resolution stands: first, last or auto">
  ];
}

def AssignSignLevel : Pass<"auxact-assign-sign-level", "::mlir::func::FuncOp"> {
  let summary = "Give layers of transformer and mixer blocks a rule, by level (ASA).";
  let description = [{
    Finds feed-forward pairs (two layers with operations of one operand between,
    the inner part of a residual connection), projections of attention, and pairs
    that mix tokens instead of features, and gives those up to a level a rule:

    | level | blocks with attention | mixers |
    | --- | --- | --- |
    | 1 | second feed-forward layer | second layer of channel mixing |
    | 2 | first feed-forward layer | first layer of channel mixing |
    | 3 | output projection of attention | second layer of token mixing |
    | 4 | query, key and value projections | first layer of token mixing |

    Every layer gets a remark that says what was decided, and why. A network
    without such a layer is an error.

    ```mlir
    %1 = auxact.linear %h, %w {name = "fc2"} : ...
    // With `level=1 rule="#auxact.sign"`:
    %1 = auxact.linear %h, %w {name = "fc2", rule = #auxact.sign<...>} : ...
    ```
    Requires the model stage with named layers, and leaves it.
  }];
  let options = [
    Option<"level", "level", "int64_t", /*default=*/"4", "1 to 4">,
    Option<"rule", "rule", "std::string",
           /*default=*/"\"#auxact.sign<epsilon = 0.01, gain = 100.0>\"",
           "The rule, as text">
  ];
}

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_STRUCTUREPASSES_TD
