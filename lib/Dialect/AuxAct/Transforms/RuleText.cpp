//===- RuleText.cpp - The text form of rules by layer ---------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The text form of rules by layer.
//
//===----------------------------------------------------------------------===//

#include "RuleText.h"

#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// One line of the text, with what is needed to say where a part of it is.
struct Line {
  StringRef text;
  StringRef name;
  unsigned number;
  /// Column of the first character of `text`, from 1.
  unsigned column;
  MLIRContext *context;

  Location locate(const char *where) const {
    return FileLineColLoc::get(context, name, number,
                               column + unsigned(where - text.data()));
  }
};

} // namespace

/// `text` up to a comment: `#` at the end or before a space, so that `#auxact`
/// is none.
static StringRef dropComment(StringRef text) {
  for (size_t i = text.find('#'); i != StringRef::npos;
       i = text.find('#', i + 1))
    if (i + 1 == text.size() ||
        isspace(static_cast<unsigned char>(text[i + 1])))
      return text.take_front(i);
  return text;
}

/// The attribute written in `text`, a part of `line`. What the attribute parser
/// has to say is said at its place in the line.
static Attribute parseOne(const Line &line, StringRef text) {
  // Said after parsing: a handler that reports would be asked to handle that.
  SmallVector<std::pair<Location, std::string>> errors;
  Attribute attribute;
  {
    ScopedDiagnosticHandler relocate(line.context, [&](Diagnostic &diagnostic) {
      auto inner = dyn_cast<FileLineColLoc>(diagnostic.getLocation());
      size_t offset = inner ? inner.getColumn() - 1 : 0;
      errors.emplace_back(
          line.locate(text.data() + std::min(offset, text.size())),
          diagnostic.str());
      return success();
    });
    // With its own end: the attribute parser reads up to a null character.
    attribute = parseAttribute(text.str(), line.context);
  }
  for (auto &[loc, message] : errors)
    emitError(loc) << message;
  return attribute;
}

static LogicalResult parseLine(const Line &line,
                               SmallVectorImpl<RuleLine> &lines) {
  StringRef content = dropComment(line.text).trim();
  if (content.empty())
    return success();
  size_t equal = content.find('=');
  StringRef pattern = content.take_front(equal).rtrim();
  Location loc = line.locate(content.data());
  if (equal == StringRef::npos)
    return emitError(loc) << "expected 'pattern = rule', but found '" << content
                          << "'";
  bool isForm = pattern.consume_back(":");
  pattern = pattern.rtrim();
  if (pattern.empty())
    return emitError(loc) << "expected a pattern of layer names before '='";
  StringRef text = content.drop_front(equal + 1).ltrim();
  if (text.empty())
    return emitError(line.locate(content.data() + equal))
           << "expected a rule (#auxact.sign<...>, say) after '='";
  llvm::Expected<llvm::GlobPattern> glob = llvm::GlobPattern::create(pattern);
  if (!glob)
    return emitError(loc) << "malformed pattern '" << pattern
                          << "': " << llvm::toString(glob.takeError());
  Attribute attribute = parseOne(line, text);
  if (!attribute)
    return failure();
  auto rule = dyn_cast<RuleAttrInterface>(attribute);
  auto form = dyn_cast<SavedFormAttrInterface>(attribute);
  bool isCheckpoint = isForm && isa<CheckpointAttr>(attribute);
  if (!isCheckpoint && (isForm ? !form : !rule)) {
    InFlightDiagnostic diagnostic =
        emitError(line.locate(text.data()))
        << "expected "
        << (isForm ? "a form of kept values (#auxact.quantized<4>, say)"
                   : "a rule (#auxact.sign<...>, say)")
        << ", but found " << attribute;
    if (!isForm && form)
      diagnostic << ", which is a form of what layers without weights keep "
                    "(pattern := form)";
    return diagnostic;
  }
  if (isForm)
    rule = {};
  else
    form = {};
  lines.push_back({pattern.str(), std::move(*glob), rule, form, loc});
  return success();
}

LogicalResult mlir::auxact::parseRuleText(StringRef text, StringRef name,
                                          MLIRContext *context,
                                          SmallVectorImpl<RuleLine> &lines,
                                          std::optional<char> separator) {
  SmallVector<StringRef> physical;
  text.split(physical, '\n');
  for (auto [index, whole] : llvm::enumerate(physical)) {
    SmallVector<StringRef> parts;
    if (separator)
      whole.split(parts, *separator);
    else
      parts.push_back(whole);
    for (StringRef part : parts) {
      Line line{part, name, unsigned(index + 1),
                unsigned(part.data() - whole.data()) + 1, context};
      if (failed(parseLine(line, lines)))
        return failure();
    }
  }
  return success();
}
