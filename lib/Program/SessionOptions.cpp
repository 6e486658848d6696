//===- SessionOptions.cpp - Options of a session as JSON ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Options of a session as JSON.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/Session.h"

#include "llvm/Support/JSON.h"

using namespace mlir::auxact;

namespace {

/// One visitor for both directions: keys, in one place.
template <typename Options, typename Visitor>
void visitOptions(Options &options, Visitor &&visit) {
  visit("loss", options.loss);
  visit("label_smoothing", options.labelSmoothing);
  visit("optimizer", options.optimizer);
  visit("momentum", options.momentum);
  visit("weight_decay", options.weightDecay);
  visit("nesterov", options.nesterov);
  visit("beta1", options.beta1);
  visit("beta2", options.beta2);
  visit("eps", options.eps);
  visit("clip_grad_norm", options.clipGradNorm);
  visit("ema_decay", options.averageDecay);
  visit("accumulate", options.accumulate);
  visit("precision", options.precision);
  visit("rules", options.rules);
  visit("target", options.target);
  visit("toolkit", options.toolkit);
  visit("images", options.images);
  visit("threads", options.threads);
  visit("cache_dir", options.cacheDirectory);
  visit("device", options.device);
  visit("batch", options.batch);
}

/// Reads one object, and knows which keys it has read.
class Reader {
public:
  explicit Reader(const llvm::json::Object &object) : object(object) {}

  void operator()(llvm::StringRef key, std::string &value) {
    read(key, object.getString(key), "a string", value);
  }
  void operator()(llvm::StringRef key, double &value) {
    read(key, object.getNumber(key), "a number", value);
  }
  void operator()(llvm::StringRef key, bool &value) {
    read(key, object.getBoolean(key), "true or false", value);
  }
  void operator()(llvm::StringRef key, int64_t &value) {
    read(key, object.getInteger(key), "an integer", value);
  }

  void operator()(llvm::StringRef key, std::vector<std::string> &value) {
    std::optional<std::vector<std::string>> found;
    if (const llvm::json::Array *list = object.getArray(key)) {
      found.emplace();
      for (const llvm::json::Value &element : *list)
        if (auto text = element.getAsString())
          found->push_back(text->str());
      if (found->size() != list->size())
        found.reset();
    }
    read(key, found, "a list of strings", value);
  }

  llvm::Error finish() const {
    if (!error.empty())
      return llvm::createStringError(error);
    for (const auto &entry : object)
      if (!known.count(entry.first.str()))
        return llvm::createStringError("unknown option '" + entry.first.str() +
                                       "'");
    return llvm::Error::success();
  }

private:
  template <typename Found, typename Value>
  void read(llvm::StringRef key, Found found, llvm::StringRef expected,
            Value &value) {
    known.insert({key.str(), true});
    const llvm::json::Value *given = object.get(key);
    if (!given || given->kind() == llvm::json::Value::Null)
      return;
    if (found)
      value = Value(*found);
    else if (error.empty())
      error = ("option '" + key + "': expected " + expected).str();
  }

  const llvm::json::Object &object;
  std::map<std::string, bool> known;
  std::string error;
};

} // namespace

std::string SessionOptions::toJson() const {
  llvm::json::Object object;
  visitOptions(*this, [&](llvm::StringRef key, const auto &value) {
    object[key] = value;
  });
  return llvm::formatv("{0}", llvm::json::Value(std::move(object))).str();
}

llvm::Expected<SessionOptions> SessionOptions::fromJson(llvm::StringRef text) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (!value)
    return value.takeError();
  const llvm::json::Object *object = value->getAsObject();
  if (!object)
    return llvm::createStringError("options: expected a JSON object");
  SessionOptions options;
  Reader reader(*object);
  visitOptions(options, reader);
  if (llvm::Error error = reader.finish())
    return std::move(error);
  return options;
}
