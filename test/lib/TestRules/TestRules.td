//===- TestRules.td ----------------------------------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// A learning rule that only tests know.
//
// A dialect of its own with one rule: what it takes to add one.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_TESTRULES_TESTRULES_TD
#define AUXACT_TEST_LIB_TESTRULES_TESTRULES_TD

include "auxact/Interfaces/RuleAttrInterface.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/DialectBase.td"

def TestRules_Dialect : Dialect {
  let name = "auxact_test";
  let cppNamespace = "::mlir::auxact::test";
  let useDefaultAttributePrinterParser = 1;
}

def TestRules_RowMeanAttr : AttrDef<TestRules_Dialect, "RowMean", [
    DeclareAttrInterfaceMethods<RuleAttrInterface,
                                ["verifyOnLayer", "getState"]>
  ]> {
  let mnemonic = "row_mean";
  let summary = "The mean of each row is kept, and its running gain carried.";
  let description = [{
    The auxiliary of a row is its mean, so one number a row is kept. The gain of
    a step is a state: the weighted mean of the gain before and `target`. So the
    rule has all that a rule may have: a legality of its own, a stored form that
    no other rule has, state across steps, and a gain that is no constant.
  }];
  let parameters = (ins "::mlir::FloatAttr":$target);
  let assemblyFormat = "`<` `target` `=` $target `>`";
}

def TestRules_ChannelBiasAttr : AttrDef<TestRules_Dialect, "ChannelBias", [
    DeclareAttrInterfaceMethods<RuleAttrInterface, ["buildWeightGradient"]>
  ]> {
  let mnemonic = "channel_bias";
  let summary = "Negative control: the auxiliary is one number for all elements.";
  let description = [{
    The forward sees `x + length`, and the weight gradient is that of an input
    which is `length` everywhere: it says nothing of `x`, so its indicator is
    around 0 and a network does not train with it. Nothing is kept.
  }];
  let parameters = (ins "::mlir::FloatAttr":$length);
  let assemblyFormat = "`<` `length` `=` $length `>`";
}

#endif // AUXACT_TEST_LIB_TESTRULES_TESTRULES_TD
