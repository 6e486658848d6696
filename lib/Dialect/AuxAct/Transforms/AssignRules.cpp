//===- AssignRules.cpp - Rules on layers, by name -------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Give layers their rules by name.
//
//===----------------------------------------------------------------------===//

#include "RuleText.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MemoryBuffer.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_ASSIGNRULES
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// The layers of a function in order, and where each one's rule was written.
using Layers = llvm::MapVector<Operation *, Location>;

struct AssignRules : auxact::impl::AssignRulesBase<AssignRules> {
  using AssignRulesBase::AssignRulesBase;

  LogicalResult initialize(MLIRContext *context) override;
  void runOnOperation() override;

private:
  LogicalResult assign(func::FuncOp func, Layers &layers);
  LogicalResult assignForms(func::FuncOp func);
  LogicalResult assignBlocks(func::FuncOp func);
  LogicalResult failShadowed(const RuleLine &line, ArrayRef<unsigned> winners);
  LogicalResult wire(ParameterizedLayerOpInterface layer, Location ruleLoc,
                     const Layers &layers);

  SmallVector<RuleLine> lines;
  /// So many lines are the option's, which is there to overrule the file's.
  unsigned optionLines = 0;
  /// Patterns point into the text that they come from.
  std::shared_ptr<llvm::MemoryBuffer> file;
};

} // namespace

/// Read here and not for each function: a rule may be of a dialect that is not
/// loaded yet, and dialects are not loaded while passes run.
LogicalResult AssignRules::initialize(MLIRContext *context) {
  lines.clear();
  if (failed(parseRuleText(rules, "rules", context, lines, /*separator=*/';')))
    return failure();
  optionLines = lines.size();
  if (rulesFile.empty())
    return success();
  auto buffer = llvm::MemoryBuffer::getFile(rulesFile, /*IsText=*/true);
  if (!buffer)
    return emitError(FileLineColLoc::get(context, rulesFile, 0, 0))
           << "cannot read rules: " << buffer.getError().message();
  file = std::move(*buffer);
  return parseRuleText(file->getBuffer(), rulesFile, context, lines);
}

static StringRef nameOf(Operation *op) {
  return cast<ParameterizedLayerOpInterface>(op).getLayerName();
}

static void listNames(InFlightDiagnostic &diagnostic, const Layers &layers) {
  if (layers.empty()) {
    diagnostic << "which has no layers";
    return;
  }
  diagnostic << "whose layers are ";
  llvm::interleaveComma(layers, diagnostic, [&](const auto &layer) {
    diagnostic << "'" << nameOf(layer.first) << "'";
  });
}

/// No layer is left for `line`: earlier lines match them all.
LogicalResult AssignRules::failShadowed(const RuleLine &line,
                                        ArrayRef<unsigned> winners) {
  InFlightDiagnostic diagnostic =
      emitError(line.loc)
      << "the pattern '" << line.text
      << "' gives no layer its rule, since the first match wins and every "
         "layer that it matches is matched earlier by ";
  llvm::interleaveComma(winners, diagnostic, [&](unsigned winner) {
    diagnostic << "'" << lines[winner].text << "'";
  });
  for (unsigned winner : winners)
    diagnostic.attachNote(lines[winner].loc)
        << "'" << lines[winner].text << "' is here";
  return diagnostic;
}

/// The first line that matches a layer's name gives it its rule.
LogicalResult AssignRules::assign(func::FuncOp func, Layers &layers) {
  // For each line those that give the layers it matches their rules. A line of
  // the file that the option overrules is as good as one that has its layer.
  SmallVector<llvm::SmallSetVector<unsigned, 2>> winners(lines.size());
  for (auto &[op, ruleLoc] : layers) {
    auto layer = cast<ParameterizedLayerOpInterface>(op);
    std::optional<unsigned> winner;
    for (unsigned index = 0; index < lines.size(); ++index) {
      const RuleLine &line = lines[index];
      if (!line.rule || !line.pattern.match(layer.getLayerName()))
        continue;
      if (!winner) {
        winner = index;
        // A rule that names no layer to share with may use the tensor that the
        // model shares already.
        layer.setLayerRule(line.rule, layer.getSharedActivation());
        ruleLoc = line.loc;
      }
      bool isOverruled = *winner < optionLines && index >= optionLines;
      winners[index].insert(isOverruled ? index : *winner);
    }
  }
  for (unsigned index = 0; index < lines.size(); ++index) {
    const RuleLine &line = lines[index];
    // `*` is a default, which may have nothing left to hold for.
    if (!line.rule || winners[index].contains(index) ||
        line.pattern.isTrivialMatchAll())
      continue;
    if (!winners[index].empty())
      return failShadowed(line, winners[index].getArrayRef());
    InFlightDiagnostic diagnostic = emitError(line.loc)
                                    << "the pattern '" << line.text
                                    << "' matches no layer of '"
                                    << func.getName() << "', ";
    listNames(diagnostic, layers);
    return diagnostic;
  }
  return success();
}

/// The name that an operation has in reports, which is that of its module.
static StringRef getReportName(Operation *op) {
  if (auto loc = dyn_cast<NameLoc>(op->getLoc()))
    return loc.getName();
  auto name = op->getAttrOfType<StringAttr>("name");
  return name ? name.getValue() : StringRef();
}

/// The first line whose pattern matches an operation's name, and whose form is
/// one for it, says how the operation keeps what its backward reads.
LogicalResult AssignRules::assignForms(func::FuncOp func) {
  llvm::BitVector matched(lines.size());
  func.walk([&](DifferentiableOpInterface layer) {
    Operation *op = layer;
    if (isa<ParameterizedLayerOpInterface>(op))
      return;
    StringRef name = getReportName(op);
    for (auto [index, line] : llvm::enumerate(lines)) {
      if (!line.form || !line.pattern.match(name) || !line.form.appliesTo(op))
        continue;
      matched.set(index);
      if (!op->hasAttr(attrs::savedAs))
        op->setAttr(attrs::savedAs, line.form);
    }
  });
  for (auto [index, line] : llvm::enumerate(lines))
    if (line.form && !matched.test(index) && !line.pattern.isTrivialMatchAll())
      return emitError(line.loc)
             << "the pattern '" << line.text << "' matches no layer of '"
             << func.getName() << "' that can keep '" << line.form.getFormName()
             << "': a layer without weights whose backward reads a tensor that "
                "may be kept in a lossy form";
  return success();
}

/// A block is a module: the shortest prefix of a layer's dotted name that the
/// pattern matches.
static StringRef findBlock(const llvm::GlobPattern &pattern, StringRef name) {
  for (size_t end = name.find('.');; end = name.find('.', end + 1)) {
    StringRef prefix = name.take_front(end);
    if (pattern.match(prefix))
      return prefix;
    if (end == StringRef::npos)
      return {};
  }
}

LogicalResult AssignRules::assignBlocks(func::FuncOp func) {
  llvm::BitVector matched(lines.size());
  func.walk([&](DifferentiableOpInterface layer) {
    for (auto [index, line] : llvm::enumerate(lines)) {
      if (!line.isCheckpoint())
        continue;
      StringRef block = findBlock(line.pattern, getReportName(layer));
      if (block.empty())
        continue;
      matched.set(index);
      if (!layer->hasAttr(attrs::block))
        layer->setAttr(attrs::block, StringAttr::get(&getContext(), block));
    }
  });
  for (auto [index, line] : llvm::enumerate(lines))
    if (line.isCheckpoint() && !matched.test(index))
      return emitError(line.loc)
             << "the pattern '" << line.text << "' matches no block of '"
             << func.getName()
             << "': expected the name of a module that holds layers";
  return success();
}

/// Replace the name of the layer that a rule shares with by that layer's
/// activation, as an operand.
LogicalResult AssignRules::wire(ParameterizedLayerOpInterface layer,
                                Location ruleLoc, const Layers &layers) {
  Operation *op = layer;
  RuleAttrInterface rule = layer.getLayerRule();
  // Whatever is wrong now was written where the rule was.
  ScopedDiagnosticHandler pointAtRule(
      &getContext(), [&](Diagnostic &diagnostic) {
        if (ruleLoc != op->getLoc())
          diagnostic.attachNote(ruleLoc) << "its rule is written here";
        return failure();
      });
  StringRef name = rule.getSharedLayer();
  if (name.empty())
    return rule.verifyOnLayer(op);

  auto fail = [&]() {
    return op->emitOpError()
           << "has the rule '" << rule.getRuleName()
           << "', which shares the activation of layer '" << name << "', ";
  };
  auto shared = llvm::find_if(
      layers, [&](const auto &other) { return nameOf(other.first) == name; });
  if (shared == layers.end()) {
    InFlightDiagnostic diagnostic = fail()
                                    << "but there is none in the function, ";
    listNames(diagnostic, layers);
    return diagnostic;
  }
  if (shared->first == op)
    return fail() << "which is this layer; expected an earlier one";
  if (shared->first->getBlock() != op->getBlock() ||
      !shared->first->isBeforeInBlock(op)) {
    InFlightDiagnostic diagnostic = fail()
                                    << "which comes later; expected an earlier "
                                       "one";
    diagnostic.attachNote(shared->first->getLoc())
        << "layer '" << name << "' is here";
    return diagnostic;
  }
  layer.setLayerRule(rule.withSharedOperand(),
                     cast<ParameterizedLayerOpInterface>(shared->first)
                         .getActivationMutable()
                         .get());
  return layer.getLayerRule().verifyOnLayer(op);
}

void AssignRules::runOnOperation() {
  func::FuncOp func = getOperation();
  if (func.isDeclaration() || func->hasAttr(attrs::kernel))
    return;
  Layers layers;
  func.walk([&](ParameterizedLayerOpInterface layer) {
    layers.insert({layer, layer->getLoc()});
  });
  if (failed(assign(func, layers)) || failed(assignForms(func)) ||
      failed(assignBlocks(func)))
    return signalPassFailure();
  for (auto &[op, ruleLoc] : layers)
    if (failed(wire(cast<ParameterizedLayerOpInterface>(op), ruleLoc, layers)))
      return signalPassFailure();
}
