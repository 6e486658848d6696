//===- TranslatePlanTest.cpp - From a planned entry to the runtime's ------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/TranslatePlan.h"
#include "auxact/InitAll.h"
#include "auxact/Runtime/ArenaVerifier.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

namespace runtime = auxact::runtime;
using runtime::Place;

namespace {

/// A planned step: forward, loss, gradient and update in place.
const char *const plannedStep = R"mlir(
func.func private @forward(tensor<2x16xf32>, tensor<16xf32>) -> (tensor<2x16xf32>, tensor<2x4xi8>)
    attributes {auxact.kernel, auxact.workspace_bytes = 64 : i64}
func.func private @loss(tensor<32xf32>, tensor<2xi32>) -> tensor<f32> attributes {auxact.kernel}
func.func private @gradient(tensor<2x16xf32>, tensor<2x4xi8>) -> tensor<16xf32> attributes {auxact.kernel}
func.func private @update(tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<f32>) -> (tensor<16xf32>, tensor<16xf32>) attributes {auxact.kernel}
func.func @step(%x: tensor<2x16xf32> {auxact.input = "x", auxact.offset = 0 : i64},
    %y: tensor<2xi32> {auxact.input = "y", auxact.classes = 10 : i64, auxact.label, auxact.ignored = -100 : i64, auxact.offset = 128 : i64},
    %w: tensor<16xf32> {auxact.parameter = "0.weight", auxact.replaced_by = 1 : i64},
    %m: tensor<16xf32> {auxact.state = "0.weight.momentum", auxact.replaced_by = 2 : i64, auxact.init = 0.5 : f32},
    %mu: tensor<16xf32> {auxact.state = "0.mean"},
    %lr: tensor<f32> {auxact.scalar = "lr", auxact.offset = 192 : i64})
    -> (tensor<f32> {auxact.output = "loss"}, tensor<16xf32>, tensor<16xf32>)
    attributes {auxact.threads = 2 : i64, auxact.arena_bytes = 704 : i64,
                auxact.lower_bound_bytes = 640 : i64, auxact.peak_bytes = 896 : i64,
                auxact.layers = ["0", "1"]} {
  %h, %b = auxact.launch @forward(%x, %w) {layer = "0", workspace = 512 : i64,
      placements = [#auxact.place<arena, 256>, #auxact.place<arena, 384>]}
      : (tensor<2x16xf32>, tensor<16xf32>) -> (tensor<2x16xf32>, tensor<2x4xi8>)
  %v = tensor.collapse_shape %h [[0, 1]] : tensor<2x16xf32> into tensor<32xf32>
  %l = auxact.launch @loss(%v, %y) {placements = [#auxact.place<arena, 448>]}
      : (tensor<32xf32>, tensor<2xi32>) -> tensor<f32>
  %k1 = auxact.save %b layer "1" rule "relu" exact_bytes 0 : tensor<2x4xi8>
  %k0 = auxact.save %b layer "0" rule "sign" exact_bytes 128 : tensor<2x4xi8>
  %s0 = auxact.save %l layer "0" rule "sign" exact_bytes 0 : tensor<f32>
  %g = auxact.launch @gradient(%h, %k1) {placements = [#auxact.place<arena, 512>]}
      : (tensor<2x16xf32>, tensor<2x4xi8>) -> tensor<16xf32>
  %n, %p = auxact.launch @update(%w, %m, %g, %lr)
      {placements = [#auxact.place<state, "0.weight">, #auxact.place<state, "0.weight.momentum">]}
      : (tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<f32>) -> (tensor<16xf32>, tensor<16xf32>)
  return %l, %n, %p : tensor<f32>, tensor<16xf32>, tensor<16xf32>
}
)mlir";

class TranslatePlan : public ::testing::Test {
protected:
  TranslatePlan()
      : diagnostics(&context, [this](mlir::Diagnostic &diagnostic) {
          message += diagnostic.str() + "\n";
        }) {
    mlir::DialectRegistry registry;
    mlir::auxact::registerAllAuxAct(registry);
    context.appendDialectRegistry(registry);
  }

  mlir::func::FuncOp parse(llvm::StringRef text) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module) << message;
    return module->lookupSymbol<mlir::func::FuncOp>("step");
  }

  mlir::MLIRContext context;
  std::string message;
  mlir::ScopedDiagnosticHandler diagnostics;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

void expectPlace(const Place &place, Place::Kind kind, int64_t value) {
  EXPECT_EQ(place.kind, kind);
  EXPECT_EQ(place.value, value);
}

TEST_F(TranslatePlan, State) {
  std::vector<runtime::StateSpec> state;
  llvm::Expected<int64_t> bytes =
      mlir::auxact::collectState(parse(plannedStep), state);
  ASSERT_TRUE(bool(bytes));
  EXPECT_EQ(*bytes, 192);
  ASSERT_EQ(state.size(), 3u);
  EXPECT_EQ(state[0].kind, "parameter");
  EXPECT_EQ(state[1].kind, "optimizer");
  EXPECT_EQ(state[1].offset, 64);
  EXPECT_EQ(state[1].fill, 0.5);
  EXPECT_EQ(state[2].kind, "rule");
  // What is there already keeps its place.
  llvm::Expected<int64_t> again =
      mlir::auxact::collectState(parse(plannedStep), state);
  ASSERT_TRUE(bool(again));
  EXPECT_EQ(*again, 192);
  EXPECT_EQ(state.size(), 3u);
}

TEST_F(TranslatePlan, StateOfAnotherShape) {
  std::vector<runtime::StateSpec> state(1);
  state[0].name = "0.mean";
  state[0].shape = {8};
  llvm::Expected<int64_t> bytes =
      mlir::auxact::collectState(parse(plannedStep), state);
  ASSERT_FALSE(bool(bytes));
  EXPECT_EQ(llvm::toString(bytes.takeError()),
            "the state '0.mean' is f32[8] in one entry, but f32[16] in 'step'");
}

TEST_F(TranslatePlan, Entry) {
  mlir::func::FuncOp step = parse(plannedStep);
  runtime::ProgramSpec program;
  llvm::Expected<int64_t> bytes =
      mlir::auxact::collectState(step, program.state);
  ASSERT_TRUE(bool(bytes));
  program.stateBytes = *bytes;
  mlir::FailureOr<runtime::EntrySpec> entry =
      mlir::auxact::translatePlan(step, program.state);
  ASSERT_TRUE(mlir::succeeded(entry)) << message;
  for (const char *symbol : {"forward", "loss", "gradient", "update"})
    program.kernels.push_back({symbol, 1, 0});
  program.kernels[0].workspaceBytes = 64;
  EXPECT_EQ(runtime::checkEntry(program, *entry).message(), "");

  EXPECT_EQ(entry->batch, 2);
  ASSERT_EQ(entry->inputs.size(), 2u);
  EXPECT_EQ(entry->inputs[1].classes, 10);
  EXPECT_TRUE(entry->inputs[1].isLabel);
  EXPECT_EQ(entry->inputs[1].ignored, -100);
  EXPECT_EQ(entry->inputs[1].stagingOffset, 128);
  ASSERT_EQ(entry->scalars.size(), 1u);
  EXPECT_EQ(entry->scalars[0].offset, 192);
  ASSERT_EQ(entry->outputs.size(), 1u);
  expectPlace(entry->outputs[0].place, Place::Arena, 448);

  ASSERT_EQ(entry->launches.size(), 4u);
  const runtime::LaunchSpec &forward = entry->launches[0];
  EXPECT_EQ(forward.layer, "0");
  EXPECT_EQ(forward.results, 2);
  EXPECT_EQ(forward.workspaceOffset, 512);
  expectPlace(forward.args[0], Place::Input, 0);
  expectPlace(forward.args[1], Place::State, 0);
  expectPlace(forward.args[3], Place::Arena, 384);
  // Through a view.
  expectPlace(entry->launches[1].args[0], Place::Arena, 256);
  expectPlace(entry->launches[3].args[5], Place::State, 64);
}

TEST_F(TranslatePlan, SavedValuesAndTimeline) {
  mlir::func::FuncOp step = parse(plannedStep);
  std::vector<runtime::StateSpec> state;
  cantFail(mlir::auxact::collectState(step, state));
  mlir::FailureOr<runtime::EntrySpec> entry =
      mlir::auxact::translatePlan(step, state);
  ASSERT_TRUE(mlir::succeeded(entry)) << message;
  // One value for two layers: counted at the first, rows sum to what is kept.
  // Two values for one layer: one row.
  ASSERT_EQ(entry->saved.size(), 2u);
  EXPECT_EQ(entry->saved[0].layer, "0");
  EXPECT_EQ(entry->saved[0].savedBytes, 8 + 4);
  EXPECT_EQ(entry->saved[0].exactBytes, 128);
  EXPECT_EQ(entry->saved[0].sharedWith, "");
  EXPECT_EQ(entry->saved[1].layer, "1");
  EXPECT_EQ(entry->saved[1].savedBytes, 0);
  EXPECT_EQ(entry->saved[1].sharedWith, "0");

  std::map<std::string, std::string> kinds;
  std::vector<runtime::BufferRequest> requests;
  runtime::ArenaPlan arena;
  for (const runtime::BufferSpec &buffer : entry->buffers) {
    kinds[buffer.name] = buffer.kind;
    requests.push_back({buffer.bytes, 64, buffer.first, buffer.last});
    arena.offsets.push_back(buffer.offset);
  }
  std::map<std::string, std::string> expected = {
      {"x", "input"},       {"y", "input"},
      {"lr", "scalar"},     {"0", "workspace"},
      {"0: sign", "saved"}, {"gradient:0.weight", "gradient"}};
  kinds.erase("forward");
  for (const auto &[name, kind] : expected)
    EXPECT_EQ(kinds[name], kind) << name;
  arena.bytes = entry->arenaBytes;
  arena.lowerBound = runtime::arenaLowerBound(requests);
  EXPECT_EQ(runtime::verifyArenaPlan(requests, arena), "");
}

TEST_F(TranslatePlan, StateThatTheProgramLacks) {
  EXPECT_TRUE(
      mlir::failed(mlir::auxact::translatePlan(parse(plannedStep), {})));
  EXPECT_NE(message.find("uses the state '0.weight', which the program does "
                         "not have"),
            std::string::npos)
      << message;
}

TEST_F(TranslatePlan, NotPlanned) {
  EXPECT_TRUE(mlir::failed(mlir::auxact::translatePlan(
      parse("func.func @step(%x: tensor<2xf32> {auxact.input = \"x\"}) -> "
            "(tensor<2xf32> {auxact.output = \"y\"}) { return %x : "
            "tensor<2xf32> }"),
      {})));
  EXPECT_NE(message.find("has no 'auxact.offset' on argument 0"),
            std::string::npos)
      << message;
}

} // namespace
