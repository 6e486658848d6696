//===- ModelQueries.cpp - What a model's layers are, for Python -----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/ModelQueries.h"
#include "Errors.h"
#include "Module.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;
using auxact::python::unwrap;
using mlir::auxact::LayerAnswer;

namespace {

using Groups = std::vector<std::tuple<std::string, std::string, std::string>>;
using Levels = std::vector<std::tuple<std::string, unsigned, std::string>>;

std::vector<std::string> findLayers(const std::string &text,
                                    const std::string &fileName) {
  llvm::Expected<std::vector<std::string>> names = [&] {
    nb::gil_scoped_release release;
    return mlir::auxact::findLayers(text, fileName);
  }();
  return unwrap("compile", std::move(names));
}

Groups findResidualGroups(const std::string &text, const std::string &fileName,
                          const std::vector<int64_t> &strides,
                          const std::string &downsample) {
  llvm::Expected<std::vector<LayerAnswer>> answers = [&] {
    nb::gil_scoped_release release;
    return mlir::auxact::findResidualGroups(text, fileName, strides,
                                            downsample);
  }();
  Groups groups;
  for (LayerAnswer &answer : unwrap("compile", std::move(answers)))
    groups.emplace_back(answer.layer, answer.source, answer.reason);
  return groups;
}

Levels findSignLevels(const std::string &text, const std::string &fileName) {
  llvm::Expected<std::vector<LayerAnswer>> answers = [&] {
    nb::gil_scoped_release release;
    return mlir::auxact::findSignLevels(text, fileName);
  }();
  Levels levels;
  for (LayerAnswer &answer : unwrap("compile", std::move(answers)))
    levels.emplace_back(answer.layer, answer.level, answer.reason);
  return levels;
}

} // namespace

void auxact::python::defineModelQueries(nb::module_ &module) {
  module.def("find_layers", &findLayers, nb::arg("text"), nb::arg("file_name"),
             "Names of a model's layers with weights, in order.");
  module.def("residual_groups", &findResidualGroups, nb::arg("text"),
             nb::arg("file_name"), nb::arg("strides"), nb::arg("downsample"),
             "Layer, layer whose input it takes or nothing, and reason.");
  module.def("sign_levels", &findSignLevels, nb::arg("text"),
             nb::arg("file_name"), "Layer, level or 0, and reason.");
}
